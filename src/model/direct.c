/*
 * The first half of a direct upload: its row and its URL.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/filename.h"
#include "codec/hex.h"
#include "model/direct_private.h"
#include "model/keys.h"

enum {
	KEY_TRIES = 4,
	DECLARED_BYTES_MAX = 127, /* of a type */
	FORM_FIELDS = 1
};

struct draft {
	struct pool *pool;
	const struct direct *direct;
	const struct direct_request *request;
	const char *extension; /* of what the name promises */
	bool is_copied;	       /* the URL leads to a key of its own */
	struct direct_ticket *ticket;
};

/* ---- what was asked for ---- */

static int
check_sha256(struct pool *pool, const char *text, struct err *err)
{
	struct slice bytes;

	if (*text == '\0' ||
	    (strlen(text) == STORE_SHA256_CHARS &&
		hex_decode(pool, slice_str(text), &bytes)))
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_sha256",
	    "sha256: %d hexadecimal digits", STORE_SHA256_CHARS);
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* It becomes the value of a header. */
static int
check_type(const char *type, struct err *err)
{
	if (strlen(type) <= DECLARED_BYTES_MAX && is_printable(type))
		return 0;
	return err_set_code(err, ERR_UNSUPPORTED, "type_not_allowed",
	    "Invalid MIME type");
}

static int64_t
max_bytes(const struct draft *draft)
{
	int64_t max = draft->direct->rules[draft->request->kind].max_bytes;

	return draft->request->way == DIRECT_FORM && max > DIRECT_FORM_MAX ?
	    DIRECT_FORM_MAX : max;
}

/* The most that can arrive is taken from the quota until it is known. */
static int64_t
charge(const struct draft *draft)
{
	int64_t declared = draft->request->declared_bytes;

	return declared != -1 ? declared : max_bytes(draft);
}

/* C3: the size first, then type and extension. */
static int
check_claims(struct draft *draft, struct file *file, struct err *err)
{
	const struct direct_request *request = draft->request;
	struct file_rules rules = draft->direct->rules[request->kind];
	struct store_info info = { .size_bytes = request->declared_bytes };
	struct direct_object object = { .info = &info,
		.file = file,
		.rules = &rules };
	struct direct_findings findings;

	if (request->declared_bytes < -1)
		return err_set_code(err, ERR_INVALID, "bad_size",
		    "size: a number of bytes");
	if (request->declared_bytes == -1)
		info.size_bytes = 1; /* nothing to find fault with */
	rules.max_bytes = max_bytes(draft);
	direct_check_claims(draft->pool, &object, &findings);
	draft->extension = findings.verdict.extension;
	file->content_type = findings.verdict.type;
	if (findings.refusal.kind == ERR_NONE)
		return 0;
	log_warning(draft->direct->log, "File validation error: %s",
	    findings.refusal.text);
	return refusal_fail(&findings.refusal, err);
}

static const char *
lower_case(struct pool *pool, const char *hex)
{
	char *text = pool_strdup(pool, hex);

	for (char *at = text; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'F')
			*at = (char)(*at - 'A' + 'a');
	return text;
}

static int
fill_file(struct draft *draft, struct err *err)
{
	const struct direct *direct = draft->direct;
	const struct direct_request *request = draft->request;
	struct file *file = &draft->ticket->file;

	*file = (struct file){ .tenant_id = direct->tenant_id,
		.provider = store_driver(direct->store),
		.bucket = store_bucket(direct->store),
		.original_name = filename_display(draft->pool, request->name),
		.created_secs = clock_now_secs(direct->clock),
		.is_public = request->is_public,
		.sha256 = "",
		.etag = "",
		.refusal = "",
		.upload_key = "",
		.alt_text = "",
		.tags = "",
		.owner = direct->owner,
		.kind = request->kind,
		.athlete_id = request->athlete_id,
		.declared_type = request->declared_type,
		.declared_bytes = request->declared_bytes,
		.declared_sha256 =
		    lower_case(draft->pool, request->declared_sha256) };
	if (check_claims(draft, file, err) == -1 ||
	    check_type(request->declared_type, err) == -1 ||
	    check_sha256(draft->pool, request->declared_sha256, err) == -1)
		return -1;
	return keys_check_athlete(request->athlete_id, err);
}

/* ---- keys ---- */

/*
 * What will be public is not read by anybody before it was checked, and a form
 * has no conditions.
 */
static bool
wants_copy(const struct draft *draft)
{
	return draft->request->way != DIRECT_PUT ||
	    draft->request->is_public ||
	    !store_traits(draft->direct->store)->urls_never_replace;
}

static enum keys_layout
arrival_layout(enum direct_way way)
{
	switch (way) {
	case DIRECT_FORM:
		return KEYS_FORM;
	case DIRECT_TEMP_PUT:
		return KEYS_TEMP_NAMED;
	case DIRECT_PUT:
		break;
	}
	return KEYS_TEMP;
}

static int
choose_key(struct draft *draft, bool is_again, struct err *err)
{
	struct file *file = &draft->ticket->file;
	struct store *store = draft->direct->store;
	struct keys_wanted wanted = { .layout = KEYS_FILE,
		.file = file,
		.name = draft->request->name,
		.extension = draft->extension,
		.is_again = is_again };

	/* Even where it is not used yet: it must be one we could use. */
	if (keys_make(draft->pool, store, &wanted, &file->key, err) == -1)
		return -1;
	if (!draft->is_copied)
		return 0;
	wanted.layout = arrival_layout(draft->request->way);
	if (keys_make(draft->pool, store, &wanted, &file->key, err) == -1)
		return -1;
	file->upload_key = file->key;
	return 0;
}

/* ---- the URL ---- */

static const char *
signed_type(const struct direct_request *request)
{
	if (request->way == DIRECT_TEMP_PUT)
		return "application/octet-stream";
	return request->declared_type;
}

static int64_t
url_secs(const struct direct_request *request)
{
	switch (request->way) {
	case DIRECT_FORM:
		return DIRECT_FORM_SECS;
	case DIRECT_TEMP_PUT:
		return DIRECT_TEMP_SECS;
	case DIRECT_PUT:
		break;
	}
	return request->expires_secs < DIRECT_URL_MAX_SECS ?
	    request->expires_secs :
	    DIRECT_URL_MAX_SECS;
}

static bool
has_header(const struct store_presigned *presigned, const char *name)
{
	for (size_t i = 0; i < presigned->header_count; i++)
		if (slice_eq_case(slice_str(presigned->headers[i].name), name))
			return true;
	return false;
}

static int
sign_url(struct draft *draft, struct err *err)
{
	const struct direct_request *request = draft->request;
	struct direct_ticket *ticket = draft->ticket;
	const struct store_access access = { .method = "PUT",
		.key = ticket->file.key,
		.content_type = signed_type(request),
		.content_length = request->declared_bytes,
		.sha256 = ticket->file.declared_sha256,
		.is_new_only = !draft->is_copied,
		.expires_secs = url_secs(request),
		.origin = request->origin };
	struct store_presigned presigned;

	if (store_presign(draft->direct->store, draft->pool, &access,
		&presigned, err) == -1)
		return storage_failed(err);
	ticket->method = presigned.method;
	ticket->url = presigned.url;
	ticket->headers = presigned.headers;
	ticket->header_count = presigned.header_count;
	ticket->expires_secs = presigned.expires_secs;
	ticket->file.is_sha256_signed = *access.sha256 != '\0' &&
	    has_header(&presigned, "x-amz-checksum-sha256");
	return 0;
}

/* B15; a size that was named is both bounds. */
static int
sign_form(struct draft *draft, struct err *err)
{
	const struct direct_request *request = draft->request;
	int64_t bytes = request->declared_bytes;
	struct direct_ticket *ticket = draft->ticket;
	const struct store_header fields[FORM_FIELDS] = {
		{ "x-amz-meta-user-id", ticket->file.owner },
	};
	const struct store_form_access access = { .key = ticket->file.key,
		.key_prefix = keys_user_prefix(draft->pool,
		    ticket->file.tenant_id, ticket->file.owner),
		.content_type = *request->declared_type == '\0' ?
		    NULL : request->declared_type,
		.min_bytes = bytes == -1 ? 1 : bytes,
		.max_bytes = charge(draft),
		.fields = fields,
		.field_count = FORM_FIELDS,
		.expires_secs = url_secs(request),
		.origin = request->origin };
	struct store_form form;

	if (store_presign_form(draft->direct->store, draft->pool, &access,
		&form, err) == -1)
		return storage_failed(err);
	ticket->method = "POST";
	ticket->url = form.url;
	ticket->fields = form.fields;
	ticket->field_count = form.field_count;
	ticket->expires_secs = form.expires_secs;
	return 0;
}

static int
sign_and_insert(struct draft *draft, struct err *err)
{
	struct file *file = &draft->ticket->file;
	int result = draft->request->way == DIRECT_FORM ?
	    sign_form(draft, err) : sign_url(draft, err);

	if (result == -1)
		return -1;
	file->url_expires_secs =
	    file->created_secs + draft->ticket->expires_secs;
	file->expires_secs =
	    file->url_expires_secs + draft->direct->pending_secs;
	file->charged_bytes = charge(draft);
	/* Nobody has seen the URL yet: the row is first. */
	return file_insert(draft->direct->db, draft->pool, file, err);
}

int
direct_begin(struct pool *pool, const struct direct *direct,
    const struct direct_request *request, struct direct_ticket *ticket_r,
    struct err *err)
{
	struct draft draft = { .pool = pool,
		.direct = direct,
		.request = request,
		.ticket = ticket_r };

	*ticket_r = (struct direct_ticket){ .method = "" };
	if (fill_file(&draft, err) == -1)
		return -1;
	draft.is_copied = wants_copy(&draft);
	for (int i = 0; i < KEY_TRIES; i++) {
		if (choose_key(&draft, i > 0, err) == -1)
			return -1;
		if (sign_and_insert(&draft, err) == 0) {
			log_info(direct->log,
			    "Generated presigned upload URL for key: %s",
			    ticket_r->file.key);
			return 0;
		}
		if (strcmp(err->code, "unique") != 0)
			return -1;
	}
	return -1;
}

int
direct_find(const struct direct *direct, const char *key,
    enum file_kind kind, int64_t *id_r, struct err *err)
{
	const struct file wanted = { .tenant_id = direct->tenant_id,
		.owner = direct->owner,
		.bucket = store_bucket(direct->store),
		.kind = kind,
		.upload_key = key };

	return file_find_upload(direct->db, &wanted, id_r, err);
}
