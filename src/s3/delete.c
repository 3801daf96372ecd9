/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "codec/utf8.h"
#include "codec/xml.h"
#include "s3/list.h"
#include "s3/object.h"
#include "s3/reply.h"
#include "s3/task.h"

/* S3_LIST_MAX keys, each byte escaped. */
enum { KEY_MAX = 1024, DELETE_XML_MAX = 8 * 1024 * 1024, AT_ONCE = 16 };

/* A key and where the caller has it. */
struct doomed {
	const char *key;
	size_t place;
};

struct deletion {
	struct s3_client *client;
	struct pool *pool; /* of one call */
	bool *failed;	   /* by place */
	struct doomed *bulk, *singles;
	size_t bulk_count, single_count, next_single;
	bool was_answered; /* the server said something to a deletion */
};

/* ---- one call for each, many at once ---- */

static void
start_single(struct deletion *deletion, struct s3_task *task, struct err *err)
{
	struct doomed *doomed;

	if (deletion->next_single == deletion->single_count)
		return;
	doomed = &deletion->singles[deletion->next_single++];
	pool_clear(task->pool);
	task->arg = doomed;
	s3_call_delete(&task->call, doomed->key);
	if (s3_task_start(deletion->client, task, err) == -1)
		deletion->next_single = deletion->single_count;
}

static void
end_single(struct deletion *deletion, struct s3_task *task, struct err *err)
{
	const struct doomed *doomed = task->arg;

	if (s3_task_wait(task, err) == -1 && s3_absent(err) == -1)
		return;
	deletion->failed[doomed->place] = false;
	deletion->was_answered = true;
}

static void
delete_singles(struct deletion *deletion, struct err *err)
{
	struct s3_task *tasks = pool_alloc_array(deletion->pool, AT_ONCE,
	    sizeof(*tasks));
	struct s3_task_group group = { .jobs = { .running = 0 } };
	struct s3_task *task;

	deletion->next_single = 0;
	for (size_t i = 0; i < AT_ONCE && i < deletion->single_count; i++) {
		tasks[i].pool = pool_new();
		tasks[i].group = &group;
		start_single(deletion, &tasks[i], err);
	}
	while ((task = s3_task_next(deletion->client, &group)) != NULL) {
		end_single(deletion, task, err);
		start_single(deletion, task, err);
	}
	for (size_t i = 0; i < AT_ONCE && tasks[i].pool != NULL; i++)
		pool_free(&tasks[i].pool);
}

/* ---- many in one call ---- */

/*
 * What XML 1.0 carries and no reader changes on the way: no controls (a
 * carriage return would arrive as a line feed), no U+FFFE, no U+FFFF, no
 * space at an end, nothing that is not UTF-8.
 */
static bool
fits_xml(const char *key)
{
	struct slice rest = slice_str(key);
	int32_t c;

	if (rest.len == 0 || rest.len > KEY_MAX || key[0] == ' ' ||
	    key[rest.len - 1] == ' ')
		return false;
	while ((c = utf8_take(&rest)) >= 0)
		if (utf8_is_control(c) || c == 0xfffe || c == 0xffff)
			return false;
	return c == -1;
}

static struct s3_body
delete_body(struct deletion *deletion)
{
	struct buf xml;

	buf_init(&xml, deletion->pool, DELETE_XML_MAX);
	(void)buf_str(&xml, "<Delete xmlns=\"http://s3.amazonaws.com/doc/"
	    "2006-03-01/\"><Quiet>true</Quiet>");
	for (size_t i = 0; i < deletion->bulk_count; i++) {
		(void)buf_str(&xml, "<Object><Key>");
		xml_escape(&xml, slice_str(deletion->bulk[i].key));
		(void)buf_str(&xml, "</Key></Object>");
	}
	(void)buf_str(&xml, "</Delete>");
	return s3_body_text_md5(deletion->pool, buf_view(&xml));
}

static int
compare_doomed(const void *a, const void *b)
{
	const struct doomed *left = a, *right = b;

	return strcmp(left->key, right->key);
}

struct refusals {
	struct deletion *deletion;
	const char *key, *code; /* of the one that is being read */
	const char *first_code;
	size_t count;
	bool has_root;
	bool has_stranger; /* a key that was not asked for */
};

/* Each place where the key was asked for; they stand beside each other. */
static void
note_refusal(struct refusals *refusals)
{
	struct deletion *deletion = refusals->deletion;
	const struct doomed wanted = { .key = refusals->key };
	struct doomed *first = deletion->bulk;
	struct doomed *end = first + deletion->bulk_count;
	struct doomed *found = bsearch(&wanted, first, deletion->bulk_count,
	    sizeof(*first), compare_doomed);

	if (found == NULL) {
		refusals->has_stranger = true;
		return;
	}
	while (found > first && strcmp(found[-1].key, wanted.key) == 0)
		found--;
	for (; found < end && strcmp(found->key, wanted.key) == 0; found++)
		deletion->failed[found->place] = true;
	if (refusals->count++ == 0)
		refusals->first_code = refusals->code;
}

static void
on_element(void *arg, const char *path, const char *text)
{
	struct refusals *refusals = arg;
	struct pool *pool = refusals->deletion->pool;

	if (strcmp(path, "DeleteResult") == 0)
		refusals->has_root = true;
	else if (strcmp(path, "DeleteResult/Error/Key") == 0)
		refusals->key = pool_strdup(pool, text);
	else if (strcmp(path, "DeleteResult/Error/Code") == 0)
		refusals->code = pool_strdup(pool, text);
	if (strcmp(path, "DeleteResult/Error") != 0)
		return;
	/* What is gone is what was wanted. */
	if (strcmp(refusals->code, "NoSuchKey") != 0)
		note_refusal(refusals);
	refusals->key = refusals->code = "";
}

/*
 * The answer names what was refused.  One that names what was not asked for is
 * about some key of ours in another spelling: then all are tried again.
 */
static void
read_refusals(struct deletion *deletion, const struct fetch_reply *reply,
    struct err *err)
{
	struct slice xml = s3_reply_xml(deletion->pool, reply);
	struct refusals refusals = { .deletion = deletion,
		.key = "",
		.code = "" };

	qsort(deletion->bulk, deletion->bulk_count, sizeof(*deletion->bulk),
	    compare_doomed);
	for (size_t i = 0; i < deletion->bulk_count; i++)
		deletion->failed[deletion->bulk[i].place] = false;
	if (xml_parse(xml, on_element, &refusals, err) == -1 ||
	    !refusals.has_root || refusals.has_stranger)
		for (size_t i = 0; i < deletion->bulk_count; i++)
			deletion->failed[deletion->bulk[i].place] = true;
	if (!refusals.has_root) {
		(void)err_set(err, ERR_UPSTREAM,
		    "storage answered a deletion with something else");
		return;
	}
	deletion->was_answered = true;
	if (refusals.count > 0)
		log_warning(deletion->client->log,
		    "S3 refused %zu of %zu deletions, the first with %.*s",
		    refusals.count, deletion->bulk_count, ERR_CODE_BYTES,
		    refusals.first_code);
}

/* Servers without DeleteObjects say so in one of these ways. */
static bool
is_unknown_call(const struct fetch_reply *reply, const struct err *err)
{
	return reply->status == 501 || reply->status == 405 ||
	    strcmp(err->code, "NotImplemented") == 0 ||
	    strcmp(err->code, "MethodNotAllowed") == 0;
}

static void
make_all_single(struct deletion *deletion)
{
	for (size_t i = 0; i < deletion->bulk_count; i++)
		deletion->singles[deletion->single_count++] =
		    deletion->bulk[i];
	deletion->bulk_count = 0;
}

static void
delete_bulk(struct deletion *deletion, struct err *err)
{
	struct s3_body body = delete_body(deletion);
	struct s3_call call = { .method = "POST",
		.query = "delete=",
		.body = &body,
		.has_late_errors = true,
		.reply_max_bytes = FETCH_REPLY_BYTES_MAX };
	struct fetch_reply reply;

	s3_call_header(&call, "content-type", "application/xml");
	if (s3_call_run(deletion->client, deletion->pool, &call, &reply,
		err) == 0) {
		read_refusals(deletion, &reply, err);
		return;
	}
	if (!is_unknown_call(&reply, err))
		return;
	err_clear(err);
	deletion->client->has_no_bulk_delete = true;
	make_all_single(deletion);
}

/* ---- chunks ---- */

static void
sort_out(struct deletion *deletion, const char *const *keys, size_t from,
    size_t to)
{
	deletion->bulk_count = deletion->single_count = 0;
	for (size_t i = from; i < to; i++) {
		const struct doomed doomed = { keys[i], i };

		if (fits_xml(keys[i]))
			deletion->bulk[deletion->bulk_count++] = doomed;
		else
			deletion->singles[deletion->single_count++] = doomed;
	}
	/* One alone needs no list. */
	if (deletion->bulk_count == 1 || deletion->client->has_no_bulk_delete)
		make_all_single(deletion);
}

/* A chunk that fails says nothing about the next one. */
static void
delete_chunk(struct deletion *deletion, struct err *err)
{
	if (deletion->bulk_count > 0)
		delete_bulk(deletion, err);
	if (deletion->single_count > 0)
		delete_singles(deletion, err);
	pool_clear(deletion->pool);
}

static void
delete_chunks(struct deletion *deletion, const char *const *keys, size_t count,
    struct err *err)
{
	size_t max = deletion->client->bulk_delete_max, to;

	for (size_t from = 0; from < count; from = to) {
		to = count - from < max ? count : from + max;
		sort_out(deletion, keys, from, to);
		delete_chunk(deletion, err);
	}
}

int
s3_delete_many(struct s3_client *client, const char *const *keys, size_t count,
    bool *failed_r, struct err *err)
{
	struct pool *pool = pool_new();
	struct deletion deletion = { .client = client,
		.failed = failed_r,
		.pool = pool_new(),
		.bulk = pool_alloc_array(pool, client->bulk_delete_max,
		    sizeof(*deletion.bulk)),
		.singles = pool_alloc_array(pool, client->bulk_delete_max,
		    sizeof(*deletion.singles)) };
	struct err trouble = ERR_INIT;

	for (size_t i = 0; i < count; i++)
		failed_r[i] = true;
	delete_chunks(&deletion, keys, count, &trouble);
	pool_free(&deletion.pool);
	pool_free(&pool);
	if (trouble.kind == ERR_NONE)
		return 0;
	if (!deletion.was_answered) {
		*err = trouble;
		return -1;
	}
	log_warning(client->log, "S3: not all is deleted: %s", trouble.text);
	return 0;
}
