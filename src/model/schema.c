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
    "INSERT INTO uoms (id, tenant_id, name) VALUES"
    " (1, 1, 'Unidad'), (2, 1, 'Kilogramo'), (3, 1, 'Gramo'),"
    " (4, 1, 'Litro'), (5, 1, 'Metro'), (6, 1, 'Metro cuadrado'),"
    " (7, 1, 'Caja'), (8, 1, 'Paquete'), (9, 1, 'Docena'), (10, 1, 'Par'),"
    " (11, 1, 'Juego'), (12, 1, 'Rollo');"
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

const struct sql_migration schema_migrations[SCHEMA_VERSION] = {
	{ .version = 1, .name = "initial", .script = initial },
	{ .version = 2, .name = "direct uploads", .script = direct_uploads },
};
