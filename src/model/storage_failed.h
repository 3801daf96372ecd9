/*
 * Failures of the storage, told apart from those of the database (B16).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_STORAGE_FAILED_H
#define MODEL_STORAGE_FAILED_H

#include "base/err.h"

/*
 * Give an error that a store reported the code "storage_failed" when it is the
 * store's own fault, ERR_UPSTREAM or ERR_UNAVAILABLE.  Always -1.
 */
int storage_failed(struct err *err);

#endif
