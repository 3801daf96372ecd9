/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

struct sink {
	struct log log;
	struct pool *pool;
	int fds[2];
};

static void
sink_open(struct sink *sink, struct pool *pool, enum log_level least)
{
	sink->pool = pool;
	assert_int_equal(pipe(sink->fds), 0);
	file_close_with(pool, sink->fds[0]);
	file_close_with(pool, sink->fds[1]);
	log_init(&sink->log, sink->fds[1], least);
}

/* All that was logged since the last call, without the time stamps. */
static const char *
sink_take(struct sink *sink)
{
	char *text = pool_alloc(sink->pool, 2 * LOG_LINE_MAX);
	size_t stamp = strlen("ts=2026-11-22T14:38:00.123Z ");
	ssize_t len;

	(void)!write(sink->fds[1], "\n", 1);
	len = read(sink->fds[0], text, 2 * LOG_LINE_MAX - 1);
	assert_true(len > 0);
	text[len - 1] = '\0';
	if (len == 1)
		return "";
	assert_memory_equal(text, "ts=2", 4);
	assert_int_equal(text[stamp - 2], 'Z');
	return text + stamp;
}

static void
test_levels(void **state)
{
	struct sink sink;

	sink_open(&sink, *state, LOG_WARNING);
	log_debug(&sink.log, "no");
	log_info(&sink.log, "no");
	assert_string_equal(sink_take(&sink), "");
	log_warning(&sink.log, "disk");
	assert_string_equal(sink_take(&sink), "level=warning msg=disk\n");
	log_error(&sink.log, "disk %d%%", 99);
	assert_string_equal(sink_take(&sink),
	    "level=error msg=\"disk 99%\"\n");
	sink.log.least = LOG_DEBUG;
	log_debug(&sink.log, "d");
	assert_string_equal(sink_take(&sink), "level=debug msg=d\n");
	log_info(&sink.log, "i");
	assert_string_equal(sink_take(&sink), "level=info msg=i\n");
}

static void
test_fields(void **state)
{
	const struct log_field fields[] = { { "status", NULL, -302 },
		{ "path", "/products", 0 }, { "name", "a b", 0 },
		{ "empty", "", 0 } };
	struct log request;
	struct sink sink;

	sink_open(&sink, *state, LOG_INFO);
	log_init_request(&request, &sink.log, "5f0c");
	log_fields(&request, LOG_INFO, "done", fields, ARRAY_COUNT(fields));
	assert_string_equal(sink_take(&sink),
	    "level=info req=5f0c msg=done status=-302 path=/products "
	    "name=\"a b\" empty=\"\"\n");
}

static void
test_request_id(void **state)
{
	char id[2 * LOG_ID_BYTES];
	struct log request;
	struct sink sink;

	sink_open(&sink, *state, LOG_INFO);
	memset(id, 'a', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	log_init_request(&request, &sink.log, id);
	assert_int_equal(strlen(request.req), LOG_ID_BYTES - 1);
	log_init_request(&request, &sink.log, "x\nlevel=error");
	log_info(&request, "m");
	assert_string_equal(sink_take(&sink),
	    "level=info req=\"x\\x0alevel=error\" msg=m\n");
}

static void
test_escapes(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{ "plain-1.jpg", "plain-1.jpg" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "back\\slash", "\"back\\\\slash\"" },
		/* nobody forges a line */
		{ "x\nts=2026-01-01T00:00:00.000Z level=error msg=y",
		    "\"x\\x0ats=2026-01-01T00:00:00.000Z level=error msg=y\"" },
		{ "x\" level=error msg=\"y",
		    "\"x\\\" level=error msg=\\\"y\"" },
		{ "\r\t\x1b[31m\x7f", "\"\\x0d\\x09\\x1b[31m\\x7f\"" },
		/* C1 controls, as UTF-8 and as bytes */
		{ "\xc2\x9b" "1m", "\"\\xc2\\x9b1m\"" },
		{ "\x9b", "\"\\x9b\"" },
		{ "✓ ñ", "\"✓ ñ\"" },
		{ "ñ", "\"ñ\"" },
		{ "\xc3", "\"\\xc3\"" },
		{ "\xc0\xaf\xed\xa0\x80",
		    "\"\\xc0\\xaf\\xed\\xa0\\x80\"" },
	};
	struct sink sink;

	sink_open(&sink, *state, LOG_INFO);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct log_field field = { "v", rows[i].text, 0 };
		const char *expected = pool_format(*state,
		    "level=info msg=m v=%s\n", rows[i].value);

		log_fields(&sink.log, LOG_INFO, "m", &field, 1);
		assert_string_equal(sink_take(&sink), expected);
	}
}

static char *
repeat(struct pool *pool, const char *text, size_t count)
{
	size_t len = strlen(text);
	char *all = pool_alloc(pool, count * len + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(all + i * len, text, len);
	return all;
}

/* Escaping does not make a value longer than its limit. */
static void
test_long_values(void **state)
{
	static const struct {
		const char *piece;
		size_t written; /* bytes, without quotes */
		bool is_quoted;
	} rows[] = { { "x", LOG_VALUE_MAX, false }, { "x ", LOG_VALUE_MAX, true },
		{ "\x01", LOG_VALUE_MAX, true }, { "\"", LOG_VALUE_MAX, true },
		{ "ab\xff", LOG_VALUE_MAX - 2, true } };
	struct sink sink;

	sink_open(&sink, *state, LOG_INFO);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct log_field fields[] = {
			{ "v", repeat(*state, rows[i].piece, 3000), 0 },
			{ "status", NULL, 200 }
		};
		size_t around = strlen("level=info msg=m v= status=200\n");
		const char *line;

		log_fields(&sink.log, LOG_INFO, "m", fields, 2);
		line = sink_take(&sink);
		assert_int_equal(strlen(line),
		    around + rows[i].written + (rows[i].is_quoted ? 2 : 0));
		assert_non_null(strstr(line, " status=200\n"));
	}
}

static void
test_long_message(void **state)
{
	struct sink sink;
	const char *line;

	sink_open(&sink, *state, LOG_INFO);
	log_info(&sink.log, "%s", repeat(*state, "x", 3000));
	line = sink_take(&sink);
	assert_in_range(strlen(line), LOG_VALUE_MAX, LOG_VALUE_MAX + 30);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

/* However many fields: one line, its quotes closed. */
static void
test_long_line(void **state)
{
	struct log_field fields[8];
	struct sink sink;
	size_t quotes = 0;
	const char *line;

	sink_open(&sink, *state, LOG_INFO);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		fields[i] = (struct log_field){ "v",
			repeat(*state, "\x01", 3000), 0 };
	log_fields(&sink.log, LOG_INFO, "m", fields, ARRAY_COUNT(fields));
	line = sink_take(&sink);
	assert_in_range(strlen(line), LOG_LINE_MAX - 100, LOG_LINE_MAX);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	for (const char *at = line; *at != '\0'; at++)
		quotes += *at == '"';
	assert_int_equal(quotes % 2, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_levels),
		POOL_TEST(test_fields),
		POOL_TEST(test_request_id),
		POOL_TEST(test_escapes),
		POOL_TEST(test_long_values),
		POOL_TEST(test_long_message),
		POOL_TEST(test_long_line),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
