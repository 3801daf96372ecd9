/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/rand.h"
#include "model/tenant.h"
#include "model/user_private.h"

/* A number that every JSON reader can hold (RFC 8259 section 6). */
#define ID_MAX (INT64_C(1) << 53)

enum statement {
	INSERT_USER,
	PROVISION_USER,
	LOAD_USER,
	FIND_EMAIL,
	FIND_SERVER,
	FIND_KEY,
	LIST_USERS,
	UPDATE_USER,
	SET_PASSWORD,
	RENEW_PASSWORD,
	END_SESSIONS,
	STATEMENT_COUNT
};

#define SELECT_USER              \
	"SELECT " USER_COLUMNS   \
	" FROM users u JOIN tenants t ON t.id = u.tenant_id"

#define INSERT_INTO_USERS                                                  \
	"INSERT INTO users (id, tenant_id, login, realm, key_id, name,"    \
	" role, password, is_disabled, created_secs, password_secs)"       \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"

static const char *const statements[STATEMENT_COUNT] = {
	[INSERT_USER] = INSERT_INTO_USERS,
	[PROVISION_USER] = INSERT_INTO_USERS " ON CONFLICT DO NOTHING",
	[LOAD_USER] = SELECT_USER " WHERE u.id = $1",
	[FIND_EMAIL] =
	    SELECT_USER " WHERE u.realm = 'password' AND u.login = $1",
	[FIND_SERVER] = SELECT_USER
	    " WHERE u.realm = 'server' AND u.login = $2 AND u.tenant_id ="
	    " coalesce((SELECT id FROM tenants WHERE host = $3"
	    "  AND host <> ''), CAST($1 AS BIGINT))",
	[FIND_KEY] =
	    SELECT_USER " WHERE u.tenant_id = $1 AND u.key_id = $2",
	/* In runs, because a result has only so many rows. */
	[LIST_USERS] = SELECT_USER " WHERE ($1 = 0 OR u.tenant_id = $1)"
				   " AND (u.login > $2"
				   "  OR (u.login = $2 AND u.id > $3))"
				   " ORDER BY u.login, u.id LIMIT $4",
	[UPDATE_USER] = "UPDATE users SET name = $2, role = $3,"
			" is_disabled = $4 WHERE id = $1",
	[SET_PASSWORD] = "UPDATE users SET password = $2, password_secs = $3"
			 " WHERE id = $1 AND realm = 'password'",
	[RENEW_PASSWORD] = "UPDATE users SET password = $3"
			   " WHERE id = $1 AND password = $2",
	[END_SESSIONS] =
	    "DELETE FROM sessions WHERE user_id = $1 AND id <> $2",
};

static const char *const role_names[ROLE_COUNT] = {
	[ROLE_VIEWER] = "viewer",
	[ROLE_EDITOR] = "editor",
	[ROLE_ADMIN] = "admin",
};

const char *
role_name(enum role role)
{
	return role_names[role];
}

bool
role_find(struct slice name, enum role *role_r)
{
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if (!slice_eq_str(name, role_names[i]))
			continue;
		*role_r = (enum role)i;
		return true;
	}
	return false;
}

int64_t
user_random_id(void)
{
	return (int64_t)rand_below(ID_MAX - 1) + 1;
}

/* ---- reading ---- */

void
user_read(const struct sql_rows *rows, size_t row, size_t column,
    struct user *user_r)
{
	const char *realm = sql_text(rows, row, column + 2);

	*user_r = (struct user){
		.id = sql_int(rows, row, column),
		.tenant_id = sql_int(rows, row, column + 1),
		.has_password_realm = strcmp(realm, "password") == 0,
		.login = sql_text(rows, row, column + 3),
		.key_id = sql_text(rows, row, column + 4),
		.name = sql_text(rows, row, column + 5),
		.password = sql_text(rows, row, column + 7),
		.is_disabled = sql_int(rows, row, column + 8) != 0,
		.created_secs = sql_int(rows, row, column + 9),
		.password_secs = sql_int(rows, row, column + 10),
		.avatar_file_id = sql_int(rows, row, column + 11),
		.is_tenant_disabled = sql_int(rows, row, column + 12) != 0,
	};
	/* The least of roles for one that a later version may know. */
	if (!role_find(slice_str(sql_text(rows, row, column + 6)),
		&user_r->role))
		user_r->role = ROLE_VIEWER;
}

static int
find_one(struct sql *db, struct pool *pool, enum statement statement,
    const struct sql_value *args, size_t count, struct user *user_r,
    struct err *err)
{
	struct sql_rows rows;

	if (sql_query(db, pool, statements[statement], args, count, &rows,
		err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	user_read(&rows, 0, 0, user_r);
	return 1;
}

int
user_load(struct sql *db, struct pool *pool, int64_t id, struct user *user_r,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(id) };

	return find_one(db, pool, LOAD_USER, args, ARRAY_COUNT(args), user_r,
	    err);
}

int
user_find_email(struct sql *db, struct pool *pool, const char *email,
    struct user *user_r, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(email) };

	return find_one(db, pool, FIND_EMAIL, args, ARRAY_COUNT(args), user_r,
	    err);
}

int
user_find_key(struct sql *db, struct pool *pool, int64_t tenant_id,
    const char *key_id, struct user *user_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_TEXT(key_id) };

	return find_one(db, pool, FIND_KEY, args, ARRAY_COUNT(args), user_r,
	    err);
}

struct list {
	struct user *users;
	size_t count, room;
};

static void
list_add(struct list *list, struct pool *pool, const struct sql_rows *rows)
{
	struct user *users;

	if (list->count + rows->count > list->room) {
		list->room = 2 * (list->count + rows->count);
		users = pool_alloc_array(pool, list->room, sizeof(*users));
		for (size_t i = 0; i < list->count; i++)
			users[i] = list->users[i];
		list->users = users;
	}
	for (size_t i = 0; i < rows->count; i++)
		user_read(rows, i, 0, &list->users[list->count++]);
}

int
user_list(struct sql *db, struct pool *pool, int64_t tenant_id,
    struct user **users_r, size_t *count_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_TEXT(""),
		SQL_INT(0), SQL_INT(SQL_ROWS_MAX) };
	struct list list = { .users = NULL };
	struct sql_rows rows;

	do {
		if (sql_query(db, pool, statements[LIST_USERS], args,
			ARRAY_COUNT(args), &rows, err) == -1)
			return -1;
		list_add(&list, pool, &rows);
		if (list.count == 0)
			break;
		args[1] = SQL_TEXT(list.users[list.count - 1].login);
		args[2] = SQL_INT(list.users[list.count - 1].id);
	} while (rows.count == SQL_ROWS_MAX);
	*users_r = list.users;
	*count_r = list.count;
	return 0;
}

/* ---- adding ---- */

static int
check_user(const struct user *user, struct err *err)
{
	if (*user->login == '\0' || strlen(user->login) > USER_LOGIN_MAX ||
	    !user_is_name(user->login, USER_LOGIN_MAX))
		return err_set_code(err, ERR_INVALID, "bad_login_name",
		    "a login is at most %d bytes of printable text",
		    USER_LOGIN_MAX);
	if (!user_is_name(user->name, USER_NAME_MAX))
		return err_set_code(err, ERR_INVALID, "bad_name",
		    "a name is at most %d printable characters",
		    USER_NAME_MAX);
	return 0;
}

static int
insert_failed(const struct user *user, struct err *err)
{
	if (strcmp(err->code, "foreign_key") == 0)
		return err_set(err, ERR_NOT_FOUND, "no tenant %lld",
		    (long long)user->tenant_id);
	if (strcmp(err->code, "unique") == 0)
		return err_set_code(err, ERR_CONFLICT, "login_taken",
		    "there is a user %s already", user->login);
	return -1;
}

/* The row of a user; one that was there before is left as it was. */
static int
insert(struct sql *db, enum statement statement, const struct user *user,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(user->id),
		SQL_INT(user->tenant_id), SQL_TEXT(user->login),
		SQL_TEXT(user->has_password_realm ? "password" : "server"),
		SQL_TEXT(user->key_id), SQL_TEXT(user->name),
		SQL_TEXT(role_name(user->role)), SQL_TEXT(user->password),
		SQL_INT(user->is_disabled), SQL_INT(user->created_secs),
		SQL_INT(user->password_secs) };

	if (check_user(user, err) == -1)
		return -1;
	if (sql_exec(db, statements[statement], args, ARRAY_COUNT(args), NULL,
		err) == -1)
		return insert_failed(user, err);
	return 0;
}

int
user_insert(struct sql *db, struct pool *pool, struct user *user,
    struct err *err)
{
	user->id = user_random_id();
	if (user->key_id == NULL)
		user->key_id = pool_format(pool, "%lld", (long long)user->id);
	if (user->name == NULL)
		user->name = "";
	if (user->password == NULL)
		user->password = "";
	return insert(db, INSERT_USER, user, err);
}

/* ---- whom the web server knows ---- */

static int
find_server(struct sql *db, struct pool *pool, const struct user *user,
    const char *host, struct user *user_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user->tenant_id),
		SQL_TEXT(user->login),
		SQL_TEXT(tenant_clean_host(pool, host)) };

	return find_one(db, pool, FIND_SERVER, args, ARRAY_COUNT(args),
	    user_r, err);
}

static int
check_tenant(int64_t id, bool is_disabled, struct err *err)
{
	if (is_disabled)
		return err_set_code(err, ERR_DENIED, "tenant_disabled",
		    "tenant %lld is disabled", (long long)id);
	return 0;
}

static int
find_tenant(struct sql *db, struct pool *pool, const char *host,
    int64_t *id, struct err *err)
{
	struct tenant tenant;
	int found = tenant_find_host(db, pool, host, &tenant, err);

	if (found == 0)
		found = tenant_load(db, pool, *id, &tenant, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no tenant %lld",
		    (long long)*id);
	if (found == -1)
		return -1;
	*id = tenant.id;
	return check_tenant(tenant.id, tenant.is_disabled, err);
}

static int
provision_fresh(struct sql *db, struct pool *pool, struct user *fresh,
    const char *host, struct user *user_r, struct err *err)
{
	int found;

	if (find_tenant(db, pool, host, &fresh->tenant_id, err) == -1 ||
	    insert(db, PROVISION_USER, fresh, err) == -1)
		return -1;
	/* Of two requests at once the first one wins; both read its row. */
	found = find_server(db, pool, fresh, host, user_r, err);
	if (found == 0)
		return err_set_code(err, ERR_CONFLICT, "login_taken",
		    "another user has the key id of %s", fresh->login);
	return found == 1 ? 0 : -1;
}

int
user_provision(struct sql *db, struct pool *pool, struct user *user,
    const char *host, int64_t now_secs, struct err *err)
{
	struct user fresh = { .id = user_random_id(),
		.tenant_id = user->tenant_id,
		.login = user->login,
		.key_id = user->key_id,
		.name = user->name == NULL ? "" : user->name,
		.role = user->role,
		.created_secs = now_secs,
		.password = "" };
	int found = find_server(db, pool, &fresh, host, user, err);

	if (found == 0)
		return provision_fresh(db, pool, &fresh, host, user, err);
	if (found == -1)
		return -1;
	return check_tenant(user->tenant_id, user->is_tenant_disabled, err);
}

/* ---- changing ---- */

static int
end_sessions(struct sql *tx, int64_t user_id, int64_t keep_id,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id), SQL_INT(keep_id) };

	return sql_exec(tx, statements[END_SESSIONS], args, ARRAY_COUNT(args),
	    NULL, err);
}

static int
check_changed(int64_t id, int64_t changed, struct err *err)
{
	if (changed == 0)
		return err_set(err, ERR_NOT_FOUND, "no user %lld",
		    (long long)id);
	return 0;
}

struct change {
	const struct user *user; /* of update */
	int64_t id, keep_session_id, now_secs;
	const char *password;
};

static int
update_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct user *user = ((const struct change *)arg)->user;
	struct sql_value args[] = { SQL_INT(user->id), SQL_TEXT(user->name),
		SQL_TEXT(role_name(user->role)), SQL_INT(user->is_disabled) };
	int64_t changed;

	if (sql_exec(tx, statements[UPDATE_USER], args, ARRAY_COUNT(args),
		&changed, err) == -1 ||
	    check_changed(user->id, changed, err) == -1)
		return -1;
	return user->is_disabled ? end_sessions(tx, user->id, 0, err) : 0;
}

int
user_update(struct sql *db, const struct user *user, struct err *err)
{
	struct change change = { .user = user };

	if (check_user(user, err) == -1)
		return -1;
	return sql_transaction(db, update_in_transaction, &change, err);
}

static int
set_password_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct change *change = arg;
	struct sql_value args[] = { SQL_INT(change->id),
		SQL_TEXT(change->password), SQL_INT(change->now_secs) };
	int64_t changed;

	if (sql_exec(tx, statements[SET_PASSWORD], args, ARRAY_COUNT(args),
		&changed, err) == -1 ||
	    check_changed(change->id, changed, err) == -1)
		return -1;
	return end_sessions(tx, change->id, change->keep_session_id, err);
}

int
user_set_password(struct sql *db, int64_t id, const char *password,
    int64_t keep_session_id, int64_t now_secs, struct err *err)
{
	struct change change = { .id = id,
		.password = password,
		.keep_session_id = keep_session_id,
		.now_secs = now_secs };

	return sql_transaction(db, set_password_in_transaction, &change, err);
}

int
user_renew_password(struct sql *db, const struct user *user,
    const char *password, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user->id),
		SQL_TEXT(user->password), SQL_TEXT(password) };

	return sql_exec(db, statements[RENEW_PASSWORD], args,
	    ARRAY_COUNT(args), NULL, err);
}
