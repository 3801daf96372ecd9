/*
 * The query of a URL as a form.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/form_private.h"
#include "http/urlencoded.h"

enum { QUERY_PAIRS_MAX = 100 };

struct query_reader {
	struct pool *pool;
	struct form *form;
	bool *is_seen; /* for each field */
};

static int
take_pair(struct query_reader *reader, struct slice name, struct slice value,
    struct err *err)
{
	struct form *form = reader->form;

	for (size_t i = 0; i < form->count; i++) {
		if (!slice_eq_str(name, form->fields[i].name))
			continue;
		if (reader->is_seen[i])
			return err_set_code(err, ERR_INVALID,
			    "duplicate_field", "%s is given twice",
			    form->fields[i].name);
		reader->is_seen[i] = true;
		form_value_check(reader->pool, &form->fields[i], value,
		    &form->values[i]);
	}
	return 0;
}

static void
check_missing(struct form *form)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->fields[i].is_required && !form->values[i].is_given)
			form->values[i].problem = FIELD_MISSING;
}

int
form_read_query(const struct request *request, const struct field *fields,
    size_t count, struct form *form_r, struct err *err)
{
	struct query_reader reader = { .pool = request->pool,
		.form = form_r,
		.is_seen = pool_alloc_array(request->pool, count,
		    sizeof(bool)) };
	struct slice rest = request->query, name, value;
	int found;

	form_init(form_r, request->pool, fields, count);
	for (int pairs = 0; (found = urlencoded_next(request->pool, &rest,
				 &name, &value)) == 1; pairs++) {
		if (pairs == QUERY_PAIRS_MAX)
			return err_set_code(err, ERR_INVALID, "bad_query",
			    "the query has more than %d parameters",
			    QUERY_PAIRS_MAX);
		if (take_pair(&reader, name, value, err) == -1)
			return -1;
	}
	if (found == -1)
		return err_set_code(err, ERR_INVALID, "bad_query",
		    "the query is badly escaped");
	check_missing(form_r);
	return 0;
}
