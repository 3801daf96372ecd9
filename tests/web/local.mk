# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/web/test-products tests/web/test-hostile \
	tests/web/test-token
WEBTEST = tests/web/webtest.c tests/web/webtest.h tests/lib/check.h \
	tests/lib/database.c tests/lib/database.h
tests_web_test_products_SOURCES = tests/web/test-products.c $(WEBTEST)
tests_web_test_products_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
tests_web_test_hostile_SOURCES = tests/web/test-hostile.c $(WEBTEST)
tests_web_test_hostile_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
tests_web_test_token_SOURCES = tests/web/test-token.c tests/lib/check.h
tests_web_test_token_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-guard
tests_web_test_guard_SOURCES = tests/web/test-guard.c $(WEBTEST)
tests_web_test_guard_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-matrix
tests_web_test_matrix_SOURCES = tests/web/test-matrix.c $(WEBTEST)
tests_web_test_matrix_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-store
tests_web_test_store_SOURCES = tests/web/test-store.c $(WEBTEST) \
	tests/lib/store_mem.c tests/lib/store_mem.h
tests_web_test_store_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-direct tests/web/test-caller
tests_web_test_direct_SOURCES = tests/web/test-direct.c $(WEBTEST)
tests_web_test_direct_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
tests_web_test_caller_SOURCES = tests/web/test-caller.c $(WEBTEST)
tests_web_test_caller_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-openapi
tests_web_test_openapi_SOURCES = tests/web/test-openapi.c $(WEBTEST)
tests_web_test_openapi_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-idempotency
tests_web_test_idempotency_SOURCES = tests/web/test-idempotency.c $(WEBTEST)
tests_web_test_idempotency_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-page_upload
tests_web_test_page_upload_SOURCES = tests/web/test-page_upload.c $(WEBTEST)
tests_web_test_page_upload_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-rate tests/web/test-audit_note
tests_web_test_rate_SOURCES = tests/web/test-rate.c $(WEBTEST)
tests_web_test_rate_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
tests_web_test_audit_note_SOURCES = tests/web/test-audit_note.c $(WEBTEST)
tests_web_test_audit_note_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-uploads tests/web/test-downloads
tests_web_test_uploads_SOURCES = tests/web/test-uploads.c $(WEBTEST)
tests_web_test_uploads_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
tests_web_test_downloads_SOURCES = tests/web/test-downloads.c $(WEBTEST)
tests_web_test_downloads_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-page_files tests/web/test-page_file_change
PAGETEST = tests/web/pagetest.c tests/web/pagetest.h
tests_web_test_page_files_SOURCES = tests/web/test-page_files.c $(PAGETEST) \
	$(WEBTEST)
tests_web_test_page_files_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
tests_web_test_page_file_change_SOURCES = tests/web/test-page_file_change.c \
	$(PAGETEST) $(WEBTEST)
tests_web_test_page_file_change_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-login
tests_web_test_login_SOURCES = tests/web/test-login.c $(WEBTEST)
tests_web_test_login_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-records
tests_web_test_records_SOURCES = tests/web/test-records.c $(WEBTEST)
tests_web_test_records_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-account
tests_web_test_account_SOURCES = tests/web/test-account.c $(WEBTEST)
tests_web_test_account_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/web/test-view
tests_web_test_view_SOURCES = tests/web/test-view.c tests/lib/check.h
tests_web_test_view_LDADD = $(WEB_LIBS) $(ALL_SYS) $(CMOCKA_LIBS)
