/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "base/num.h"
#include "codec/hex.h"
#include "codec/url.h"

enum { PORT_MAX = 65535 };

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_one_of(char c, const char *chars)
{
	return c != '\0' && strchr(chars, c) != NULL;
}

/* Section 2.3. */
static bool
is_unreserved(char c)
{
	return is_alnum(c) || is_one_of(c, "-._~");
}

static void
encode(struct buf *buf, struct slice text, const char *kept)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t from = 0; /* what is kept and not yet written */

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		const char escape[] = { '%', digits[c >> 4], digits[c & 15] };

		if (is_unreserved((char)c) || is_one_of((char)c, kept))
			continue;
		(void)buf_append(buf, text.data + from, i - from);
		(void)buf_append(buf, escape, sizeof(escape));
		from = i + 1;
	}
	(void)buf_slice(buf, slice_from(text, from));
}

void
url_encode(struct buf *buf, struct slice text)
{
	encode(buf, text, "");
}

void
url_encode_path(struct buf *buf, struct slice text)
{
	encode(buf, text, "/");
}

static const char *
encoded(struct pool *pool, struct slice text, const char *kept)
{
	struct buf buf;

	buf_init(&buf, pool, 3 * text.len);
	encode(&buf, text, kept);
	return buf.data;
}

const char *
url_encoded(struct pool *pool, struct slice text)
{
	return encoded(pool, text, "");
}

const char *
url_encoded_path(struct pool *pool, struct slice text)
{
	return encoded(pool, text, "/");
}

/* The byte of "%XX" at i, or -1. */
static int
escaped_byte(struct slice text, size_t i)
{
	int high, low;

	if (text.len - i < 3)
		return -1;
	high = hex_digit(text.data[i + 1]);
	low = hex_digit(text.data[i + 2]);
	return high == -1 || low == -1 ? -1 : high << 4 | low;
}

bool
url_decode(struct pool *pool, struct slice text, struct slice *text_r)
{
	char *bytes = pool_alloc(pool, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		int c = (unsigned char)text.data[i];

		if (c == '%') {
			c = escaped_byte(text, i);
			if (c == -1)
				return false;
			i += 2;
		}
		bytes[len++] = (char)c;
	}
	*text_r = slice_make(bytes, len);
	return true;
}

/* Only unreserved characters, %XX and those in `others`. */
static bool
is_encoded(struct slice text, const char *others)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '%') {
			if (escaped_byte(text, i) == -1)
				return false;
			i += 2;
		} else if (!is_unreserved(c) && !is_one_of(c, others)) {
			return false;
		}
	}
	return true;
}

static char *
lower(struct pool *pool, struct slice text)
{
	char *copy = slice_dup(pool, text);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return copy;
}

static bool
take_scheme(struct slice *rest, const char **scheme_r)
{
	static const char *const schemes[] = { "http", "https" };
	struct slice scheme = slice_make(rest->data, slice_find(*rest, ':'));

	for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
		if (!slice_eq_case(scheme, schemes[i]))
			continue;
		*scheme_r = schemes[i];
		*rest = slice_from(*rest, scheme.len);
		return slice_take_str(rest, "://");
	}
	return false;
}

/* "[...]" of section 3.2.2, without zone; nothing but a port may follow. */
static bool
is_ipv6(struct pool *pool, struct slice host)
{
	struct in6_addr address;

	if (host.len < 2 || host.data[host.len - 1] != ']')
		return false;
	if (slice_find(host, '\0') != host.len)
		return false;
	return inet_pton(AF_INET6,
		   pool_strndup(pool, host.data + 1, host.len - 2),
		   &address) == 1;
}

/* A DNS name or IPv4 address; "_" is met in names of containers. */
static bool
is_name(struct slice host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!is_alnum(host.data[i]) && !is_one_of(host.data[i], "-._"))
			return false;
	return host.len > 0;
}

static int
parse_authority(struct pool *pool, struct slice text, struct url *url,
    struct err *err)
{
	struct slice host = text, port;
	int64_t number = 0;
	size_t at = 0;

	if (slice_find(text, '@') != text.len)
		return err_set(err, ERR_INVALID,
		    "URL: user information is not allowed");
	if (slice_has_prefix(text, "["))
		at = slice_find(text, ']');
	at += slice_find(slice_from(text, at), ':');
	if (at < text.len) {
		host.len = at;
		port = slice_from(text, at + 1);
		if (!num_parse_i64(port, PORT_MAX, &number) || number == 0)
			return err_set(err, ERR_INVALID, "URL: bad port");
	}
	if (slice_has_prefix(host, "[") ? !is_ipv6(pool, host) : !is_name(host))
		return err_set(err, ERR_INVALID, "URL: bad host");
	url->authority = lower(pool, text);
	url->host = lower(pool, host);
	url->port = (int)number;
	return 0;
}

/* Where the authority ends (section 3.2). */
static size_t
find_path(struct slice text)
{
	size_t at = 0;

	while (at < text.len && !is_one_of(text.data[at], "/?#"))
		at++;
	return at;
}

int
url_parse(struct pool *pool, struct slice text, struct url *url_r,
    struct err *err)
{
	struct slice rest = text, path, query;
	struct url url = { .port = 0 };
	size_t at;

	if (!take_scheme(&rest, &url.scheme))
		return err_set(err, ERR_INVALID,
		    "URL: does not start with http:// or https://");
	at = find_path(rest);
	if (parse_authority(pool, slice_make(rest.data, at), &url, err) == -1)
		return -1;
	rest = slice_from(rest, at);
	if (slice_find(rest, '#') != rest.len)
		return err_set(err, ERR_INVALID,
		    "URL: a fragment is not allowed");
	path = slice_make(rest.data, slice_find(rest, '?'));
	query = slice_from(rest, path.len + 1);
	/* Sections 3.3 and 3.4. */
	if (!is_encoded(path, "!$&'()*+,;=:@/"))
		return err_set(err, ERR_INVALID, "URL: bad character in path");
	if (!is_encoded(query, "!$&'()*+,;=:@/?"))
		return err_set(err, ERR_INVALID, "URL: bad character in query");
	url.path = slice_dup(pool, path);
	url.query = slice_dup(pool, query);
	*url_r = url;
	return 0;
}
