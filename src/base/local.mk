# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/attr.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/conf.c src/base/conf.h \
	src/base/err.c src/base/err.h \
	src/base/file.c src/base/file.h \
	src/base/lang.c src/base/lang.h \
	src/base/log.c src/base/log.h \
	src/base/num.c src/base/num.h \
	src/base/pool.c src/base/pool.h \
	src/base/rand.c src/base/rand.h \
	src/base/slice.c src/base/slice.h \
	src/base/spool.c src/base/spool.h
