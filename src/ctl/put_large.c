/* SPDX-License-Identifier: MIT */
#include "ctl/put_large.h"
#include "ctl/upload_state.h"
#include "model/settings.h"
#include "store/manage.h"

/* While an upload in parts is under way. */
struct large {
	const struct put_large *put;
	struct upload_state state;
	int64_t part_bytes;
	bool has_begun; /* there is an upload to be taken up */
};

static int
on_begun(void *arg, const char *upload_id, struct err *err)
{
	struct large *large = arg;

	large->has_begun = true;
	return upload_state_save(&large->state, upload_id, large->part_bytes,
	    err);
}

static void
on_ended(void *arg, const char *upload_id)
{
	struct large *large = arg;

	(void)upload_id;
	upload_state_forget(&large->state);
}

/* Parts of what the file was before only cost space. */
static void
abort_stale(const struct large *large)
{
	const struct put_large *put = large->put;
	struct err err = ERR_INIT;

	if (large->state.stale_id != NULL &&
	    store_multipart_abort(put->store, put->key,
		large->state.stale_id, &err) == -1)
		log_warning(&put->ctl->log, "[STORAGE] Upload of '%s' left "
		    "unfinished: %s", put->key, err.text);
}

static int
open_state(struct large *large, struct pool *pool, int fd, struct err *err)
{
	const struct put_large *put = large->put;
	const struct upload_what what = {
		.environ = put->ctl->environ,
		.endpoint = conf_text(put->conf, SET_S3_ENDPOINT),
		.bucket = store_bucket(put->store),
		.key = put->key,
		.fd = fd
	};

	if (upload_state_open(pool, &what, &large->state, err) == -1)
		return -1;
	abort_stale(large);
	return 0;
}

static int
send_large(struct large *large, struct pool *pool,
    const struct store_source *source, struct err *err)
{
	const struct put_large *put = large->put;
	struct upload_state *state = &large->state;
	struct store_stored stored;
	struct store_transfer transfer = {
		.object = { .key = put->key,
		    .content_type = put->type,
		    .events = { .arg = large,
			.multipart_begun = on_begun,
			.multipart_ended = on_ended } },
		.source = *source,
		.upload_id = state->upload_id,
		.keep_unfinished = state->path != NULL,
		.progress = put->progress,
		.progress_arg = put->progress_arg
	};

	large->has_begun = state->upload_id != NULL;
	large->part_bytes = large->has_begun ? state->part_bytes :
	    store_part_bytes(put->store, source->size_bytes);
	transfer.part_bytes = large->part_bytes;
	if (store_put_file(put->store, pool, &transfer, &stored,
		err) == 0)
		return 0;
	/* None was begun, or it is gone: the next run begins anew. */
	if (!large->has_begun || err->kind == ERR_NOT_FOUND)
		upload_state_forget(state);
	else if (state->path != NULL)
		(void)err_wrap(err, "what was sent is kept, run the same "
		    "command again to go on");
	return -1;
}

int
put_large(const struct put_large *put, struct err *err)
{
	struct large large = { .put = put };
	struct pool *pool = pool_new();
	struct store_source source;
	int result = store_source_open(pool, put->path, &source, err);

	if (result == 0)
		result = open_state(&large, pool, source.fd, err);
	if (result == 0)
		result = send_large(&large, pool, &source, err);
	pool_free(&pool);
	return result;
}
