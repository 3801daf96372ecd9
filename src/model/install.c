/* SPDX-License-Identifier: MIT */
#include "base/rand.h"
#include "model/install.h"
#include "model/settings.h"

enum { SECRET_BYTES = 32 };

enum statement { INSERT_VALUE, LOAD_VALUE, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	[INSERT_VALUE] = "INSERT INTO install_values (name, value)"
			 " VALUES ($1, $2) ON CONFLICT DO NOTHING",
	[LOAD_VALUE] = "SELECT value FROM install_values WHERE name = $1",
};

static int
load_value(struct sql *db, struct pool *pool, const char *name,
    const char **value_r, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(name) };
	struct sql_rows rows;

	if (sql_query(db, pool, statements[LOAD_VALUE], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	*value_r = sql_text(&rows, 0, 0);
	return 1;
}

int
install_value(struct sql *db, struct pool *pool, const char *name,
    const char *fresh, const char **value_r, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(name), SQL_TEXT(fresh) };
	int found = load_value(db, pool, name, value_r, err);

	if (found != 0)
		return found == 1 ? 0 : -1;
	/* Whoever is first wins; everybody reads what it wrote. */
	if (sql_exec(db, statements[INSERT_VALUE], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return -1;
	found = load_value(db, pool, name, value_r, err);
	if (found == 0)
		return err_set(err, ERR_INTERNAL, "value %s vanished", name);
	return found == 1 ? 0 : -1;
}

int
install_secret(struct sql *db, struct pool *pool, const struct conf *conf,
    const char **secret_r, struct err *err)
{
	*secret_r = conf_text(conf, SET_SECRET_KEY);
	if (**secret_r != '\0')
		return 0;
	return install_value(db, pool, "secret_key",
	    rand_hex(pool, SECRET_BYTES), secret_r, err);
}
