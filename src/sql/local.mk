# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libsql.a
libsql_a_SOURCES = \
	src/sql/migrate.c \
	src/sql/sql.c src/sql/sql.h src/sql/sql_private.h \
	src/sql/sql_batch.c src/sql/sql_batch_private.h \
	src/sql/sql_lease.c src/sql/sql_lease_private.h \
	src/sql/sql_sqlite.c src/sql/sql_sqlite_private.h \
	src/sql/sql_sqlite_statement.c
if HAVE_PGSQL
libsql_a_SOURCES += \
	src/sql/sql_pgsql.c src/sql/sql_pgsql_private.h \
	src/sql/sql_pgsql_conn.c \
	src/sql/sql_pgsql_error.c \
	src/sql/sql_pgsql_flow.c
else
libsql_a_SOURCES += src/sql/sql_pgsql_absent.c
endif
