/* SPDX-License-Identifier: MIT */
#include "tmpl/render-pair.h"
#include "tmpl/skeleton.h"

/* What attackers write where a name was asked for. */
static const char *const attacks[] = {
	"<script>alert(1)</script>",
	"</title><script>alert(1)</script>",
	"</textarea><img src=x onerror=alert(1)>",
	"\"><svg onload=alert(1)>",
	"'><svg onload=alert(1)>",
	"\" onmouseover=\"alert(1)",
	"' onmouseover='alert(1)",
	"` onmouseover=`alert(1)",
	"x onfocus=alert(1) autofocus",
	"--><script>alert(1)</script><!--",
	"]]><script>alert(1)</script>",
	"<!--",
	"<![CDATA[",
	"<",
	"</",
	"&lt;script&gt;",
	"&#60;script&#62;",
	"&quot; onclick=&quot;",
	"{{x}}",
	"{{#_}}x{{/_}}",
	"\\\" onclick=\\\"",
	"\xc2\xa0\" onclick=\"",
	"+ADw-script+AD4-",
	"\n<script>\n",
	"%22%3E%3Cscript%3E",
	"javascript:alert(1)",
	"JaVaScRiPt:alert(1)",
	" javascript:alert(1)",
	"\tjavascript:alert(1)",
	"java\nscript:alert(1)",
	"java\tscript:alert(1)",
	"javascript\n:alert(1)",
	"\x01javascript:alert(1)",
	"javascript&colon;alert(1)",
	"&#106;avascript:alert(1)",
	"javascript%3Aalert(1)",
	"data:text/html,<script>alert(1)</script>",
	"data:image/svg+xml;base64,AAAA",
	"vbscript:msgbox(1)",
	"blob:x",
	"file:///etc/passwd",
	"view-source:x",
	"//host/x\" onclick=\"",
	"http:\" onclick=\"alert(1)",
	"http://host/' onclick='",
	":alert(1)",
};

/* Every position that a value may stand in. */
static const char *const positions[] = {
	"<p>%s</p>",
	"<title>%s</title>",
	"<textarea>%s</textarea>",
	"<p title=\"%s\">",
	"<p title='%s'>",
	"<p title=\"a %s b\" id=\"c\">",
	"<input value=\"%s\" required>",
	"<p {{#x}}title=\"%s\"{{/x}} lang=\"es\">",
	"<p>{{#x}}<b>%s</b>{{/x}}</p>",
	"<a href=\"%s\">x</a>",
	"<a href='%s'>x</a>",
	"<a href=\"%s/x\">x</a>",
	"<a href=\"/x/%s\">x</a>",
	"<a href='/x/%s'>x</a>",
	"<a href=\"https://host/%s\">x</a>",
	"<a href=\"/x?q=%s&amp;r=1\">x</a>",
	"<a href='/x#%s'>x</a>",
	"<form action=\"%s\"><button formaction=\"%s\">x</button></form>",
	"<img src=\"%s\" alt=\"%s\">",
	"<p title=\"{{#_}}Hello {{x}}{{/_}}\">{{#_}}Hello {{x}}{{/_}}</p>",
};

/* The position with {{x}} in the place of %s. */
static const char *
make_template(struct pool *pool, const char *position)
{
	struct slice rest = slice_str(position);
	struct buf text;

	buf_init(&text, pool, 4096);
	while (rest.len > 0) {
		if (slice_take_str(&rest, "%s"))
			buf_str(&text, "{{x}}");
		else
			buf_char(&text, (char)slice_take(&rest));
	}
	return text.data;
}

static const char *
render_value(struct pool *pool, const char *template, const char *value)
{
	struct json *view = json_object(pool);

	json_set_text(view, "x", value);
	return render_pair(pool, template, NULL, json_format(pool, view));
}

static const char *
skeleton_of(struct pool *pool, const char *page)
{
	const char *problem;
	struct buf out;

	buf_init(&out, pool, 4096);
	problem = skeleton(&out, slice_str(page));
	if (problem != NULL)
		fail_msg("%s: %s", page, problem);
	return out.data;
}

static void
test_matrix(void **state)
{
	(void)state;
	for (size_t p = 0; p < ARRAY_COUNT(positions); p++) {
		struct pool *pool = pool_new();
		const char *template = make_template(pool, positions[p]);
		const char *expected =
		    skeleton_of(pool, render_value(pool, template, "x"));

		for (size_t a = 0; a < ARRAY_COUNT(attacks); a++) {
			const char *page =
			    render_value(pool, template, attacks[a]);

			if (strcmp(skeleton_of(pool, page), expected) != 0)
				fail_msg("changed markup: %s", page);
			if (strstr(page, "<script") != NULL)
				fail_msg("script: %s", page);
		}
		pool_free(&pool);
	}
}

/* As browsers do: what they drop dropped, up to the first ":" a scheme. */
static bool
has_bad_scheme(const char *url)
{
	char scheme[16];
	size_t len = 0;

	for (; *url != '\0' && strchr("/?#\"", *url) == NULL; url++) {
		if ((unsigned char)*url <= ' ')
			continue;
		if (*url == ':')
			return !slice_eq_case(slice_make(scheme, len),
				   "http") &&
			    !slice_eq_case(slice_make(scheme, len), "https") &&
			    !slice_eq_case(slice_make(scheme, len), "mailto") &&
			    !slice_eq_case(slice_make(scheme, len), "about");
		if (len < sizeof(scheme))
			scheme[len++] = *url;
	}
	return false;
}

static void
test_schemes(void **state)
{
	static const char *const attrs[] = { "href", "src", "action",
		"formaction", "poster", "data", "cite", "HREF", "xlink:href" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(attrs); i++) {
		struct pool *pool = pool_new();
		const char *template =
		    pool_format(pool, "<p %s=\"{{x}}\">", attrs[i]);

		for (size_t a = 0; a < ARRAY_COUNT(attacks); a++) {
			const char *page =
			    render_value(pool, template, attacks[a]);

			if (has_bad_scheme(strchr(page, '"') + 1))
				fail_msg("scheme: %s", page);
		}
		pool_free(&pool);
	}
}

static void
test_texts(void **state)
{
	static const struct {
		const char *text, *value, *expected;
	} rows[] = {
		{ "{{x}}", "<a href=\"x\">&'", "&lt;a href=\"x\"&gt;&amp;'" },
		{ "<p title=\"{{x}}\">", "<\"'&>",
		    "<p title=\"&lt;&quot;&#39;&amp;&gt;\">" },
		{ "<a href=\"{{x}}\">", "https://h/a b?c=d&e='\"#f",
		    "<a href=\"https://h/a%20b?c=d&amp;e=%27%22#f\">" },
		{ "<a href=\"{{x}}\">", "/á%20b", "<a href=\"/%C3%A1%20b\">" },
		{ "<a href=\"{{x}}\">", "MAILTO:a@b.c",
		    "<a href=\"MAILTO:a@b.c\">" },
		{ "<a href=\"{{x}}\">", "javascript:f()",
		    "<a href=\"about:invalid\">" },
		{ "<a href=\"{{x}}\">", "x?y:z", "<a href=\"x?y:z\">" },
		{ "<a href=\"{{x}}\">", "", "<a href=\"\">" },
		{ "<a href=\"{{x}}/p\">", "", "<a href=\"/p\">" },
		{ "<a href=\"/{{x}}/p\">", "a/b:c", "<a href=\"/a/b:c/p\">" },
		{ "<a href=\"/?q={{x}}\">", "a/b&c=d#e á",
		    "<a href=\"/?q=a%2Fb%26c%3Dd%23e%20%C3%A1\">" },
		{ "<a href=\"#{{x}}\">", "a\"b", "<a href=\"#a%22b\">" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(render_value(pool, rows[i].text,
					rows[i].value),
		    rows[i].expected);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests_name("tmpl/escape", tests, NULL, NULL);
}
