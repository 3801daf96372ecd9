/* SPDX-License-Identifier: MIT */
#include "codec/sniff.h"
#include "model/rules.h"
#include "model/settings.h"

static const enum setting allowed_types[FILE_KIND_COUNT] = {
	[FILE_IMAGE] = SET_ALLOWED_IMAGE_TYPES,
	[FILE_VIDEO] = SET_ALLOWED_VIDEO_TYPES,
	[FILE_AUDIO] = SET_ALLOWED_AUDIO_TYPES,
	[FILE_DOCUMENT] = SET_ALLOWED_DOCUMENT_TYPES,
};

/* Only images have a list of extensions; others take those of their types. */
static struct file_rules
make_rules(const struct conf *conf, enum file_kind kind)
{
	bool is_image = kind == FILE_IMAGE;

	return (struct file_rules){
		.kind = kind,
		.allowed_types = conf_text(conf, allowed_types[kind]),
		.allowed_extensions = is_image ?
		    conf_text(conf, SET_ALLOWED_EXTENSIONS) : "",
		.max_pixels = conf_number(conf, SET_MAX_IMAGE_PIXELS),
		.max_frames = conf_number(conf, SET_MAX_IMAGE_FRAMES),
	};
}

int
rules_load_image(struct pool *pool, const struct conf *conf,
    struct file_rules *rules_r, struct err *err)
{
	*rules_r = make_rules(conf, FILE_IMAGE);
	rules_r->max_bytes = conf_number(conf, SET_MAX_UPLOAD_SIZE);
	return sniffer_open(pool, &rules_r->sniffer, err);
}

void
rules_load_files(const struct conf *conf, struct sniffer *sniffer,
    struct file_rules rules_r[FILE_KIND_COUNT])
{
	for (int i = 0; i < FILE_KIND_COUNT; i++) {
		rules_r[i] = make_rules(conf, (enum file_kind)i);
		rules_r[i].max_bytes = conf_number(conf, SET_MAX_FILE_SIZE);
		rules_r[i].sniffer = sniffer;
	}
}
