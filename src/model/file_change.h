/*
 * What becomes of a file after its upload: change, trash, restore, removal.
 *
 * Whether everybody can read an object depends on its key, so a file that
 * becomes public or private moves: copy, commit, then delete the old object.
 * A public file that goes to the trash moves to a private key.
 *
 * Every change takes the version it was made for (0: any); another one is
 * ERR_PRECONDITION with code "version_changed".  ERR_NOT_FOUND for no such file of
 * the tenant in a state that permits the change.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_FILE_CHANGE_H
#define MODEL_FILE_CHANGE_H

#include "base/clock.h"
#include "base/log.h"
#include "model/file.h"
#include "store/store.h"

enum {
	FILE_NAME_MAX = 255,	  /* characters */
	FILE_ALT_MAX = 500,	  /* characters */
	FILE_TAGS_MAX = 20,	  /* of a file */
	FILE_TAG_MAX = 50	  /* characters of one */
};

struct file_changer {
	struct sql *db;
	struct store *store;
	const struct clock *clock;
	const struct log *log;
	int64_t tenant_id;
	int64_t retention_secs; /* TRASH_RETENTION */
};

/* NULL, or has_... false: stays as it is. */
struct file_change {
	const char *name, *athlete_id, *alt_text;
	const char *tags; /* comma-separated, cleaned by file_clean_tags() */
	bool has_is_public, is_public;
};

/* Lower case, trimmed, without doubles; ERR_INVALID (code "bad_tags"). */
int file_clean_tags(struct pool *pool, struct slice text, const char **tags_r,
    struct err *err) ATTR_MUST_USE;

/* A live file.  *file_r is as it is afterwards. */
int file_change(struct pool *pool, const struct file_changer *changer,
    int64_t id, int64_t version, const struct file_change *change,
    struct file *file_r, struct err *err) ATTR_MUST_USE;
/* live -> trashed, until its retention ends. */
int file_trash(struct pool *pool, const struct file_changer *changer,
    int64_t id, int64_t version, struct file *file_r, struct err *err)
    ATTR_MUST_USE;
/* trashed -> live.  The quota counts what is in the trash all the time. */
int file_restore(struct pool *pool, const struct file_changer *changer,
    int64_t id, int64_t version, struct file *file_r, struct err *err)
    ATTR_MUST_USE;
/*
 * live, trashed or pending -> gone; its object goes at once.  ERR_CONFLICT
 * (code "file_used") while a product shows it.
 */
int file_erase(struct pool *pool, const struct file_changer *changer,
    int64_t id, int64_t version, struct err *err) ATTR_MUST_USE;

#endif
