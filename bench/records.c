/*
 * How long lists, searches, confirmations and deletions of files take in a
 * database of so many records: medians, in this process and without HTTP.
 * usage: records fill ROWS | records measure ROUNDS
 *
 * Settings come from the environment: DATABASE_URL, a PostgreSQL that nobody
 * else uses, and DATA_DIR, where the objects of confirmed files go.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "model/backend.h"
#include "model/direct.h"
#include "model/file_change.h"
#include "model/file_search.h"
#include "model/rules.h"
#include "model/settings.h"

enum { ROUNDS_MAX = 2000, ROWS_MAX = 5000000, FILL_BATCH = 20000 };

extern char **environ;

struct bench {
	struct pool *pool;  /* of the program */
	struct pool *round; /* cleared after each round */
	const struct conf *conf;
	struct clock clock;
	struct log log;
	struct backend backend;
	struct file_rules rules[FILE_KIND_COUNT];
	int64_t rows;
	/* One for each round, and what the round before made. */
	int64_t *ids;
	int at;
};

static void
must(int result, const struct err *err)
{
	if (result != -1)
		return;
	(void)fprintf(stderr, "records: %s\n", err->text);
	exit(EXIT_FAILURE);
}

/* ---- filling ---- */

/*
 * Half of the files are Ana's, the rest of 5,000 others; each athlete has 100.
 * There are 20 zebras, a toucan in each 500, a photo in every second name, and
 * no document.
 */
static const char fill_rows[] =
    "INSERT INTO files (id, tenant_id, state, provider, bucket, object_key,"
    " original_name, content_type, size_bytes, sha256, etag, width, height,"
    " frames, orientation, is_public, created_secs, expires_secs, owner,"
    " file_kind, athlete_id, search_text, charged_bytes)"
    " SELECT n, 1, CASE WHEN n % 50 = 7 THEN 'trashed' ELSE 'live' END,"
    " 'file', 'uploads', 'bench/' || n, name, 'image/jpeg', 1000, '', '',"
    " 640, 480, 1, 1, 0, 1700000000 + n, 0,"
    " CASE WHEN n % 2 = 0 THEN 'ana' ELSE 'u' || n % 9998 END,"
    " CASE n % 10 WHEN 8 THEN 'video' WHEN 9 THEN 'audio' ELSE 'image' END,"
    " CASE WHEN n % 10 = 4 THEN 'a' || n % ($3 / 100) ELSE '' END,"
    " name || chr(10) || chr(10), 1000 FROM"
    " (SELECT n, CASE WHEN n % ($3 / 20) = 2 THEN 'zebra '"
    "  WHEN n % 500 = 2 THEN 'tucan ' WHEN n % 4 < 2 THEN 'foto '"
    "  ELSE 'archivo ' END || substr(md5(CAST(n AS TEXT)), 1, 12) || '.jpg'"
    "  AS name FROM generate_series(CAST($1 AS BIGINT), CAST($2 AS BIGINT))"
    "  AS n) AS rows";

static void
fill(struct bench *bench)
{
	struct sql *db = bench->backend.db;
	struct err err = ERR_INIT;

	for (int64_t n = 1; n <= bench->rows; n += FILL_BATCH) {
		int64_t last = n + FILL_BATCH - 1;
		struct sql_value args[] = { SQL_INT(n),
			SQL_INT(last < bench->rows ? last : bench->rows),
			SQL_INT(bench->rows) };

		must(sql_exec(db, fill_rows, args, ARRAY_COUNT(args), NULL,
			 &err), &err);
	}
	must(sql_exec(db,
		 "UPDATE tenants SET used_bytes = 1000 * $1,"
		 " used_objects = $1 WHERE id = 1",
		 (struct sql_value[]){ SQL_INT(bench->rows) }, 1, NULL, &err),
	    &err);
	must(sql_script(db, "ANALYZE files", &err), &err);
}

/* ---- lists ---- */

static void
search(struct bench *bench, struct file_search wanted)
{
	struct file_list list;
	struct err err = ERR_INIT;

	wanted.tenant_id = 1;
	wanted.state = FILE_LIVE;
	wanted.limit = 50;
	must(file_search(bench->backend.db, bench->round, &wanted, &list,
		 &err), &err);
}

static void
list_own(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = "ana" });
}

static void
list_deep(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = "ana",
		.after = { 1700000000 + bench->rows / 2, 1 } });
}

static void
list_tenant(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = NULL });
}

static void
list_athlete(struct bench *bench)
{
	search(bench, (struct file_search){ .athlete_id = "a24" });
}

/* None of so many. */
static void
list_documents(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = "ana",
		.has_kind = true,
		.kind = FILE_DOCUMENT });
}

static void
search_common(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = "ana", .text = "foto" });
}

static void
search_seldom(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = "ana", .text = "tucán" });
}

static void
search_rare(struct bench *bench)
{
	search(bench, (struct file_search){ .owner = "ana", .text = "zebra" });
}

static void
search_nothing(struct bench *bench)
{
	search(bench, (struct file_search){ .text = "nadie lo tiene" });
}

/* ---- one file ---- */

static struct direct
direct_of(struct bench *bench)
{
	return (struct direct){ .db = bench->backend.db,
		.store = bench->backend.store,
		.clock = &bench->clock,
		.log = &bench->log,
		.rules = bench->rules,
		.tenant_id = 1,
		.owner = "ana",
		.pending_secs = 3600 };
}

static struct file_changer
changer_of(struct bench *bench)
{
	return (struct file_changer){ .db = bench->backend.db,
		.store = bench->backend.store,
		.clock = &bench->clock,
		.log = &bench->log,
		.tenant_id = 1,
		.retention_secs = 3600 };
}

static void
begin(struct bench *bench)
{
	const struct direct direct = direct_of(bench);
	const struct direct_request request = { .way = DIRECT_PUT,
		.name = "informe.pdf",
		.kind = FILE_DOCUMENT,
		.athlete_id = "",
		.declared_type = "",
		.declared_bytes = -1,
		.declared_sha256 = "",
		.expires_secs = 600,
		.origin = "https://shop.example" };
	static const char data[] = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
	struct store_object object = { .content_type = "application/pdf" };
	struct direct_ticket ticket;
	struct store_writer *writer;
	struct store_stored stored;
	struct err err = ERR_INIT;

	must(direct_begin(bench->round, &direct, &request, &ticket, &err),
	    &err);
	object.key = ticket.file.key;
	must(store_writer_open(bench->backend.store, bench->round, &object,
		 &writer, &err), &err);
	must(store_writer_write(writer, slice_make(data, sizeof(data) - 1),
		 &err), &err);
	must(store_writer_commit(writer, &stored, &err), &err);
	bench->ids[bench->at] = ticket.file.id;
}

static void
confirm(struct bench *bench)
{
	const struct direct direct = direct_of(bench);
	struct err err = ERR_INIT;
	struct file file;

	must(direct_confirm(bench->round, &direct, bench->ids[bench->at],
		 &file, &err), &err);
}

static void
change(struct bench *bench)
{
	const struct file_changer changer = changer_of(bench);
	const struct file_change wanted = { .alt_text = "un informe" };
	struct err err = ERR_INIT;
	struct file file;

	must(file_change(bench->round, &changer, bench->ids[bench->at], 0,
		 &wanted, &file, &err), &err);
}

static void
trash(struct bench *bench)
{
	const struct file_changer changer = changer_of(bench);
	struct err err = ERR_INIT;
	struct file file;

	must(file_trash(bench->round, &changer, bench->ids[bench->at], 0,
		 &file, &err), &err);
}

static void
erase(struct bench *bench)
{
	const struct file_changer changer = changer_of(bench);
	struct err err = ERR_INIT;

	must(file_erase(bench->round, &changer, bench->ids[bench->at], 0,
		 &err), &err);
}

/* ---- measuring ---- */

static const struct {
	const char *name; /* NULL: not shown */
	void (*run)(struct bench *bench);
} rows[] = {
	{ "list of 50, the caller's", list_own },
	{ "the same, in the middle", list_deep },
	{ "list of 50, all of the tenant", list_tenant },
	{ "list by athlete", list_athlete },
	{ "list by a type that nobody has", list_documents },
	{ "search: every second name", search_common },
	{ "search: one name in 500", search_seldom },
	{ "search: 20 names of all", search_rare },
	{ "search: no name at all", search_nothing },
	{ NULL, begin },
	{ "confirm", confirm },
	{ "change", change },
	{ "delete, to the trash", trash },
	{ "delete, for ever", erase },
};

static int
compare(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

/* "name TAB median TAB 95th of 100", in microseconds. */
static void
measure(struct bench *bench, int rounds)
{
	int64_t *times = pool_alloc_array(bench->pool, (size_t)rounds,
	    sizeof(*times));

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (bench->at = 0; bench->at < rounds; bench->at++) {
			int64_t start = clock_monotonic_us();

			rows[i].run(bench);
			times[bench->at] = clock_monotonic_us() - start;
			pool_clear(bench->round);
		}
		qsort(times, (size_t)rounds, sizeof(*times), compare);
		if (rows[i].name != NULL)
			(void)printf("%s\t%lld\t%lld\n", rows[i].name,
			    (long long)times[rounds / 2],
			    (long long)times[rounds * 95 / 100]);
	}
}

static void
start(struct bench *bench)
{
	struct pool *pool = pool_new();
	struct file_rules image_rules;
	struct conf *conf;
	struct err err = ERR_INIT;

	*bench = (struct bench){ .pool = pool, .round = pool_new() };
	log_init(&bench->log, STDERR_FILENO, LOG_ERROR);
	must(settings_load(pool, NULL, (const char *const *)environ, &conf,
		 &err), &err);
	bench->conf = conf;
	bench->backend = (struct backend){ .conf = conf,
		.clock = &bench->clock,
		.log = &bench->log };
	must(backend_open_db(&bench->backend, pool, &err), &err);
	must(backend_load_secret(&bench->backend, pool, &err), &err);
	must(backend_open_store(&bench->backend, pool, &err), &err);
	must(backend_prepare_store(&bench->backend, &err), &err);
	must(rules_load_image(pool, conf, &image_rules, &err), &err);
	rules_load_files(conf, image_rules.sniffer, bench->rules);
}

/* How many are there: "in the middle" means the middle. */
static void
count_rows(struct bench *bench)
{
	struct sql_rows found;
	struct err err = ERR_INIT;

	must(sql_query(bench->backend.db, bench->pool,
		 "SELECT count(*) FROM files WHERE object_key LIKE 'bench/%'",
		 NULL, 0, &found, &err), &err);
	bench->rows = sql_int(&found, 0, 0);
}

static int
usage(void)
{
	(void)fprintf(stderr,
	    "usage: records fill ROWS | records measure ROUNDS\n");
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct bench bench;
	int64_t number;

	if (argc != 3)
		return usage();
	start(&bench);
	if (strcmp(argv[1], "fill") == 0 &&
	    num_parse_i64(slice_str(argv[2]), ROWS_MAX, &number) &&
	    number >= 1000) {
		bench.rows = number;
		fill(&bench);
	} else if (strcmp(argv[1], "measure") == 0 &&
	    num_parse_i64(slice_str(argv[2]), ROUNDS_MAX, &number) &&
	    number > 0) {
		bench.ids = pool_alloc_array(bench.pool, (size_t)number,
		    sizeof(*bench.ids));
		count_rows(&bench);
		measure(&bench, (int)number);
	} else {
		return usage();
	}
	pool_free(&bench.round);
	pool_free(&bench.pool);
	return EXIT_SUCCESS;
}
