/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/refusal.h"
#include "model/settings.h"
#include "web/api.h"
#include "web/arrival.h"
#include "web/caller.h"

enum { PIECE_BYTES = 16 * 1024 };

static bool
is_described(const struct arrival *arrival)
{
	struct slice rest = slice_str(arrival->wanted), name;

	while (slice_next(&rest, ' ', &name))
		if (name.len > 0 &&
		    !form_value(&arrival->form,
			slice_dup(arrival->request->pool, name))->is_given)
			return false;
	return true;
}

static int
describe(struct arrival *arrival, struct upload_input *input_r,
    struct err *err)
{
	const struct app *app = arrival->app;
	const struct request *request = arrival->request;

	*input_r = (struct upload_input){ .db = app->backend.db,
		.store = app->backend.store,
		.clock = &app->clock,
		.log = &request->log,
		.tenant_id = request->caller->tenant_id,
		.owner = request->caller->id,
		.athlete_id = "",
		.body_bytes = request->content_length,
		.pending_secs = conf_number(app->conf, SET_PENDING_EXPIRY) };
	return arrival->describe(arrival, input_r, err);
}

static int
open_upload(struct arrival *arrival, struct err *err)
{
	if (describe(arrival, &arrival->input, err) == -1)
		return -1;
	return upload_open(arrival->request->pool, &arrival->input,
	    arrival->name, arrival->declared_type, &arrival->upload, err);
}

/* The bytes that waited. */
static int
catch_up(struct arrival *arrival, struct err *err)
{
	char *piece = pool_alloc(arrival->request->pool, PIECE_BYTES);
	int64_t offset = 0;
	size_t got;

	while (offset < arrival->waiting->size_bytes) {
		if (spool_read(arrival->waiting, offset, piece, PIECE_BYTES,
			&got, err) == -1 ||
		    upload_write(arrival->upload, slice_make(piece, got),
			err) == -1)
			return -1;
		offset += (int64_t)got;
	}
	spool_release(arrival->waiting);
	return 0;
}

/* ---- while the form is read ---- */

static int
file_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct arrival *arrival = arg;
	struct pool *pool = arrival->request->pool;

	arrival->name = pool_strdup(pool, part->filename);
	arrival->declared_type = pool_strdup(pool, part->content_type);
	arrival->waiting = POOL_NEW(pool, struct spool);
	spool_init(arrival->waiting, pool, &arrival->app->backend.budget);
	return is_described(arrival) ? open_upload(arrival, err) : 0;
}

static int
file_write(void *arg, struct slice bytes, struct err *err)
{
	struct arrival *arrival = arg;
	int64_t most = conf_number(arrival->app->conf, SET_S3_PART_SIZE);

	if (arrival->upload != NULL)
		return upload_write(arrival->upload, bytes, err);
	if (spool_write(arrival->waiting, bytes.data, bytes.len, err) == -1)
		return -1;
	if (arrival->waiting->size_bytes < most)
		return 0;
	if (open_upload(arrival, err) == -1)
		return -1;
	return catch_up(arrival, err);
}

static int
file_end(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

int
arrival_read(struct arrival *arrival, const struct field *fields,
    struct err *err)
{
	const struct form_file_sink sink = { arrival, file_begin, file_write,
		file_end };

	return api_read_upload(arrival->app, arrival->request, fields, &sink,
	    &arrival->form, err);
}

/* ---- when it is there ---- */

/* What came after the file must not say something else. */
static int
check_late_fields(struct arrival *arrival, struct err *err)
{
	struct upload_input now;

	if (describe(arrival, &now, err) == -1)
		return -1;
	if (now.rules == arrival->input.rules &&
	    now.is_public == arrival->input.is_public &&
	    strcmp(now.athlete_id, arrival->input.athlete_id) == 0)
		return 0;
	return err_set_code(err, ERR_INVALID, "fields_first",
	    "send the other fields of the form before a file as large as this");
}

static int
judge(struct arrival *arrival, struct err *err)
{
	struct file_verdict verdict;
	struct refusal refusal;

	upload_verdict(arrival->upload, &verdict);
	refusal = refusal_from_verdict(arrival->request->pool, &verdict);
	return refusal.kind == ERR_NONE ? 0 : refusal_fail(&refusal, err);
}

int
arrival_finish(struct arrival *arrival, int64_t avatar_user_id,
    struct file *file_r, struct err *err)
{
	if (arrival->upload != NULL) {
		if (check_late_fields(arrival, err) == -1)
			return -1;
	} else if (open_upload(arrival, err) == -1 ||
	    catch_up(arrival, err) == -1) {
		return -1;
	}
	if (judge(arrival, err) == -1)
		return -1;
	if (avatar_user_id != 0)
		return upload_finish_avatar(arrival->upload, avatar_user_id,
		    file_r, err);
	return upload_finish(arrival->upload, file_r, err);
}
