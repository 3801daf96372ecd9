/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/attr.h"
#include "codec/container.h"
#include "codec/filecheck.h"
#include "codec/filename.h"
#include "codec/image.h"
#include "codec/sniff.h"

enum {
	DECLARED_BYTES_MAX = 127,
	TAIL_BYTES = 2 * FILECHECK_END_BYTES /* half of it is moved at once */
};

_Static_assert((int)FILECHECK_END_BYTES == (int)SNIFF_BYTES,
    "the head is what is sniffed");

/* A refusal with what it is about; FILE_ACCEPTED while there is none. */
struct finding {
	enum file_refusal refusal;
	const char *detail;
	const char *reason;
};

struct filecheck {
	struct pool *pool;
	struct file_rules rules;
	int64_t size_bytes;
	/* What name and declaration promise; NULL: they promise nothing. */
	const struct media_type *promised;
	/* What the content is; NULL until it was judged, or when unknown. */
	const struct media_type *sniffed;
	struct finding naming;	/* from declared type and extension */
	struct finding content; /* from sniffing */
	struct image *image;	/* once the content was judged good */
	char *head;		/* the first SNIFF_BYTES, or NULL */
	size_t head_len;
	char *tail; /* the latest bytes of what is no image, or NULL */
	size_t tail_len;
	bool is_judged;
};

static const char *const codes[] = {
	[FILE_ACCEPTED] = "",
	[FILE_EMPTY] = "file_empty",
	[FILE_TOO_LARGE] = "file_too_large",
	[FILE_TYPE_NOT_ALLOWED] = "type_not_allowed",
	[FILE_EXTENSION_NOT_ALLOWED] = "extension_not_allowed",
	[FILE_TYPE_MISMATCH] = "type_mismatch",
	[FILE_DAMAGED] = "file_damaged",
	[FILE_TOO_MANY_PIXELS] = "too_many_pixels",
	[FILE_TOO_MANY_FRAMES] = "too_many_frames",
};

static void
find(struct finding *finding, enum file_refusal refusal, const char *detail,
    const char *reason)
{
	*finding = (struct finding){ refusal, detail, reason };
}

/* The type as it may be shown: lower case, printable ASCII, not endless. */
static const char *
printable_type(struct pool *pool, const char *declared)
{
	struct slice bare = media_type_bare(slice_str(declared));
	char *text;

	if (bare.len > DECLARED_BYTES_MAX)
		bare.len = DECLARED_BYTES_MAX;
	text = slice_dup(pool, bare);
	for (char *p = text; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (*p <= ' ' || *p > '~')
			*p = '?';
	}
	return text;
}

/* Ours, of the wanted kind, and on the list under any of its names. */
static bool
is_allowed_type(const struct file_rules *rules, const struct media_type *type)
{
	struct slice rest, name;

	if (type == NULL || type->kind != rules->kind)
		return false;
	rest = slice_str(rules->allowed_types);
	while (media_list_next(&rest, &name))
		if (media_type_find(name) == type)
			return true;
	return false;
}

static void
judge_declaration(struct filecheck *check, const char *declared)
{
	struct slice text = slice_str(declared);
	const char *shown;

	if (media_type_is_undeclared(text))
		return;
	check->promised = media_type_find(text);
	if (is_allowed_type(&check->rules, check->promised))
		return;
	shown = printable_type(check->pool, declared);
	find(&check->naming, FILE_TYPE_NOT_ALLOWED, shown,
	    pool_format(check->pool, "type %s is not allowed", shown));
}

static void
judge_name(struct filecheck *check, const char *name)
{
	const char *extension = filename_extension(check->pool, name);
	const struct media_type *type =
	    media_type_by_extension(check->rules.kind, slice_str(extension));
	const char *allowed = check->rules.allowed_extensions;

	if (!is_allowed_type(&check->rules, type) ||
	    (*allowed != '\0' &&
		!media_list_has(allowed, slice_str(extension)))) {
		find(&check->naming, FILE_EXTENSION_NOT_ALLOWED, extension,
		    *extension == '\0' ?
			"the name has no extension" :
			pool_format(check->pool,
			    "extension \"%s\" is not allowed", extension));
		return;
	}
	if (check->promised != NULL && check->promised != type)
		find(&check->naming, FILE_TYPE_MISMATCH, NULL,
		    pool_format(check->pool,
			"declared as %s, but \"%s\" is an extension of %s",
			check->promised->name, extension, type->name));
	if (check->promised == NULL)
		check->promised = type;
}

struct filecheck *
filecheck_new(struct pool *pool, const struct file_rules *rules,
    const char *name, const char *declared_type)
{
	struct filecheck *check = POOL_NEW(pool, struct filecheck);

	check->pool = pool;
	check->rules = *rules;
	judge_declaration(check, declared_type);
	if (name != NULL && check->naming.refusal == FILE_ACCEPTED)
		judge_name(check, name);
	return check;
}

static void
mismatch(struct filecheck *check, const char *sniffed)
{
	find(&check->content, FILE_TYPE_MISMATCH, sniffed,
	    check->promised == NULL ?
		pool_format(check->pool, "the content is %s", sniffed) :
		pool_format(check->pool, "the content is %s, not %s", sniffed,
		    check->promised->name));
}

/* The type that libmagic's name stands for here; NULL: none we take. */
static const struct media_type *
recognize(const struct filecheck *check, struct slice name)
{
	const struct media_type *type = check->promised;

	if (type == NULL || !media_type_can_be(type, name))
		type = media_type_by_content(check->rules.kind, name);
	return is_allowed_type(&check->rules, type) ? type : NULL;
}

/*
 * Name the content and, when it is what it should be, start its walker.  A
 * sniffer that fails refuses: there is no accepting what nobody looked at.
 */
static void
judge_content(struct filecheck *check)
{
	struct image_limits limits = {
		.max_pixels = check->rules.max_pixels,
		.max_frames = check->rules.max_frames,
	};
	struct slice head = slice_make(check->head, check->head_len);
	char *type = pool_alloc(check->pool, SNIFF_TYPE_MAX);
	struct err err = ERR_INIT;

	check->is_judged = true;
	if (sniffer_type(check->rules.sniffer, head, type, &err) == -1) {
		find(&check->content, FILE_DAMAGED, "content not recognized",
		    pool_strdup(check->pool, err.text));
		return;
	}
	check->sniffed = recognize(check, slice_str(type));
	if (check->sniffed == NULL ||
	    (check->promised != NULL && check->sniffed != check->promised)) {
		mismatch(check, type);
		return;
	}
	if (check->naming.refusal == FILE_TYPE_MISMATCH) {
		find(&check->content, FILE_TYPE_MISMATCH, type,
		    check->naming.reason);
		return;
	}
	if (check->rules.kind != FILE_IMAGE)
		return;
	check->image = image_new(check->pool, check->sniffed->name, &limits);
	if (check->image == NULL)
		mismatch(check, type);
	else
		image_feed(check->image, head);
}

static bool
is_named_wrong(const struct filecheck *check)
{
	return check->naming.refusal == FILE_TYPE_NOT_ALLOWED ||
	    check->naming.refusal == FILE_EXTENSION_NOT_ALLOWED;
}

/* Move bytes to the head; judge it when it is full. */
static void
fill_head(struct filecheck *check, struct slice *bytes)
{
	size_t len = bytes->len;

	if (check->head == NULL)
		check->head = pool_alloc(check->pool, SNIFF_BYTES);
	if (len > SNIFF_BYTES - check->head_len)
		len = SNIFF_BYTES - check->head_len;
	memcpy(check->head + check->head_len, bytes->data, len);
	check->head_len += len;
	*bytes = slice_from(*bytes, len);
	if (check->head_len == SNIFF_BYTES)
		judge_content(check);
}

/* Keep at least the last FILECHECK_END_BYTES that came in a row. */
static void
fill_tail(struct filecheck *check, struct slice bytes)
{
	if (check->tail == NULL)
		check->tail = pool_alloc(check->pool, TAIL_BYTES);
	while (bytes.len > 0) {
		size_t len = TAIL_BYTES - check->tail_len;

		if (len > bytes.len)
			len = bytes.len;
		memcpy(check->tail + check->tail_len, bytes.data, len);
		check->tail_len += len;
		bytes = slice_from(bytes, len);
		if (check->tail_len < TAIL_BYTES)
			continue;
		check->tail_len = FILECHECK_END_BYTES;
		memmove(check->tail,
		    check->tail + TAIL_BYTES - FILECHECK_END_BYTES,
		    FILECHECK_END_BYTES);
	}
}

static bool
is_too_large(const struct filecheck *check)
{
	return check->size_bytes > check->rules.max_bytes;
}

void
filecheck_feed(struct filecheck *check, struct slice bytes)
{
	if (bytes.len == 0)
		return;
	check->size_bytes += (int64_t)bytes.len;
	if (is_too_large(check) || is_named_wrong(check))
		return;
	if (check->rules.kind != FILE_IMAGE)
		fill_tail(check, bytes);
	if (!check->is_judged)
		fill_head(check, &bytes);
	if (check->image != NULL)
		image_feed(check->image, bytes);
}

void
filecheck_skip(struct filecheck *check, int64_t bytes)
{
	assert(check->rules.kind != FILE_IMAGE);
	assert(check->head_len == FILECHECK_END_BYTES ||
	    filecheck_is_refused(check));
	check->size_bytes += bytes;
	check->tail_len = 0;
}

bool
filecheck_is_refused(const struct filecheck *check)
{
	return is_too_large(check) ||
	    check->naming.refusal != FILE_ACCEPTED ||
	    check->content.refusal != FILE_ACCEPTED ||
	    (check->image != NULL &&
		image_status(check->image) != IMAGE_WHOLE);
}

const char *
filecheck_type(const struct filecheck *check)
{
	bool is_certain = check->is_judged &&
	    check->content.refusal == FILE_ACCEPTED &&
	    check->naming.refusal == FILE_ACCEPTED;

	return is_certain ? check->sniffed->name : "";
}

/* Both ends of a container that nobody walks through. */
static struct finding
judge_ends(struct filecheck *check)
{
	const struct container_ends ends = {
		.head = slice_make(check->head, check->head_len),
		.tail = slice_make(check->tail, check->tail_len),
		.size_bytes = check->size_bytes,
	};
	const char *reason = container_check(check->sniffed->name, &ends);

	if (reason == NULL)
		return (struct finding){ FILE_ACCEPTED, "", "" };
	return (struct finding){ FILE_DAMAGED, reason, reason };
}

/* What the walker found. */
static struct finding
judge_structure(struct filecheck *check, struct file_verdict *verdict)
{
	static const enum file_refusal refusals[] = {
		[IMAGE_WHOLE] = FILE_ACCEPTED,
		[IMAGE_DAMAGED] = FILE_DAMAGED,
		[IMAGE_TOO_MANY_PIXELS] = FILE_TOO_MANY_PIXELS,
		[IMAGE_TOO_MANY_FRAMES] = FILE_TOO_MANY_FRAMES,
	};
	struct image_info info;
	enum image_status status = image_finish(check->image, &info);
	const char *reason = image_reason(check->image);

	verdict->width = info.width;
	verdict->height = info.height;
	verdict->frames = info.frames;
	verdict->orientation = info.orientation;
	return (struct finding){ refusals[status], reason, reason };
}

/* The first refusal in the order of C3. */
static struct finding
first_finding(struct filecheck *check, struct file_verdict *verdict)
{
	if (check->size_bytes == 0)
		return (struct finding){ FILE_EMPTY, "", "the file is empty" };
	if (is_too_large(check))
		return (struct finding){ FILE_TOO_LARGE, "",
			pool_format(check->pool,
			    "%lld bytes, %lld are allowed",
			    (long long)check->size_bytes,
			    (long long)check->rules.max_bytes) };
	if (is_named_wrong(check))
		return check->naming;
	if (!check->is_judged)
		judge_content(check);
	if (check->content.refusal != FILE_ACCEPTED)
		return check->content;
	return check->image == NULL ? judge_ends(check) :
				      judge_structure(check, verdict);
}

static void
name_type(const struct filecheck *check, const struct media_type *type,
    struct file_verdict *verdict)
{
	verdict->type = "";
	verdict->extension = "";
	if (type == NULL)
		return;
	verdict->type = type->name;
	verdict->extension =
	    slice_dup(check->pool, media_type_extension(type));
}

static void
name_finding(struct finding finding, struct file_verdict *verdict)
{
	verdict->refusal = finding.refusal;
	verdict->code = codes[finding.refusal];
	verdict->detail = finding.detail;
	verdict->reason = finding.reason;
}

void
filecheck_naming(const struct filecheck *check, struct file_verdict *verdict_r)
{
	struct finding finding = check->naming;

	if (finding.refusal == FILE_ACCEPTED)
		finding.detail = finding.reason = "";
	else if (finding.detail == NULL) /* nothing was sniffed yet */
		finding.detail = "";
	*verdict_r = (struct file_verdict){ .size_bytes = 0 };
	name_finding(finding, verdict_r);
	name_type(check, check->promised, verdict_r);
}

void
filecheck_finish(struct filecheck *check, struct file_verdict *verdict_r)
{
	struct file_verdict verdict = { .size_bytes = check->size_bytes };

	name_finding(first_finding(check, &verdict), &verdict);
	name_type(check, check->sniffed, &verdict);
	*verdict_r = verdict;
}
