/*
 * Doctor: what may be done with an object, and what the store makes of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "ctl/doctor.h"
#include "s3/object.h"
#include "store/transfer.h"

/* Of something else than the test object. */
#define WRONG_SHA256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const char proxy_fix[] =
    "look for a proxy between here and the server that changes answers";

int
doctor_put_bytes(struct doctor *doctor, const char *key, struct err *err)
{
	struct store_transfer transfer = { .object = { .key = key,
		.content_type = DOCTOR_TYPE } };
	struct store_stored stored;

	store_source_text(doctor->pool, doctor_bytes(), &transfer.source);
	return store_put_file(doctor->backend->store, doctor->pool, &transfer,
	    &stored, err);
}

void
doctor_put(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	const char *fix = "see the server's own log";

	doctor->has_put = true;
	if (doctor_put_bytes(doctor, doctor->key, &err) == 0) {
		finding_ok(finding_r, doctor->pool, "%s", doctor->key);
		return;
	}
	if (doctor->client == NULL)
		fix = "see that the program's user may write below DATA_DIR";
	else if (strcmp(err.code, "AccessDenied") == 0)
		fix = doctor_user_policy(doctor);
	finding_bad(finding_r, doctor->pool, fix, "refused: %s", err.text);
}

void
doctor_head(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct store_info info;
	int found = store_head(doctor->backend->store, doctor->pool,
	    doctor->key, &info, &err);

	if (found == -1)
		finding_bad(finding_r, doctor->pool,
		    doctor->client == NULL ? "see the message" :
					     doctor_user_policy(doctor),
		    "refused: %s", err.text);
	else if (found == 0)
		finding_bad(finding_r, doctor->pool,
		    "look at the server: it took an object and lost it",
		    "what was just stored is not there");
	else if (info.size_bytes != (int64_t)doctor_bytes().len ||
	    strcmp(info.content_type, DOCTOR_TYPE) != 0)
		finding_bad(finding_r, doctor->pool, proxy_fix,
		    "stored %zu bytes of %s, but there are %lld of %s",
		    doctor_bytes().len, DOCTOR_TYPE,
		    (long long)info.size_bytes, info.content_type);
	else
		finding_ok(finding_r, doctor->pool, "size and type are right");
}

static int
collect(void *arg, struct slice bytes, struct err *err)
{
	if (buf_slice(arg, bytes) == 0)
		return 0;
	return err_set(err, ERR_UPSTREAM, "more bytes than asked for");
}

void
doctor_range(struct doctor *doctor, struct finding *finding_r)
{
	enum { FROM = 4, LENGTH = 8 };
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, doctor->pool, LENGTH);
	if (store_get(doctor->backend->store, doctor->key, FROM, LENGTH,
		collect, &buf, &err) == -1)
		finding_bad(finding_r, doctor->pool, proxy_fix,
		    "cannot be read: %s", err.text);
	else if (buf.len != LENGTH ||
	    memcmp(buf.data, doctor_bytes().data + FROM, LENGTH) != 0)
		finding_bad(finding_r, doctor->pool, proxy_fix,
		    "other bytes came than were asked for");
	else
		finding_ok(finding_r, doctor->pool, "the right bytes came");
}

/* ---- what the server checks ---- */

static struct s3_put
describe(struct doctor *doctor)
{
	return (struct s3_put){ .key = doctor->key,
		.content_type = DOCTOR_TYPE,
		.body = s3_body_text(doctor->pool, doctor_bytes()) };
}

static int
put_with_checksum(struct doctor *doctor, const char *checksum, struct err *err)
{
	struct s3_put put = describe(doctor);
	const char *etag;

	put.checksum_sha256 = checksum;
	return s3_put(doctor->client, doctor->pool, &put, &etag, err);
}

void
doctor_checksum(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	uint8_t hash[SHA256_BYTES];

	if (!store_traits(doctor->backend->store)->signs_checksum) {
		finding_skip(finding_r, doctor->pool,
		    "S3_CHECKSUM does not ask for SHA-256");
		return;
	}
	sha256(doctor_bytes(), hash);
	if (put_with_checksum(doctor,
		base64_encode(doctor->pool, slice_make(hash, sizeof(hash))),
		&err) == -1)
		finding_bad(finding_r, doctor->pool, "S3_CHECKSUM=none",
		    "the server refuses x-amz-checksum-sha256: %s", err.text);
	else if (put_with_checksum(doctor, WRONG_SHA256, &err) == 0)
		finding_bad(finding_r, doctor->pool, "S3_CHECKSUM=none",
		    "the server takes x-amz-checksum-sha256 and does not check"
		    " it: direct uploads would pass for checked");
	else
		finding_ok(finding_r, doctor->pool,
		    "a wrong x-amz-checksum-sha256 is refused");
}

/* It is never sent twice by itself; here the object is there anyway. */
static int
put_again(struct doctor *doctor, struct err *err)
{
	struct s3_put put = describe(doctor);
	const char *etag;

	put.is_new_only = true;
	if (s3_put(doctor->client, doctor->pool, &put, &etag, err) == 0)
		return 0;
	if (err->kind != ERR_UNAVAILABLE)
		return -1;
	err_clear(err);
	return s3_put(doctor->client, doctor->pool, &put, &etag, err);
}

void
doctor_conditional(struct doctor *doctor, struct finding *finding_r)
{
	bool is_wanted =
	    store_traits(doctor->backend->store)->can_write_conditionally;
	struct err err = ERR_INIT;

	if (put_again(doctor, &err) == 0) {
		if (is_wanted)
			finding_bad(finding_r, doctor->pool,
			    "S3_CONDITIONAL_WRITE=false",
			    "the server replaces objects in spite of"
			    " If-None-Match: *");
		else
			finding_ok(finding_r, doctor->pool,
			    "If-None-Match is not honoured, nor counted on");
	} else if (err.kind != ERR_CONFLICT && is_wanted) {
		finding_bad(finding_r, doctor->pool,
		    "S3_CONDITIONAL_WRITE=false",
		    "the server does not know If-None-Match: %s", err.text);
	} else if (err.kind != ERR_CONFLICT) {
		finding_ok(finding_r, doctor->pool,
		    "If-None-Match is not known, nor counted on");
	} else if (!is_wanted) {
		finding_warn(finding_r, doctor->pool,
		    "S3_CONDITIONAL_WRITE=true",
		    "the server honours If-None-Match: *, but it is not used");
	} else {
		finding_ok(finding_r, doctor->pool,
		    "If-None-Match: * is honoured");
	}
}

/* ---- at the end ---- */

static int
delete_all(struct doctor *doctor, struct err *err)
{
	struct store *store = doctor->backend->store;

	if (doctor->public_key != NULL &&
	    store_delete(store, doctor->public_key, err) == -1)
		return -1;
	return store_delete(store, doctor->key, err);
}

void
doctor_delete(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct store_info info;
	int found = delete_all(doctor, &err);

	if (found == 0)
		found = store_head(doctor->backend->store, doctor->pool,
		    doctor->key, &info, &err);
	if (found == -1)
		finding_bad(finding_r, doctor->pool,
		    doctor->client == NULL ? "see the message" :
					     doctor_user_policy(doctor),
		    "refused: %s", err.text);
	else if (found == 1)
		finding_bad(finding_r, doctor->pool,
		    "look for object locks on the bucket",
		    "a deleted object is still there");
	else
		finding_ok(finding_r, doctor->pool, "it is gone");
	doctor->has_put = found != 0;
}

void
doctor_clean(struct doctor *doctor)
{
	struct err err = ERR_INIT;

	if (doctor->has_put && delete_all(doctor, &err) == -1)
		log_warning(&doctor->ctl->log, "%s may still be there: %s",
		    doctor->key, err.text);
}
