/*
 * What the tests of direct uploads stand on: a caller, rules, a picture, and
 * the way of an upload in single steps.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_DIRECTTEST_H
#define MODEL_DIRECTTEST_H

#include "model/direct.h"
#include "modeltest.h"

#define DIRECTTEST_MAX_BYTES (30 * MIB)
#define DIRECTTEST_PENDING_SECS 86400
#define PDF "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
#define HTML "<!DOCTYPE html><html><script>alert(1)</script></html>"
#define UUID "########-####-4###-####-############"

struct directtest {
	struct modeltest *test;
	struct direct direct;
	struct file_rules rules[FILE_KIND_COUNT];
	struct slice image;
	struct pool *pool;
};

int directtest_setup(void **state);
int directtest_teardown(void **state);

struct direct_request directtest_image_request(void);
struct direct_request directtest_document_request(void);
/* Whether URLs lead to a key of their own. */
void directtest_set_copying(struct directtest *f, bool is_copying);
/* Steps that must succeed. */
struct direct_ticket directtest_begin(struct directtest *f,
    const struct direct_request *request);
void directtest_put(struct directtest *f, const struct direct_ticket *ticket,
    struct slice data);
struct file directtest_confirm(struct directtest *f,
    const struct direct_ticket *ticket);
/* Confirm, which must fail with this code. */
struct err directtest_confirm_fails(struct directtest *f,
    const struct direct_ticket *ticket, const char *code);
void directtest_wait_secs(struct directtest *f, int64_t secs);
/* What is left in the outbox of what is due. */
int directtest_run_outbox(struct directtest *f);

/* Rows of "files WHERE ...". */
int64_t directtest_count(struct directtest *f, const char *where);
/* "#" in the pattern is any one character. */
void directtest_like(const char *text, const char *pattern);
/* A live file and its object agree. */
void directtest_check_live(struct directtest *f, const struct file *file);
/*
 * Nothing is lost and nothing is left: each object is wanted by a row or by
 * the outbox, and each live file has its object.
 */
void directtest_check_all(struct directtest *f);

#endif
