/* SPDX-License-Identifier: MIT */
#include "http/etag.h"

/* Up to the next tag: blanks and commas, of which lists may have too many. */
static void
skip_separators(struct slice *rest)
{
	while (rest->len > 0 &&
	    (rest->data[0] == ' ' || rest->data[0] == '\t' ||
		rest->data[0] == ','))
		*rest = slice_from(*rest, 1);
}

/* entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE; a comma may be inside. */
static bool
take_tag(struct slice *rest, struct slice *tag_r, bool *is_weak_r)
{
	size_t end;

	skip_separators(rest);
	*is_weak_r = slice_take_str(rest, "W/");
	if (!slice_has_prefix(*rest, "\""))
		return false;
	end = 1 + slice_find(slice_from(*rest, 1), '"');
	if (end == rest->len)
		return false;
	*tag_r = slice_make(rest->data, end + 1);
	*rest = slice_from(*rest, end + 1);
	return true;
}

static bool
matches(struct slice header, const char *etag, bool takes_weak)
{
	struct slice tag;
	bool is_weak;

	if (slice_eq_str(slice_trim(header), "*"))
		return true;
	while (take_tag(&header, &tag, &is_weak))
		if ((takes_weak || !is_weak) && slice_eq_str(tag, etag))
			return true;
	return false;
}

/* RFC 9110 section 13.1.2 compares weakly, section 13.1.1 strongly. */
bool
etag_matches(struct slice header, const char *etag)
{
	return matches(header, etag, true);
}

bool
etag_matches_strongly(struct slice header, const char *etag)
{
	return matches(header, etag, false);
}
