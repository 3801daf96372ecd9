/*
 * The rules that files are checked by, as the settings say.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include "base/conf.h"
#include "codec/filecheck.h"

/*
 * Rules for the image of a product.  Opens the content sniffer in the pool;
 * texts are borrowed from conf.
 */
int rules_load_image(struct pool *pool, const struct conf *conf,
    struct file_rules *rules_r, struct err *err) ATTR_MUST_USE;
/*
 * Rules of the file API (C1, C2), one for each enum file_kind, with the
 * sniffer of others.
 */
void rules_load_files(const struct conf *conf, struct sniffer *sniffer,
    struct file_rules rules_r[FILE_KIND_COUNT]);

#endif
