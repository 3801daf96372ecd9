# SPDX-License-Identifier: MIT
S3_TEST_LIBS = $(S3_LIBS) $(CURL_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/s3/test-body tests/s3/test-bucket tests/s3/test-copy \
	tests/s3/test-delete tests/s3/test-list tests/s3/test-xml_repair \
	tests/s3/test-breaker tests/s3/test-learn \
	tests/s3/test-task \
	tests/s3/test-client tests/s3/test-credentials \
	tests/s3/test-credentials_http tests/s3/test-live \
	tests/s3/test-live_manage tests/s3/test-live_presign \
	tests/s3/test-post tests/s3/test-presign tests/s3/test-published \
	tests/s3/test-provider \
	tests/s3/test-reply tests/s3/test-retry tests/s3/test-sign \
	tests/s3/test-url tests/s3/test-vectors tests/s3/test-verify \
	tests/s3/test-verify_post
CLIENTTEST = tests/s3/clienttest.h $(SCRIPTED)
tests_s3_test_breaker_SOURCES = tests/s3/test-breaker.c $(CLIENTTEST)
tests_s3_test_breaker_LDADD = $(S3_TEST_LIBS)
tests_s3_test_client_SOURCES = tests/s3/test-client.c $(SCRIPTED)
tests_s3_test_client_LDADD = $(S3_TEST_LIBS)
tests_s3_test_credentials_SOURCES = tests/s3/test-credentials.c \
	tests/s3/credentials_fixture.h tests/lib/tmpdir.h $(SCRIPTED)
tests_s3_test_credentials_LDADD = $(S3_TEST_LIBS)
tests_s3_test_credentials_http_SOURCES = tests/s3/test-credentials_http.c \
	tests/s3/credentials_fixture.h tests/lib/tmpdir.h $(SCRIPTED)
tests_s3_test_credentials_http_LDADD = $(S3_TEST_LIBS)
tests_s3_test_body_SOURCES = tests/s3/test-body.c $(CLIENTTEST)
tests_s3_test_body_LDADD = $(S3_TEST_LIBS)
tests_s3_test_bucket_SOURCES = tests/s3/test-bucket.c $(CLIENTTEST)
tests_s3_test_bucket_LDADD = $(S3_TEST_LIBS)
tests_s3_test_copy_SOURCES = tests/s3/test-copy.c $(CLIENTTEST)
tests_s3_test_copy_LDADD = $(S3_TEST_LIBS)
tests_s3_test_delete_SOURCES = tests/s3/test-delete.c $(CLIENTTEST)
tests_s3_test_delete_LDADD = $(S3_TEST_LIBS)
tests_s3_test_list_SOURCES = tests/s3/test-list.c $(CLIENTTEST)
tests_s3_test_list_LDADD = $(S3_TEST_LIBS)
tests_s3_test_learn_SOURCES = tests/s3/test-learn.c $(CLIENTTEST)
tests_s3_test_learn_LDADD = $(S3_TEST_LIBS)
tests_s3_test_live_SOURCES = tests/s3/test-live.c tests/s3/lacks.h \
	tests/s3/live.h tests/lib/check.h
tests_s3_test_live_LDADD = $(S3_TEST_LIBS)
tests_s3_test_live_manage_SOURCES = tests/s3/test-live_manage.c \
	tests/s3/lacks.h tests/s3/live.h tests/lib/check.h
tests_s3_test_live_manage_LDADD = $(S3_TEST_LIBS)
tests_s3_test_live_presign_SOURCES = tests/s3/test-live_presign.c \
	tests/s3/lacks.h tests/lib/check.h
tests_s3_test_live_presign_LDADD = $(S3_TEST_LIBS)
tests_s3_test_post_SOURCES = tests/s3/test-post.c tests/lib/check.h
tests_s3_test_post_LDADD = $(S3_TEST_LIBS)
tests_s3_test_presign_SOURCES = tests/s3/test-presign.c tests/lib/check.h
tests_s3_test_presign_LDADD = $(S3_TEST_LIBS)
tests_s3_test_provider_SOURCES = tests/s3/test-provider.c tests/lib/check.h
tests_s3_test_provider_LDADD = $(S3_TEST_LIBS)
tests_s3_test_published_SOURCES = tests/s3/test-published.c tests/s3/vector.h \
	tests/lib/check.h
tests_s3_test_published_LDADD = $(S3_TEST_LIBS)
tests_s3_test_reply_SOURCES = tests/s3/test-reply.c tests/lib/check.h
tests_s3_test_reply_LDADD = $(S3_TEST_LIBS)
tests_s3_test_retry_SOURCES = tests/s3/test-retry.c $(CLIENTTEST)
tests_s3_test_retry_LDADD = $(S3_TEST_LIBS)
tests_s3_test_sign_SOURCES = tests/s3/test-sign.c tests/lib/check.h
tests_s3_test_sign_LDADD = $(S3_TEST_LIBS)
tests_s3_test_task_SOURCES = tests/s3/test-task.c $(CLIENTTEST)
tests_s3_test_task_LDADD = $(S3_TEST_LIBS)
tests_s3_test_url_SOURCES = tests/s3/test-url.c tests/lib/check.h
tests_s3_test_url_LDADD = $(S3_TEST_LIBS)
tests_s3_test_vectors_SOURCES = tests/s3/test-vectors.c tests/s3/vector.h \
	tests/lib/check.h
tests_s3_test_vectors_LDADD = $(S3_TEST_LIBS)
tests_s3_test_verify_SOURCES = tests/s3/test-verify.c tests/lib/check.h
tests_s3_test_verify_LDADD = $(S3_TEST_LIBS)
tests_s3_test_verify_post_SOURCES = tests/s3/test-verify_post.c \
	tests/lib/check.h
tests_s3_test_verify_post_LDADD = $(S3_TEST_LIBS)
tests_s3_test_xml_repair_SOURCES = tests/s3/test-xml_repair.c \
	tests/lib/check.h
tests_s3_test_xml_repair_LDADD = $(S3_TEST_LIBS)

EXTRA_DIST += tests/lib/start-rgw.sh tests/lib/stop-rgw.sh \
	tests/lib/start-swift.sh tests/lib/stop-swift.sh \
	tests/lib/swift_node.py \
	tests/s3/make-vectors.py tests/s3/vectors.json

# Not a test: what end-to-end tests run.
EXTRA_PROGRAMS += tests/s3/s3-drive
tests_s3_s3_drive_SOURCES = tests/s3/s3-drive.c
tests_s3_s3_drive_LDADD = $(S3_LIBS) $(CURL_LIBS) $(CODEC_SYS)
