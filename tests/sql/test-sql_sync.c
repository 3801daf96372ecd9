/*
 * What a commit was answered for is on the disk: below SQLite stands a file
 * system that counts syncs of the log, notes whether another writer could have
 * written meanwhile, and fails when it should.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdlib.h>

#include <sqlite3.h>

#include "lib/tmpdir.h"
#include "sql/sql.h"

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *base;
	sqlite3_io_methods methods;
	int (*base_sync)(sqlite3_file *file, int flags);
	const char *path; /* of the database */
	int syncs;	  /* of its log */
	int free_syncs;	  /* during which others could write */
	bool fails;
} disk;

static bool
others_can_write(void)
{
	sqlite3 *db;
	bool can;

	assert_int_equal(sqlite3_open_v2(disk.path, &db,
			     SQLITE_OPEN_READWRITE, disk.base->zName),
	    SQLITE_OK);
	can = sqlite3_exec(db, "BEGIN IMMEDIATE; COMMIT", NULL, NULL, NULL) ==
	    SQLITE_OK;
	(void)sqlite3_close(db);
	return can;
}

static int
counted_sync(sqlite3_file *file, int flags)
{
	disk.syncs++;
	if (disk.path != NULL && others_can_write())
		disk.free_syncs++;
	return disk.fails ? SQLITE_IOERR_FSYNC : disk.base_sync(file, flags);
}

static int
watched_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
    int flags, int *flags_r)
{
	int code = disk.base->xOpen(disk.base, name, file, flags, flags_r);

	(void)vfs;
	if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0)
		return code;
	disk.methods = *file->pMethods;
	disk.base_sync = file->pMethods->xSync;
	disk.methods.xSync = counted_sync;
	file->pMethods = &disk.methods;
	return code;
}

static int
setup(void **state)
{
	struct pool *pool = pool_new();

	memset(&disk, 0, sizeof(disk));
	disk.base = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.base;
	disk.vfs.zName = "watched";
	disk.vfs.xOpen = watched_open;
	assert_int_equal(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
	*state = pool;
	return 0;
}

static int
teardown(void **state)
{
	struct pool *pool = *state;

	pool_free(&pool);
	(void)sqlite3_vfs_unregister(&disk.vfs);
	(void)sqlite3_vfs_register(disk.base, 1);
	return 0;
}

static struct sql *
open_db(struct pool *pool, bool is_volatile)
{
	const char *path = pool_format(pool, "%s/t.db", tmpdir_new(pool));
	const char *url = pool_format(pool, "sqlite:%s", path);
	struct err err = ERR_INIT;
	struct sql *db;

	assert_int_equal((is_volatile ? sql_open_volatile : sql_open)(pool,
			     url, 2, &db, &err),
	    0);
	assert_int_equal(sql_script(db, "CREATE TABLE things (id BIGINT)",
			     &err),
	    0);
	disk.path = path;
	disk.syncs = 0;
	disk.free_syncs = 0;
	return db;
}

static int
insert(struct sql *db, void *arg, struct err *err)
{
	(void)arg;
	return sql_exec(db, "INSERT INTO things VALUES (1)", NULL, 0, NULL,
	    err);
}

static void
test_durable(void **state)
{
	struct sql *db = open_db(*state, false);
	struct err err = ERR_INIT;

	assert_int_equal(insert(db, NULL, &err), 0);
	assert_int_equal(disk.syncs, 1);
	assert_int_equal(sql_transaction(db, insert, NULL, &err), 0);
	assert_int_equal(disk.syncs, 2);
	assert_int_equal(sql_exec_now(db, "DELETE FROM things", NULL, 0, &err),
	    0);
	assert_int_equal(disk.syncs, 3);
	assert_int_equal(disk.free_syncs, 3);
}

static void
test_volatile(void **state)
{
	struct sql *db = open_db(*state, true);
	struct err err = ERR_INIT;

	assert_int_equal(insert(db, NULL, &err), 0);
	assert_int_equal(disk.syncs, 0);
}

static void
test_failing_sync(void **state)
{
	struct sql *db = open_db(*state, false);
	struct err err = ERR_INIT;

	disk.fails = true;
	assert_int_equal(sql_transaction(db, insert, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_string_equal(err.code, "commit_unknown");
	assert_int_equal(disk.syncs, 1);
	disk.fails = false;
	assert_int_equal(insert(db, NULL, &err), 0);
	assert_int_equal(disk.syncs, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_durable),
		TEST(test_volatile),
		TEST(test_failing_sync),
	};

	return cmocka_run_group_tests_name("sql/sync", tests, NULL, NULL);
}
