/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/date.h"
#include "ctl/audit_lines.h"

/* Of a line; what a row holds is escaped to less. */
enum { LINE_BYTES = 32 * 1024, MS_PER_SEC = 1000 };

void
audit_lines_fill(struct json *object, const struct audit_row *row)
{
	const struct audit_event *event = &row->event;
	struct pool *pool = pool_new();

	json_set_number(object, "number", row->number);
	json_set_text(object, "at", date_iso(pool, row->at_ms / MS_PER_SEC));
	json_set_number(object, "at_ms", row->at_ms);
	json_set_number(object, "tenant_id", event->tenant_id);
	json_set_number(object, "user_id", event->user_id);
	json_set_text(object, "actor", event->actor);
	json_set_text(object, "via", event->via);
	json_set_text(object, "action", event->action);
	json_set_text(object, "subject", event->subject);
	json_set_text(object, "remote_addr", event->remote_addr);
	json_set_text(object, "request_id", event->request_id);
	json_set_number(object, "status", event->status);
	json_set_text(object, "result", event->result);
	json_set_text(object, "previous", row->previous);
	json_set_text(object, "hash", row->hash);
	pool_free(&pool);
}

static const char *
member_text(const struct json *line, const char *name)
{
	return json_text(json_find(line, name));
}

static int64_t
number_of(const struct json *line, const char *name)
{
	return json_number(json_find(line, name));
}

/* What is absent is "" or 0, and then the hash is another. */
static struct audit_row
read_row(const struct json *line)
{
	return (struct audit_row){
		.number = number_of(line, "number"),
		.at_ms = number_of(line, "at_ms"),
		.event = {
		    .tenant_id = number_of(line, "tenant_id"),
		    .user_id = number_of(line, "user_id"),
		    .actor = member_text(line, "actor"),
		    .via = member_text(line, "via"),
		    .action = member_text(line, "action"),
		    .subject = member_text(line, "subject"),
		    .remote_addr = member_text(line, "remote_addr"),
		    .request_id = member_text(line, "request_id"),
		    .status = number_of(line, "status"),
		    .result = member_text(line, "result"),
		},
		.previous = member_text(line, "previous"),
		.hash = member_text(line, "hash"),
	};
}

/* 1, 0 at the end of the file, -1. */
static int
read_line(FILE *file, char text[LINE_BYTES], struct slice *line_r,
    struct err *err)
{
	size_t len;

	if (fgets(text, LINE_BYTES, file) == NULL) {
		if (ferror(file) != 0)
			return err_set(err, ERR_UNAVAILABLE,
			    "the file cannot be read");
		return 0;
	}
	len = strlen(text);
	if (len == 0 || text[len - 1] != '\n')
		return err_set(err, ERR_INVALID,
		    "is cut off, or longer than any row");
	*line_r = slice_make(text, len - 1);
	return 1;
}

/* As read_line(); 0 also when a row does not fit. */
static int
verify_line(FILE *file, struct pool *pool, struct audit_trail *trail,
    struct err *err)
{
	char *text = pool_alloc(pool, LINE_BYTES);
	struct audit_row row;
	struct json *json;
	struct slice line;
	int found = read_line(file, text, &line, err);

	if (found != 1)
		return found;
	if (json_parse(pool, line, &json, err) == -1)
		return -1;
	row = read_row(json);
	return audit_trail_add(trail, pool, &row) ? 1 : 0;
}

int
audit_lines_verify(FILE *file, struct audit_trail *trail, struct err *err)
{
	struct pool *pool = pool_new();
	int64_t line = 0;
	int result;

	do {
		line++;
		pool_clear(pool);
		result = verify_line(file, pool, trail, err);
	} while (result == 1);
	pool_free(&pool);
	if (result == -1)
		return err_wrap(err, "line %lld", (long long)line);
	if (trail->problem == NULL)
		(void)audit_trail_end(trail); /* it tells the trail */
	return 0;
}
