/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "model/limit.h"

enum { NET_BYTES = 8 };

const char *
limit_address(struct pool *pool, const char *remote_addr)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (inet_pton(AF_INET6, remote_addr, &address) != 1)
		return remote_addr;
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		(void)inet_ntop(AF_INET, &address.s6_addr[12], text,
		    sizeof(text));
		return pool_strdup(pool, text);
	}
	memset(&address.s6_addr[NET_BYTES], 0,
	    sizeof(address.s6_addr) - NET_BYTES);
	(void)inet_ntop(AF_INET6, &address, text, sizeof(text));
	return pool_format(pool, "%s/64", text);
}
