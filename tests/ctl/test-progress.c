/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>
#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "ctl/progress.h"
#include "ctl/storage.h"

static void
test_line(void **state)
{
	static const struct {
		struct progress_state state;
		int columns;
		const char *line;
	} rows[] = {
		{ { "a.jpg", 0, 1000, 0, 0 }, 50,
		    "a.jpg    0%  0 B/s  --:-- left" },
		{ { "a.jpg", 500, 1000, 500, 1000 }, 50,
		    "a.jpg   50%  500 B/s  0:01 left" },
		{ { "a.jpg", 512 * MIB, GIB, 4 * MIB, 1000 }, 80,
		    "a.jpg  [#############             ]  50%  4.0 MiB/s"
		    "  2:08 left" },
		{ { "a.jpg", 0, 100 * GIB, MIB, 1000 }, 50,
		    "a.jpg    0%  1.0 MiB/s  28:26:40 left" },
		/* more than was known, and nothing at all */
		{ { "a", 2000, 1000, 1000, 1000 }, 50,
		    "a  100%  1000 B/s  --:-- left" },
		{ { "a", 0, 0, 0, 0 }, 50, "a  100%  0 B/s  --:-- left" },
		{ { "-", 5 * MIB, -1, MIB, 500 }, 80,
		    "-  5.0 MiB  2.0 MiB/s" },
		/* the end of a long name, without half a character */
		{ { "carpeta/fotografía.jpg", 0, 1, 0, 0 }, 50,
		    "...grafía.jpg    0%  0 B/s  --:-- left" },
		{ { "carpeta/foñ.jpg", 0, 1, 0, 0 }, 20,
		    "....jpg    0%  0 B/s  --:-- left" },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *line = progress_line(pool, &rows[i].state,
		    rows[i].columns);

		if (strcmp(line, rows[i].line) != 0)
			fail_msg("row %zu: '%s'", i, line);
	}
}

/* Nobody looks: nothing is written, bytes are counted. */
static void
test_no_terminal(void **state)
{
	struct pool *pool = *state;
	int ends[2];
	struct progress *progress;
	char byte;

	assert_int_equal(pipe(ends), 0);
	progress = progress_new(pool, ends[1], "x", 10);
	progress_add(progress, 4);
	progress_clear(progress);
	progress_end(progress);
	assert_int_equal(progress_bytes(progress), 4);
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
}

/* On a terminal the line comes at once, and is taken away at the end. */
static void
test_terminal(void **state)
{
	struct pool *pool = *state;
	struct progress *progress;
	char text[4096];
	ssize_t len;
	int ours, theirs;

	assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
	progress = progress_new(pool, theirs, "a\033b", 10);
	len = read(ours, text, sizeof(text) - 1);
	assert_true(len > 0);
	progress_end(progress);
	text[len] = '\0';
	assert_non_null(strstr(text, "\ra\\x1bb"));
	assert_non_null(strstr(text, "0 B/s"));
	(void)close(theirs);
	(void)close(ours);
}

static void
test_printable(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "", "" },
		{ "ñandú 1.jpg", "ñandú 1.jpg" },
		{ "a\nb\033[2Jc\x7f", "a\\x0ab\\x1b[2Jc\\x7f" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xc2\x9b", "\\xc2\\x9b" },
		{ "a\\x0a", "a\\\\x0a" },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(storage_printable(pool, rows[i].text),
		    rows[i].shown);
	assert_string_equal(storage_size(pool, 1023), "1023 B");
	assert_string_equal(storage_size(pool, 1536), "1.5 KiB");
	assert_string_equal(storage_size(pool, 5 * 1024 * GIB), "5.0 TiB");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_line),
		POOL_TEST(test_no_terminal),
		POOL_TEST(test_terminal),
		POOL_TEST(test_printable),
	};

	return cmocka_run_group_tests_name("ctl/progress", tests, NULL, NULL);
}
