/* SPDX-License-Identifier: MIT */
#include "model/direct_private.h"
#include "model/object_copy.h"
#include "store/manage.h"

int
object_copy_rewrite(struct pool *pool, struct store *store,
    const struct object_copy *copy, struct store_info *info_r,
    struct err *err)
{
	const struct store_copy wanted = { .from_key = copy->from_key,
		.to_key = copy->to_key,
		.if_match = copy->if_match,
		.content_type = copy->content_type,
		.content_disposition = file_disposition(copy->file),
		.cache_control = file_cache_control(copy->file) };

	if (store_copy(store, pool, &wanted, info_r, err) == 0)
		return 0;
	if (err->kind == ERR_CONFLICT)
		return err_set_code(err, ERR_CONFLICT, "object_changed",
		    "the object was replaced while it was copied");
	return storage_failed(err);
}

int
object_copy_make(struct pool *pool, const struct outbox *outbox,
    struct object_copy *copy, struct store_info *info_r, struct err *err)
{
	copy->reservation = (struct outbox_row){
		.provider = store_driver(outbox->store),
		.bucket = store_bucket(outbox->store),
		.key = copy->to_key,
		.due_secs = clock_now_secs(outbox->clock) + OUTBOX_RESERVE_SECS
	};
	copy->is_made = false;
	if (outbox_add(outbox->db, &copy->reservation, err) == -1 ||
	    object_copy_rewrite(pool, outbox->store, copy, info_r, err) == -1)
		return -1;
	copy->is_made = true;
	return 0;
}

void
object_copy_drop(const struct outbox *outbox, const struct object_copy *copy)
{
	struct err err = ERR_INIT;

	if (!copy->is_made)
		return;
	if (outbox_release(outbox->db, &copy->reservation, &err) == -1)
		log_warning(outbox->log, "copy %s is left to the sweeper: %s",
		    copy->to_key, err.text);
	outbox_run_now(outbox);
}
