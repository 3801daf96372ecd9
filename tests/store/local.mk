# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/store/test-store_file
tests_store_test_store_file_SOURCES = tests/store/test-store_file.c \
	tests/lib/check.h tests/lib/tmpdir.h
tests_store_test_store_file_LDADD = $(STORE_LIBS) $(CODEC_SYS) $(CURL_LIBS) \
	$(CMOCKA_LIBS)

STORE_TEST_LIBS = $(STORE_LIBS) $(CODEC_SYS) $(CURL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/store/test-store tests/store/test-store_s3
tests_store_test_store_SOURCES = tests/store/test-store.c tests/lib/check.h
tests_store_test_store_LDADD = $(STORE_TEST_LIBS)
tests_store_test_store_s3_SOURCES = tests/store/test-store_s3.c $(SCRIPTED) \
	tests/store/s3test.h
tests_store_test_store_s3_LDADD = $(STORE_TEST_LIBS)

check_PROGRAMS += tests/store/test-queue tests/store/test-transfer
tests_store_test_queue_SOURCES = tests/store/test-queue.c $(SCRIPTED) \
	tests/store/s3test.h \
	tests/lib/tmpdir.h
tests_store_test_queue_LDADD = $(STORE_TEST_LIBS)
tests_store_test_transfer_SOURCES = tests/store/test-transfer.c $(SCRIPTED) \
	tests/store/s3test.h \
	tests/lib/tmpdir.h
tests_store_test_transfer_LDADD = $(STORE_TEST_LIBS)

check_PROGRAMS += tests/store/test-s3_providers
tests_store_test_s3_providers_SOURCES = tests/store/test-s3_providers.c \
	$(SCRIPTED) tests/store/s3test.h
tests_store_test_s3_providers_LDADD = $(STORE_TEST_LIBS)

# The program of docs/STORAGE.md.
check_PROGRAMS += tests/store/storage-example
tests_store_storage_example_SOURCES = tests/store/storage-example.c \
	tests/lib/tmpdir.h
tests_store_storage_example_LDADD = $(STORE_TEST_LIBS)
check_PROGRAMS += tests/store/test-file_manage tests/store/test-file_multipart
tests_store_test_file_manage_SOURCES = tests/store/test-file_manage.c \
	tests/store/filetest.h tests/lib/check.h tests/lib/tmpdir.h
tests_store_test_file_manage_LDADD = $(STORE_TEST_LIBS)
tests_store_test_file_multipart_SOURCES = tests/store/test-file_multipart.c \
	tests/store/filetest.h tests/lib/check.h tests/lib/tmpdir.h
tests_store_test_file_multipart_LDADD = $(STORE_TEST_LIBS)
check_PROGRAMS += tests/store/test-file_sign
tests_store_test_file_sign_SOURCES = tests/store/test-file_sign.c \
	tests/store/filetest.h tests/lib/check.h tests/lib/tmpdir.h
tests_store_test_file_sign_LDADD = $(STORE_TEST_LIBS)
check_PROGRAMS += tests/store/test-manage tests/store/test-s3_manage
tests_store_test_manage_SOURCES = tests/store/test-manage.c tests/lib/check.h
tests_store_test_manage_LDADD = $(STORE_TEST_LIBS)
tests_store_test_s3_manage_SOURCES = tests/store/test-s3_manage.c $(SCRIPTED) \
	tests/store/s3test.h
tests_store_test_s3_manage_LDADD = $(STORE_TEST_LIBS)
