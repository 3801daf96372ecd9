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

check_PROGRAMS += tests/ctl/test-object tests/ctl/test-presign \
	tests/ctl/test-progress tests/ctl/test-upload_state
tests_ctl_test_object_SOURCES = tests/ctl/test-object.c $(ctl_capture) \
	tests/lib/scripted.c tests/lib/scripted.h tests/lib/tmpdir.h
tests_ctl_test_object_LDADD = $(ctl_test_libs)
tests_ctl_test_presign_SOURCES = tests/ctl/test-presign.c $(ctl_capture)
tests_ctl_test_presign_LDADD = $(ctl_test_libs)
tests_ctl_test_progress_SOURCES = tests/ctl/test-progress.c tests/lib/check.h
tests_ctl_test_progress_LDADD = $(ctl_test_libs)
tests_ctl_test_upload_state_SOURCES = tests/ctl/test-upload_state.c \
	tests/lib/check.h tests/lib/tmpdir.h
tests_ctl_test_upload_state_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-doctor
tests_ctl_test_doctor_SOURCES = tests/ctl/test-doctor.c $(ctl_capture) \
	tests/lib/scripted.c tests/lib/scripted.h tests/lib/tmpdir.h
tests_ctl_test_doctor_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-sweep
tests_ctl_test_sweep_SOURCES = tests/ctl/test-sweep.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_ctl_test_sweep_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-admin tests/ctl/test-secret
tests_ctl_test_admin_SOURCES = tests/ctl/test-admin.c $(ctl_capture) \
	tests/lib/tmpdir.h
tests_ctl_test_admin_LDADD = $(ctl_test_libs)
tests_ctl_test_secret_SOURCES = tests/ctl/test-secret.c tests/lib/check.h
tests_ctl_test_secret_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-interrupt
tests_ctl_test_interrupt_SOURCES = tests/ctl/test-interrupt.c \
	tests/lib/check.h
tests_ctl_test_interrupt_LDADD = $(ctl_test_libs)

check_PROGRAMS += tests/ctl/test-audit
tests_ctl_test_audit_SOURCES = tests/ctl/test-audit.c $(ctl_capture) \
	tests/lib/tmpdir.h
tests_ctl_test_audit_LDADD = $(ctl_test_libs)
