/* SPDX-License-Identifier: MIT */
#include "model/storage_failed.h"

int
storage_failed(struct err *err)
{
	struct err cause = *err;

	if (cause.kind != ERR_UPSTREAM && cause.kind != ERR_UNAVAILABLE)
		return -1;
	return err_set_code(err, cause.kind, "storage_failed", "%s",
	    cause.text);
}
