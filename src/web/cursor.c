/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "web/cursor.h"
#include "web/token.h"

static const char purpose[] = "files-cursor";

/* "=" and the text, or "*" for any: no two lists say the same. */
static const char *
filter(struct pool *pool, const char *text)
{
	return text == NULL ? "*" : pool_format(pool, "=%s", text);
}

/* A hash of all that makes the list what it is; no filter has a "\n". */
static const char *
list_mac(const struct app *app, struct pool *pool,
    const struct file_search *search)
{
	const char *text = search->text != NULL && *search->text != '\0' ?
	    search->text : NULL;
	const char *list = pool_format(pool, "%lld\n%s\n%s\n%s\n%s\n%s",
	    (long long)search->tenant_id, filter(pool, search->owner),
	    file_state_name(search->state), filter(pool, search->athlete_id),
	    search->has_kind ? file_kind_name(search->kind) : "*",
	    filter(pool, text));

	return token_mac(pool, app->secret, "files-list", slice_str(list));
}

const char *
cursor_make(const struct app *app, const struct request *request,
    const struct file_search *search, const struct file_place *place)
{
	struct pool *pool = request->pool;
	const char *payload = pool_format(pool, "%lld %lld %s",
	    (long long)place->created_secs, (long long)place->id,
	    list_mac(app, pool, search));

	return token_make(pool, app->secret, purpose, slice_str(payload),
	    clock_now_secs(request->clock) + CURSOR_VALID_SECS);
}

static bool
read_payload(struct slice payload, const char *mac, struct file_place *place_r)
{
	struct slice secs, id;

	/* Ours, or its signature would not be: the places are numbers. */
	return slice_next(&payload, ' ', &secs) &&
	    slice_next(&payload, ' ', &id) && slice_eq_str(payload, mac) &&
	    num_parse_i64(secs, INT64_MAX, &place_r->created_secs) &&
	    num_parse_i64(id, INT64_MAX, &place_r->id);
}

int
cursor_read(const struct app *app, const struct request *request,
    const char *text, struct file_search *search, struct err *err)
{
	struct slice payload;

	if (token_read(request->pool, app->secret, purpose, slice_str(text),
		clock_now_secs(request->clock), &payload) &&
	    read_payload(payload, list_mac(app, request->pool, search),
		&search->after))
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_cursor",
	    "the cursor is not one of this list");
}
