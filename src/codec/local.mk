# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libcodec.a
libcodec_a_SOURCES = \
	src/codec/container.c src/codec/container.h \
	src/codec/crc32.c src/codec/crc32.h \
	src/codec/date.c src/codec/date.h \
	src/codec/digest.c src/codec/digest.h \
	src/codec/disposition.c src/codec/disposition.h \
	src/codec/exif.c src/codec/exif.h \
	src/codec/filecheck.c src/codec/filecheck.h \
	src/codec/filename.c src/codec/filename.h \
	src/codec/hex.c src/codec/hex.h \
	src/codec/html.c src/codec/html.h \
	src/codec/image.c src/codec/image.h src/codec/image_private.h \
	src/codec/image_gif.c \
	src/codec/image_jpeg.c \
	src/codec/image_png.c \
	src/codec/image_webp.c \
	src/codec/json.c src/codec/json.h \
	src/codec/latin.c src/codec/latin.h \
	src/codec/mediatype.c src/codec/mediatype.h \
	src/codec/password.c src/codec/password.h \
	src/codec/password_common.c src/codec/password_private.h \
	src/codec/password_words.c \
	src/codec/sniff.c src/codec/sniff.h \
	src/codec/url.c src/codec/url.h \
	src/codec/utf8.c src/codec/utf8.h \
	src/codec/xml.c src/codec/xml.h
