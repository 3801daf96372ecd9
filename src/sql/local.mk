# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libsql.a
libsql_a_SOURCES = \
	src/sql/migrate.c \
	src/sql/sql.c src/sql/sql.h src/sql/sql_private.h \
	src/sql/sql_lease.c src/sql/sql_lease_private.h \
	src/sql/sql_sqlite.c \
	src/sql/sql_pgsql_absent.c
