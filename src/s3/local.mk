# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libs3.a
libs3_a_SOURCES = \
	src/s3/attempt.c src/s3/attempt.h \
	src/s3/body.c \
	src/s3/breaker.c src/s3/breaker.h \
	src/s3/bucket.c src/s3/bucket.h src/s3/bucket_xml.c \
	src/s3/call.c src/s3/call.h \
	src/s3/client.c src/s3/client.h \
	src/s3/copy.c \
	src/s3/credentials.c src/s3/credentials.h \
	src/s3/credentials_container.c src/s3/credentials_file.c \
	src/s3/credentials_http.c src/s3/credentials_instance.c \
	src/s3/credentials_private.h src/s3/credentials_web.c \
	src/s3/delete.c \
	src/s3/learn.c src/s3/learn.h \
	src/s3/list.c src/s3/list.h src/s3/list_private.h \
	src/s3/list_parts.c src/s3/list_uploads.c src/s3/listing.c \
	src/s3/multipart.c src/s3/multipart.h \
	src/s3/object.c src/s3/object.h \
	src/s3/post.c src/s3/post.h \
	src/s3/presign.c src/s3/presign.h \
	src/s3/provider.c src/s3/provider.h \
	src/s3/reply.c src/s3/reply.h \
	src/s3/retry.c src/s3/retry.h \
	src/s3/sign.c src/s3/sign.h \
	src/s3/sign_canonical.c src/s3/sign_private.h \
	src/s3/task.c src/s3/task.h \
	src/s3/url.c src/s3/url.h \
	src/s3/verify.c src/s3/verify.h \
	src/s3/verify_post.c src/s3/verify_private.h \
	src/s3/xml_repair.c src/s3/xml_repair.h
