# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	src/net/exchange.c src/net/fetch_private.h \
	src/net/fetch.c src/net/fetch.h \
	src/net/fetch_set.c src/net/fetch_set.h \
	src/net/handle.c \
	src/net/watch.c src/net/watch.h
