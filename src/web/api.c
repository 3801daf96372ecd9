/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "web/api.h"
#include "web/csrf.h"

static size_t
count_fields(const struct field *fields)
{
	size_t count = 0;

	while (fields[count].name != NULL)
		count++;
	return count;
}

static int
check_fields(const struct form *form, struct err *err)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->values[i].problem != FIELD_OK)
			return err_set_code(err, ERR_INVALID, "bad_field",
			    "%s is %s", form->fields[i].name,
			    form_problem_name(form->values[i].problem));
	return 0;
}

static int
read_form(const struct app *app, const struct form_input *input,
    struct form *form_r, struct err *err)
{
	if (form_read(input->request->pool, input, form_r, err) == -1 ||
	    csrf_check_token(app, input->request,
		form_value(form_r, "csrf")->text, err) == -1)
		return -1;
	return check_fields(form_r, err);
}

int
api_read_form(const struct app *app, struct request *request,
    const struct field *fields, struct form *form_r, struct err *err)
{
	const struct form_input input = { .request = request,
		.fields = fields,
		.count = count_fields(fields),
		.body_max_bytes = FORM_FIELDS_BYTES_MAX,
		.takes_json = true };

	return read_form(app, &input, form_r, err);
}

int
api_read_change(const struct app *app, struct request *request,
    const struct field *fields, struct form *form_r, struct err *err)
{
	const struct form_input input = { .request = request,
		.fields = fields,
		.count = count_fields(fields),
		.body_max_bytes = FORM_FIELDS_BYTES_MAX,
		.takes_json = true,
		.refuses_unknown = true };

	return read_form(app, &input, form_r, err);
}

int
api_read_upload(const struct app *app, struct request *request,
    const struct field *fields, const struct form_file_sink *sink,
    struct form *form_r, struct err *err)
{
	const struct form_input input = { .request = request,
		.fields = fields,
		.count = count_fields(fields),
		.sink = sink,
		.body_max_bytes = app->body_max_bytes };

	return read_form(app, &input, form_r, err);
}

int
api_read_query(const struct request *request, const struct field *fields,
    struct form *form_r, struct err *err)
{
	if (form_read_query(request, fields, count_fields(fields), form_r,
		err) == -1)
		return -1;
	return check_fields(form_r, err);
}

int
api_read_file_id(const struct request *request, int64_t *id_r,
    struct err *err)
{
	const char *text = request->captures[0];

	if (num_parse_i64(slice_str(text), INT64_MAX, id_r))
		return 0;
	return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
	    "no file %s", text);
}

void
api_send(struct response *response, const struct json *json)
{
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Referrer-Policy", "no-referrer");
	response_body(response, "application/json",
	    slice_str(json_format(response->pool, json)));
}
