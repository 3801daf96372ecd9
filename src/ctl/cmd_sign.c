/*
 * almacenctl sign: what the program would sign, stage by stage, for people
 * who compare it with what a server says.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "codec/json.h"
#include "codec/url.h"
#include "ctl/storage.h"
#include "model/settings.h"
#include "s3/sign.h"
#include "s3/url.h"

enum { QUERY_MAX = 1024 * 1024, OWN_HEADERS = 4 };

struct input {
	const char *method, *url, *endpoint, *bucket, *key, *style, *region;
	const char *date, *payload_hash;
	int64_t presign_secs; /* 0: a header */
	struct buf query;     /* of --query */
	struct sign_header *headers;
	size_t header_count;
};

/* Where the request goes. */
struct target {
	const char *scheme, *host, *path;
	struct buf query;
};

/* ---- options ---- */

static int
add_header(struct pool *pool, struct input *input, const char *text)
{
	struct slice line = slice_str(text), name;
	size_t colon = slice_find(line, ':');

	name = slice_trim(slice_make(line.data, colon));
	if (colon == line.len || name.len == 0)
		return -1;
	input->headers[input->header_count++] = (struct sign_header){
		.name = slice_dup(pool, name),
		.value = slice_dup(pool, slice_trim(slice_from(line,
		    colon + 1)))
	};
	return 0;
}

static void
add_query(struct pool *pool, struct input *input, const char *text)
{
	struct slice line = slice_str(text);
	size_t equals = slice_find(line, '=');

	if (input->query.len > 0)
		(void)buf_char(&input->query, '&');
	(void)buf_format(&input->query, "%s=%s",
	    url_encoded(pool, slice_make(line.data, equals)),
	    url_encoded(pool, slice_from(line, equals + 1)));
}

/* clang-format off */
static const struct option options[] = {
	{ "method", required_argument, NULL, 'm' },
	{ "url", required_argument, NULL, 'u' },
	{ "endpoint", required_argument, NULL, 'e' },
	{ "bucket", required_argument, NULL, 'b' },
	{ "key", required_argument, NULL, 'k' },
	{ "style", required_argument, NULL, 's' },
	{ "region", required_argument, NULL, 'r' },
	{ "date", required_argument, NULL, 'd' },
	{ "payload-hash", required_argument, NULL, 'p' },
	{ "query", required_argument, NULL, 'q' },
	{ "header", required_argument, NULL, 'h' },
	{ "presign", required_argument, NULL, 'x' },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

/* Where the text of an option goes; NULL for those that are more than that. */
static const char **
text_option(struct input *input, int c)
{
	switch (c) {
	case 'm':
		return &input->method;
	case 'u':
		return &input->url;
	case 'e':
		return &input->endpoint;
	case 'b':
		return &input->bucket;
	case 'k':
		return &input->key;
	case 's':
		return &input->style;
	case 'r':
		return &input->region;
	case 'd':
		return &input->date;
	case 'p':
		return &input->payload_hash;
	default:
		return NULL;
	}
}

/* NULL, or what is wrong. */
static const char *
take_option(struct pool *pool, struct input *input, int c, const char *value)
{
	const char **text = text_option(input, c);

	if (text != NULL) {
		*text = value;
	} else if (c == 'q') {
		add_query(pool, input, value);
	} else if (c == 'h') {
		if (add_header(pool, input, value) == -1)
			return "a header is written 'Name: value'";
	} else if (c == 'x') {
		if (!num_parse_i64(slice_str(value), INT32_MAX,
			&input->presign_secs) || input->presign_secs == 0)
			return "--presign wants a number of seconds";
	} else {
		return "unknown option";
	}
	return NULL;
}

static const char *
check_input(const struct input *input)
{
	bool has_place = input->endpoint != NULL || input->bucket != NULL ||
	    input->key != NULL;

	if (input->method == NULL)
		return "--method is missing";
	if ((input->url != NULL) == has_place)
		return "expected --url, or --endpoint, --bucket and --key";
	if (input->style != NULL && strcmp(input->style, "path") != 0 &&
	    strcmp(input->style, "virtual") != 0)
		return "--style is path or virtual";
	return NULL;
}

static const char *
parse_options(struct pool *pool, int argc, char **argv, struct input *input)
{
	const char *problem;
	int c;

	buf_init(&input->query, pool, QUERY_MAX);
	input->headers = pool_alloc_array(pool, (size_t)argc + OWN_HEADERS,
	    sizeof(*input->headers));
	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		problem = take_option(pool, input, c, optarg);
		if (problem != NULL)
			return problem;
	}
	if (optind < argc)
		return "unexpected argument";
	return check_input(input);
}

/* ---- what is signed ---- */

static int
target_of_url(struct pool *pool, const struct input *input,
    struct target *target_r, struct err *err)
{
	struct url url;

	if (url_parse(pool, slice_str(input->url), &url, err) == -1)
		return -1;
	target_r->scheme = url.scheme;
	target_r->host = s3_host_of_url(pool, &url);
	target_r->path = url.path;
	(void)buf_str(&target_r->query, url.query);
	return 0;
}

static int
target_of_key(struct pool *pool, const struct conf *conf,
    const struct input *input, struct target *target_r, struct err *err)
{
	const struct s3_place_config config = {
		.endpoint = input->endpoint != NULL ? input->endpoint :
		    conf_text(conf, SET_S3_ENDPOINT),
		.region = input->region,
		.bucket = input->bucket != NULL ? input->bucket :
		    conf_text(conf, SET_S3_BUCKET),
		.addressing = input->style != NULL ? input->style :
		    conf_text(conf, SET_S3_ADDRESSING),
	};
	struct s3_place place;
	struct s3_url url;

	if (s3_place_init(&place, pool, &config, err) == -1)
		return -1;
	s3_place_url(&place, pool, input->key, "", &url);
	target_r->scheme = place.scheme;
	target_r->host = place.host;
	target_r->path = url.path;
	return 0;
}

static const char *
find_header(const struct input *input, const char *name)
{
	for (size_t i = 0; i < input->header_count; i++)
		if (slice_eq_case(slice_str(input->headers[i].name), name))
			return input->headers[i].value;
	return NULL;
}

/* The headers that a request needs, where the user gave none. */
static void
default_header(struct input *input, const char *name, const char *value)
{
	if (find_header(input, name) == NULL && value[0] != '\0')
		input->headers[input->header_count++] =
		    (struct sign_header){ .name = name, .value = value };
}

static void
complete_input(struct pool *pool, struct input *input,
    const struct target *target, const struct signer *signer)
{
	char date[DATE_AMZ_CHARS + 1];

	if (input->payload_hash == NULL)
		input->payload_hash = find_header(input,
		    "x-amz-content-sha256");
	if (input->payload_hash == NULL)
		input->payload_hash = input->presign_secs > 0 ?
		    SIGN_UNSIGNED_PAYLOAD : SIGN_EMPTY_SHA256;
	default_header(input, "host", target->host);
	if (input->presign_secs > 0)
		return;
	date_amz(date, signer->scope.now_secs);
	default_header(input, "x-amz-date", pool_strdup(pool, date));
	default_header(input, "x-amz-content-sha256", input->payload_hash);
	default_header(input, "x-amz-security-token",
	    signer->credentials.session_token);
}

static int
fill_signer(struct ctl *ctl, const struct conf *conf,
    const struct input *input, struct signer *signer_r, struct err *err)
{
	const char *date = input->date != NULL ? input->date :
	    find_header(input, "x-amz-date");

	*signer_r = (struct signer){
		.credentials = {
		    .access_key = conf_text(conf, SET_S3_ACCESS_KEY),
		    .secret_key = conf_text(conf, SET_S3_SECRET_KEY),
		    .session_token = settings_session_token(conf) },
		.scope = { .region = input->region,
		    .service = "s3",
		    .now_secs = clock_now_secs(ctl->clock) },
	};
	if (!conf_is_set(conf, SET_S3_ACCESS_KEY))
		return err_set(err, ERR_INVALID, "S3_ACCESS_KEY is not set");
	if (!conf_is_set(conf, SET_S3_SECRET_KEY))
		log_warning(&ctl->log, "S3_SECRET_KEY is empty");
	if (date != NULL &&
	    !date_parse_amz(slice_str(date), &signer_r->scope.now_secs))
		return err_set(err, ERR_INVALID,
		    "a date is written 20130524T000000Z");
	return 0;
}

/* ---- output ---- */

static void
print_headers(struct pool *pool, struct json *json, const struct input *input)
{
	struct json *headers = json_set_object(json, "headers");

	for (size_t i = 0; i < input->header_count; i++) {
		const struct sign_header *header = &input->headers[i];
		const char *before = json_text(json_find(headers,
		    header->name));

		json_set_text(headers, header->name, before[0] == '\0' ?
		    header->value :
		    pool_format(pool, "%s,%s", before, header->value));
	}
}

static void
print_result(const struct ctl *ctl, const struct input *input,
    const struct target *target, const struct sign_result *result)
{
	struct json *json = json_object(ctl->pool);

	json_set_text(json, "canonical_request", result->canonical_request);
	json_set_text(json, "string_to_sign", result->string_to_sign);
	json_set_text(json, "signature", result->signature);
	if (input->presign_secs > 0)
		json_set_text(json, "url",
		    pool_format(ctl->pool, "%s://%s%s?%s", target->scheme,
			target->host,
			sign_canonical_path(ctl->pool, target->path),
			result->query));
	else
		json_set_text(json, "authorization", result->authorization);
	print_headers(ctl->pool, json, input);
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, json));
}

static int
sign(struct ctl *ctl, const struct conf *conf, struct input *input,
    struct err *err)
{
	struct target target = { .scheme = "" };
	struct sign_request request;
	struct sign_result result;
	struct signer signer;
	int found;

	if (input->region == NULL)
		input->region = storage_region(ctl->pool, conf,
		    input->endpoint);
	buf_init(&target.query, ctl->pool, QUERY_MAX);
	found = input->url != NULL ?
	    target_of_url(ctl->pool, input, &target, err) :
	    target_of_key(ctl->pool, conf, input, &target, err);
	if (found == -1 || fill_signer(ctl, conf, input, &signer, err) == -1)
		return -1;
	(void)buf_format(&target.query, "&%s", input->query.data);
	complete_input(ctl->pool, input, &target, &signer);
	request = (struct sign_request){ .method = input->method,
		.path = target.path,
		.query = target.query.data,
		.headers = input->headers,
		.header_count = input->header_count,
		.payload_hash = input->payload_hash,
		.expires_secs = input->presign_secs };
	if (input->presign_secs == 0)
		sign_with_header(ctl->pool, &signer, &request, &result);
	else if (sign_presign(ctl->pool, &signer, &request, &result, err) ==
	    -1)
		return -1;
	print_result(ctl, input, &target, &result);
	return 0;
}

int
cmd_sign(struct ctl *ctl, int argc, char **argv)
{
	struct input input = { .presign_secs = 0 };
	const char *problem = parse_options(ctl->pool, argc, argv, &input);
	struct conf *conf = NULL;
	struct err err = ERR_INIT;

	if (problem != NULL)
		return ctl_usage(ctl, "sign", "%s", problem);
	/* Settings that only contradict each other do not matter here. */
	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		&err) == -1 && conf == NULL) {
		(void)fprintf(stderr, "almacenctl sign: %s\n", err.text);
		return CTL_REFUSED;
	}
	if (sign(ctl, conf, &input, &err) == 0)
		return CTL_OK;
	(void)fprintf(stderr, "almacenctl sign: %s\n", err.text);
	return CTL_REFUSED;
}
