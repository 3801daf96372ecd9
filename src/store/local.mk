# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	src/store/file_complete.c src/store/file_copy.c \
	src/store/file_list.c src/store/file_meta.c \
	src/store/file_multipart.c src/store/file_place.c \
	src/store/file_sign.c \
	src/store/file_store.h src/store/file_writer.c \
	src/store/file_tree.c src/store/file_tree.h \
	src/store/manage.c src/store/manage.h src/store/open.h \
	src/store/presign.c src/store/presign.h \
	src/store/multipart.c src/store/public.c \
	src/store/s3_manage.c src/store/s3_presign.c \
	src/store/s3_store.h src/store/s3_writer.c \
	src/store/serve.h src/store/sign_access.c src/store/sign_access.h \
	src/store/queue.c src/store/queue.h src/store/queue_private.h \
	src/store/s3_put.c src/store/s3_queue.c src/store/s3_transfer.c \
	src/store/source.c src/store/source.h \
	src/store/transfer.c src/store/transfer.h \
	src/store/store.c src/store/store.h src/store/store_private.h \
	src/store/store_file.c src/store/store_s3.c
