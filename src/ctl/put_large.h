/*
 * One large file of `almacenctl object put`: in parts that travel beside each
 * other (store/transfer.h), taken up where an interrupted run of the same
 * command left it (ctl/upload_state.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_PUT_LARGE_H
#define CTL_PUT_LARGE_H

#include "base/conf.h"
#include "ctl/command.h"
#include "store/transfer.h"

struct put_large {
	const struct ctl *ctl;
	struct store *store;
	const struct conf *conf;
	const char *path, *key, *type;
	store_progress_fn progress;
	void *progress_arg;
};

/* After a failure the text says whether running it again goes on. */
int put_large(const struct put_large *put, struct err *err) ATTR_MUST_USE;

#endif
