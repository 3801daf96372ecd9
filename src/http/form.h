/*
 * Forms: a table of fields drives reading, checking and showing.
 *
 *	static const struct field product_fields[] = {
 *		{ "name", FIELD_TEXT, .max = 200, .is_required = true },
 *		{ "sale_price", FIELD_CENTS, .max = 999999999999 },
 *		{ "image", FIELD_FILE },
 *	};
 *
 * form_read() takes application/x-www-form-urlencoded and multipart/form-data
 * bodies, reads them to their end, and checks every value.  It returns -1 only
 * for a request that cannot be understood (then nothing may be stored); a
 * value that a person must mend is a field problem beside its text, so that
 * the page can show both again.
 *
 * With takes_json also application/json: one flat object whose members are the
 * fields, null for one that is not given.
 *
 * Unknown fields are ignored, or refused where that is asked for; a field given
 * twice is ERR_INVALID, but for a FIELD_FILE that is_many.  File parts go to
 * the sink as they arrive, each with a begin() and an end();
 * multipart_default_limits bound how many come.  The file part of a form left
 * empty by the person (no name, no bytes) never reaches the sink.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "http/multipart.h"
#include "http/request.h"

enum field_type {
	FIELD_TEXT,  /* one line; trimmed; valid UTF-8, no controls; min/max in
			characters */
	FIELD_SECRET, /* a password: FIELD_TEXT, but not trimmed */
	FIELD_ID,    /* a positive integer up to max (0: INT64_MAX) */
	FIELD_CENTS, /* a decimal with two places, as hundredths */
	FIELD_TOKEN, /* an opaque word of our own making, up to max bytes */
	FIELD_BOOL,  /* 1, true, yes, on; 0, false, no, off */
	FIELD_TEXTS, /* texts that commas part, together as of FIELD_TEXT; in
			JSON also an array of texts without commas */
	FIELD_FILE
};

struct field {
	const char *name;
	enum field_type type;
	int64_t min, max;
	bool is_required;
	bool is_many; /* FIELD_FILE: any number; its value is the first's */
	/*
	 * For descriptions only: the words it is one of, parted by spaces,
	 * which its handler checks; and what it is.
	 */
	const char *choices, *about;
};

enum field_problem {
	FIELD_OK,
	FIELD_MISSING,
	FIELD_TOO_SHORT,
	FIELD_TOO_LONG,
	FIELD_NOT_TEXT,	  /* bad UTF-8 or control characters */
	FIELD_NOT_NUMBER,
	FIELD_TOO_SMALL,
	FIELD_TOO_BIG,
	FIELD_NOT_BOOL,
	FIELD_WRONG_TYPE /* of JSON */
};

struct form_value {
	const char *text; /* as typed (what can be shown again); never NULL */
	int64_t number;	  /* of FIELD_ID, FIELD_CENTS, FIELD_BOOL */
	bool is_given;	  /* came with the request and was not empty */
	bool is_named;	  /* came with it, and be it empty or null */
	enum field_problem problem;
};

struct form {
	const struct field *fields;
	size_t count;
	struct form_value *values; /* one for each field, same order */
};

/* What happens to the file part of a field; calls come in this order. */
struct form_file_sink {
	void *arg;
	int (*begin)(void *arg, const struct multipart_part *part,
	    struct err *err);
	int (*write)(void *arg, struct slice bytes, struct err *err);
	int (*end)(void *arg, struct err *err);
};

struct form_input {
	struct request *request;
	const struct field *fields;
	size_t count;
	const struct form_file_sink *sink; /* NULL: file parts are an error */
	int64_t body_max_bytes; /* ERR_TOO_LARGE beyond; whole body */
	bool takes_json;
	bool refuses_unknown; /* ERR_INVALID (code "unknown_field") */
};

enum {
	FORM_FIELD_BYTES_MAX = 64 * 1024,  /* one text value */
	FORM_FIELDS_BYTES_MAX = 256 * 1024, /* all of them together */
	FORM_JSON_BYTES_MAX = 64 * 1024	    /* a JSON body */
};

/*
 * Read the body to its end of input.  A body shorter or longer than
 * CONTENT_LENGTH is ERR_INVALID; a Content-Encoding is ERR_UNSUPPORTED.
 */
int form_read(struct pool *pool, const struct form_input *input,
    struct form *form_r, struct err *err) ATTR_MUST_USE;
/*
 * The same for the query of a URL: every value is checked, unknown names are
 * ignored.  ERR_INVALID for a name of the table that is given twice and for
 * more parameters than anybody needs.
 */
int form_read_query(const struct request *request, const struct field *fields,
    size_t count, struct form *form_r, struct err *err) ATTR_MUST_USE;
/* A problem in the words of an API: "too long". */
const char *form_problem_name(enum field_problem problem);
/* A form with no values, for an empty page. */
void form_init(struct form *form, struct pool *pool,
    const struct field *fields, size_t count);
/* The value of a field by name, which must be in the table. */
struct form_value *form_value(const struct form *form, const char *name);
/* True when no field has a problem. */
bool form_is_valid(const struct form *form);

#endif
