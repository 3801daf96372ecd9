# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/store/test-store_file
tests_store_test_store_file_SOURCES = tests/store/test-store_file.c \
	tests/lib/check.h tests/lib/tmpdir.h
tests_store_test_store_file_LDADD = $(STORE_LIBS) $(CODEC_SYS) $(CURL_LIBS) \
	$(CMOCKA_LIBS)
