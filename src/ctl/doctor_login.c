/*
 * Doctor: how people and programs are known.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "codec/url.h"
#include "ctl/doctor.h"
#include "model/api_token.h"
#include "model/user.h"

static bool
is_auth(const struct doctor *doctor, const char *word)
{
	return strcmp(conf_text(doctor->conf, SET_AUTH), word) == 0;
}

/* ---- passwords on their way ---- */

static bool
is_this_machine(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 &&
	    ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

static void
judge_way(struct doctor *doctor, struct finding *finding_r)
{
	struct err ignored = ERR_INIT;
	struct url url;

	if (*doctor->base_url == '\0' ||
	    url_parse(doctor->pool, slice_str(doctor->base_url), &url,
		&ignored) == -1)
		finding_ok(finding_r, doctor->pool, "by our own page; without"
		    " BASE_URL, https is what each request says");
	else if (strcmp(url.scheme, "https") == 0)
		finding_ok(finding_r, doctor->pool, "by our own page, https");
	else if (is_this_machine(url.host))
		finding_ok(finding_r, doctor->pool,
		    "by our own page, on this machine");
	else
		finding_warn(finding_r, doctor->pool,
		    pool_format(doctor->pool, "BASE_URL=https://%s%s, and TLS"
			" in the web server", url.authority, url.path),
		    "passwords and sessions travel for everybody to read");
}

void
doctor_login(struct doctor *doctor, struct finding *finding_r)
{
	if (is_auth(doctor, "login"))
		judge_way(doctor, finding_r);
	else if (is_auth(doctor, "open"))
		finding_ok(finding_r, doctor->pool,
		    "none: everybody on this machine may enter");
	else
		finding_ok(finding_r, doctor->pool, "the web server's");
}

/* ---- people ---- */

static void
judge_people(struct doctor *doctor, int64_t count, struct finding *finding_r)
{
	if (count == 0)
		finding_warn(finding_r, doctor->pool,
		    "almacenctl user add EMAIL --role admin",
		    "no user can log in yet");
	else if (count == 1)
		finding_ok(finding_r, doctor->pool, "one can log in");
	else
		finding_ok(finding_r, doctor->pool, "%lld can log in",
		    (long long)count);
}

/* A database that is not there yet knows nobody. */
void
doctor_people(struct doctor *doctor, struct finding *finding_r)
{
	struct sql *db = doctor->backend->db;
	struct err err = ERR_INIT;
	int64_t count = 0;

	if (!is_auth(doctor, "login"))
		finding_skip(finding_r, doctor->pool,
		    "need no password here");
	else if (doctor->has_old_schema)
		finding_skip(finding_r, doctor->pool,
		    "known when the program has brought the database to its"
		    " schema");
	else if (db != NULL &&
	    user_count_logins(db, doctor->pool, &count, &err) == -1)
		finding_bad(finding_r, doctor->pool, "see the database",
		    "%s", err.text);
	else
		judge_people(doctor, count, finding_r);
}

/* ---- tokens on theirs ---- */

/* Our answer to a token that is none. */
static bool
has_seen_token(const struct fetch_reply *reply)
{
	const struct slice *challenge =
	    fetch_header(reply, "www-authenticate");

	return reply->status == 401 && challenge != NULL &&
	    slice_eq_str(*challenge, "Bearer error=\"invalid_token\"");
}

/* Our answer to nobody. */
static bool
has_seen_nobody(const struct fetch_reply *reply)
{
	const struct slice *challenge =
	    fetch_header(reply, "www-authenticate");

	return reply->status == 401 && challenge != NULL &&
	    slice_eq_str(*challenge, "Bearer");
}

void
doctor_authorization(struct doctor *doctor, struct finding *finding_r)
{
	static const char *const lines[] = { "Accept: application/json",
		"Authorization: Bearer " API_TOKEN_PREFIX "doctor", NULL };
	const struct doctor_request request = { .method = "GET",
		.url = pool_format(doctor->pool, "%s/products",
		    doctor->base_url),
		.lines = lines };
	struct err err = ERR_INIT;
	struct fetch_reply reply;

	if (is_auth(doctor, "open"))
		finding_skip(finding_r, doctor->pool, "AUTH=open knows none");
	else if (*doctor->base_url == '\0')
		finding_skip(finding_r, doctor->pool,
		    "BASE_URL is not set: where to ask is not known");
	else if (doctor_fetch(doctor, &request, &reply, &err) == -1)
		finding_skip(finding_r, doctor->pool, "%s",
		    doctor_no_way(doctor, request.url, &err));
	else if (has_seen_token(&reply))
		finding_ok(finding_r, doctor->pool,
		    "the Authorization header arrives");
	else if (has_seen_nobody(&reply))
		finding_warn(finding_r, doctor->pool,
		    "CGIPassAuth On in Apache's block of almacen (mod_fcgid:"
		    " FcgidPassHeader Authorization); or programs send"
		    " \"X-Api-Key: alm_…\"",
		    "the web server keeps the Authorization header back:"
		    " tokens do not arrive in it");
	else
		finding_skip(finding_r, doctor->pool,
		    "something before almacen answers there (status %d)",
		    reply.status);
}
