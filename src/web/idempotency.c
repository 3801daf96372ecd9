/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "http/form.h"
#include "http/param.h"
#include "model/idempotency.h"
#include "web/caller.h"
#include "web/idempotency.h"

struct once {
	struct app *app;
	struct request *request;
	struct idempotency_key key;
	struct digest *body; /* NULL: of a form with files */
	int64_t body_max_bytes;
};

/* ---- which request it is ---- */

static int
check_name(const char *name, struct err *err)
{
	size_t len = strlen(name);
	bool is_visible = true;

	for (size_t i = 0; i < len; i++)
		is_visible = is_visible && name[i] > ' ' && name[i] <= '~';
	if (len > 0 && len <= IDEMPOTENCY_NAME_MAX && is_visible)
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_idempotency_key",
	    "Idempotency-Key: 1 to %d visible ASCII characters",
	    IDEMPOTENCY_NAME_MAX);
}

/* Each try has another boundary. */
static struct slice
type_of(const struct request *request, bool *is_multipart_r)
{
	struct slice whole = slice_str(request->content_type), rest = whole;
	struct slice type = param_head(&rest);

	*is_multipart_r = slice_eq_case(type, "multipart/form-data");
	return *is_multipart_r ? type : whole;
}

static const char *
hash_text(struct pool *pool, struct digest *digest)
{
	uint8_t hash[SHA256_BYTES];

	digest_finish(digest, hash);
	return hex_encode(pool, slice_make(hash, sizeof(hash)));
}

static void
tap_body(void *arg, struct slice bytes)
{
	digest_update(arg, bytes);
}

static void
once_init(struct once *once, struct app *app, struct request *request,
    const char *name)
{
	struct digest *head = digest_new(request->pool, DIGEST_SHA256);
	bool is_multipart;
	struct slice type = type_of(request, &is_multipart);

	/* No part but the last can hold a line break. */
	digest_update(head, slice_str(pool_format(request->pool,
	    "%s\n%s\n%.*s\n%lld\n", request->method_text, request->path,
	    SLICE_ARG(request->query), (long long)request->content_length)));
	digest_update(head, type);
	*once = (struct once){ .app = app,
		.request = request,
		.key = { .tenant_id = request->caller->tenant_id,
		    .user_id = request->caller->user_id,
		    .name = name,
		    .fingerprint = hash_text(request->pool, head),
		    .holder = request->id },
		.body_max_bytes = app->body_max_bytes };
	if (is_multipart)
		return;
	once->body = digest_new(request->pool, DIGEST_SHA256);
	once->body_max_bytes = FORM_FIELDS_BYTES_MAX;
	request->body_tap = tap_body;
	request->body_tap_arg = once->body;
}

/* Reads what the handler left; "" for a form with files. */
static int
hash_body(struct once *once, const char **hash_r, struct err *err)
{
	*hash_r = "";
	if (request_skip_body(once->request, once->body_max_bytes, err) == -1)
		return -1;
	if (once->body != NULL)
		*hash_r = hash_text(once->request->pool, once->body);
	return 0;
}

/* ---- the answer ---- */

static int
replay(struct once *once, struct response *response,
    const struct idempotency_answer *answer, struct err *err)
{
	const char *hash;

	if (hash_body(once, &hash, err) == -1)
		return -1;
	if (strcmp(hash, answer->body_hash) != 0)
		return err_set_code(err, ERR_CONFLICT, "idempotency_mismatch",
		    "this Idempotency-Key was used with another body");
	response->status = (int)answer->status;
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Referrer-Policy", "no-referrer");
	response_header(response, "Idempotency-Replayed", "true");
	if (*answer->location != '\0')
		response_header(response, "Location", "%s", answer->location);
	if (*answer->content_type != '\0')
		response_body(response, answer->content_type,
		    slice_str(answer->body));
	return 0;
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static bool
can_be_kept(const struct response *response)
{
	return response->status >= 200 && response->status < 400 &&
	    response->stream == NULL &&
	    response->body.len <= IDEMPOTENCY_BODY_MAX;
}

static int
keep(struct once *once, const struct response *response, struct err *err)
{
	struct idempotency_answer answer = { .status = response->status,
		.content_type =
		    or_empty(response_find_header(response, "Content-Type")),
		.location =
		    or_empty(response_find_header(response, "Location")),
		.body = slice_dup(once->request->pool, response->body) };

	if (hash_body(once, &answer.body_hash, err) == -1)
		return -1;
	return idempotency_keep(once->app->backend.db, &once->key, &answer,
	    clock_now_secs(once->request->clock), err);
}

/* What was done is done, whether it can be noted or not. */
static void
finish(struct once *once, const struct response *response, bool is_done)
{
	struct err err = ERR_INIT;
	int result;

	if (is_done && can_be_kept(response))
		result = keep(once, response, &err);
	else
		result = idempotency_free(once->app->backend.db, &once->key,
		    &err);
	if (result == -1)
		log_warning(&once->request->log,
		    "the Idempotency-Key stays taken for a while: %s",
		    err.text);
}

int
idempotency_run(struct app *app, struct request *request,
    struct response *response, const struct route *route, route_run_fn run,
    struct err *err)
{
	const char *name = request_header(request, "Idempotency-Key");
	struct idempotency_answer answer;
	struct once once;
	int result;

	if (!route->is_creating || name == NULL)
		return run(app, request, response, route, err);
	if (check_name(name, err) == -1)
		return -1;
	once_init(&once, app, request, name);
	result = idempotency_begin(app->backend.db, request->pool, &once.key,
	    clock_now_secs(request->clock), &answer, err);
	if (result == -1)
		return -1;
	if (result == 0)
		return replay(&once, response, &answer, err);
	result = run(app, request, response, route, err);
	finish(&once, response, result == 0);
	request->body_tap = NULL;
	return result;
}
