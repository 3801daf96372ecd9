# SPDX-License-Identifier: MIT
model_test_lib = tests/model/modeltest.c tests/model/modeltest.h \
	tests/lib/check.h tests/lib/sample.h tests/lib/tmpdir.h \
	tests/lib/database.c tests/lib/database.h \
	tests/lib/sql_fault.c tests/lib/sql_fault.h \
	tests/lib/store_mem.c tests/lib/store_mem.h
model_test_libs = $(MODEL_LIBS) $(SQL_SYS) $(CURL_LIBS) $(CODEC_SYS) \
	$(CMOCKA_LIBS)

check_PROGRAMS += tests/model/test-product
tests_model_test_product_SOURCES = tests/model/test-product.c \
	$(model_test_lib)
tests_model_test_product_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-outbox
tests_model_test_outbox_SOURCES = tests/model/test-outbox.c $(model_test_lib)
tests_model_test_outbox_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-keys
tests_model_test_keys_SOURCES = tests/model/test-keys.c $(model_test_lib)
tests_model_test_keys_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-tenant
tests_model_test_tenant_SOURCES = tests/model/test-tenant.c $(model_test_lib)
tests_model_test_tenant_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-upload
tests_model_test_upload_SOURCES = tests/model/test-upload.c $(model_test_lib)
tests_model_test_upload_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-settings
tests_model_test_settings_SOURCES = tests/model/test-settings.c \
	tests/lib/check.h tests/lib/tmpdir.h
tests_model_test_settings_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-backend
tests_model_test_backend_SOURCES = tests/model/test-backend.c \
	tests/lib/check.h tests/lib/tmpdir.h
tests_model_test_backend_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-search_text
tests_model_test_search_text_SOURCES = tests/model/test-search_text.c \
	tests/lib/check.h
tests_model_test_search_text_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-file
tests_model_test_file_SOURCES = tests/model/test-file.c $(model_test_lib)
tests_model_test_file_LDADD = $(model_test_libs)

direct_test_lib = tests/model/directtest.c tests/model/directtest.h \
	$(model_test_lib)
check_PROGRAMS += tests/model/test-direct
tests_model_test_direct_SOURCES = tests/model/test-direct.c $(direct_test_lib)
tests_model_test_direct_LDADD = $(model_test_libs)
check_PROGRAMS += tests/model/test-direct_confirm
tests_model_test_direct_confirm_SOURCES = tests/model/test-direct_confirm.c \
	$(direct_test_lib)
tests_model_test_direct_confirm_LDADD = $(model_test_libs)
check_PROGRAMS += tests/model/test-direct_races
tests_model_test_direct_races_SOURCES = tests/model/test-direct_races.c \
	$(direct_test_lib)
tests_model_test_direct_races_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-upload_finish
tests_model_test_upload_finish_SOURCES = tests/model/test-upload_finish.c \
	$(direct_test_lib)
tests_model_test_upload_finish_LDADD = $(model_test_libs)
check_PROGRAMS += tests/model/test-quota
tests_model_test_quota_SOURCES = tests/model/test-quota.c $(model_test_lib)
tests_model_test_quota_LDADD = $(model_test_libs)
check_PROGRAMS += tests/model/test-quota_races
tests_model_test_quota_races_SOURCES = tests/model/test-quota_races.c \
	$(direct_test_lib)
tests_model_test_quota_races_LDADD = $(model_test_libs)

sweep_test_lib = tests/model/sweeptest.c tests/model/sweeptest.h \
	$(model_test_lib)
check_PROGRAMS += tests/model/test-sweep
tests_model_test_sweep_SOURCES = tests/model/test-sweep.c $(sweep_test_lib) \
	tests/lib/scripted.c tests/lib/scripted.h
tests_model_test_sweep_LDADD = $(model_test_libs)
check_PROGRAMS += tests/model/test-sweep_records
tests_model_test_sweep_records_SOURCES = tests/model/test-sweep_records.c \
	$(sweep_test_lib)
tests_model_test_sweep_records_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-limit
tests_model_test_limit_SOURCES = tests/model/test-limit.c \
	tests/lib/check.h tests/lib/tmpdir.h tests/lib/sql_fault.c \
	tests/lib/sql_fault.h tests/lib/database.c tests/lib/database.h
tests_model_test_limit_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-hasher
tests_model_test_hasher_SOURCES = tests/model/test-hasher.c tests/lib/check.h
tests_model_test_hasher_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-login
tests_model_test_login_SOURCES = tests/model/test-login.c $(model_test_lib)
tests_model_test_login_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-user
tests_model_test_user_SOURCES = tests/model/test-user.c $(model_test_lib)
tests_model_test_user_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-session
tests_model_test_session_SOURCES = tests/model/test-session.c $(model_test_lib)
tests_model_test_session_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-session_races
tests_model_test_session_races_SOURCES = tests/model/test-session_races.c \
	tests/lib/check.h tests/lib/database.c tests/lib/database.h \
	tests/lib/tmpdir.h
tests_model_test_session_races_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-api_token
tests_model_test_api_token_SOURCES = tests/model/test-api_token.c $(model_test_lib)
tests_model_test_api_token_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-idempotency
tests_model_test_idempotency_SOURCES = tests/model/test-idempotency.c \
	$(model_test_lib)
tests_model_test_idempotency_LDADD = $(model_test_libs)
check_PROGRAMS += tests/model/test-file_change tests/model/test-file_search \
	tests/model/test-file_tags
tests_model_test_file_change_SOURCES = tests/model/test-file_change.c \
	$(direct_test_lib)
tests_model_test_file_change_LDADD = $(model_test_libs)
tests_model_test_file_search_SOURCES = tests/model/test-file_search.c \
	$(model_test_lib)
tests_model_test_file_search_LDADD = $(model_test_libs)
tests_model_test_file_tags_SOURCES = tests/model/test-file_tags.c \
	tests/lib/check.h
tests_model_test_file_tags_LDADD = $(model_test_libs)

check_PROGRAMS += tests/model/test-audit
tests_model_test_audit_SOURCES = tests/model/test-audit.c \
	tests/lib/check.h tests/lib/tmpdir.h tests/lib/sql_fault.c \
	tests/lib/sql_fault.h tests/lib/database.c tests/lib/database.h
tests_model_test_audit_LDADD = $(model_test_libs)
