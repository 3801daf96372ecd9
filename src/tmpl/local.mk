# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libtmpl.a
libtmpl_a_SOURCES = \
	src/tmpl/compile.c \
	src/tmpl/escape.c \
	src/tmpl/htmlctx.c src/tmpl/htmlctx.h \
	src/tmpl/lex.c src/tmpl/lex.h \
	src/tmpl/render.c \
	src/tmpl/set.c \
	src/tmpl/tmpl.h src/tmpl/tmpl_private.h
