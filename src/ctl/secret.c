/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "base/slice.h"
#include "codec/password.h"
#include "ctl/secret.h"

#define TERMINAL "/dev/tty"

enum {
	LINE_MAX_BYTES = PASSWORD_BYTES_MAX + 2, /* with CR LF */
	GROUPS = 4,
	GROUP_CHARS = 5,
	CANCEL = 0x03 /* what Ctrl-C sends */
};

/* ---- one line ---- */

/* All there is of it, up to size; a terminal gives a line at a time. */
static int
read_some(int fd, char *data, size_t size, size_t *len_r, struct err *err)
{
	ssize_t n = 1;

	*len_r = 0;
	while (n > 0 && *len_r < size &&
	    memchr(data, '\n', *len_r) == NULL) {
		n = read(fd, data + *len_r, size - *len_r);
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len_r += (size_t)n;
	}
	if (n == -1)
		return err_set(err, ERR_UNAVAILABLE, "read a password: %s",
		    strerror(errno));
	return 0;
}

static int
cut_line(struct slice *text, struct err *err)
{
	size_t end = slice_find(*text, '\n');

	if (end + 1 < text->len)
		return err_set(err, ERR_INVALID,
		    "a password is one line, and there are more");
	text->len = end;
	if (slice_has_suffix(*text, "\r"))
		text->len--;
	if (slice_find(*text, '\0') < text->len ||
	    slice_find(*text, CANCEL) < text->len)
		return err_set(err, ERR_INVALID, "no password was given");
	return 0;
}

int
secret_read(struct pool *pool, int fd, const char **secret_r, struct err *err)
{
	/* One more than fits: then it is too long, and not cut. */
	char *data = pool_alloc(pool, LINE_MAX_BYTES + 1);
	struct slice text;
	size_t len;

	if (read_some(fd, data, LINE_MAX_BYTES + 1, &len, err) == -1)
		return -1;
	text = slice_make(data, len);
	if (cut_line(&text, err) == -1)
		return -1;
	*secret_r = slice_dup(pool, text);
	return 0;
}

/* ---- the terminal ---- */

static int
say(int fd, const char *text, struct err *err)
{
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		return 0;
	return err_set(err, ERR_UNAVAILABLE, TERMINAL ": %s",
	    strerror(errno));
}

/*
 * Ctrl-C and Ctrl-Z come as characters, so that none of them leaves the
 * terminal without echo.
 */
static int
ask_once(struct pool *pool, int fd, const char *prompt, const char **secret_r,
    struct err *err)
{
	struct termios old, quiet;
	int result;

	if (tcgetattr(fd, &old) == -1)
		return err_set(err, ERR_UNAVAILABLE, TERMINAL ": %s",
		    strerror(errno));
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (say(fd, prompt, err) == -1)
		return -1;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	result = secret_read(pool, fd, secret_r, err);
	(void)tcsetattr(fd, TCSAFLUSH, &old);
	if (say(fd, "\n", err) == -1)
		return -1;
	return result;
}

int
secret_ask(struct pool *pool, const char **secret_r, struct err *err)
{
	const char *again;
	int fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return err_set(err, ERR_UNAVAILABLE,
		    "no terminal to ask at: use --password-stdin or"
		    " --generate");
	file_close_with(pool, fd);
	if (ask_once(pool, fd, "New password: ", secret_r, err) == -1 ||
	    ask_once(pool, fd, "Once more: ", &again, err) == -1)
		return -1;
	if (strcmp(*secret_r, again) != 0)
		return err_set(err, ERR_INVALID, "these were two passwords");
	return 0;
}

/* ---- */

const char *
secret_generate(struct pool *pool)
{
	/* None that is taken for another. */
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	char *secret = pool_alloc(pool, GROUPS * (GROUP_CHARS + 1));
	size_t at = 0;

	for (int i = 0; i < GROUPS * GROUP_CHARS; i++) {
		if (i > 0 && i % GROUP_CHARS == 0)
			secret[at++] = '-';
		secret[at++] = letters[rand_below(sizeof(letters) - 1)];
	}
	return secret;
}
