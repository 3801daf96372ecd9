/* SPDX-License-Identifier: MIT */
#include "codec/sniff.h"
#include "model/rules.h"
#include "model/settings.h"

int
rules_load_image(struct pool *pool, const struct conf *conf,
    struct file_rules *rules_r, struct err *err)
{
	*rules_r = (struct file_rules){
		.kind = FILE_IMAGE,
		.max_bytes = conf_number(conf, SET_MAX_UPLOAD_SIZE),
		.allowed_types = conf_text(conf, SET_ALLOWED_IMAGE_TYPES),
		.allowed_extensions = conf_text(conf, SET_ALLOWED_EXTENSIONS),
		.max_pixels = conf_number(conf, SET_MAX_IMAGE_PIXELS),
		.max_frames = conf_number(conf, SET_MAX_IMAGE_FRAMES),
	};
	return sniffer_open(pool, &rules_r->sniffer, err);
}
