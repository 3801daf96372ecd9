# SPDX-License-Identifier: MIT
sql_test_lib = tests/lib/check.h tests/lib/sql_fault.c tests/lib/sql_fault.h \
	tests/lib/database.c tests/lib/database.h \
	tests/lib/tmpdir.h
sql_test_libs = $(SQL_LIBS) $(SQL_SYS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/sql/test-migrate
tests_sql_test_migrate_SOURCES = tests/sql/test-migrate.c $(sql_test_lib)
tests_sql_test_migrate_LDADD = $(sql_test_libs)

check_PROGRAMS += tests/sql/test-sql
tests_sql_test_sql_SOURCES = tests/sql/test-sql.c $(sql_test_lib)
tests_sql_test_sql_LDADD = $(sql_test_libs)

check_PROGRAMS += tests/sql/test-sql_sqlite
tests_sql_test_sql_sqlite_SOURCES = tests/sql/test-sql_sqlite.c \
	$(sql_test_lib)
tests_sql_test_sql_sqlite_LDADD = $(sql_test_libs)

check_PROGRAMS += tests/sql/test-sql_batch
tests_sql_test_sql_batch_SOURCES = tests/sql/test-sql_batch.c $(sql_test_lib)
tests_sql_test_sql_batch_LDADD = $(sql_test_libs)

check_PROGRAMS += tests/sql/test-sql_modes
tests_sql_test_sql_modes_SOURCES = tests/sql/test-sql_modes.c $(sql_test_lib)
tests_sql_test_sql_modes_LDADD = $(sql_test_libs)

check_PROGRAMS += tests/sql/test-sql_sync
tests_sql_test_sql_sync_SOURCES = tests/sql/test-sql_sync.c $(sql_test_lib)
tests_sql_test_sql_sync_LDADD = $(sql_test_libs)

EXTRA_DIST += tests/lib/start-postgres.sh tests/lib/stop-postgres.sh

if HAVE_PGSQL
check_PROGRAMS += tests/sql/test-sql_pgsql
endif
tests_sql_test_sql_pgsql_SOURCES = tests/sql/test-sql_pgsql.c \
	tests/sql/pgsql_proxy.c tests/sql/pgsql_proxy.h $(sql_test_lib)
tests_sql_test_sql_pgsql_LDADD = $(sql_test_libs)
