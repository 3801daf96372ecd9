# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libcodec.a
libcodec_a_SOURCES = \
	src/codec/date.c src/codec/date.h \
	src/codec/digest.c src/codec/digest.h \
	src/codec/hex.c src/codec/hex.h \
	src/codec/html.c src/codec/html.h \
	src/codec/json.c src/codec/json.h \
	src/codec/url.c src/codec/url.h \
	src/codec/utf8.c src/codec/utf8.h \
	src/codec/xml.c src/codec/xml.h
