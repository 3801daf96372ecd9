# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	src/http/accept.c src/http/accept.h \
	src/http/acceptor.c src/http/acceptor.h \
	src/http/connection.c src/http/connection.h \
	src/http/cookie.c src/http/cookie.h \
	src/http/crew.c src/http/crew.h \
	src/http/etag.c src/http/etag.h \
	src/http/form.c src/http/form.h \
	src/http/form_json.c \
	src/http/form_query.c \
	src/http/form_value.c src/http/form_private.h \
	src/http/listen.c src/http/listen.h \
	src/http/master.c src/http/master.h \
	src/http/multipart.c src/http/multipart.h \
	src/http/multipart_boundary.c \
	src/http/multipart_header.c src/http/multipart_private.h \
	src/http/param.c src/http/param.h \
	src/http/range.c src/http/range.h \
	src/http/request.c src/http/request.h \
	src/http/response.c src/http/response.h \
	src/http/route.c src/http/route.h \
	src/http/server.c src/http/server.h \
	src/http/target.c src/http/target.h \
	src/http/transport.c src/http/transport.h \
	src/http/transport_cgi.c src/http/transport_cgi.h \
	src/http/transport_fcgi.c src/http/transport_fcgi.h \
	src/http/transport_mem.c src/http/transport_mem.h \
	src/http/urlencoded.c src/http/urlencoded.h
