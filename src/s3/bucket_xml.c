/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "codec/xml.h"
#include "s3/bucket.h"

#define NAMESPACE " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

enum { CONFIG_XML_MAX = 64 * 1024, CORS_MAX_AGE_SECS = 3600 };

static void
element(struct buf *xml, const char *name, const char *text)
{
	(void)buf_format(xml, "<%s>", name);
	xml_escape(xml, slice_str(text));
	(void)buf_format(xml, "</%s>", name);
}

static void
elements(struct buf *xml, const char *name, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		element(xml, name, *texts);
}

const char *
s3_cors_xml(struct pool *pool, const char *const *origins)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "POST",
		NULL };
	/*
	 * What our presigned requests sign, and what a reader may ask; by name
	 * also where the last one says it, for not all servers read that.
	 */
	static const char *const headers[] = { "authorization",
		"cache-control", "content-disposition", "content-length",
		"content-md5", "content-type", "if-match", "if-none-match",
		"range", "x-amz-acl", "x-amz-checksum-sha256",
		"x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
		"x-amz-*", NULL };
	struct buf xml;

	buf_init(&xml, pool, CONFIG_XML_MAX);
	(void)buf_str(&xml, "<CORSConfiguration" NAMESPACE "><CORSRule>");
	element(&xml, "ID", "almacen");
	elements(&xml, "AllowedOrigin", origins);
	elements(&xml, "AllowedMethod", methods);
	elements(&xml, "AllowedHeader", headers);
	element(&xml, "ExposeHeader", "ETag");
	(void)buf_format(&xml, "<MaxAgeSeconds>%d</MaxAgeSeconds>"
	    "</CORSRule></CORSConfiguration>", CORS_MAX_AGE_SECS);
	return xml.data;
}

static void
rule_start(struct buf *xml, const char *id, const char *prefix)
{
	(void)buf_str(xml, "<Rule>");
	element(xml, "ID", id);
	(void)buf_str(xml, "<Filter>");
	element(xml, "Prefix", prefix);
	(void)buf_str(xml, "</Filter><Status>Enabled</Status>");
}

const char *
s3_lifecycle_xml(struct pool *pool, const struct s3_lifecycle *rules)
{
	struct buf xml;

	buf_init(&xml, pool, CONFIG_XML_MAX);
	(void)buf_str(&xml, "<LifecycleConfiguration" NAMESPACE ">");
	/* Without a prefix it would expire everything. */
	if (rules->temp_prefix[0] != '\0' && rules->temp_days > 0) {
		rule_start(&xml, "almacen-expire-temporary",
		    rules->temp_prefix);
		(void)buf_format(&xml, "<Expiration><Days>%d</Days>"
		    "</Expiration></Rule>", rules->temp_days);
	}
	if (rules->abort_days > 0) {
		rule_start(&xml, "almacen-abort-unfinished", "");
		(void)buf_format(&xml, "<AbortIncompleteMultipartUpload>"
		    "<DaysAfterInitiation>%d</DaysAfterInitiation>"
		    "</AbortIncompleteMultipartUpload></Rule>",
		    rules->abort_days);
	}
	(void)buf_str(&xml, "</LifecycleConfiguration>");
	return xml.data;
}
