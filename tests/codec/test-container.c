/*
 * Videos, sound and documents: what libmagic says of them, and their two ends.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/container.h"
#include "codec/filecheck.h"
#include "codec/sniff.h"

#define B(text) { (text), sizeof(text) - 1 }
#define Z4 "\0\0\0\0"
#define Z16 Z4 Z4 Z4 Z4
#define FTYP(brand) "\0\0\0\x18" "ftyp" brand "\0\0\2\0isom" brand \
    "\0\0\0\x18mdat" Z16
#define EBML(len, doc) "\x1a\x45\xdf\xa3" len "\x42\x86\x81\1\x42\xf7\x81\1" \
    "\x42\xf2\x81\4\x42\xf3\x81\x08\x42\x82" doc "\x42\x87\x81\4\x42\x85\x81" \
    "\2\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
#define WEBM EBML("\x9f", "\x84webm")
#define MATROSKA EBML("\xa3", "\x88matroska")
#define AVI(length) "RIFF" length "AVI LIST" Z16
#define WAV(length) "RIFF" length "WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0" \
    "\x40\x1f\0\0\1\0\x08\0data" Z16
#define ASF "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c" Z16
#define MP3 "ID3\4\0\0\0\0\0\0\xff\xfb\x90\x64" Z16
#define AAC "\xff\xf1\x50\x80\2\x1f\xfc" Z16
#define OGG "OggS\0\2" Z16 Z4 "\1\x1e\1vorbis" Z16
#define FLAC "fLaC\0\0\0\x22\x10\0\x10\0" Z16 Z16 "\xff\xf8"
#define PDF "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
#define HTML "<!DOCTYPE html><html><script>alert(1)</script></html>"
#define ODT "PK\3\4\x14\0\0\0\0\0\0\0!\0\x5e\xc6\x32\x0c\x27\0\0\0\x27\0\0\0" \
    "\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text"
#define ZIP_END "PK\5\6" Z16 "\0\0"

static const char *const allowed[FILE_KIND_COUNT] = {
	[FILE_VIDEO] = "video/mp4 video/webm video/avi video/mov video/wmv",
	[FILE_AUDIO] = "audio/mpeg audio/mp4 audio/aac audio/ogg audio/wav"
		       " audio/flac audio/webm",
	[FILE_DOCUMENT] = "application/pdf text/plain"
			  " application/vnd.oasis.opendocument.text",
};

static struct sniffer *sniffer;

static int
open_sniffer(void **state)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;

	*state = pool;
	return sniffer_open(pool, &sniffer, &err);
}

static int
close_sniffer(void **state)
{
	struct pool *pool = *state;

	pool_free(&pool);
	return 0;
}

static struct file_rules
rules_of(enum file_kind kind)
{
	return (struct file_rules){ .kind = kind,
		.max_bytes = 4 * MIB,
		.allowed_types = allowed[kind],
		.allowed_extensions = "",
		.sniffer = sniffer };
}

struct row {
	enum file_kind kind;
	const char *name, *declared;
	struct slice bytes;
	enum file_refusal refusal;
	const char *type; /* NULL: not compared */
};

/* clang-format off */
static const struct row rows[] = {
	{ FILE_VIDEO, "a.mp4", "video/mp4", B(FTYP("isom")), FILE_ACCEPTED, "video/mp4" },
	{ FILE_VIDEO, "a.m4v", "", B(FTYP("M4V ")), FILE_ACCEPTED, "video/mp4" },
	{ FILE_VIDEO, "a.mp4", "", B(FTYP("MSNV")), FILE_ACCEPTED, "video/mp4" },
	{ FILE_VIDEO, "a.MOV", "video/quicktime", B(FTYP("qt  ")), FILE_ACCEPTED, "video/quicktime" },
	{ FILE_VIDEO, "a.mov", "video/mov", B(FTYP("qt  ")), FILE_ACCEPTED, "video/quicktime" },
	{ FILE_VIDEO, "a.webm", "video/webm", B(WEBM), FILE_ACCEPTED, "video/webm" },
	{ FILE_VIDEO, "a.avi", "video/avi", B(AVI("\x14\0\0\0")), FILE_ACCEPTED, "video/x-msvideo" },
	{ FILE_VIDEO, "a.avi", "video/x-msvideo", B(AVI("\xff\xff\xff\xff")), FILE_ACCEPTED, "video/x-msvideo" },
	{ FILE_VIDEO, "a.wmv", "video/x-ms-wmv", B(ASF), FILE_ACCEPTED, "video/x-ms-wmv" },
	{ FILE_AUDIO, "a.mp3", "audio/mp3", B(MP3), FILE_ACCEPTED, "audio/mpeg" },
	{ FILE_AUDIO, "a.m4a", "audio/x-m4a", B(FTYP("M4A ")), FILE_ACCEPTED, "audio/mp4" },
	{ FILE_AUDIO, "a.m4a", "", B(FTYP("isom")), FILE_ACCEPTED, "audio/mp4" },
	{ FILE_AUDIO, "a.aac", "audio/aac", B(AAC), FILE_ACCEPTED, "audio/aac" },
	{ FILE_AUDIO, "a.opus", "audio/ogg", B(OGG), FILE_ACCEPTED, "audio/ogg" },
	{ FILE_AUDIO, "a.wav", "audio/wav", B(WAV("\x30\0\0\0")), FILE_ACCEPTED, "audio/wav" },
	{ FILE_AUDIO, "a.flac", "", B(FLAC), FILE_ACCEPTED, "audio/flac" },
	{ FILE_AUDIO, "a.webm", "audio/webm", B(WEBM), FILE_ACCEPTED, "audio/webm" },
	{ FILE_AUDIO, NULL, NULL, B(WEBM), FILE_ACCEPTED, "audio/webm" },
	{ FILE_DOCUMENT, "a.pdf", "application/pdf", B(PDF "%%EOF\n"), FILE_ACCEPTED, "application/pdf" },
	{ FILE_DOCUMENT, "a.odt", "", B(ODT ZIP_END), FILE_ACCEPTED, "application/vnd.oasis.opendocument.text" },
	{ FILE_DOCUMENT, "a.txt", "text/plain; charset=utf-8", B("hola, \xc3\xb1\n"), FILE_ACCEPTED, "text/plain" },
	/* Another kind, another type, another name. */
	{ FILE_VIDEO, "a.mp4", "", B(HTML), FILE_TYPE_MISMATCH, "" },
	{ FILE_VIDEO, "a.webm", "", B(MATROSKA), FILE_TYPE_MISMATCH, "" },
	{ FILE_VIDEO, "a.mp4", "", B(WEBM), FILE_TYPE_MISMATCH, "video/webm" },
	{ FILE_VIDEO, "a.mp3", "", B(MP3), FILE_EXTENSION_NOT_ALLOWED, NULL },
	{ FILE_VIDEO, "a.mp4", "video/webm", B(FTYP("isom")), FILE_TYPE_MISMATCH, NULL },
	{ FILE_AUDIO, "a.mp3", "", B(FTYP("isom")), FILE_TYPE_MISMATCH, NULL },
	{ FILE_AUDIO, "a.webm", "video/webm", B(WEBM), FILE_TYPE_NOT_ALLOWED, NULL },
	{ FILE_DOCUMENT, "a.txt", "", B(HTML), FILE_TYPE_MISMATCH, "" },
	{ FILE_DOCUMENT, "a.txt", "", B("#!/bin/sh\nrm -rf /\n"), FILE_TYPE_MISMATCH, "" },
	{ FILE_DOCUMENT, "a.pdf", "", B("hello"), FILE_TYPE_MISMATCH, "text/plain" },
	{ FILE_DOCUMENT, "a.html", "text/html", B(HTML), FILE_TYPE_NOT_ALLOWED, NULL },
	{ FILE_DOCUMENT, "a.docx", "", B(ODT ZIP_END), FILE_EXTENSION_NOT_ALLOWED, NULL },
	/* Cut off. */
	{ FILE_DOCUMENT, "a.pdf", "", B(PDF), FILE_DAMAGED, NULL },
	{ FILE_DOCUMENT, "a.odt", "", B(ODT), FILE_DAMAGED, NULL },
	{ FILE_AUDIO, "a.wav", "", B(WAV("\x31\0\0\0")), FILE_DAMAGED, NULL },
	{ FILE_VIDEO, "a.avi", "", B(AVI("\xfe\xff\xff\xff")), FILE_DAMAGED, NULL },
	{ FILE_VIDEO, "a.avi", "", B(""), FILE_EMPTY, NULL },
};
/* clang-format on */

static void
test_rows(void **state)
{
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct file_rules rules = rules_of(row->kind);
		struct filecheck *check = filecheck_new(pool, &rules,
		    row->name, row->declared);
		struct file_verdict verdict;

		filecheck_feed(check, row->bytes);
		filecheck_finish(check, &verdict);
		if (verdict.refusal != row->refusal)
			fail_msg("row %zu, %s: %s %s", i, row->name,
			    verdict.code, verdict.reason);
		if (row->type != NULL)
			assert_string_equal(verdict.type, row->type);
	}
}

/* Before a byte came: what name and declared type promise. */
static void
test_naming(void **state)
{
	struct pool *pool = *state;
	struct file_rules rules = rules_of(FILE_AUDIO);
	struct file_verdict verdict;

	filecheck_naming(filecheck_new(pool, &rules, "a.webm", ""), &verdict);
	assert_int_equal(verdict.refusal, FILE_ACCEPTED);
	assert_string_equal(verdict.type, "audio/webm");
	assert_string_equal(verdict.extension, "webm");
	assert_string_equal(verdict.code, "");
	filecheck_naming(filecheck_new(pool, &rules, "a.wav", "audio/mp3"),
	    &verdict);
	assert_int_equal(verdict.refusal, FILE_TYPE_MISMATCH);
	assert_string_equal(verdict.detail, "");
	assert_true(*verdict.reason != '\0');
	filecheck_naming(filecheck_new(pool, &rules, NULL, NULL), &verdict);
	assert_int_equal(verdict.refusal, FILE_ACCEPTED);
	assert_string_equal(verdict.type, "");
}

/* A PDF of so many bytes whose end is the given text. */
static char *
large_pdf(struct pool *pool, size_t len, const char *end)
{
	char *data = pool_alloc(pool, len);

	memset(data, 'x', len);
	memcpy(data, PDF, strlen(PDF));
	memcpy(data + len - strlen(end), end, strlen(end));
	return data;
}

/* Whole, in pieces of any size, or with its middle left out: the same. */
static void
test_ends(void **state)
{
	static const size_t sizes[] = { 60000, 65536, 65537, 131072, 131073,
		400000 };
	static const size_t steps[] = { 1000, 65536, 99999 };
	static const struct {
		const char *end;
		enum file_refusal refusal;
	} ends[] = { { "%%EOF\n", FILE_ACCEPTED }, { "%EOF", FILE_DAMAGED } };

	for (size_t i = 0; i < ARRAY_COUNT(sizes) * ARRAY_COUNT(steps) * 2;
	    i++) {
		size_t len = sizes[i / 2 / ARRAY_COUNT(steps)];
		size_t step = steps[i / 2 % ARRAY_COUNT(steps)];
		struct pool *pool = pool_new();
		struct slice rest = slice_make(
		    large_pdf(pool, len, ends[i % 2].end), len);
		struct file_rules rules = rules_of(FILE_DOCUMENT);
		struct filecheck *check =
		    filecheck_new(pool, &rules, "a.pdf", NULL);
		struct file_verdict verdict;

		for (; rest.len > 0; rest = slice_from(rest, step))
			filecheck_feed(check,
			    slice_make(rest.data,
				rest.len < step ? rest.len : step));
		assert_string_equal(filecheck_type(check),
		    len >= SNIFF_BYTES ? "application/pdf" : "");
		filecheck_finish(check, &verdict);
		assert_int_equal(verdict.refusal, ends[i % 2].refusal);
		assert_int_equal(verdict.size_bytes, len);
		pool_free(&pool);
	}
	(void)state;
}

static void
test_skip(void **state)
{
	enum { LEN = 1000000 };
	static const char *const ends[] = { "%%EOF\n", "%EOF" };
	struct pool *pool = *state;
	struct file_rules rules = rules_of(FILE_DOCUMENT);

	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		char *data = large_pdf(pool, LEN, ends[i]);
		struct filecheck *check =
		    filecheck_new(pool, &rules, "a.pdf", NULL);
		struct file_verdict verdict;

		filecheck_feed(check, slice_make(data, FILECHECK_END_BYTES));
		filecheck_skip(check, LEN - 2 * FILECHECK_END_BYTES);
		filecheck_feed(check,
		    slice_make(data + LEN - FILECHECK_END_BYTES,
			FILECHECK_END_BYTES));
		filecheck_finish(check, &verdict);
		assert_int_equal(verdict.refusal,
		    i == 0 ? FILE_ACCEPTED : FILE_DAMAGED);
		assert_int_equal(verdict.size_bytes, LEN);
	}
	rules.max_bytes = LEN - 1;
	{
		char *data = large_pdf(pool, LEN, ends[0]);
		struct filecheck *check =
		    filecheck_new(pool, &rules, "a.pdf", NULL);
		struct file_verdict verdict;

		filecheck_feed(check, slice_make(data, FILECHECK_END_BYTES));
		filecheck_skip(check, LEN - FILECHECK_END_BYTES);
		filecheck_finish(check, &verdict);
		assert_int_equal(verdict.refusal, FILE_TOO_LARGE);
	}
}

/* By itself, with less than libmagic lets pass. */
static void
test_check(void **state)
{
	static const struct {
		const char *type;
		struct slice bytes;
		bool is_good;
	} cases[] = {
		{ "application/pdf", B("%PDF-%%EOF"), true },
		{ "application/pdf", B("%PDF"), false },
		{ "application/pdf", B(""), false },
		{ "audio/wav", B("RIFF"), false },
		{ "audio/wav", B("RIFF\0\0\0"), false },
		{ "audio/wav", B("RIFF" Z4), true },
		{ "audio/wav", B("RIFF\1\0\0\0"), false },
		{ "video/mp4", B("\0\0\0\1ftyp"), true },
		{ "video/mp4", B("\0\0\0\1fty"), false },
		{ "text/plain", B("a\0b"), false },
		{ "text/plain", B("ab"), true },
		{ "image/png", B("anything"), true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct container_ends ends = { cases[i].bytes,
			cases[i].bytes, (int64_t)cases[i].bytes.len };

		if ((container_check(cases[i].type, &ends) == NULL) !=
		    cases[i].is_good)
			fail_msg("case %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_naming),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests_name("codec/container", tests,
	    open_sniffer, close_sniffer);
}
