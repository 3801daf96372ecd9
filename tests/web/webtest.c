/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/rand.h"
#include "codec/password.h"
#include "http/transport_mem.h"
#include "lib/database.h"
#include "model/api_token.h"
#include "model/session.h"
#include "model/settings.h"
#include "sql/sql.h"
#include "web/serve.h"
#include "webtest.h"

enum { FORM_MAX = 16 * 1024 * 1024, ENVIRON_MAX = 64 };

static int
remove_entry(const char *path, const struct stat *info, int type,
    struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

static const char *
make_dir(struct pool *pool)
{
	const char *base = getenv("TMPDIR");
	char *dir = pool_format(pool, "%s/almacen-web-XXXXXX",
	    base == NULL ? "/tmp" : base);

	assert_non_null(mkdtemp(dir));
	return dir;
}

static const char *
env_or(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value == NULL ? fallback : value;
}

void
webtest_open(struct webtest *test, const char *const *settings)
{
	const char *env[ENVIRON_MAX];
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct conf *conf;
	size_t n = 0;

	*test = (struct webtest){ .pool = pool, .cut_at = SIZE_MAX };
	test->dir = make_dir(pool);
	/* The first of a name counts. */
	for (; *settings != NULL; settings++)
		env[n++] = *settings;
	env[n++] = "RATE_UPLOAD=0";
	env[n++] = "RATE_PRESIGN=0";
	env[n++] = "RATE_LOGIN=0";
	env[n++] = "ENVIRONMENT=development";
	env[n++] = "AUTH=open";
	env[n++] = pool_format(pool, "DATABASE_URL=%s",
	    database_new(pool, "sqlite::memory:"));
	env[n++] = "LOG_LEVEL=error";
	env[n++] = pool_format(pool, "DATA_DIR=%s", test->dir);
	env[n++] = pool_format(pool, "TEMPLATE_DIR=%s/templates",
	    env_or("top_srcdir", "."));
	env[n++] = pool_format(pool, "STATIC_DIR=%s/static",
	    env_or("top_srcdir", "."));
	env[n++] = pool_format(pool, "LOCALE_DIR=%s/locale",
	    env_or("top_builddir", "."));
	env[n] = NULL;
	if (settings_load(pool, NULL, env, &conf, &err) == -1 ||
	    app_open(&test->app, pool, conf, &err) == -1 ||
	    app_start(&test->app, 0, &err) == -1)
		fail_msg("webtest: %s", err.text);
	test->app.clock.fixed_ms = (int64_t)WEBTEST_NOW_SECS * 1000;
	app_prepare_store(&test->app);
}

void
webtest_close(struct webtest *test)
{
	char *dir = strdup(test->dir);

	pool_free(&test->pool);
	(void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

void
webtest_set(struct webtest *test, const char *name, const char *value)
{
	assert_true(test->param_count < WEBTEST_PARAMS_MAX - 8);
	test->params[2 * test->param_count] = name;
	test->params[2 * test->param_count + 1] = value;
	test->param_count++;
}

void
webtest_unset_all(struct webtest *test)
{
	test->param_count = 0;
}

static struct answer
read_answer(const struct transport_mem *mem)
{
	struct answer answer = { .status = 0 };
	const char *head = mem->out.data, *end = strstr(head, "\r\n\r\n");

	assert_non_null(end);
	assert_int_equal(strncmp(head, "Status: ", 8), 0);
	answer.status = (int)strtol(head + 8, NULL, 10);
	answer.head = head;
	answer.body = end + 4;
	answer.body_len = mem->out.len - (size_t)(answer.body - head);
	return answer;
}

struct answer
webtest_send(struct webtest *test, const char *method, const char *uri,
    const char *content_type, struct slice body)
{
	const char *params[2 * WEBTEST_PARAMS_MAX + 2];
	struct transport_mem mem;
	size_t n = 0;

	for (; n < 2 * test->param_count; n++)
		params[n] = test->params[n];
	params[n++] = "REQUEST_METHOD";
	params[n++] = method;
	params[n++] = "REQUEST_URI";
	params[n++] = uri;
	params[n++] = "REMOTE_ADDR";
	params[n++] = "127.0.0.1";
	params[n++] = "HTTP_HOST";
	params[n++] = "shop.test";
	params[n++] = "CONTENT_TYPE";
	params[n++] = content_type;
	params[n++] = "CONTENT_LENGTH";
	params[n++] = pool_format(test->pool, "%zu", body.len);
	params[n] = NULL;
	transport_mem_init(&mem, test->pool, params, body);
	mem.cut_at = test->cut_at;
	mem.step_bytes = test->step_bytes;
	serve(&test->app, &mem.transport);
	return read_answer(&mem);
}

struct answer
webtest_get(struct webtest *test, const char *uri)
{
	return webtest_send(test, "GET", uri, "", slice_str(""));
}

struct answer
webtest_post(struct webtest *test, const char *uri, const char *content_type,
    struct slice body)
{
	return webtest_send(test, "POST", uri, content_type, body);
}

const char *
webtest_header(struct webtest *test, const struct answer *answer,
    const char *name)
{
	struct slice rest =
	    slice_make(answer->head, (size_t)(answer->body - answer->head));
	struct slice line;

	while (slice_next(&rest, '\n', &line)) {
		size_t at = slice_find(line, ':');

		if (at < line.len && line.data[line.len - 1] == '\r')
			line.len--;
		if (slice_eq_case(slice_make(line.data, at), name))
			return slice_dup(test->pool,
			    slice_trim(slice_from(line, at + 1)));
	}
	return NULL;
}

const char *
webtest_between(struct webtest *test, const struct answer *answer,
    const char *before, const char *after)
{
	const char *from = strstr(answer->body, before), *to;

	if (from == NULL)
		return NULL;
	from += strlen(before);
	to = strstr(from, after);
	if (to == NULL)
		return NULL;
	return pool_strndup(test->pool, from, (size_t)(to - from));
}

int64_t
webtest_user(struct webtest *test, int64_t tenant_id, const char *email,
    enum role role)
{
	struct user user = { .tenant_id = tenant_id,
		.has_password_realm = true,
		.login = email,
		.name = "",
		.role = role,
		.created_secs = WEBTEST_NOW_SECS,
		.password_secs = WEBTEST_NOW_SECS };
	struct err err = ERR_INIT;

	/* One hash is enough for all, and takes its time. */
	if (test->password == NULL &&
	    password_hash(test->pool, WEBTEST_PASSWORD, &test->password,
		&err) == -1)
		fail_msg("%s", err.text);
	user.password = test->password;
	if (user_insert(test->app.backend.db, test->pool, &user, &err) == -1)
		fail_msg("%s: %s", email, err.text);
	return user.id;
}

int64_t
webtest_log_in(struct webtest *test, int64_t user_id)
{
	struct session session = { .user_id = user_id,
		.remote_addr = "127.0.0.1",
		.user_agent = "webtest" };
	struct err err = ERR_INIT;
	const char *secret;

	if (session_begin(test->app.backend.db, test->pool, &session,
		&test->app.session_terms, WEBTEST_NOW_SECS, &secret, &err) ==
	    -1)
		fail_msg("%s", err.text);
	webtest_set(test, "HTTP_COOKIE",
	    pool_format(test->pool, "almacen_session=%s", secret));
	return session.id;
}

const char *
webtest_token(struct webtest *test, int64_t user_id, unsigned scopes)
{
	struct api_token token = { .user_id = user_id,
		.name = "test",
		.scopes = scopes,
		.created_secs = WEBTEST_NOW_SECS };
	struct err err = ERR_INIT;
	const char *text;

	if (api_token_insert(test->app.backend.db, test->pool, &token, &text,
		&err) == -1)
		fail_msg("%s", err.text);
	return text;
}

void
webtest_sql(struct webtest *test, const char *sql)
{
	struct err err = ERR_INIT;

	if (sql_exec(test->app.backend.db, sql, NULL, 0, NULL, &err) == -1)
		fail_msg("%s: %s", sql, err.text);
}

int64_t
webtest_count(struct webtest *test, const char *sql)
{
	struct err err = ERR_INIT;
	struct sql_rows rows;

	if (sql_query(test->app.backend.db, test->pool, sql, NULL, 0, &rows,
		&err) == -1)
		fail_msg("%s: %s", sql, err.text);
	return sql_int(&rows, 0, 0);
}

int
webtest_objects(struct webtest *test)
{
	const char *command = pool_format(test->pool,
	    "find %s/objects/uploads -type f | wc -l", test->dir);
	FILE *pipe = popen(command, "r");
	int count = -1;

	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	(void)pclose(pipe);
	return count;
}

struct slice
webtest_form(struct webtest *test, const struct webtest_part *parts,
    size_t count)
{
	struct buf form;

	buf_init(&form, test->pool, FORM_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct webtest_part *part = &parts[i];

		buf_str(&form, "--" WEBTEST_BOUNDARY "\r\n"
			       "Content-Disposition: form-data; name=\"");
		buf_format(&form, "%s\"", part->name);
		if (part->filename != NULL)
			buf_format(&form, "; filename=\"%s\"", part->filename);
		if (part->type != NULL)
			buf_format(&form, "\r\nContent-Type: %s", part->type);
		buf_str(&form, "\r\n\r\n");
		buf_slice(&form, part->data);
		buf_str(&form, "\r\n");
	}
	buf_str(&form, "--" WEBTEST_BOUNDARY "--\r\n");
	assert_false(buf_is_full(&form));
	return buf_view(&form);
}

static uint32_t
crc32_of(const unsigned char *data, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void
put_u32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void
put_chunk(struct buf *png, const char *type, const void *data, size_t len)
{
	unsigned char chunk[64];

	assert_true(len <= sizeof(chunk) - 12);
	put_u32(chunk, (uint32_t)len);
	memcpy(chunk + 4, type, 4);
	if (len > 0)
		memcpy(chunk + 8, data, len);
	put_u32(chunk + 8 + len, crc32_of(chunk + 4, len + 4));
	buf_append(png, chunk, len + 12);
}

struct slice
webtest_png(struct webtest *test, unsigned seed)
{
	/* 1 x 1, 8 bit grey; the pixel as a stored deflate block. */
	static const unsigned char header[13] = { 0, 0, 0, 1, 0, 0, 0, 1, 8 };
	unsigned char pixel[] = { 0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 0, 0,
		0 };
	unsigned grey = seed & 0xff;
	char text[16] = "seed"; /* keyword, NUL, text */
	struct buf png;

	pixel[8] = (unsigned char)grey;
	put_u32(pixel + 9, (uint32_t)(grey + 2) << 16 | (grey + 1));
	(void)snprintf(text + 5, sizeof(text) - 5, "%010u", seed);
	buf_init(&png, test->pool, 1024);
	buf_append(&png, "\x89PNG\r\n\x1a\n", 8);
	put_chunk(&png, "IHDR", header, sizeof(header));
	put_chunk(&png, "tEXt", text, sizeof(text) - 1);
	put_chunk(&png, "IDAT", pixel, sizeof(pixel));
	put_chunk(&png, "IEND", NULL, 0);
	return buf_view(&png);
}
