/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/conf.h"
#include "base/file.h"
#include "base/num.h"
#include "base/slice.h"

struct value {
	const char *text;   /* never NULL after loading */
	const char *source; /* NULL: from the table */
	const char *file;   /* NULL: from none */
	int64_t number;
};

/* One NAME=value of the file. */
struct entry {
	struct entry *next;
	const char *name;
	const char *text;
	int line;
};

struct conf {
	const struct conf_setting *table;
	size_t count;
	struct value *values;
};

struct loader {
	struct pool *pool;
	const struct conf_input *input;
	struct entry *entries;
};

static const char *
from_environ(const char *const *environ, const char *name)
{
	size_t len = strlen(name);

	for (; environ != NULL && *environ != NULL; environ++)
		if (strncmp(*environ, name, len) == 0 && (*environ)[len] == '=')
			return *environ + len + 1;
	return NULL;
}

static bool
is_in_table(const struct conf_input *input, struct slice name)
{
	for (size_t i = 0; i < input->count; i++) {
		const char *const *names = input->table[i].names;

		for (size_t n = 0; n < CONF_NAMES_MAX && names[n] != NULL; n++)
			if (slice_eq_str(name, names[n]))
				return true;
	}
	return false;
}

/* "NAME" or "NAME_FILE" of any setting. */
static bool
is_known(const struct conf_input *input, struct slice name)
{
	struct slice bare = name;

	if (slice_has_suffix(name, "_FILE"))
		bare.len -= strlen("_FILE");
	return is_in_table(input, name) || is_in_table(input, bare);
}

/*
 * What no setting is called is not repeated in errors: it may be the second
 * line of a secret.
 */
static bool
is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c != '_' && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9'))
			return false;
	}
	return name.len > 0;
}

/* The quoted forms that systemd.exec(5) reads; no escapes, no expansion. */
static int
unquote(struct slice *text, const char *path, int line, struct err *err)
{
	char quote;

	*text = slice_trim(*text);
	if (text->len == 0 || (text->data[0] != '"' && text->data[0] != '\''))
		return 0;
	quote = text->data[0];
	if (text->len < 2 || text->data[text->len - 1] != quote)
		return err_set(err, ERR_INVALID, "%s line %d: unclosed quote",
		    path, line);
	*text = slice_make(text->data + 1, text->len - 2);
	return 0;
}

static int
parse_line(struct loader *loader, struct slice text, int line, struct err *err)
{
	const char *path = loader->input->file;
	struct entry *entry;
	struct slice name, value;
	size_t at;

	if (text.len > 0 && text.data[text.len - 1] == '\r')
		text.len--;
	text = slice_trim(text);
	if (text.len == 0 || text.data[0] == '#' || text.data[0] == ';')
		return 0;
	(void)slice_take_str(&text, "export ");
	at = slice_find(text, '=');
	if (at == text.len)
		return err_set(err, ERR_INVALID, "%s line %d: no \"=\"", path,
		    line);
	name = slice_trim(slice_make(text.data, at));
	value = slice_from(text, at + 1);
	if (!is_name(name))
		return err_set(err, ERR_INVALID,
		    "%s line %d: not a setting's name", path, line);
	if (!is_known(loader->input, name))
		return err_set(err, ERR_INVALID,
		    "%s line %d: unknown setting %.*s", path, line,
		    SLICE_ARG(name));
	if (unquote(&value, path, line, err) == -1)
		return -1;
	entry = POOL_NEW(loader->pool, struct entry);
	entry->name = slice_dup(loader->pool, name);
	entry->text = slice_dup(loader->pool, value);
	entry->line = line;
	entry->next = loader->entries;
	loader->entries = entry;
	return 0;
}

static int
parse_file(struct loader *loader, struct err *err)
{
	struct slice rest, line;
	int number = 0;

	if (file_read(loader->pool, loader->input->file, CONF_VALUE_MAX, &rest,
		err) == -1)
		return -1;
	if (slice_find(rest, '\0') != rest.len)
		return err_set(err, ERR_INVALID, "%s holds a NUL byte",
		    loader->input->file);
	while (slice_next(&rest, '\n', &line))
		if (parse_line(loader, line, ++number, err) == -1)
			return -1;
	return 0;
}

/*
 * The value of a name, environment first; value->source tells which.  NULL
 * when it is empty: of several lines in the file the last one counts.
 */
static const char *
look_up(struct loader *loader, const char *name, struct value *value)
{
	const char *text = from_environ(loader->input->environ, name);

	if (text != NULL && *text != '\0') {
		value->source =
		    pool_format(loader->pool, "environment %s", name);
		return text;
	}
	for (struct entry *e = loader->entries; e != NULL; e = e->next) {
		if (strcmp(e->name, name) != 0)
			continue;
		if (*e->text == '\0')
			return NULL;
		value->source = pool_format(loader->pool, "%s line %d (%s)",
		    loader->input->file, e->line, name);
		value->file = loader->input->file;
		return e->text;
	}
	return NULL;
}

static int
read_value_file(struct loader *loader, const char *path, struct value *value,
    struct err *err)
{
	struct slice data;

	if (file_read(loader->pool, path, CONF_VALUE_MAX, &data, err) == -1)
		return err_wrap(err, "%s", value->source);
	while (data.len > 0 && (data.data[data.len - 1] == '\n' ||
				   data.data[data.len - 1] == '\r'))
		data.len--;
	if (data.len == 0)
		return err_set(err, ERR_INVALID, "%s: %s is empty",
		    value->source, path);
	if (slice_find(data, '\0') != data.len)
		return err_set(err, ERR_INVALID, "%s: %s holds a NUL byte",
		    value->source, path);
	value->text = slice_dup(loader->pool, data);
	value->file = path;
	return 0;
}

/* The file that holds the value of a name, or NULL. */
static const char *
look_up_file(struct loader *loader, const char *name, struct value *value)
{
	const char *file = pool_format(loader->pool, "%s_FILE", name);

	if (is_in_table(loader->input, slice_str(file)))
		return NULL; /* a setting of its own */
	return look_up(loader, file, value);
}

/* Find the winning name; the value stays empty when there is none. */
static int
find_value(struct loader *loader, const struct conf_setting *setting,
    struct value *value, struct err *err)
{
	for (size_t n = 0; n < CONF_NAMES_MAX; n++) {
		const char *name = setting->names[n], *path;

		if (name == NULL)
			break;
		value->text = look_up(loader, name, value);
		if (value->text != NULL)
			return 0;
		path = look_up_file(loader, name, value);
		if (path != NULL)
			return read_value_file(loader, path, value, err);
	}
	value->text = setting->fallback;
	value->source = NULL;
	return 0;
}

static bool
parse_bool(const char *text, int64_t *number_r)
{
	static const char *const yes[] = { "1", "true", "yes", "on" };
	static const char *const no[] = { "0", "false", "no", "off" };

	for (size_t i = 0; i < ARRAY_COUNT(yes); i++) {
		if (slice_eq_case(slice_str(text), yes[i])) {
			*number_r = 1;
			return true;
		}
		if (slice_eq_case(slice_str(text), no[i])) {
			*number_r = 0;
			return true;
		}
	}
	return false;
}

static bool
is_choice(const char *text, const char *choices)
{
	struct slice rest = slice_str(choices), word;

	while (slice_next(&rest, ' ', &word))
		if (slice_eq_str(word, text))
			return true;
	return false;
}

/* NULL when the text is right, else what it should have been. */
static const char *
check_value(struct loader *loader, const struct conf_setting *setting,
    struct value *value)
{
	struct slice text = slice_str(value->text);
	bool is_right = true;

	if (text.len == 0 || setting->type == CONF_TEXT)
		return NULL;
	if (setting->type == CONF_BOOL)
		return parse_bool(value->text, &value->number) ?
		    NULL :
		    "expected true or false";
	if (setting->type == CONF_CHOICE)
		return is_choice(value->text, setting->choices) ?
		    NULL :
		    pool_format(loader->pool, "expected one of: %s",
			setting->choices);
	if (setting->type == CONF_BYTES)
		is_right = num_parse_size(text, setting->max, &value->number);
	else
		is_right = num_parse_i64(text, setting->max, &value->number);
	if (is_right && value->number >= setting->min)
		return NULL;
	return pool_format(loader->pool, "expected %s from %lld to %lld",
	    setting->type == CONF_BYTES ? "bytes (such as 2m)" : "a number",
	    (long long)setting->min, (long long)setting->max);
}

static int
load_value(struct loader *loader, const struct conf_setting *setting,
    struct value *value, struct err *err)
{
	const char *wrong;

	if (find_value(loader, setting, value, err) == -1)
		return -1;
	wrong = check_value(loader, setting, value);
	if (wrong == NULL)
		return 0;
	return err_set(err, ERR_INVALID, "%s: \"%s\" in %s: %s",
	    setting->names[0], setting->is_secret ? "(secret)" : value->text,
	    value->source == NULL ? "the built-in default" : value->source,
	    wrong);
}

int
conf_load(struct pool *pool, const struct conf_input *input,
    struct conf **conf_r, struct err *err)
{
	struct loader loader = { .pool = pool, .input = input };
	struct conf *conf = POOL_NEW(pool, struct conf);

	conf->table = input->table;
	conf->count = input->count;
	conf->values =
	    pool_alloc_array(pool, input->count, sizeof(struct value));
	if (input->file != NULL && parse_file(&loader, err) == -1)
		return -1;
	for (size_t i = 0; i < input->count; i++)
		if (load_value(&loader, &input->table[i], &conf->values[i],
			err) == -1)
			return -1;
	*conf_r = conf;
	return 0;
}

const char *
conf_text(const struct conf *conf, size_t id)
{
	assert(id < conf->count);
	return conf->values[id].text;
}

bool
conf_is_set(const struct conf *conf, size_t id)
{
	assert(id < conf->count);
	return conf->values[id].source != NULL;
}

int64_t
conf_number(const struct conf *conf, size_t id)
{
	assert(id < conf->count);
	return conf->values[id].number;
}

bool
conf_bool(const struct conf *conf, size_t id)
{
	return conf_number(conf, id) != 0;
}

const char *
conf_source(const struct conf *conf, size_t id)
{
	assert(id < conf->count);
	return conf->values[id].source == NULL ? "default" :
						 conf->values[id].source;
}

const char *
conf_file(const struct conf *conf, size_t id)
{
	return conf->values[id].file;
}
