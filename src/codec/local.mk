# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libcodec.a
libcodec_a_SOURCES = \
	src/codec/json.c src/codec/json.h \
	src/codec/utf8.c src/codec/utf8.h
