/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/check.h"

#include "http/fcgi_client.h"

enum { HEADER_BYTES = 8, CONTENT_MAX = 65535, PARAMS_MAX = 4096 };

int
fcgi_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd != -1);
	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* The program may have closed: tests see that when they read. */
static void
send_all(int fd, const void *data, size_t len)
{
	const char *next = data;

	while (len > 0) {
		ssize_t n = send(fd, next, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		next += n;
		len -= (size_t)n;
	}
}

void
fcgi_record(int fd, int type, const void *data, size_t len)
{
	unsigned char record[HEADER_BYTES + CONTENT_MAX] = { 1,
		(unsigned char)type, 0, 1, (unsigned char)(len >> 8),
		(unsigned char)len, 0, 0 };

	assert_true(len <= CONTENT_MAX);
	if (len > 0)
		memcpy(record + HEADER_BYTES, data, len);
	send_all(fd, record, HEADER_BYTES + len);
}

static size_t
put_length(unsigned char *out, size_t len)
{
	if (len < 128) {
		out[0] = (unsigned char)len;
		return 1;
	}
	out[0] = (unsigned char)(0x80 | len >> 24);
	out[1] = (unsigned char)(len >> 16);
	out[2] = (unsigned char)(len >> 8);
	out[3] = (unsigned char)len;
	return 4;
}

void
fcgi_begin(int fd, bool keep, const char *const *params)
{
	const unsigned char begin[HEADER_BYTES] = { 0, 1, keep };
	unsigned char block[PARAMS_MAX];
	size_t used = 0;

	fcgi_record(fd, FCGI_BEGIN_REQUEST, begin, sizeof(begin));
	for (; params[0] != NULL; params += 2) {
		size_t name = strlen(params[0]), value = strlen(params[1]);

		assert_true(used + 8 + name + value <= sizeof(block));
		used += put_length(block + used, name);
		used += put_length(block + used, value);
		memcpy(block + used, params[0], name);
		memcpy(block + used + name, params[1], value);
		used += name + value;
	}
	fcgi_record(fd, FCGI_PARAMS, block, used);
	fcgi_record(fd, FCGI_PARAMS, NULL, 0);
}

void
fcgi_body(int fd, const void *data, size_t len)
{
	const char *next = data;

	while (len > 0) {
		size_t part = len < CONTENT_MAX ? len : CONTENT_MAX;

		fcgi_record(fd, FCGI_STDIN, next, part);
		next += part;
		len -= part;
	}
	fcgi_record(fd, FCGI_STDIN, NULL, 0);
}

/* Exactly len bytes, or false with the reason in answer. */
static bool
receive(int fd, int timeout_ms, void *data, size_t len,
    struct fcgi_answer *answer)
{
	char *next = data;

	while (len > 0) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&poller, 1, timeout_ms) == 0) {
			answer->has_timed_out = true;
			return false;
		}
		n = recv(fd, next, len, 0);
		if (n <= 0) {
			answer->is_closed = true;
			return false;
		}
		next += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
receive_record(int fd, int timeout_ms, struct fcgi_answer *answer)
{
	unsigned char header[HEADER_BYTES], content[CONTENT_MAX + 255];
	size_t len;

	if (!receive(fd, timeout_ms, header, sizeof(header), answer))
		return false;
	len = (size_t)header[4] << 8 | header[5];
	if (!receive(fd, timeout_ms, content, len + header[6], answer))
		return false;
	assert_int_equal(header[0], 1);
	assert_int_equal(header[2] << 8 | header[3], 1);
	if (header[1] == FCGI_END_REQUEST)
		answer->has_ended = true;
	if (header[1] != FCGI_STDOUT)
		return true;
	assert_true(answer->len + len <= FCGI_ANSWER_MAX);
	memcpy(answer->text + answer->len, content, len);
	answer->len += len;
	answer->text[answer->len] = '\0';
	return true;
}

void
fcgi_read(int fd, int timeout_ms, bool wants_close,
    struct fcgi_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	while (wants_close || !answer->has_ended)
		if (!receive_record(fd, timeout_ms, answer))
			return;
}

void
fcgi_get(int fd, bool keep, const char *query, struct fcgi_answer *answer)
{
	const char *const params[] = { "REQUEST_METHOD", "GET",
		"REQUEST_URI", "/", "QUERY_STRING", query, NULL };

	fcgi_begin(fd, keep, params);
	fcgi_body(fd, NULL, 0);
	fcgi_read(fd, 3000, !keep, answer);
}
