/* SPDX-License-Identifier: MIT */
#include "http/accept.h"

enum { WEIGHT_ONE = 1000 };

/* How exactly an item names what we asked about. */
enum match { MATCH_NONE, MATCH_ANY, MATCH_TYPE, MATCH_EXACT };

struct item {
	struct slice name;
	int weight; /* thousandths; -1 for an item that cannot be read */
};

struct standing {
	int weight;
	enum match match;
	int position;
};

/* qvalue: "0" or "1" with up to three places (RFC 9110 section 12.4.2). */
static int
parse_weight(struct slice text)
{
	int weight, unit = WEIGHT_ONE;

	if (text.len == 0 || (text.data[0] != '0' && text.data[0] != '1'))
		return -1;
	weight = (text.data[0] - '0') * WEIGHT_ONE;
	if (text.len == 1)
		return weight;
	if (text.data[1] != '.' || text.len > 5)
		return -1;
	for (size_t i = 2; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		unit /= 10;
		weight += (text.data[i] - '0') * unit;
	}
	return weight > WEIGHT_ONE ? -1 : weight;
}

/* "name;param=x;q=0.5": the name and its weight. */
static struct item
parse_item(struct slice text)
{
	struct item item = { .weight = WEIGHT_ONE };
	struct slice param;

	(void)slice_next(&text, ';', &item.name);
	item.name = slice_trim(item.name);
	while (slice_next(&text, ';', &param)) {
		param = slice_trim(param);
		if (slice_take_str(&param, "q=") ||
		    slice_take_str(&param, "Q="))
			item.weight = parse_weight(param);
	}
	return item;
}

enum lang
accept_language(struct slice header, enum lang fallback)
{
	enum lang best = fallback, lang;
	int best_weight = 0;
	struct slice text;

	while (slice_next(&header, ',', &text)) {
		struct item item = parse_item(text);

		if (item.weight <= best_weight)
			continue;
		if (slice_eq_str(item.name, "*"))
			lang = fallback;
		else if (!lang_find(item.name, &lang))
			continue;
		best = lang;
		best_weight = item.weight;
	}
	return best;
}

static enum match
match_type(struct slice range, const char *type, const char *any_subtype)
{
	if (slice_eq_case(range, type))
		return MATCH_EXACT;
	if (slice_eq_case(range, any_subtype))
		return MATCH_TYPE;
	if (slice_eq_str(range, "*/*"))
		return MATCH_ANY;
	return MATCH_NONE;
}

/* The most exact range decides the weight of a type (section 12.5.1). */
static void
consider(struct standing *standing, const struct item *item, enum match match,
    int position)
{
	if (match <= standing->match)
		return;
	*standing = (struct standing){ .weight = item->weight,
		.match = match,
		.position = position };
}

/* Whether the first is wanted rather than the second. */
static bool
is_before(const struct standing *a, const struct standing *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	if (a->weight == 0)
		return false;
	if (a->match != b->match)
		return a->match > b->match;
	return a->position < b->position;
}

struct accept_format
accept_format(struct slice header)
{
	struct standing json = { .weight = 0 }, html = { .weight = 0 };
	struct slice text;

	for (int position = 0; slice_next(&header, ',', &text); position++) {
		struct item item = parse_item(text);

		if (item.weight < 0)
			continue;
		consider(&json, &item,
		    match_type(item.name, "application/json", "application/*"),
		    position);
		consider(&html, &item,
		    match_type(item.name, "text/html", "text/*"), position);
	}
	return (struct accept_format){ .wants_json = is_before(&json, &html),
		.wants_html = is_before(&html, &json) };
}
