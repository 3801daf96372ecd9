/*
 * almacenctl token: keys of programs that use the API for somebody.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/num.h"
#include "ctl/admin.h"
#include "model/api_token.h"

enum { COLUMNS = 7, EXPIRES_DAYS_MAX = 3650, DAY_SECS = 24 * 60 * 60 };

/* ---- what was typed ---- */

static int
find_owner(struct admin *admin, struct user *user_r, struct err *err)
{
	if (admin->options[ADMIN_USER] == NULL)
		return err_set_code(err, ERR_INVALID, "usage",
		    "whose?  --user EMAIL");
	return admin_find_user(admin, admin->options[ADMIN_USER], user_r,
	    err);
}

static int
take_token(struct admin *admin, struct api_token *token, struct err *err)
{
	const char *scopes = admin->options[ADMIN_SCOPES];
	int64_t days;

	if (token->name == NULL)
		return err_set_code(err, ERR_INVALID, "usage",
		    "what for?  --name TEXT");
	if (scopes == NULL ||
	    !api_scopes_parse(slice_str(scopes), &token->scopes))
		return err_set_code(err, ERR_INVALID, "usage",
		    "--scopes: expected some of read,write,admin");
	if (admin_number(admin, ADMIN_EXPIRES, EXPIRES_DAYS_MAX, 0, &days,
		err) == -1)
		return -1;
	if (days > 0)
		token->expires_secs = admin->now_secs + days * DAY_SECS;
	return 0;
}

static void
set_subject(struct admin *admin, int64_t id)
{
	admin->subject = pool_format(admin->pool, "tokens/%lld",
	    (long long)id);
}

/* ---- actions ---- */

static int
add(struct admin *admin, struct err *err)
{
	struct api_token token = { .name = admin->options[ADMIN_NAME],
		.created_secs = admin->now_secs };
	const char *text;
	struct user user;

	if (take_token(admin, &token, err) == -1 ||
	    find_owner(admin, &user, err) == -1)
		return -1;
	token.user_id = user.id;
	if (api_token_insert(admin->db, admin->pool, &token, &text, err) == -1)
		return -1;
	set_subject(admin, token.id);
	(void)fprintf(stderr, "Token %lld of %s, which is not shown again:\n",
	    (long long)token.id, user.login);
	(void)fprintf(admin->ctl->out, "%s\n", text);
	return 0;
}

static int
revoke(struct admin *admin, struct err *err)
{
	struct user user;
	int64_t id;

	if (!num_parse_i64(slice_str(admin->args[0]), INT64_MAX, &id))
		return err_set_code(err, ERR_INVALID, "usage",
		    "expected the number of a token, as list shows it");
	if (find_owner(admin, &user, err) == -1 ||
	    api_token_revoke(admin->db, user.id, id, err) == -1)
		return -1;
	set_subject(admin, id);
	(void)fprintf(stderr, "Token %lld revoked\n", (long long)id);
	return 0;
}

/* ---- list ---- */

static const char *
state_of(const struct admin *admin, const struct api_token *token)
{
	if (token->is_revoked)
		return "revoked";
	if (token->expires_secs > 0 && token->expires_secs <= admin->now_secs)
		return "expired";
	return "valid";
}

static void
add_json(const struct admin *admin, struct json *rows,
    const struct api_token *token)
{
	struct json *row = json_add_object(rows);

	json_set_number(row, "id", token->id);
	json_set_text(row, "name", token->name);
	json_set_text(row, "scopes",
	    api_scopes_format(admin->pool, token->scopes));
	json_set_text(row, "state", state_of(admin, token));
	json_set_number(row, "created_secs", token->created_secs);
	json_set_number(row, "expires_secs", token->expires_secs);
	json_set_number(row, "used_secs", token->used_secs);
}

static void
print_text(struct admin *admin, const struct api_token *tokens, size_t count)
{
	static const char *const headings[COLUMNS] = { "ID", "STATE",
		"SCOPES", "SINCE", "UNTIL", "USED", "NAME" };
	struct pool *pool = admin->pool;
	const char **cells = pool_alloc_array(pool, (count + 1) * COLUMNS,
	    sizeof(*cells));
	const char **row = cells + COLUMNS;

	memcpy(cells, headings, sizeof(headings));
	for (size_t i = 0; i < count; i++, row += COLUMNS) {
		row[0] = pool_format(pool, "%lld", (long long)tokens[i].id);
		row[1] = state_of(admin, &tokens[i]);
		row[2] = api_scopes_format(pool, tokens[i].scopes);
		row[3] = admin_time(pool, tokens[i].created_secs);
		row[4] = admin_time(pool, tokens[i].expires_secs);
		row[5] = admin_time(pool, tokens[i].used_secs);
		row[6] = tokens[i].name;
	}
	admin_print_table(admin, cells, count + 1, COLUMNS);
}

static int
list(struct admin *admin, struct err *err)
{
	struct json *root = json_object(admin->pool);
	struct json *rows = json_set_array(root, "tokens");
	struct api_token *tokens;
	struct user user;
	size_t count;

	if (find_owner(admin, &user, err) == -1 ||
	    api_token_list(admin->db, admin->pool, user.id, &tokens, &count,
		err) == -1)
		return -1;
	admin->subject = NULL; /* nothing was changed */
	if (admin->options[ADMIN_JSON] == NULL) {
		print_text(admin, tokens, count);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		add_json(admin, rows, &tokens[i]);
	admin_print_json(admin, root);
	return 0;
}

/* ---- the command ---- */

static const struct admin_action actions[] = {
	{ "add", 0,
	    ADMIN_HAS(ADMIN_USER) | ADMIN_HAS(ADMIN_NAME) |
		ADMIN_HAS(ADMIN_SCOPES) | ADMIN_HAS(ADMIN_EXPIRES),
	    add },
	{ "list", 0, ADMIN_HAS(ADMIN_USER) | ADMIN_HAS(ADMIN_JSON), list },
	{ "revoke", 1, ADMIN_HAS(ADMIN_USER), revoke },
};

int
cmd_token(struct ctl *ctl, int argc, char **argv)
{
	static const struct admin_command command = { "token", actions,
		ARRAY_COUNT(actions) };

	return admin_main(ctl, &command, argc, argv);
}
