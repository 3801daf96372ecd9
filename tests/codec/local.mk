# SPDX-License-Identifier: MIT
codec_test_libs = $(CODEC_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/codec/test-json
tests_codec_test_json_SOURCES = tests/codec/test-json.c tests/lib/check.h
tests_codec_test_json_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-utf8
tests_codec_test_utf8_SOURCES = tests/codec/test-utf8.c tests/lib/check.h
tests_codec_test_utf8_LDADD = $(codec_test_libs)
