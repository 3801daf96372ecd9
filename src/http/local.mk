# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	src/http/accept.c src/http/accept.h \
	src/http/cookie.c src/http/cookie.h \
	src/http/request.c src/http/request.h \
	src/http/response.c src/http/response.h \
	src/http/route.c src/http/route.h \
	src/http/target.c src/http/target.h \
	src/http/transport.h \
	src/http/transport_mem.c src/http/transport_mem.h \
	src/http/urlencoded.c src/http/urlencoded.h
