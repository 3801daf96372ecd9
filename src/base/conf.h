/*
 * Configuration: NAME=value settings from the environment and from a file in
 * the format of systemd's EnvironmentFile, described by one constant table.
 *
 * The table (model/settings.c) drives parsing, `almacenctl config`, the man
 * page and the example file.  Of a setting's names the first that has a
 * non-empty value wins, the environment before the file; NAME_FILE=path reads
 * a secret (or any text) from a file, unless NAME_FILE is a setting of its own.
 * Unknown names in the file are errors, unknown names in the environment are
 * somebody else's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

enum conf_type {
	CONF_TEXT,
	CONF_NUMBER, /* min..max */
	CONF_BYTES,  /* "2m"; min..max */
	CONF_SECS,   /* seconds; min..max */
	CONF_BOOL,   /* 1 true yes on / 0 false no off */
	CONF_CHOICE, /* one of the words in choices */
};

enum { CONF_NAMES_MAX = 6, CONF_VALUE_MAX = 64 * 1024 };

struct conf_setting {
	const char *names[CONF_NAMES_MAX]; /* ours first, then aliases */
	const char *fallback;		   /* as written in a file; "" for none */
	const char *choices;		   /* "a b c", for CONF_CHOICE */
	const char *help;		   /* one line */
	int64_t min, max;		   /* for the numeric types */
	enum conf_type type;
	bool is_secret; /* masked wherever it is shown */
};

struct conf; /* read-only after conf_load(), lives in its pool */

struct conf_input {
	const struct conf_setting *table;
	size_t count;
	const char *const *environ; /* "NAME=value", NULL at the end */
	const char *file;	    /* NULL: none; a missing file is an error */
};

/* Read everything, or say which setting in which place is wrong. */
int conf_load(struct pool *pool, const struct conf_input *input,
    struct conf **conf_r, struct err *err) ATTR_MUST_USE;

/* The value of row `id` of the table.  Never NULL; "" when unset. */
const char *conf_text(const struct conf *conf, size_t id);
/* True when the setting has a non-empty value from anywhere but the table. */
bool conf_is_set(const struct conf *conf, size_t id);
/* Numbers, bytes, seconds.  The fallback where nothing is set. */
int64_t conf_number(const struct conf *conf, size_t id);
bool conf_bool(const struct conf *conf, size_t id);
/* Where it came from: "default", "environment S3_BUCKET", "FILE line 3". */
const char *conf_source(const struct conf *conf, size_t id);
/* The file its value stands in; NULL: none (the environment, the table). */
const char *conf_file(const struct conf *conf, size_t id);

#endif
