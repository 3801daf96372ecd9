# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES = \
	src/model/api_token.c src/model/api_token.h \
	src/model/audit.c src/model/audit.h \
	src/model/audit_chain.c src/model/audit_chain.h \
	src/model/audit_read.c src/model/audit_verify.c \
	src/model/audit_private.h \
	src/model/avatar.c src/model/avatar.h \
	src/model/backend.c src/model/backend.h \
	src/model/direct.c src/model/direct.h src/model/direct_private.h \
	src/model/direct_check.c \
	src/model/direct_confirm.c \
	src/model/file.c src/model/file.h src/model/file_private.h \
	src/model/file_change.c src/model/file_change.h \
	src/model/file_finish.c src/model/file_finish.h \
	src/model/file_row.c \
	src/model/file_search.c src/model/file_search.h \
	src/model/file_tags.c \
	src/model/hasher.c src/model/hasher.h \
	src/model/file_share.c src/model/file_share.h \
	src/model/idempotency.c src/model/idempotency.h \
	src/model/install.c src/model/install.h \
	src/model/keys.c src/model/keys.h \
	src/model/limit.c src/model/limit.h src/model/limit_private.h \
	src/model/limit_address.c src/model/limit_open.c \
	src/model/login.c src/model/login.h \
	src/model/object_copy.c src/model/object_copy.h \
	src/model/outbox.c src/model/outbox.h \
	src/model/product.c src/model/product.h \
	src/model/quota.c src/model/quota.h \
	src/model/refusal.c src/model/refusal.h \
	src/model/rules.c src/model/rules.h \
	src/model/schema.c src/model/schema.h \
	src/model/search_text.c src/model/search_text.h \
	src/model/session.c src/model/session.h \
	src/model/settings.c src/model/settings.h src/model/settings_private.h \
	src/model/settings_check.c \
	src/model/storage_failed.c src/model/storage_failed.h \
	src/model/sweep.c src/model/sweep.h src/model/sweep_multipart.c \
	src/model/sweep_objects.c src/model/sweep_private.h \
	src/model/sweep_records.c \
	src/model/tenant.c src/model/tenant.h \
	src/model/upload.c src/model/upload.h \
	src/model/user.c src/model/user.h src/model/user_clean.c \
	src/model/user_count.c \
	src/model/user_private.h

# The defaults name folders below the prefix: another configure, another file.
src/model/settings.$(OBJEXT): config.status
