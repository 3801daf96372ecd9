# SPDX-License-Identifier: MIT
base_test_libs = $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/base/test-buf
tests_base_test_buf_SOURCES = tests/base/test-buf.c tests/lib/check.h
tests_base_test_buf_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-clock
tests_base_test_clock_SOURCES = tests/base/test-clock.c tests/lib/check.h
tests_base_test_clock_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-conf
tests_base_test_conf_SOURCES = tests/base/test-conf.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_base_test_conf_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-err
tests_base_test_err_SOURCES = tests/base/test-err.c tests/lib/check.h
tests_base_test_err_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-file
tests_base_test_file_SOURCES = tests/base/test-file.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_base_test_file_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-lang
tests_base_test_lang_SOURCES = tests/base/test-lang.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_base_test_lang_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-log
tests_base_test_log_SOURCES = tests/base/test-log.c tests/lib/check.h
tests_base_test_log_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-num
tests_base_test_num_SOURCES = tests/base/test-num.c tests/lib/check.h
tests_base_test_num_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-pool
tests_base_test_pool_SOURCES = tests/base/test-pool.c tests/lib/check.h
tests_base_test_pool_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-rand
tests_base_test_rand_SOURCES = tests/base/test-rand.c tests/lib/check.h
tests_base_test_rand_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-slice
tests_base_test_slice_SOURCES = tests/base/test-slice.c tests/lib/check.h
tests_base_test_slice_LDADD = $(base_test_libs)
check_PROGRAMS += tests/base/test-spool
tests_base_test_spool_SOURCES = tests/base/test-spool.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_base_test_spool_LDADD = $(base_test_libs)
