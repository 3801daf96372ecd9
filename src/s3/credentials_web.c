/*
 * Web identity: a token that the platform puts into a file and renews is
 * exchanged for keys at STS (AssumeRoleWithWebIdentity).  The request is not
 * signed; the token is the proof.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/url.h"
#include "codec/xml.h"
#include "s3/credentials_private.h"

enum { FORM_MAX = 4 * CREDENTIALS_TOKEN_MAX, WORD_MAX = 48 };

#define WHO "STS"
#define ANSWER "AssumeRoleWithWebIdentityResponse/" \
	"AssumeRoleWithWebIdentityResult/Credentials/"

static int
check(struct pool *pool, const struct s3_credentials_config *config,
    struct err *err)
{
	bool has_own_sts = credentials_is_set(config->sts_endpoint);
	struct url url;

	if (!credentials_is_set(config->web_identity_token_file))
		return 0;
	/* Servers of one's own may know the role from the token. */
	if (!credentials_is_set(config->role_arn) && !has_own_sts)
		return err_set(err, ERR_INVALID,
		    "a web identity needs S3_ROLE_ARN or AWS_ROLE_ARN");
	if (has_own_sts && url_parse(pool, slice_str(config->sts_endpoint),
	    &url, err) == -1)
		return err_wrap(err, "S3_STS_ENDPOINT");
	return 1;
}

const char *
credentials_sts_url(const struct s3_credentials_config *config,
    struct pool *pool)
{
	const char *region = config->region;

	if (credentials_is_set(config->sts_endpoint))
		return config->sts_endpoint;
	if (!credentials_is_set(region) || strcmp(region, "auto") == 0)
		region = "us-east-1";
	return pool_format(pool, "https://sts.%s.amazonaws.com%s", region,
	    slice_has_prefix(slice_str(region), "cn-") ? ".cn" : "");
}

static void
add_field(struct buf *form, const char *name, const char *value)
{
	if (!credentials_is_set(value))
		return;
	(void)buf_format(form, "%s%s=", form->len == 0 ? "" : "&", name);
	url_encode(form, slice_str(value));
}

static int
make_form(const struct s3_credentials_config *config, struct pool *pool,
    struct slice *form_r, struct err *err)
{
	const char *token;
	struct buf form;

	if (credentials_read_text(pool, config->web_identity_token_file,
		&token, err) == -1)
		return err_wrap(err, "web identity token");
	buf_init(&form, pool, FORM_MAX);
	add_field(&form, "Action", "AssumeRoleWithWebIdentity");
	add_field(&form, "Version", "2011-06-15");
	add_field(&form, "RoleArn", config->role_arn);
	add_field(&form, "RoleSessionName",
	    credentials_is_set(config->role_session_name) ?
		config->role_session_name :
		"almacen");
	add_field(&form, "WebIdentityToken", token);
	if (buf_is_full(&form))
		return err_set(err, ERR_UNAVAILABLE,
		    "web identity token: too long");
	*form_r = buf_view(&form);
	return 0;
}

/* A name such as "ExpiredTokenException", and nothing that could be a key. */
static bool
is_word(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len <= WORD_MAX && text[len] == '\0';
}

static int
refused(struct pool *pool, const struct fetch_reply *reply, struct err *err)
{
	const char *code = xml_text(pool, reply->body,
	    "ErrorResponse/Error/Code");

	return err_set(err, ERR_UPSTREAM, WHO " answered %d%s%s",
	    reply->status, is_word(code) ? " " : "",
	    is_word(code) ? code : "");
}

struct reader {
	struct pool *pool;
	struct credentials_answer answer;
};

static void
read_element(void *arg, const char *path, const char *text)
{
	struct reader *reader = arg;
	struct credentials_answer *answer = &reader->answer;
	const struct {
		const char *path;
		const char **text;
	} fields[] = {
		{ ANSWER "AccessKeyId", &answer->access_key },
		{ ANSWER "SecretAccessKey", &answer->secret_key },
		{ ANSWER "SessionToken", &answer->session_token },
		{ ANSWER "Expiration", &answer->expiration },
	};

	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		if (strcmp(path, fields[i].path) == 0)
			*fields[i].text = pool_strdup(reader->pool, text);
}

static int
fetch(const struct s3_credentials_config *config, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	static const char *const headers[] = { "Accept: application/xml",
		"Content-Type: application/x-www-form-urlencoded", NULL };
	struct credentials_request request = { .who = WHO,
		.method = "POST",
		.url = credentials_sts_url(config, pool),
		.headers = headers,
		.connect_secs = 2,
		.total_secs = 4 };
	struct reader reader = { .pool = pool,
		.answer = { "", "", "", "" } };
	struct fetch_reply reply;

	/* The file of authorities is that of one's own server. */
	if (credentials_is_set(config->sts_endpoint))
		request.ca_file = config->ca_file;
	if (make_form(config, pool, &request.body, err) == -1 ||
	    credentials_ask(config, pool, &request, &reply, err) == -1)
		return -1;
	if (reply.status != 200)
		return refused(pool, &reply, err);
	if (xml_parse(reply.body, read_element, &reader, err) == -1)
		return err_set(err, ERR_UPSTREAM, WHO " did not answer XML");
	return credentials_accept(config, WHO, &reader.answer, pair_r, err);
}

const struct credentials_source credentials_web_identity = {
	.name = "web_identity",
	.needs = "S3_WEB_IDENTITY_TOKEN_FILE",
	.check = check,
	.fetch = fetch,
};
