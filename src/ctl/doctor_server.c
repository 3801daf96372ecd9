/*
 * Doctor: the way to the S3 server.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/date.h"
#include "codec/url.h"
#include "ctl/doctor.h"
#include "s3/reply.h"

enum { SKEW_WARN_SECS = 60, SKEW_MAX_SECS = 15 * 60 };

void
doctor_credentials(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct signer signer;

	if (s3_client_signer(doctor->client, doctor->pool, &signer, &err) ==
	    -1) {
		finding_bad(finding_r, doctor->pool,
		    "set S3_ACCESS_KEY and S3_SECRET_KEY, or S3_CREDENTIALS",
		    "no keys: %s", err.text);
		return;
	}
	finding_ok(finding_r, doctor->pool, "access key %.4s… (%s)",
	    signer.credentials.access_key,
	    s3_client_credentials_source(doctor->client));
}

/* ---- endpoint ---- */

/*
 * An anonymous look at the bucket, which S3 servers answer in XML.  By
 * path where an endpoint is set: whether it knows the bucket by its host is
 * another question (doctor_addressing()).
 */
static const char *
endpoint_url(struct doctor *doctor, const char *scheme)
{
	const char *endpoint = conf_text(doctor->conf, SET_S3_ENDPOINT);
	struct err ignored = ERR_INIT;
	struct url url;

	if (*endpoint == '\0' ||
	    url_parse(doctor->pool, slice_str(endpoint), &url, &ignored) == -1)
		return pool_format(doctor->pool, "%s/?list-type=2&max-keys=1",
		    s3_place_base(s3_client_place(doctor->client),
			doctor->pool));
	return pool_format(doctor->pool, "%s://%s%s/%s?list-type=2&max-keys=1",
	    scheme == NULL ? url.scheme : scheme, url.authority,
	    strcmp(url.path, "/") == 0 ? "" : url.path,
	    store_bucket(doctor->backend->store));
}

static int
knock(struct doctor *doctor, const char *url, struct fetch_reply *reply_r,
    struct err *err)
{
	const struct doctor_request request = { .method = "GET",
		.url = url,
		.is_to_server = true };

	return doctor_fetch(doctor, &request, reply_r, err);
}

static bool
is_https(const char *url)
{
	return slice_has_prefix(slice_str(url), "https:");
}

/* It answers when spoken to the other way, with or without TLS. */
static bool
speaks_other(struct doctor *doctor, bool is_tls)
{
	const char *url = endpoint_url(doctor, is_tls ? "http" : "https");
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	if (is_https(url) == is_tls)
		return false;
	/* A certificate that is not trusted is an answer, too. */
	return knock(doctor, url, &reply, &err) == 0 ||
	    (!is_tls && err.kind == ERR_UPSTREAM);
}

static const char *
other_scheme(struct doctor *doctor, bool is_tls)
{
	const char *endpoint = conf_text(doctor->conf, SET_S3_ENDPOINT);
	const char *rest = strstr(endpoint, "://");

	return pool_format(doctor->pool, "S3_ENDPOINT=%s%s",
	    is_tls ? "http" : "https", rest == NULL ? "://..." : rest);
}

/* A host that cannot prove who it is. */
static void
judge_certificate(struct doctor *doctor, const struct err *err,
    struct finding *finding_r)
{
	const char *ca_file = conf_text(doctor->conf, SET_S3_CA_FILE);
	const char *fix = "S3_CA_FILE=/path/to/ca.pem  (the authority that"
			  " signed it, or itself if nobody did)";

	if (*ca_file != '\0' && access(ca_file, R_OK) == -1)
		fix = "S3_CA_FILE: that file cannot be read";
	else if (strstr(err->text, "subject name") != NULL)
		fix = "S3_ENDPOINT with a host name that is in the"
		      " certificate";
	else if (strstr(err->text, "expired") != NULL)
		fix = "a new certificate for the S3 server";
	finding_bad(finding_r, doctor->pool, fix,
	    "the server's certificate is not trusted: %s", err->text);
}

static void
judge_silence(struct doctor *doctor, const char *url, const struct err *err,
    struct finding *finding_r)
{
	bool is_tls = is_https(url);

	if (speaks_other(doctor, is_tls))
		finding_bad(finding_r, doctor->pool,
		    other_scheme(doctor, is_tls),
		    is_tls ? "the server there speaks no TLS" :
			     "the server there speaks only TLS");
	else if (err->kind == ERR_UPSTREAM)
		judge_certificate(doctor, err, finding_r);
	else
		finding_bad(finding_r, doctor->pool,
		    "S3_ENDPOINT: host and port, and see that the server"
		    " runs", "%s", doctor_no_way(doctor, url, err));
}

/*
 * Refusals too are XML with <Error>.  Swift sees no S3 in a request without a
 * signature, and answers in HTML.
 */
static bool
is_of_s3(const struct fetch_reply *reply)
{
	return doctor_says(reply, "<Error") ||
	    doctor_says(reply, "<ListBucketResult") ||
	    fetch_header(reply, "x-openstack-request-id") != NULL;
}

static const char *
content_type(struct doctor *doctor, const struct fetch_reply *reply)
{
	const struct slice *type = fetch_header(reply, "content-type");

	if (type == NULL || type->len == 0)
		return "no type";
	return pool_format(doctor->pool, "%.*s", SLICE_ARG(*type));
}

static void
judge_answer(struct doctor *doctor, const char *url,
    const struct fetch_reply *reply, struct finding *finding_r)
{
	if (is_of_s3(reply))
		finding_ok(finding_r, doctor->pool, "an S3 server answers%s",
		    is_https(url) ? " over TLS" : "");
	else if (!is_https(url) && reply->status == 400 &&
	    speaks_other(doctor, false))
		finding_bad(finding_r, doctor->pool,
		    other_scheme(doctor, false),
		    "the server there speaks only TLS");
	else if (reply->status >= 500)
		finding_bad(finding_r, doctor->pool,
		    "see that the S3 server runs, and its log",
		    "the server answers with status %d", reply->status);
	else
		finding_bad(finding_r, doctor->pool,
		    "S3_ENDPOINT: host and port of the S3 server, not of its"
		    " web console",
		    "what answers there is no S3 server (status %d, %s)",
		    reply->status, content_type(doctor, reply));
}

void
doctor_endpoint(struct doctor *doctor, struct finding *finding_r)
{
	const char *url = endpoint_url(doctor, NULL);
	struct err err = ERR_INIT;
	struct fetch_reply reply;
	const struct slice *date;

	if (knock(doctor, url, &reply, &err) == -1) {
		judge_silence(doctor, url, &err, finding_r);
		return;
	}
	judge_answer(doctor, url, &reply, finding_r);
	date = fetch_header(&reply, "date");
	if (date == NULL || !date_parse_http(*date, &doctor->server_secs))
		doctor->server_secs = 0;
}

/* ---- clock ---- */

void
doctor_clock(struct doctor *doctor, struct finding *finding_r)
{
	static const char fix[] = "timedatectl set-ntp true";
	int64_t skew_secs =
	    clock_now_secs(doctor->ctl->clock) - doctor->server_secs;
	const char *way = skew_secs > 0 ? "ahead" : "behind";

	if (doctor->server_secs == 0)
		finding_skip(finding_r, doctor->pool,
		    "the server does not say what time it is");
	else if (llabs(skew_secs) < SKEW_WARN_SECS)
		finding_ok(finding_r, doctor->pool, "as the server's");
	else if (llabs(skew_secs) < SKEW_MAX_SECS)
		finding_warn(finding_r, doctor->pool, fix,
		    "this machine is %lld s %s of the server",
		    llabs(skew_secs), way);
	else
		finding_bad(finding_r, doctor->pool, fix,
		    "this machine is %lld s %s of the server: requests are"
		    " signed with the server's time, but links and uploads"
		    " expire at wrong times", llabs(skew_secs), way);
}
