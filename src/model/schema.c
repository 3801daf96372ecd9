/* SPDX-License-Identifier: MIT */
#include "model/schema.h"

static const char initial[] =
    "CREATE TABLE install_values ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " value TEXT NOT NULL);"

    "CREATE TABLE counters ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " value BIGINT NOT NULL);"

    "CREATE TABLE tenants ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " name TEXT NOT NULL);"

    "CREATE TABLE uoms ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " tenant_id BIGINT NOT NULL REFERENCES tenants (id),"
    " name TEXT NOT NULL,"
    " UNIQUE (tenant_id, id),"
    " UNIQUE (tenant_id, name));"

    "CREATE TABLE files ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " tenant_id BIGINT NOT NULL REFERENCES tenants (id),"
    " state TEXT NOT NULL CHECK (state IN"
    "  ('pending', 'live', 'trashed', 'rejected', 'gone')),"
    " provider TEXT NOT NULL,"
    " bucket TEXT NOT NULL,"
    " object_key TEXT NOT NULL,"
    " original_name TEXT NOT NULL,"
    " content_type TEXT NOT NULL,"
    " size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),"
    " sha256 TEXT NOT NULL,"
    " etag TEXT NOT NULL,"
    " width BIGINT NOT NULL,"
    " height BIGINT NOT NULL,"
    " frames BIGINT NOT NULL,"
    " orientation BIGINT NOT NULL,"
    " is_public BIGINT NOT NULL CHECK (is_public IN (0, 1)),"
    " created_secs BIGINT NOT NULL,"
    " expires_secs BIGINT NOT NULL,"
    " UNIQUE (bucket, object_key),"
    " UNIQUE (tenant_id, id));"
    "CREATE INDEX files_by_expiry ON files (state, expires_secs);"

    "CREATE TABLE products ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " tenant_id BIGINT NOT NULL REFERENCES tenants (id),"
    " name TEXT NOT NULL,"
    " sku TEXT NOT NULL,"
    " uom_id BIGINT NOT NULL,"
    " sale_price_cents BIGINT NOT NULL CHECK (sale_price_cents >= 0),"
    " image_file_id BIGINT UNIQUE,"
    " created_secs BIGINT NOT NULL,"
    " updated_secs BIGINT NOT NULL,"
    " UNIQUE (tenant_id, sku),"
    " FOREIGN KEY (tenant_id, uom_id) REFERENCES uoms (tenant_id, id),"
    " FOREIGN KEY (tenant_id, image_file_id)"
    "  REFERENCES files (tenant_id, id));"
    "CREATE INDEX products_by_id ON products (tenant_id, id);"

    "CREATE TABLE outbox ("
    " provider TEXT NOT NULL,"
    " bucket TEXT NOT NULL,"
    " object_key TEXT NOT NULL,"
    " tries BIGINT NOT NULL,"
    " PRIMARY KEY (provider, bucket, object_key));"

    "CREATE TABLE multipart_uploads ("
    " upload_id TEXT NOT NULL PRIMARY KEY,"
    " file_id BIGINT NOT NULL REFERENCES files (id),"
    " bucket TEXT NOT NULL,"
    " object_key TEXT NOT NULL,"
    " created_secs BIGINT NOT NULL);"

    "INSERT INTO tenants (id, name) VALUES (1, 'Principal');"
    "INSERT INTO uoms (id, tenant_id, name)"
    " SELECT column1, 1, column2 FROM (" SCHEMA_UOMS ") AS usual;"
    "INSERT INTO counters (name, value) VALUES ('products', 0), ('uoms', 12);";

/*
 * upload_key is where the bytes of a direct upload arrive when they are copied
 * to another key before anybody sees them; "" when they arrive at object_key.
 */
static const char direct_uploads[] =
    "ALTER TABLE files ADD COLUMN owner TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN file_kind TEXT NOT NULL DEFAULT 'image'"
    " CHECK (file_kind IN ('image', 'video', 'audio', 'document'));"
    "ALTER TABLE files ADD COLUMN athlete_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN declared_type TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN declared_bytes BIGINT NOT NULL DEFAULT -1;"
    "ALTER TABLE files ADD COLUMN declared_sha256 TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN is_sha256_signed BIGINT NOT NULL DEFAULT 0"
    " CHECK (is_sha256_signed IN (0, 1));"
    "ALTER TABLE files ADD COLUMN upload_key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN url_expires_secs BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE files ADD COLUMN refusal TEXT NOT NULL DEFAULT '';"
    "CREATE UNIQUE INDEX files_by_upload_key ON files (bucket, upload_key)"
    " WHERE upload_key <> '';"

    "ALTER TABLE outbox ADD COLUMN due_secs BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN until_secs BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX outbox_by_due ON outbox (provider, bucket, due_secs);";

/*
 * What Spanish names need of model/search_text.c, for files of old; neither
 * lower() knows of all capitals in each database.
 */
#define WITHOUT(text, from, to) "replace(" text ", '" from "', '" to "')"
#define FOLDED_SMALL(text)                                               \
	WITHOUT(WITHOUT(WITHOUT(WITHOUT(WITHOUT(WITHOUT(WITHOUT(text,    \
	"á", "a"), "é", "e"), "í", "i"), "ó", "o"), "ú", "u"), "ü", "u"), \
	"ñ", "n")
#define FOLDED_NAME                                                      \
	FOLDED_SMALL(WITHOUT(WITHOUT(WITHOUT(WITHOUT(WITHOUT(WITHOUT(    \
	WITHOUT("lower(original_name)", "Á", "a"), "É", "e"), "Í", "i"), \
	"Ó", "o"), "Ú", "u"), "Ü", "u"), "Ñ", "n"))

/*
 * charged_bytes is what a file takes from the quota of its tenant: what was
 * reserved for it while it is pending, its size afterwards, 0 once it is gone.
 * search_text is name, description and tags as model/search_text.h has them.
 */
static const char service[] =
    "ALTER TABLE tenants ADD COLUMN host TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE tenants ADD COLUMN is_disabled BIGINT NOT NULL DEFAULT 0"
    " CHECK (is_disabled IN (0, 1));"
    "ALTER TABLE tenants ADD COLUMN created_secs BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE tenants ADD COLUMN quota_bytes BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE tenants ADD COLUMN quota_objects BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE tenants ADD COLUMN used_bytes BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE tenants ADD COLUMN used_objects BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE tenants ADD COLUMN reserved_bytes BIGINT NOT NULL"
    " DEFAULT 0;"
    "ALTER TABLE tenants ADD COLUMN reserved_objects BIGINT NOT NULL"
    " DEFAULT 0;"
    "CREATE UNIQUE INDEX tenants_by_host ON tenants (host)"
    " WHERE host <> '';"

    "CREATE TABLE users ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " tenant_id BIGINT NOT NULL REFERENCES tenants (id),"
    " login TEXT NOT NULL,"
    " realm TEXT NOT NULL CHECK (realm IN ('password', 'server')),"
    " key_id TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),"
    " password TEXT NOT NULL,"
    " is_disabled BIGINT NOT NULL CHECK (is_disabled IN (0, 1)),"
    " created_secs BIGINT NOT NULL,"
    " password_secs BIGINT NOT NULL,"
    " avatar_file_id BIGINT,"
    " UNIQUE (tenant_id, key_id),"
    " UNIQUE (tenant_id, id),"
    " FOREIGN KEY (tenant_id, avatar_file_id)"
    "  REFERENCES files (tenant_id, id));"
    "CREATE UNIQUE INDEX users_by_email ON users (login)"
    " WHERE realm = 'password';"
    "CREATE UNIQUE INDEX users_by_server ON users (tenant_id, login)"
    " WHERE realm = 'server';"

    "CREATE TABLE sessions ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " secret_hash TEXT NOT NULL UNIQUE,"
    " user_id BIGINT NOT NULL REFERENCES users (id),"
    " created_secs BIGINT NOT NULL,"
    " seen_secs BIGINT NOT NULL,"
    " expires_secs BIGINT NOT NULL,"
    " remote_addr TEXT NOT NULL,"
    " user_agent TEXT NOT NULL);"
    "CREATE INDEX sessions_by_user ON sessions (user_id);"
    "CREATE INDEX sessions_by_expiry ON sessions (expires_secs);"

    "CREATE TABLE api_tokens ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " secret_hash TEXT NOT NULL UNIQUE,"
    " user_id BIGINT NOT NULL REFERENCES users (id),"
    " name TEXT NOT NULL,"
    " scopes BIGINT NOT NULL,"
    " created_secs BIGINT NOT NULL,"
    " expires_secs BIGINT NOT NULL,"
    " used_secs BIGINT NOT NULL,"
    " is_revoked BIGINT NOT NULL CHECK (is_revoked IN (0, 1)));"
    "CREATE INDEX api_tokens_by_user ON api_tokens (user_id);"

    "ALTER TABLE files ADD COLUMN version BIGINT NOT NULL DEFAULT 1;"
    "ALTER TABLE files ADD COLUMN updated_secs BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE files ADD COLUMN alt_text TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN tags TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN search_text TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE files ADD COLUMN charged_bytes BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE files ADD COLUMN share_version BIGINT NOT NULL DEFAULT 1;"
    "UPDATE files SET updated_secs = created_secs,"
    " search_text = " FOLDED_NAME " || '\n\n';"
    "UPDATE files SET charged_bytes = size_bytes"
    " WHERE state IN ('live', 'trashed');"
    "UPDATE files SET charged_bytes = CASE WHEN declared_bytes > size_bytes"
    " THEN declared_bytes ELSE size_bytes END WHERE state = 'pending';"
    "UPDATE tenants SET"
    " used_bytes = (SELECT CAST(coalesce(sum(charged_bytes), 0) AS BIGINT)"
    "  FROM files WHERE tenant_id = tenants.id"
    "  AND state IN ('live', 'trashed')),"
    " used_objects = (SELECT count(*) FROM files"
    "  WHERE tenant_id = tenants.id AND state IN ('live', 'trashed')),"
    " reserved_bytes = (SELECT CAST(coalesce(sum(charged_bytes), 0)"
    "  AS BIGINT) FROM files WHERE tenant_id = tenants.id"
    "  AND state = 'pending'),"
    " reserved_objects = (SELECT count(*) FROM files"
    "  WHERE tenant_id = tenants.id AND state = 'pending');"
    /* Lists are walked in their order (model/file_search.c). */
    "CREATE INDEX files_by_owner ON files"
    " (tenant_id, owner, state, created_secs, id);"
    "CREATE INDEX files_by_owner_kind ON files"
    " (tenant_id, owner, file_kind, state, created_secs, id);"
    "CREATE INDEX files_by_athlete ON files"
    " (tenant_id, athlete_id, state, created_secs, id)"
    " WHERE athlete_id <> '';"
    "CREATE INDEX files_by_time ON files"
    " (tenant_id, state, created_secs, id);"
    "CREATE INDEX files_by_kind ON files"
    " (tenant_id, file_kind, state, created_secs, id);"
    "CREATE INDEX users_by_avatar ON users (tenant_id, avatar_file_id)"
    " WHERE avatar_file_id IS NOT NULL;"

    "CREATE TABLE idempotency ("
    " tenant_id BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL,"
    " holder TEXT NOT NULL,"
    " status BIGINT NOT NULL,"
    " content_type TEXT NOT NULL,"
    " location TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " body_hash TEXT NOT NULL,"
    " expires_secs BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, user_id, name));"
    "CREATE INDEX idempotency_by_expiry ON idempotency (expires_secs);"

    "CREATE TABLE audit ("
    " number BIGINT NOT NULL PRIMARY KEY,"
    " at_ms BIGINT NOT NULL,"
    " tenant_id BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " actor TEXT NOT NULL,"
    " via TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " remote_addr TEXT NOT NULL,"
    " request_id TEXT NOT NULL,"
    " status BIGINT NOT NULL,"
    " result TEXT NOT NULL,"
    " hash TEXT NOT NULL);"
    "CREATE INDEX audit_by_tenant ON audit (tenant_id, number);"
    /* The end of the chain: one row. */
    "CREATE TABLE audit_head ("
    " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
    " number BIGINT NOT NULL,"
    " hash TEXT NOT NULL);"
    "INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '');"
    "INSERT INTO counters (name, value) VALUES ('tenants', 1);";

/*
 * On PostgreSQL: keys are compared as bytes, like the listings of a bucket.  A
 * text that is rare is found by its trigrams, where the server has the
 * extension and lets us use it; elsewhere all files of the list are read.
 * Without a list of pending entries no search pays for the writers before it.
 */
static const char service_pgsql[] =
    "ALTER TABLE files ALTER COLUMN object_key TYPE TEXT COLLATE \"C\","
    " ALTER COLUMN upload_key TYPE TEXT COLLATE \"C\";"
    "ALTER TABLE outbox ALTER COLUMN object_key TYPE TEXT COLLATE \"C\";"
    "ALTER TABLE multipart_uploads ALTER COLUMN object_key TYPE TEXT"
    " COLLATE \"C\";"
    "DO $$ BEGIN"
    " CREATE EXTENSION IF NOT EXISTS pg_trgm;"
    " CREATE INDEX files_by_text ON files"
    "  USING gin (search_text gin_trgm_ops) WITH (fastupdate = off);"
    "EXCEPTION WHEN OTHERS THEN NULL; END $$;";

const struct sql_migration schema_migrations[SCHEMA_VERSION] = {
	{ .version = 1, .name = "initial", .script = initial },
	{ .version = 2, .name = "direct uploads", .script = direct_uploads },
	{ .version = 3, .name = "service", .script = service,
	    .pgsql_script = service_pgsql },
};
