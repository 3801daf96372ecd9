# SPDX-License-Identifier: MIT
"""People of a site with AUTH=login: made by almacenctl, logged in by the
login page."""

import itertools

from tap import expect, expect_equal, expect_in

COOKIE = "almacen_session"
WRONG = "La dirección de correo o la contraseña no son correctas."

_numbers = itertools.count(1)


def ctl(site, *arguments):
    """Run almacenctl with the settings of a site; what it prints."""
    done = site.lab.run_ctl("--env-file", site.env_file, *arguments)
    expect_equal(done.returncode, 0, "almacenctl %s: %s" % (
        " ".join(arguments), done.stderr.decode("utf-8", "replace")))
    return done.stdout.decode().strip()


class Person:
    """Somebody with an email address and a password of his own."""

    def __init__(self, site, role="editor", tenant=1):
        self.site = site
        self.email = "p%d@example.org" % next(_numbers)
        self.password = ctl(site, "user", "add", self.email, "--role", role,
                            "--tenant", str(tenant), "--generate")

    def try_login(self, browser, password=None, query="", email=None):
        """Send the form of the login page; its answer."""
        page = browser.get("/login" + query)
        expect_equal(page.status, 200, "the login page")
        return send_login(browser, page, email or self.email,
                          password or self.password)

    def log_in(self, **options):
        """A browser that is logged in."""
        browser = self.site.browser(**options)
        answer = self.try_login(browser)
        expect_equal(answer.status, 302, "logging in: " + answer.text[:2000])
        return browser

    def token(self, scopes, *options):
        text = ctl(self.site, "token", "add", "--user", self.email, "--name",
                   "test", "--scopes", scopes, *options).split()
        return next(word for word in text if word.startswith("alm_"))


def send_login(browser, page, email, password):
    form = page.page.form_with("password")
    expect(form is not None, "no login form in " + page.text[:500])
    return browser.submit(page, form, {"email": email, "password": password})


def press(browser, path, ending):
    """Press the button of the form to an address on a page."""
    page = browser.get(path)
    expect_equal(page.status, 200, "GET " + path)
    form = page.page.form_to(ending)
    expect(form is not None, "no form to %s on %s" % (ending, path))
    return browser.submit(page, form)


def expect_in_and_out(browser, is_in, what):
    """Whether a page is shown, or the way to the login page."""
    answer = browser.get("/products")
    expect_equal(answer.status, 200 if is_in else 302, what)
    if not is_in:
        expect_in("/login?next=%2Fproducts", answer.header("Location"), what)
