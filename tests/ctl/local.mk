# SPDX-License-Identifier: MIT
ctl_capture = tests/ctl/capture.h tests/lib/check.h
ctl_test_libs = $(CTL_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/ctl/test-check-file
tests_ctl_test_check_file_SOURCES = tests/ctl/test-check-file.c \
	$(ctl_capture) tests/lib/sample.h tests/lib/tmpdir.h
tests_ctl_test_check_file_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-config
tests_ctl_test_config_SOURCES = tests/ctl/test-config.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_ctl_test_config_LDADD = $(CTL_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/ctl/test-command
tests_ctl_test_command_SOURCES = tests/ctl/test-command.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_ctl_test_command_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-sign
tests_ctl_test_sign_SOURCES = tests/ctl/test-sign.c $(ctl_capture)
tests_ctl_test_sign_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-bucket
tests_ctl_test_bucket_SOURCES = tests/ctl/test-bucket.c $(ctl_capture) \
	tests/lib/scripted.c tests/lib/scripted.h
tests_ctl_test_bucket_LDADD = $(ctl_test_libs)
