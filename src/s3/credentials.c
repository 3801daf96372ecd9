/*
 * The chain of sources, and the pair that all threads share: fetched by one of
 * them, before it expires, while the others go on with the old one.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <string.h>

#include "base/file.h"
#include "base/rand.h"
#include "s3/credentials_private.h"

enum {
	PAIRS_MAX = 2,
	LEAD_SECS = 300,       /* before its end a pair is renewed */
	LEAD_JITTER_SECS = 60, /* more, so that processes do not meet */
	SPARE_SECS = 60,       /* what a pair in use has left at least */
	RETRY_SECS = 15,       /* after a failure, while the old pair lasts */
	RETRY_SOON_SECS = 2,   /* when there is none */
	LOG_SECS = 60,
	REJECT_SECS = 30 /* a younger pair is not renewed for a refusal */
};

struct s3_credentials {
	struct s3_credentials_config config;
	const struct credentials_source *source; /* NULL: static */
	const char *label;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t is_fetched;

	/* Static pairs, and the one in use. */
	struct sign_credentials pairs[PAIRS_MAX];
	size_t pair_count, pair_index;

	/* The pair that was fetched. */
	struct pool *pool; /* its own; NULL: there is no pair yet */
	struct sign_credentials pair;
	struct credentials_stamp stamp;
	int64_t fetched_secs, renew_secs;
	bool is_fetching;
	/* The last fetch, if it failed. */
	bool has_failed;
	struct err failure;
	int64_t failed_secs, logged_secs;
};

/* ---- helpers of all sources ---- */

bool
credentials_is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

int
credentials_read_text(struct pool *pool, const char *path, const char **text_r,
    struct err *err)
{
	struct slice text;

	if (file_read(pool, path, CREDENTIALS_TOKEN_MAX, &text, err) == -1) {
		err->kind = ERR_UNAVAILABLE;
		return -1;
	}
	while (text.len > 0 && strchr("\r\n", text.data[text.len - 1]) != NULL)
		text.len--;
	if (text.len == 0 || slice_find(text, '\0') != text.len)
		return err_set(err, ERR_UNAVAILABLE, "%s holds no text", path);
	*text_r = slice_dup(pool, text);
	return 0;
}

/* ---- the chain ---- */

static const struct credentials_source *const chain[] = {
	&credentials_profile, &credentials_web_identity,
	&credentials_container, &credentials_instance
};

static int
add_pair(struct s3_credentials *credentials, const char *access_key,
    const char *secret_key, const char *session_token, struct err *err)
{
	if (!credentials_is_set(access_key) && !credentials_is_set(secret_key))
		return 0;
	if (!credentials_is_set(access_key) || !credentials_is_set(secret_key))
		return err_set(err, ERR_INVALID,
		    "an access key and its secret key go together");
	credentials->pairs[credentials->pair_count++] =
	    (struct sign_credentials){
		    .access_key = access_key,
		    .secret_key = secret_key,
		    .session_token = session_token == NULL ? "" : session_token
	    };
	return 0;
}

/* 1 when there are static pairs, 0, -1. */
static int
check_static(struct s3_credentials *credentials, struct err *err)
{
	const struct s3_credentials_config *config = &credentials->config;

	if (add_pair(credentials, config->access_key, config->secret_key,
		config->session_token, err) == -1)
		return -1;
	if (credentials->pair_count == 0) {
		if (!credentials_is_set(config->access_key_2))
			return 0;
		return err_set(err, ERR_INVALID,
		    "a second key pair without a first one");
	}
	if (add_pair(credentials, config->access_key_2, config->secret_key_2,
		"", err) == -1)
		return -1;
	return 1;
}

static int
choose_first(struct s3_credentials *credentials, struct pool *scratch,
    struct err *err)
{
	int found = check_static(credentials, err);

	for (size_t i = 0; i < ARRAY_COUNT(chain) && found == 0; i++) {
		found = chain[i]->check(scratch, &credentials->config, err);
		if (found == 1)
			credentials->source = chain[i];
	}
	if (found != 0)
		return found == 1 ? 0 : -1;
	return err_set(err, ERR_INVALID, "the S3 store has no keys: set"
	    " S3_ACCESS_KEY and S3_SECRET_KEY, or another source with"
	    " S3_CREDENTIALS");
}

static int
choose_named(struct s3_credentials *credentials, struct pool *scratch,
    const char *name, struct err *err)
{
	const char *needs = "S3_ACCESS_KEY and S3_SECRET_KEY";
	int found = -1;

	if (strcmp(name, "static") == 0) {
		found = check_static(credentials, err);
	} else {
		for (size_t i = 0; i < ARRAY_COUNT(chain); i++)
			if (strcmp(name, chain[i]->name) == 0)
				credentials->source = chain[i];
		if (credentials->source == NULL)
			return err_set(err, ERR_INVALID,
			    "no source of credentials is called \"%s\"", name);
		found = credentials->source->check(scratch,
		    &credentials->config, err);
		needs = credentials->source->needs;
	}
	if (found != 0)
		return found == 1 ? 0 : -1;
	return err_set(err, ERR_INVALID, "S3_CREDENTIALS=%s needs %s", name,
	    needs);
}

static int
choose_source(struct s3_credentials *credentials, struct err *err)
{
	const char *name = credentials->config.source;
	struct pool *scratch = pool_new();
	int result;

	if (!credentials_is_set(name) || strcmp(name, "auto") == 0)
		result = choose_first(credentials, scratch, err);
	else
		result = choose_named(credentials, scratch, name, err);
	pool_free(&scratch);
	return result;
}

/* ---- life ---- */

/* Texts last as long as the credentials, and are wiped with them. */
static void
copy_config(struct s3_credentials_config *to, struct pool *pool)
{
	const char **const texts[] = { &to->source, &to->access_key,
		&to->secret_key, &to->session_token, &to->access_key_2,
		&to->secret_key_2, &to->credentials_file, &to->profile,
		&to->role_arn, &to->role_session_name,
		&to->web_identity_token_file, &to->sts_endpoint, &to->ca_file,
		&to->region, &to->container_uri, &to->container_token,
		&to->container_token_file, &to->metadata_endpoint };

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		*texts[i] = pool_strdup(pool, *texts[i]);
}

static const char *
make_label(const struct s3_credentials *credentials, struct pool *pool)
{
	const struct s3_credentials_config *config = &credentials->config;

	if (credentials->source == NULL)
		return "static";
	if (credentials->source != &credentials_profile)
		return credentials->source->name;
	return pool_format(pool, "profile %s",
	    credentials_is_set(config->profile) ? config->profile : "default");
}

static void
release(void *arg)
{
	struct s3_credentials *credentials = arg;

	pool_free(&credentials->pool);
	(void)pthread_cond_destroy(&credentials->is_fetched);
	(void)pthread_mutex_destroy(&credentials->mutex);
}

static void
free_pool(void *arg)
{
	struct pool *pool = arg;

	pool_free(&pool);
}

int
s3_credentials_new(struct pool *pool,
    const struct s3_credentials_config *config,
    struct s3_credentials **credentials_r, struct err *err)
{
	struct pool *secrets = pool_new_secret();
	struct s3_credentials *credentials =
	    POOL_NEW(secrets, struct s3_credentials);

	pool_on_clear(pool, free_pool, secrets);
	credentials->config = *config;
	copy_config(&credentials->config, secrets);
	if (choose_source(credentials, err) == -1)
		return -1;
	credentials->label = make_label(credentials, secrets);
	(void)pthread_mutex_init(&credentials->mutex, NULL);
	(void)pthread_cond_init(&credentials->is_fetched, NULL);
	pool_on_clear(secrets, release, credentials);
	*credentials_r = credentials;
	return 0;
}

const char *
s3_credentials_source(const struct s3_credentials *credentials)
{
	return credentials->label;
}

/* ---- the state of the fetched pair, under the lock ---- */

static bool
lasts(const struct s3_credentials *credentials, int64_t now_secs,
    int64_t spare_secs)
{
	int64_t expires_secs = credentials->pair.expires_secs;

	return credentials->pool != NULL &&
	    (expires_secs == 0 || expires_secs - now_secs > spare_secs);
}

static bool
has_changed(const struct s3_credentials *credentials)
{
	const struct credentials_stamp *old = &credentials->stamp;
	struct credentials_stamp now;

	if (credentials->source->stamp == NULL)
		return false;
	credentials->source->stamp(&credentials->config, &now);
	return now.modified_ns != old->modified_ns ||
	    now.size_bytes != old->size_bytes || now.inode != old->inode;
}

/* A source that has just failed is left alone for a while. */
static bool
is_backing_off(const struct s3_credentials *credentials, int64_t now_secs)
{
	int64_t pause_secs = lasts(credentials, now_secs, 0) ? RETRY_SECS :
							       RETRY_SOON_SECS;

	return credentials->has_failed &&
	    now_secs >= credentials->failed_secs &&
	    now_secs - credentials->failed_secs < pause_secs;
}

static bool
is_due(const struct s3_credentials *credentials, int64_t now_secs)
{
	if (has_changed(credentials))
		return true;
	return (credentials->pool == NULL || credentials->has_failed ||
		   now_secs >= credentials->renew_secs) &&
	    !is_backing_off(credentials, now_secs);
}

static void
keep_pair(struct s3_credentials *credentials, struct pool *pool,
    const struct sign_credentials *pair, int64_t now_secs)
{
	int64_t lead_secs = LEAD_SECS +
	    (int64_t)rand_below(LEAD_JITTER_SECS + 1);

	/* Nor is a pair of a few minutes renewed all the time. */
	if (lead_secs > (pair->expires_secs - now_secs) / 2)
		lead_secs = (pair->expires_secs - now_secs) / 2;
	pool_free(&credentials->pool);
	credentials->pool = pool;
	credentials->pair = *pair;
	credentials->fetched_secs = now_secs;
	credentials->renew_secs = pair->expires_secs == 0 ?
	    INT64_MAX : pair->expires_secs - lead_secs;
	credentials->has_failed = false;
}

static void
note_failure(struct s3_credentials *credentials, const struct err *err,
    int64_t now_secs)
{
	bool is_first = !credentials->has_failed;

	credentials->has_failed = true;
	credentials->failure = *err;
	credentials->failed_secs = now_secs;
	if (!lasts(credentials, now_secs, 0))
		return; /* the caller is told */
	if (!is_first && now_secs - credentials->logged_secs < LOG_SECS)
		return;
	credentials->logged_secs = now_secs;
	log_warning(credentials->config.log,
	    "S3 credentials (%s) could not be renewed, the old ones are used:"
	    " %s", credentials->label, err->text);
}

/* ---- fetching ---- */

/* Called with the lock, which is let go of meanwhile. */
static void
fetch(struct s3_credentials *credentials)
{
	const struct s3_credentials_config *config = &credentials->config;
	struct pool *pool = pool_new_secret();
	struct sign_credentials pair = { .expires_secs = 0 };
	struct err err = ERR_INIT;
	int64_t now_secs;
	int result;

	/* The stamp first: a change after it is seen the next time. */
	if (credentials->source->stamp != NULL)
		credentials->source->stamp(config, &credentials->stamp);
	credentials->is_fetching = true;
	(void)pthread_mutex_unlock(&credentials->mutex);
	result = credentials->source->fetch(config, pool, &pair, &err);
	now_secs = clock_now_secs(config->clock);
	(void)pthread_mutex_lock(&credentials->mutex);
	credentials->is_fetching = false;
	if (result == 0) {
		keep_pair(credentials, pool, &pair, now_secs);
	} else {
		note_failure(credentials, &err, now_secs);
		pool_free(&pool);
	}
	(void)pthread_cond_broadcast(&credentials->is_fetched);
}

/* Renew the pair if it is time, or wait for who does; with the lock. */
static void
freshen(struct s3_credentials *credentials)
{
	while (true) {
		int64_t now_secs = clock_now_secs(credentials->config.clock);

		if (credentials->is_fetching) {
			if (lasts(credentials, now_secs, SPARE_SECS))
				return;
			(void)pthread_cond_wait(&credentials->is_fetched,
			    &credentials->mutex);
			continue;
		}
		if (is_due(credentials, now_secs))
			fetch(credentials);
		return;
	}
}

static void
copy_pair(struct pool *pool, const struct sign_credentials *from,
    struct sign_credentials *to_r)
{
	to_r->access_key = pool_strdup(pool, from->access_key);
	to_r->secret_key = pool_strdup(pool, from->secret_key);
	to_r->session_token = pool_strdup(pool, from->session_token);
	to_r->expires_secs = from->expires_secs;
}

static int
load_fetched(struct s3_credentials *credentials, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	freshen(credentials);
	if (!lasts(credentials, clock_now_secs(credentials->config.clock),
		0)) {
		if (!credentials->has_failed)
			return err_set(err, ERR_UNAVAILABLE,
			    "S3 credentials (%s) have expired",
			    credentials->label);
		*err = credentials->failure;
		return err_wrap(err, "S3 credentials (%s)",
		    credentials->label);
	}
	copy_pair(pool, &credentials->pair, pair_r);
	return 0;
}

int
s3_credentials_load(struct s3_credentials *credentials, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	int result = 0;

	(void)pthread_mutex_lock(&credentials->mutex);
	if (credentials->source == NULL)
		copy_pair(pool, &credentials->pairs[credentials->pair_index],
		    pair_r);
	else
		result = load_fetched(credentials, pool, pair_r, err);
	(void)pthread_mutex_unlock(&credentials->mutex);
	return result;
}

/* ---- refusals ---- */

/* The other static pair, unless somebody else has turned to it already. */
static bool
reject_static(struct s3_credentials *credentials, const char *access_key)
{
	const struct sign_credentials *pairs = credentials->pairs;

	if (strcmp(pairs[credentials->pair_index].access_key, access_key) == 0)
		credentials->pair_index = (credentials->pair_index + 1) %
		    credentials->pair_count;
	return strcmp(pairs[credentials->pair_index].access_key,
		   access_key) != 0;
}

/* A clock that was set back does not make a pair young. */
static bool
is_young(const struct s3_credentials *credentials, int64_t now_secs)
{
	int64_t age_secs = now_secs - credentials->fetched_secs;

	return age_secs >= 0 && age_secs < REJECT_SECS;
}

/* Whoever is fetching one does so for this refusal too. */
static void
replace_pair(struct s3_credentials *credentials, int64_t now_secs)
{
	if (!credentials->is_fetching) {
		credentials->renew_secs = now_secs;
		freshen(credentials);
		return;
	}
	while (credentials->is_fetching)
		(void)pthread_cond_wait(&credentials->is_fetched,
		    &credentials->mutex);
}

static bool
reject_fetched(struct s3_credentials *credentials, const char *access_key)
{
	int64_t now_secs = clock_now_secs(credentials->config.clock);

	if (credentials->pool == NULL)
		return false;
	/* A server that refuses everything is no reason to hurry. */
	if (strcmp(credentials->pair.access_key, access_key) == 0 &&
	    !is_young(credentials, now_secs))
		replace_pair(credentials, now_secs);
	return lasts(credentials, now_secs, 0) &&
	    strcmp(credentials->pair.access_key, access_key) != 0;
}

bool
s3_credentials_reject(struct s3_credentials *credentials,
    const char *access_key)
{
	bool is_other;

	(void)pthread_mutex_lock(&credentials->mutex);
	is_other = credentials->source == NULL ?
	    reject_static(credentials, access_key) :
	    reject_fetched(credentials, access_key);
	(void)pthread_mutex_unlock(&credentials->mutex);
	return is_other;
}
