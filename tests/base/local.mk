# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/base/test-buf
tests_base_test_buf_SOURCES = tests/base/test-buf.c tests/lib/check.h
tests_base_test_buf_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
