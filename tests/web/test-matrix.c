/*
 * Who may do what: every row of the route table, for every kind of caller, on
 * his own things and on those of others.
 *
 * What must happen is computed from the row (access, method, captures); only
 * bodies and a few exceptions are written down here.  A new row is tested as
 * soon as it is in the table, and fails when this file cannot tell what its
 * captures mean.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdlib.h>

#include "model/api_token.h"
#include "model/session.h"
#include "model/tenant.h"
#include "web/route_doc.h"
#include "web/routes.h"
#include "webtest.h"

enum who {
	ANONYMOUS,
	VIEWER,
	EDITOR,
	ADMIN,
	OTHER_TENANT, /* an admin, but elsewhere */
	READ_TOKEN,   /* of an admin, as the next two */
	WRITE_TOKEN,
	ADMIN_TOKEN,
	REVOKED_TOKEN,
	EXPIRED_TOKEN,
	EXPIRED_SESSION,
	IDLE_SESSION,
	DISABLED_USER,
	DISABLED_TOKEN, /* living, of a disabled user */
	WHO_COUNT
};

static const char *const who_names[WHO_COUNT] = {
	[ANONYMOUS] = "anonymous",
	[VIEWER] = "viewer",
	[EDITOR] = "editor",
	[ADMIN] = "admin",
	[OTHER_TENANT] = "other tenant",
	[READ_TOKEN] = "token to read",
	[WRITE_TOKEN] = "token to write",
	[ADMIN_TOKEN] = "token of an admin",
	[REVOKED_TOKEN] = "revoked token",
	[EXPIRED_TOKEN] = "expired token",
	[EXPIRED_SESSION] = "expired session",
	[IDLE_SESSION] = "idle session",
	[DISABLED_USER] = "disabled user",
	[DISABLED_TOKEN] = "token of a disabled user",
};

enum thing { OWN, COLLEAGUES, FOREIGN, ABSENT, THING_COUNT };

static const char *const thing_names[THING_COUNT] = {
	[OWN] = "own",
	[COLLEAGUES] = "a colleague's",
	[FOREIGN] = "another tenant's",
	[ABSENT] = "no",
};

struct person {
	struct user user;
	const char *name;  /* of the CGI variable that carries the secret */
	const char *value; /* NULL: none */
};

struct world {
	struct webtest web;
	struct sql *db;
	struct person people[WHO_COUNT];
	struct user colleague; /* in the first tenant */
	int64_t tenant_ids[2];
	int next; /* for names that must differ */
};

/* ---- the world ---- */

static struct user
add_user(struct world *world, int64_t tenant_id, enum role role)
{
	struct pool *pool = world->web.pool;
	struct user user = { .tenant_id = tenant_id,
		.has_password_realm = true,
		.login = pool_format(pool, "u%d@example.com", world->next++),
		.name = "Somebody",
		.role = role,
		.created_secs = WEBTEST_NOW_SECS,
		.password = "" };
	struct err err = ERR_INIT;

	if (user_insert(world->db, pool, &user, &err) == -1)
		fail_msg("user: %s", err.text);
	return user;
}

static int64_t
give_session(struct world *world, struct person *person, int64_t began_secs)
{
	const struct session_terms terms = { .idle_secs = 3600,
		.max_secs = 86400 };
	struct session session = { .user_id = person->user.id,
		.remote_addr = "127.0.0.1",
		.user_agent = "test" };
	struct err err = ERR_INIT;
	const char *secret;

	if (session_begin(world->db, world->web.pool, &session, &terms,
		began_secs, &secret, &err) == -1)
		fail_msg("session: %s", err.text);
	person->name = "HTTP_COOKIE";
	person->value = pool_format(world->web.pool, "almacen_session=%s",
	    secret);
	return session.id;
}

static int64_t
give_token(struct world *world, struct person *person, unsigned scopes,
    int64_t expires_secs)
{
	struct api_token token = { .user_id = person->user.id,
		.name = "test",
		.scopes = scopes,
		.created_secs = WEBTEST_NOW_SECS,
		.expires_secs = expires_secs };
	struct err err = ERR_INIT;
	const char *text;

	if (api_token_insert(world->db, world->web.pool, &token, &text,
		&err) == -1)
		fail_msg("token: %s", err.text);
	person->name = "HTTP_AUTHORIZATION";
	person->value = pool_format(world->web.pool, "Bearer %s", text);
	return token.id;
}

static void
disable(struct world *world, const struct person *person)
{
	struct user user = person->user;
	struct err err = ERR_INIT;

	user.is_disabled = true;
	if (user_update(world->db, &user, &err) == -1)
		fail_msg("disable: %s", err.text);
}

static void
add_people(struct world *world)
{
	struct person *people = world->people;
	struct err err = ERR_INIT;
	int64_t now = WEBTEST_NOW_SECS, id;

	for (int i = VIEWER; i < WHO_COUNT; i++)
		people[i].user = add_user(world,
		    world->tenant_ids[i == OTHER_TENANT],
		    i == VIEWER		? ROLE_VIEWER
			: i == EDITOR	? ROLE_EDITOR
					: ROLE_ADMIN);
	world->colleague =
	    add_user(world, world->tenant_ids[0], ROLE_EDITOR);
	(void)give_session(world, &people[VIEWER], now);
	(void)give_session(world, &people[EDITOR], now);
	(void)give_session(world, &people[ADMIN], now);
	(void)give_session(world, &people[OTHER_TENANT], now);
	(void)give_token(world, &people[READ_TOKEN], API_SCOPE_READ, 0);
	(void)give_token(world, &people[WRITE_TOKEN],
	    API_SCOPE_READ | API_SCOPE_WRITE, 0);
	(void)give_token(world, &people[ADMIN_TOKEN],
	    API_SCOPE_READ | API_SCOPE_WRITE | API_SCOPE_ADMIN, 0);
	id = give_token(world, &people[REVOKED_TOKEN],
	    API_SCOPE_READ | API_SCOPE_WRITE | API_SCOPE_ADMIN, 0);
	if (api_token_revoke(world->db, people[REVOKED_TOKEN].user.id, id,
		&err) == -1)
		fail_msg("revoke: %s", err.text);
	(void)give_token(world, &people[EXPIRED_TOKEN], API_SCOPE_ADMIN,
	    now - 1);
	/* SESSION_MAX and SESSION_IDLE of the settings below. */
	(void)give_session(world, &people[EXPIRED_SESSION], now - 86401);
	(void)give_session(world, &people[IDLE_SESSION], now - 3601);
	(void)give_session(world, &people[DISABLED_USER], now);
	(void)give_token(world, &people[DISABLED_TOKEN], API_SCOPE_ADMIN, 0);
	disable(world, &people[DISABLED_USER]);
	disable(world, &people[DISABLED_TOKEN]);
}

static int
world_open(void **state)
{
	static const char *const settings[] = { "AUTH=login",
		"SESSION_IDLE=3600", "SESSION_MAX=86400", "RATE_UPLOAD=0",
		"RATE_PRESIGN=0", "RATE_LOGIN=0", "AUDIT=on",
		"LOG_LEVEL=error", NULL };
	struct world *world = calloc(1, sizeof(*world));
	struct tenant tenant = { .name = "Otra", .host = "" };
	struct err err = ERR_INIT;

	assert_non_null(world);
	webtest_open(&world->web, settings);
	world->db = world->web.app.backend.db;
	if (tenant_insert(world->db, &tenant, &err) == -1)
		fail_msg("tenant: %s", err.text);
	world->tenant_ids[0] = TENANT_FIRST;
	world->tenant_ids[1] = tenant.id;
	add_people(world);
	*state = world;
	return 0;
}

static int
world_close(void **state)
{
	struct world *world = *state;

	webtest_close(&world->web);
	free(world);
	return 0;
}

/* ---- things ---- */

static void
run_sql(struct world *world, const char *text, const struct sql_value *args,
    size_t count)
{
	struct err err = ERR_INIT;

	if (sql_exec(world->db, text, args, count, NULL, &err) == -1)
		fail_msg("%s: %s", text, err.text);
}

/* Ids as the model makes them would do as well; these can be told apart. */
static int64_t
fresh_id(struct world *world)
{
	return 4000000 + world->next++;
}

static void
add_object(struct world *world, const char *key)
{
	const struct store_object object = { .key = key,
		.content_type = "image/png" };
	struct store *store = world->web.app.backend.store;
	struct pool *pool = pool_new();
	struct store_writer *writer;
	struct store_stored stored;
	struct err err = ERR_INIT;

	if (store_writer_open(store, pool, &object, &writer, &err) == -1 ||
	    store_writer_write(writer, webtest_png(&world->web, 1), &err) ==
		-1 ||
	    store_writer_commit(writer, &stored, &err) == -1)
		fail_msg("object: %s", err.text);
	pool_free(&pool);
}

static int64_t
add_file(struct world *world, const struct user *owner, const char *state,
    const char **key_r)
{
	int64_t id = fresh_id(world);
	const char *segment =
	    tenant_key_segment(world->web.pool, owner->tenant_id);
	const char *key = pool_format(world->web.pool,
	    "users/%s%s/image/%lld", segment, owner->key_id, (long long)id);
	struct store *store = world->web.app.backend.store;
	struct sql_value args[] = { SQL_INT(id), SQL_INT(owner->tenant_id),
		SQL_TEXT(state), SQL_TEXT(store_driver(store)),
		SQL_TEXT(store_bucket(store)), SQL_TEXT(key),
		SQL_TEXT(owner->key_id), SQL_INT(WEBTEST_NOW_SECS),
		SQL_INT(strcmp(state, "trashed") == 0 ?
			WEBTEST_NOW_SECS + 3600 : 0) };

	run_sql(world,
	    "INSERT INTO files (id, tenant_id, state, provider, bucket,"
	    " object_key, original_name, content_type, size_bytes, sha256,"
	    " etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs, owner, file_kind)"
	    " VALUES ($1, $2, $3, $4, $5, $6, 'a.png', 'image/png', 0, '',"
	    " 'x', 1, 1, 1, 0, 0, $8, $9, $7, 'image')",
	    args, ARRAY_COUNT(args));
	add_object(world, key);
	*key_r = key;
	return id;
}

/* What is about files in the trash. */
static bool
is_about_trash(const struct route *route)
{
	return strstr(route->pattern, "/restore") != NULL ||
	    strstr(route->pattern, "/erase") != NULL;
}

static bool
has_object_name(const struct route *route)
{
	return strstr(route->pattern, "{object_name*}") != NULL;
}

/* What is not yet a file concerns nobody but who is sending it. */
static bool
is_about_uploads(const struct route *route)
{
	return strstr(route->pattern, "/confirm-upload") != NULL;
}

static int64_t
add_product(struct world *world, int64_t tenant_id)
{
	int64_t id = fresh_id(world);
	struct sql_value args[] = { SQL_INT(id), SQL_INT(tenant_id),
		SQL_TEXT(pool_format(world->web.pool, "S%lld",
		    (long long)id)) };

	run_sql(world,
	    "INSERT INTO products (id, tenant_id, name, sku, uom_id,"
	    " sale_price_cents, created_secs, updated_secs)"
	    " SELECT $1, $2, 'A', $3, min(id), 100, 0, 0 FROM uoms"
	    " WHERE tenant_id = $2",
	    args, ARRAY_COUNT(args));
	return id;
}

static const struct user *
owner_of(const struct world *world, const struct person *person,
    enum thing thing)
{
	bool is_elsewhere =
	    person->user.tenant_id == world->tenant_ids[1];

	if (thing == OWN)
		return &person->user;
	if (thing == COLLEAGUES && !is_elsewhere)
		return &world->colleague;
	return is_elsewhere ? &world->colleague :
			      &world->people[OTHER_TENANT].user;
}


/*
 * The value of a capture: something of the caller, of a colleague in the same
 * tenant, of another tenant, or nothing at all.
 */
static const char *
thing_for(struct world *world, const struct route *route,
    const struct person *person, enum thing thing)
{
	struct pool *pool = world->web.pool;
	const struct user *owner = owner_of(world, person, thing);
	struct person other = { .user = *owner };
	const char *at = strchr(route->pattern, '{'), *key = "users/x/y";
	int64_t id = 7;

	if (slice_has_prefix(slice_str(at), "{user_id}"))
		return thing == ABSENT ? "7" : owner->key_id;
	if (has_object_name(route)) {
		if (thing != ABSENT)
			(void)add_file(world, owner, "live", &key);
		return key;
	}
	if (thing == ABSENT)
		return pool_format(pool, "%lld", (long long)id);
	if (slice_has_prefix(slice_str(route->pattern), "/products/"))
		id = add_product(world, owner->tenant_id);
	else if (slice_has_prefix(slice_str(route->pattern),
		"/account/sessions/"))
		id = give_session(world, &other, WEBTEST_NOW_SECS);
	else if (slice_has_prefix(slice_str(route->pattern),
		"/account/tokens/"))
		id = give_token(world, &other, API_SCOPE_READ, 0);
	else if (slice_has_prefix(slice_str(at), "{file_id}"))
		id = add_file(world, owner,
		    is_about_trash(route) ? "trashed" : "live", &key);
	else
		fail_msg("%s: what is its capture?", route->pattern);
	return pool_format(pool, "%lld", (long long)id);
}

/* Captures that name no thing of anybody. */
static bool
is_about_things(const struct route *route)
{
	return strchr(route->pattern, '{') != NULL &&
	    strstr(route->pattern, "{name}") == NULL &&
	    strstr(route->pattern, "{token}") == NULL;
}

static const char *
path_for(struct world *world, const struct route *route, const char *thing)
{
	const char *at = strchr(route->pattern, '{');

	if (at == NULL)
		return route->pattern;
	return pool_format(world->web.pool, "%.*s%s%s",
	    (int)(at - route->pattern), route->pattern, thing,
	    strchr(at, '}') + 1);
}

/* ---- requests ---- */

/* Bodies that get as far as the thing they are about. */
static struct answer
send(struct world *world, const struct route *route, const char *path)
{
	static const char edit[] = "name=A&sku=B&uom_id=1&sale_price=1&"
	    "original_filename=a.png&version=1&file_type=image&expires_in=60";
	const struct webtest_part parts[] = {
		{ .name = "name", .data = slice_str("A") },
		{ .name = "file_type", .data = slice_str("image") },
		{ .name = "file",
		    .filename = "a.png",
		    .type = "image/png",
		    .data = webtest_png(&world->web, 1) },
	};
	const char *method = http_method_name(route->method);
	bool is_form = route->body == ROUTE_UPLOAD &&
	    strstr(route->pattern, "confirm") == NULL &&
	    strstr(route->pattern, "file-uploaded") == NULL;

	if (route->body == ROUTE_NO_BODY)
		return webtest_send(&world->web, method, path, "",
		    slice_str(""));
	if (route->method == HTTP_PATCH)
		return webtest_send(&world->web, method, path,
		    "application/json", slice_str("{\"alt_text\":\"x\"}"));
	if (is_form)
		return webtest_send(&world->web, method, path, WEBTEST_FORM,
		    webtest_form(&world->web, parts, ARRAY_COUNT(parts)));
	return webtest_send(&world->web, method, path,
	    "application/x-www-form-urlencoded",
	    slice_str(route->doc != NULL && route->doc->fields == NULL ?
		"" : edit));
}

/* Some routes end the session they are asked in. */
static void
renew_session(struct world *world, enum who who)
{
	struct person *person = &world->people[who];
	struct err err = ERR_INIT;

	if (who < VIEWER || who > OTHER_TENANT)
		return;
	if (session_end_others(world->db, person->user.id, 0, &err) == -1)
		fail_msg("end sessions: %s", err.text);
	(void)give_session(world, person, WEBTEST_NOW_SECS);
}

static struct answer
ask(struct world *world, enum who who, const struct route *route,
    const char *path)
{
	const struct person *person = &world->people[who];

	webtest_unset_all(&world->web);
	if (person->value != NULL)
		webtest_set(&world->web, person->name, person->value);
	webtest_set(&world->web, "HTTP_SEC_FETCH_SITE", "same-origin");
	return send(world, route, path);
}

/* ---- what must happen ---- */

enum outcome {
	MAY,
	MAY_BE_ANYBODY, /* but not somebody else: a dead token is refused */
	MUST_LOG_IN,
	DENIED,
	HIDDEN
};

static bool
is_dead(enum who who)
{
	return who == ANONYMOUS || who >= REVOKED_TOKEN;
}

static bool
has_access(enum who who, enum route_access access)
{
	bool is_token = who >= READ_TOKEN && who <= ADMIN_TOKEN;

	switch (access) {
	case ROUTE_PUBLIC:
		return true;
	case ROUTE_SELF:
		return !is_token;
	case ROUTE_READ:
		return true;
	case ROUTE_WRITE:
		return who != VIEWER && who != READ_TOKEN;
	case ROUTE_ADMIN:
		break;
	}
	return who == ADMIN || who == OTHER_TENANT || who == ADMIN_TOKEN;
}

/* An avatar is one's own, but a token that may only read changes nothing. */
static bool
is_exception(enum who who, const struct route *route)
{
	return who == READ_TOKEN && strstr(route->pattern, "/avatar") != NULL;
}

static enum outcome
outcome_on_thing(enum who who, const struct route *route, enum thing thing)
{
	if (thing == OWN)
		return MAY;
	/* B4 looks at the key first: it tells nothing about what is there. */
	if (route->method == HTTP_DELETE && has_object_name(route) &&
	    !has_access(who, ROUTE_ADMIN))
		return DENIED;
	if (thing != COLLEAGUES || who == OTHER_TENANT)
		return HIDDEN;
	/* Products are the tenant's; sessions and tokens are one's own. */
	if (slice_has_prefix(slice_str(route->pattern), "/products/"))
		return MAY;
	if (route->access == ROUTE_SELF || is_about_uploads(route))
		return HIDDEN;
	if (has_access(who, ROUTE_ADMIN))
		return MAY;
	/* Of a colleague's trash nothing is told. */
	return is_about_trash(route) ? HIDDEN : DENIED;
}

static enum outcome
outcome_for(enum who who, const struct route *route, enum thing thing)
{
	enum outcome outcome;

	if (route->access == ROUTE_PUBLIC)
		return MAY_BE_ANYBODY;
	if (is_dead(who))
		return MUST_LOG_IN;
	if (!has_access(who, route->access))
		return DENIED;
	outcome = is_about_things(route) ?
	    outcome_on_thing(who, route, thing) : MAY;
	return outcome == MAY && is_exception(who, route) ? DENIED : outcome;
}

static bool
leads_to_login(struct world *world, const struct answer *answer)
{
	const char *location;

	if (answer->status == 401)
		return true;
	location = webtest_header(&world->web, answer, "Location");
	return answer->status == 302 && location != NULL &&
	    slice_has_prefix(slice_str(location), "/login");
}

static bool
is_as_it_must(struct world *world, enum outcome outcome,
    const struct answer *answer)
{
	switch (outcome) {
	case MUST_LOG_IN:
		return leads_to_login(world, answer);
	case DENIED:
		return answer->status == 403;
	case HIDDEN:
		return answer->status == 404;
	case MAY_BE_ANYBODY:
		return answer->status < 500 && answer->status != 403 &&
		    answer->status != 404;
	case MAY:
		break;
	}
	return answer->status < 500 && answer->status != 401 &&
	    answer->status != 403 && answer->status != 404 &&
	    !leads_to_login(world, answer);
}

/* ---- the matrix ---- */

static int
check_cell(struct world *world, const struct route *route, enum who who,
    enum thing thing)
{
	/* Whose login is dead owns nothing here; an editor's will do. */
	const struct person *person =
	    &world->people[is_dead(who) ? EDITOR : who];
	const char *name = "x", *path;
	struct answer answer;

	renew_session(world, who);
	if (is_about_things(route))
		name = thing_for(world, route, person, thing);
	path = path_for(world, route, name);
	answer = ask(world, who, route, path);
	if (is_as_it_must(world, outcome_for(who, route, thing), &answer))
		return 0;
	print_error("%s %s by %s on %s thing: %d\n",
	    http_method_name(route->method), route->pattern, who_names[who],
	    thing_names[thing], answer.status);
	return 1;
}

static int
check_route(struct world *world, const struct route *route)
{
	enum thing things = is_about_things(route) ? THING_COUNT : 1;
	int failures = 0;

	for (enum who who = 0; who < WHO_COUNT; who++)
		for (enum thing thing = 0; thing < things; thing++)
			failures += check_cell(world, route, who, thing);
	return failures;
}

/* What answers everybody in its own way. */
static bool
is_left_out(const struct route *route)
{
	/* Signatures are its login: tests/web/test-store.c. */
	return route->answer == ROUTE_S3 ||
	    /* Absent files and links are 404 for everybody. */
	    strstr(route->pattern, "{name}") != NULL ||
	    strstr(route->pattern, "{token}") != NULL;
}

static void
test_matrix(void **state)
{
	int failures = 0, checked = 0;

	for (size_t i = 0; i < routes_count; i++) {
		if (is_left_out(&routes[i]))
			continue;
		failures += check_route(*state, &routes[i]);
		checked++;
	}
	assert_true(checked > 20);
	assert_int_equal(failures, 0);
}

/* A page of another site sends a browser, with its cookies, to each route. */
static void
test_other_sites(void **state)
{
	struct world *world = *state;
	const struct person *person = &world->people[ADMIN];
	int failures = 0;

	for (size_t i = 0; i < routes_count; i++) {
		const struct route *route = &routes[i];
		struct answer answer;

		if (route->method == HTTP_GET || route->is_unguarded ||
		    is_left_out(route))
			continue;
		webtest_unset_all(&world->web);
		webtest_set(&world->web, person->name, person->value);
		webtest_set(&world->web, "HTTP_SEC_FETCH_SITE", "cross-site");
		answer = send(world, route,
		    path_for(world, route,
			is_about_things(route) ?
			    thing_for(world, route, person, OWN) : "x"));
		if (answer.status == 403)
			continue;
		print_error("%s %s from elsewhere: %d\n",
		    http_method_name(route->method), route->pattern,
		    answer.status);
		failures++;
	}
	assert_int_equal(failures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_matrix, world_open,
		    world_close),
		cmocka_unit_test_setup_teardown(test_other_sites, world_open,
		    world_close),
	};

	return cmocka_run_group_tests_name("web/matrix", tests, NULL, NULL);
}
