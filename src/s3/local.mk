# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libs3.a
libs3_a_SOURCES = \
	src/s3/sign.c src/s3/sign.h \
	src/s3/url.c src/s3/url.h
