/*
 * The lists of stolen passwords agree: first come walks over the keyboard and
 * sequences, then a word or a name, often in disguise, often with a year.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include <passwdqc.h>

#include "base/buf.h"
#include "codec/latin.h"
#include "codec/password.h"
#include "codec/password_private.h"
#include "codec/utf8.h"

enum {
	DECORATION_MAX = 8, /* digits of a date around the words */
	/* What a row of words is worth: short ones 1, others 2. */
	SHORT_WORD = 3,
	WORTH_MAX = 5,
	STRANGE = '\x7f' /* is in no word, and in no password */
};

/*
 * libpasswdqc knows sequences, walks over the keyboard, repetitions, and
 * words of English, also in disguise and from their end.  Its demand for
 * kinds of characters is switched off.
 */
static bool
is_simple(const char *password)
{
	static const passwdqc_params_qc_t params = {
		.min = { PASSWORD_CHARS_MIN, PASSWORD_CHARS_MIN,
		    PASSWORD_CHARS_MIN, PASSWORD_CHARS_MIN,
		    PASSWORD_CHARS_MIN },
		.max = PASSWORD_BYTES_MAX,
		.match_length = 4, /* its own default */
	};

	return passwdqc_check(&params, password, NULL, NULL) != NULL;
}

/* ---- disguises ---- */

/* Without case and accents; what is not Latin is in no word. */
static struct slice
fold(struct pool *pool, const char *password)
{
	struct slice rest = slice_str(password);
	struct buf folded;
	int32_t c;

	buf_init(&folded, pool, PASSWORD_BYTES_MAX);
	while ((c = utf8_take(&rest)) >= 0)
		if (c < 0x80 || !latin_append(&folded, c))
			(void)buf_char(&folded, c < 0x80 ? (char)c : STRANGE);
	for (size_t i = 0; i < folded.len; i++)
		if (folded.data[i] != STRANGE)
			folded.data[i] = (char)tolower(
			    (unsigned char)folded.data[i]);
	return buf_view(&folded);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == STRANGE;
}

/* What stands for a letter; '\0' when it does not. */
static char
undisguise(char c, char one)
{
	static const char from[] = "0345789@$", to[] = "oeastbgas";
	const char *at = c == '\0' ? NULL : strchr(from, c);

	if (c == '1' || c == '!' || c == '|')
		return one;
	return at == NULL ? '\0' : to[at - from];
}

/* The letters of text, where `one` is what a 1 stands for. */
static struct slice
letters_of(struct slice text, char one, char letters[PASSWORD_BYTES_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = is_letter(text.data[i]) ?
		    text.data[i] :
		    undisguise(text.data[i], one);

		if (c != '\0')
			letters[len++] = c;
	}
	return slice_make(letters, len);
}

/* Without the digits and signs at both ends. */
static struct slice
undecorate(struct slice text)
{
	while (text.len > 0 && !is_letter(text.data[0]))
		text = slice_from(text, 1);
	while (text.len > 0 && !is_letter(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* ---- words ---- */

/* The least worth of words that letters end with, after what is before. */
static int
worth_until(struct slice letters, const int *worth)
{
	int least = WORTH_MAX + 1;

	for (size_t len = 1; len <= letters.len && len <= PASSWORD_WORD_MAX;
	     len++) {
		struct slice word = slice_from(letters, letters.len - len);
		int sum = worth[letters.len - len] +
		    (len <= SHORT_WORD ? 1 : 2);

		if (sum < least && password_is_word(word))
			least = sum;
	}
	return least;
}

/* All of it is a few words. */
static bool
is_few_words(struct slice letters)
{
	int worth[PASSWORD_BYTES_MAX + 1] = { 0 };

	for (size_t i = 1; i <= letters.len; i++)
		worth[i] = worth_until(slice_make(letters.data, i), worth);
	return letters.len > 0 && worth[letters.len] <= WORTH_MAX;
}

static bool
is_disguised(struct slice text)
{
	char letters[PASSWORD_BYTES_MAX];

	return is_few_words(letters_of(text, 'i', letters)) ||
	    is_few_words(letters_of(text, 'l', letters));
}

/* Every character twice, or more often. */
static bool
is_doubled(struct slice text)
{
	size_t count = 0;

	for (size_t i = 1; i < text.len; i++)
		count += text.data[i] == text.data[i - 1] &&
		    text.data[i] != STRANGE;
	return 2 * count >= text.len;
}

bool
password_is_common(const char *password)
{
	struct pool *pool = pool_new_secret();
	struct slice all = fold(pool, password), core = undecorate(all);
	bool is_common = is_simple(password) || is_doubled(all) ||
	    is_disguised(all) ||
	    (all.len - core.len <= DECORATION_MAX && is_disguised(core));

	pool_free(&pool);
	return is_common;
}
