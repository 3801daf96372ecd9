/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "codec/date.h"
#include "http/range.h"

static enum range_kind
set_part(struct range *range_r, int64_t offset, int64_t length)
{
	if (length == 0)
		return RANGE_UNSATISFIABLE;
	range_r->offset = offset;
	range_r->length = length;
	return RANGE_PART;
}

/* "-500": the last bytes. */
static enum range_kind
parse_suffix(struct slice text, int64_t size, struct range *range_r)
{
	int64_t length;

	if (!num_parse_i64(text, INT64_MAX, &length))
		return RANGE_ALL;
	if (length > size)
		length = size;
	return set_part(range_r, size - length, length);
}

enum range_kind
range_parse(struct slice header, int64_t size, struct range *range_r)
{
	struct slice rest = slice_trim(header), first;
	int64_t from, to = INT64_MAX;

	*range_r = (struct range){ .length = size };
	if (!slice_take_str(&rest, "bytes=") ||
	    slice_find(rest, '-') == rest.len)
		return RANGE_ALL;
	(void)slice_next(&rest, '-', &first);
	if (first.len == 0)
		return parse_suffix(rest, size, range_r);
	if (!num_parse_i64(first, INT64_MAX, &from) ||
	    (rest.len > 0 && !num_parse_i64(rest, INT64_MAX, &to)) || to < from)
		return RANGE_ALL;
	if (to >= size)
		to = size - 1;
	return set_part(range_r, from, from > to ? 0 : to - from + 1);
}

bool
range_may_apply(struct slice if_range, const char *etag, int64_t modified_secs)
{
	int64_t secs;

	if (if_range.len == 0)
		return true;
	if (slice_has_prefix(if_range, "\""))
		return slice_eq_str(if_range, etag);
	return date_parse_http(if_range, &secs) && secs == modified_secs;
}
