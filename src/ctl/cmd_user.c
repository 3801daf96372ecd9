/*
 * almacenctl user: people, their roles and passwords.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <unistd.h>

#include "codec/password.h"
#include "ctl/admin.h"
#include "ctl/secret.h"

enum { COLUMNS = 6 };

/* ---- what was typed ---- */

static int
take_role(const char *text, enum role *role_r, struct err *err)
{
	if (role_find(slice_str(text), role_r))
		return 0;
	return err_set_code(err, ERR_INVALID, "usage",
	    "a role is viewer, editor or admin");
}

static int
get_password(struct admin *admin, const char **password_r, struct err *err)
{
	bool from_stdin = admin->options[ADMIN_PASSWORD_STDIN] != NULL;

	if (admin->options[ADMIN_GENERATE] != NULL) {
		*password_r = secret_generate(admin->pool);
		return 0;
	}
	return from_stdin ?
	    secret_read(admin->pool, STDIN_FILENO, password_r, err) :
	    secret_ask(admin->pool, password_r, err);
}

/* A hash of a new password; whoever has it generated sees it later. */
static int
make_password(struct admin *admin, const char *login, const char **password_r,
    const char **hash_r, struct err *err)
{
	if (admin->options[ADMIN_GENERATE] != NULL &&
	    admin->options[ADMIN_PASSWORD_STDIN] != NULL)
		return err_set_code(err, ERR_INVALID, "usage",
		    "--generate or --password-stdin, not both");
	if (get_password(admin, password_r, err) == -1 ||
	    password_check(*password_r, login, err) == -1)
		return -1;
	return password_hash(admin->pool, *password_r, hash_r, err);
}

static void
show_generated(const struct admin *admin, const char *password)
{
	if (admin->options[ADMIN_GENERATE] != NULL)
		(void)fprintf(admin->ctl->out, "%s\n", password);
}

/* ---- actions ---- */

static int
take_user(struct admin *admin, struct user *user, struct err *err)
{
	const char *role = admin->options[ADMIN_ROLE];

	if (admin_number(admin, ADMIN_TENANT, INT64_MAX,
		admin->default_tenant, &user->tenant_id, err) == -1)
		return -1;
	if (user_clean_email(admin->pool, slice_str(admin->args[0]),
		&user->login, err) == -1)
		return err_wrap(err, "%s", admin->args[0]);
	return role == NULL ? 0 : take_role(role, &user->role, err);
}

static int
add(struct admin *admin, struct err *err)
{
	struct user user = { .has_password_realm = true,
		.role = ROLE_EDITOR,
		.name = admin->options[ADMIN_NAME],
		.created_secs = admin->now_secs,
		.password_secs = admin->now_secs };
	const char *password;

	if (take_user(admin, &user, err) == -1 ||
	    make_password(admin, user.login, &password, &user.password,
		err) == -1 ||
	    user_insert(admin->db, admin->pool, &user, err) == -1)
		return -1;
	admin->tenant_id = user.tenant_id;
	admin->subject = pool_format(admin->pool, "users/%lld",
	    (long long)user.id);
	(void)fprintf(stderr, "User %s added\n", user.login);
	show_generated(admin, password);
	return 0;
}

static int
set_disabled(struct admin *admin, bool is_disabled, struct err *err)
{
	struct user user;

	if (admin_find_user(admin, admin->args[0], &user, err) == -1)
		return -1;
	user.is_disabled = is_disabled;
	if (user_update(admin->db, &user, err) == -1)
		return -1;
	(void)fprintf(stderr, "User %s %s\n", user.login,
	    is_disabled ? "disabled" : "enabled");
	return 0;
}

static int
disable(struct admin *admin, struct err *err)
{
	return set_disabled(admin, true, err);
}

static int
enable(struct admin *admin, struct err *err)
{
	return set_disabled(admin, false, err);
}

static int
password(struct admin *admin, struct err *err)
{
	struct user user;
	const char *text, *hash;

	if (admin_find_user(admin, admin->args[0], &user, err) == -1)
		return -1;
	if (!user.has_password_realm)
		return err_set(err, ERR_CONFLICT,
		    "%s comes by the web server's login", user.login);
	if (make_password(admin, user.login, &text, &hash, err) == -1 ||
	    user_set_password(admin->db, user.id, hash, 0, admin->now_secs,
		err) == -1)
		return -1;
	(void)fprintf(stderr, "Password of %s changed, sessions ended\n",
	    user.login);
	show_generated(admin, text);
	return 0;
}

static int
role(struct admin *admin, struct err *err)
{
	struct user user;
	enum role new_role;

	if (take_role(admin->args[1], &new_role, err) == -1 ||
	    admin_find_user(admin, admin->args[0], &user, err) == -1)
		return -1;
	user.role = new_role;
	if (user_update(admin->db, &user, err) == -1)
		return -1;
	(void)fprintf(stderr, "User %s is %s\n", user.login,
	    role_name(new_role));
	return 0;
}

/* ---- list ---- */

static void
add_json(struct json *rows, const struct user *user)
{
	struct json *row = json_add_object(rows);

	json_set_number(row, "id", user->id);
	json_set_number(row, "tenant_id", user->tenant_id);
	json_set_text(row, "login", user->login);
	json_set_text(row, "realm",
	    user->has_password_realm ? "password" : "server");
	json_set_text(row, "key_id", user->key_id);
	json_set_text(row, "name", user->name);
	json_set_text(row, "role", role_name(user->role));
	json_set_bool(row, "is_disabled", user->is_disabled);
	json_set_number(row, "created_secs", user->created_secs);
	json_set_number(row, "password_secs", user->password_secs);
}

static void
print_text(struct admin *admin, const struct user *users, size_t count)
{
	static const char *const headings[COLUMNS] = { "TENANT", "ROLE",
		"STATE", "SINCE", "LOGIN", "NAME" };
	struct pool *pool = admin->pool;
	const char **cells = pool_alloc_array(pool, (count + 1) * COLUMNS,
	    sizeof(*cells));
	const char **row = cells + COLUMNS;

	memcpy(cells, headings, sizeof(headings));
	for (size_t i = 0; i < count; i++, row += COLUMNS) {
		row[0] = pool_format(pool, "%lld",
		    (long long)users[i].tenant_id);
		row[1] = role_name(users[i].role);
		row[2] = users[i].is_disabled ? "disabled" : "enabled";
		row[3] = admin_time(pool, users[i].created_secs);
		row[4] = users[i].login;
		row[5] = users[i].name;
	}
	admin_print_table(admin, cells, count + 1, COLUMNS);
}

static int
list(struct admin *admin, struct err *err)
{
	struct json *root = json_object(admin->pool);
	struct json *rows = json_set_array(root, "users");
	struct user *users;
	int64_t tenant_id;
	size_t count;

	if (admin_number(admin, ADMIN_TENANT, INT64_MAX, 0, &tenant_id,
		err) == -1 ||
	    user_list(admin->db, admin->pool, tenant_id, &users, &count,
		err) == -1)
		return -1;
	if (admin->options[ADMIN_JSON] == NULL) {
		print_text(admin, users, count);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		add_json(rows, &users[i]);
	admin_print_json(admin, root);
	return 0;
}

/* ---- the command ---- */

#define PASSWORDS \
	(ADMIN_HAS(ADMIN_PASSWORD_STDIN) | ADMIN_HAS(ADMIN_GENERATE))

static const struct admin_action actions[] = {
	{ "add", 1,
	    ADMIN_HAS(ADMIN_TENANT) | ADMIN_HAS(ADMIN_ROLE) |
		ADMIN_HAS(ADMIN_NAME) | PASSWORDS,
	    add },
	{ "list", 0, ADMIN_HAS(ADMIN_TENANT) | ADMIN_HAS(ADMIN_JSON), list },
	{ "disable", 1, 0, disable },
	{ "enable", 1, 0, enable },
	{ "password", 1, PASSWORDS, password },
	{ "role", 2, 0, role },
};

int
cmd_user(struct ctl *ctl, int argc, char **argv)
{
	static const struct admin_command command = { "user", actions,
		ARRAY_COUNT(actions) };

	return admin_main(ctl, &command, argc, argv);
}
