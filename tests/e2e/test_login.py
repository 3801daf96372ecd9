#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Logging in and out, the account, tokens and roles, as browsers and programs
do it through real web servers, on both databases."""

import statistics
import threading
import time
import urllib.parse

import harness
import people
import shop
from client import Browser
from people import COOKIE, Person, ctl, expect_in_and_out, press
from tap import expect, expect_equal, expect_in, expect_not_in

STACKS = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"),
          ("apache-fcgid", "file", "sqlite"),
          ("lighttpd-cgi", "file", "pgsql"))
JSON = {"Accept": "application/json"}
FOREIGN_PATHS = ("//evil.example", "///evil.example", "/\\evil.example",
                 "https://evil.example/", "https:evil.example",
                 "javascript:alert(1)", "/%2fevil.example",
                 "/%5cevil.example", "/a//b", "/../a", "/a\r\nX-Bad: 1",
                 "/\tevil.example", "/login", "evil.example")


def jar(browser):
    """The cookies that the browser keeps for the site."""
    return browser.cookies[urllib.parse.urlsplit(browser.base).netloc]


def test_login_and_logout(site):
    """F2 G5 G6: logging in leads back, and logging out ends it everywhere"""
    person = Person(site)
    browser = site.browser()
    asked = browser.get("/products?q=martillo&page=1")
    expect_equal(asked.status, 302, "a page without a login")
    page = browser.follow(asked)
    expect_equal(page.status, 200, "the login page")
    expect_equal(page.header("Cache-Control"), "private, no-store", "caching")
    answer = people.send_login(browser, page, person.email.upper(),
                               person.password)
    expect_equal(answer.status, 302, "logging in")
    expect(answer.header("Location").endswith("/products?q=martillo&page=1"),
           "leads to " + answer.header("Location"))
    cookie = next(line for line in answer.cookies if COOKIE in line)
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        expect_in(attribute, cookie, "attributes")
    expect_not_in("Domain", cookie, "attributes")
    page = browser.follow(answer)
    expect_in(person.email, page.page.text, "who is logged in")
    thief = Browser(site.url)
    thief.cookies = {host: dict(kept)
                     for host, kept in browser.cookies.items()}
    expect_in_and_out(thief, True, "the same cookie elsewhere")
    answer = press(browser, "/products", "/logout")
    expect_equal(answer.status, 302, "logging out")
    expect_in("storage", answer.header("Clear-Site-Data"), "Clear-Site-Data")
    expect_not_in(COOKIE, jar(browser), "cookies after logging out")
    expect_in_and_out(browser, False, "after logging out")
    expect_in_and_out(thief, False, "the old cookie elsewhere")
    expect_in("Se ha cerrado la sesión",
              browser.get("/login").page.text, "message")


def test_wrong_login(site):
    """G8: whatever is wrong, the answer is the same"""
    person = Person(site)
    gone = Person(site)
    ctl(site, "user", "disable", gone.email)
    browser = site.browser()
    texts = set()
    for email, password in ((person.email, "wrong password"),
                            ("nobody@example.org", person.password),
                            (gone.email, gone.password),
                            ("no address", "x")):
        answer = person.try_login(browser, password, email=email)
        expect_equal(answer.status, 403, "status for " + email)
        expect_in(people.WRONG, answer.page.text, "message")
        expect_equal(answer.page.form_with("email").values["email"], email,
                     "the address that was typed")
        texts.add(answer.page.text)
    expect_equal(len(texts), 1, "different texts")
    for secret in (person.password, "wrong password"):
        expect_not_in(secret, site.log(), "the log")
    expect_in_and_out(browser, False, "after all that")


def test_fixation(site):
    """G5: no cookie from before the login is worth anything after it"""
    person = Person(site)
    browser = site.browser()
    browser.get("/login")
    before = jar(browser)[COOKIE]
    person.try_login(browser)
    expect(jar(browser)[COOKIE] != before, "the cookie stayed")
    first = Browser(site.url)
    first.cookies = {host: dict(kept)
                     for host, kept in browser.cookies.items()}
    jar(first)[COOKIE] = before
    expect_in_and_out(first, False, "the cookie from before")
    # logging in once more, as somebody else
    jar(first)[COOKIE] = old = jar(browser)[COOKIE]
    other = Person(site)
    page = first.get("/login")
    expect_equal(page.status, 302, "the login page, logged in")
    other_page = site.browser().get("/login")
    people.send_login(browser, other_page, other.email, other.password)
    expect(jar(browser)[COOKIE] != old, "the cookie stayed")
    expect_in_and_out(first, False, "the cookie of the first login")
    expect_in(other.email, browser.get("/products").page.text, "who it is")


def test_expiry(site):
    """G5: a session ends when it was idle, and at its absolute end"""
    person = Person(site)
    browser = person.log_in()
    expect_in_and_out(browser, True, "a fresh session")
    site.sql("UPDATE sessions SET seen_secs = seen_secs - 43200 + 30")
    expect_in_and_out(browser, True, "just before it is idle for too long")
    site.sql("UPDATE sessions SET seen_secs = seen_secs - 43200")
    expect_in_and_out(browser, False, "idle for too long")
    browser = person.log_in()
    now = int(time.time())
    site.sql("UPDATE sessions SET expires_secs = %d" % (now + 60))
    expect_in_and_out(browser, True, "before the absolute end")
    site.sql("UPDATE sessions SET expires_secs = %d" % (now - 1))
    expect_in_and_out(browser, False, "after the absolute end")
    answer = browser.get("/products", JSON)
    expect_equal(answer.status, 401, "JSON after the end")
    expect_equal(answer.header("WWW-Authenticate"), "Bearer", "challenge")
    answer = browser.post("/products/new", [("name", "x")])
    expect_equal(answer.status, 401, "a form after the end")
    expect(any(link.endswith("/login") for link in answer.page.links),
           "no link to the login")


def test_disabled(site):
    """F2: whoever is disabled is out at once, with session and token"""
    person = Person(site)
    browser = person.log_in()
    token = {"X-Api-Key": person.token("read")}
    expect_in_and_out(browser, True, "before")
    expect_equal(site.browser().get("/products", token).status, 200, "token")
    ctl(site, "user", "disable", person.email)
    expect_in_and_out(browser, False, "after")
    expect_equal(site.browser().get("/products", token).status, 401, "token")
    ctl(site, "user", "enable", person.email)
    expect_in_and_out(browser, False, "the old session, enabled again")
    expect_equal(site.browser().get("/products", token).status, 200, "token")


def test_password(site):
    """G5: changing the password ends all other sessions and not this one"""
    person = Person(site)
    here, there = person.log_in(), person.log_in()
    page = here.get("/account/password")
    form = page.page.form_with("new_password")
    values = {"current_password": "not the current one",
              "new_password": "una frase bastante larga",
              "new_password_again": "una frase bastante larga"}
    answer = here.submit(page, form, values)
    expect_equal(answer.status, 200, "with a wrong current password")
    expect_in("Esta no es la contraseña actual", answer.page.text, "message")
    expect_not_in("una frase", answer.text, "the page")
    expect_in_and_out(there, True, "another session, still")
    values["current_password"] = person.password
    answer = here.submit(page, form, values)
    expect_equal(answer.status, 302, "changing it")
    expect_in_and_out(here, True, "this session")
    expect_in_and_out(there, False, "another session")
    expect_equal(person.try_login(there).status, 403, "the old password")
    expect_equal(person.try_login(there, values["new_password"]).status, 302,
                 "the new password")


def test_sessions(site):
    """F2: sessions are listed and ended one by one, or all others"""
    person = Person(site)
    here, there, third = (person.log_in() for _ in range(3))
    page = here.get("/account/sessions").page
    expect_in("127.0.0.1", page.text, "address")
    expect_equal(len([form for form in page.forms
                      if form.action.endswith("/end")]), 2, "buttons")
    expect_equal(press(here, "/account/sessions", "/end").status, 302, "end")
    left = [browser.get("/products").status for browser in (there, third)]
    expect_equal(sorted(left), [200, 302], "the other two")
    expect_equal(press(here, "/account/sessions", "/end-others").status, 302,
                 "end all others")
    expect_in_and_out(there, False, "the second")
    expect_in_and_out(third, False, "the third")
    expect_in_and_out(here, True, "this one")


def test_cross_site(site):
    """G7: no other site logs anybody in or out"""
    person = Person(site)
    fields = {"email": person.email, "password": person.password}
    browser = site.browser()
    for headers in ({"Origin": "https://evil.example"},
                    {"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site"},
                    {"Origin": "null"}, {}):
        answer = browser.post_urlencoded("/login", fields, headers)
        expect_equal(answer.status, 403, "POST /login with %s" % headers)
        expect_not_in(COOKIE, jar(browser), "cookies")
    browser = person.log_in()
    for headers in ({"Origin": "https://evil.example"},
                    {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = browser.post_urlencoded("/logout", {}, headers)
        expect_equal(answer.status, 403, "POST /logout with %s" % headers)
    expect_in_and_out(browser, True, "after all that")


def test_open_redirect(site):
    """G7: the login leads to paths of our own only"""
    person = Person(site)
    for path in FOREIGN_PATHS:
        browser = site.browser()
        answer = browser.post_urlencoded("/login", {
            "email": person.email, "password": person.password,
            "next": path}, {"Sec-Fetch-Site": "same-origin"})
        expect_equal(answer.status, 302, "logging in with next=%r" % path)
        expect_equal(answer.header("Location"), "/", "next=%r" % path)
        answer = browser.get(
            "/login?" + urllib.parse.urlencode({"next": path}))
        # some web servers refuse control characters themselves
        expect_in(answer.status, (302, 400), "status for next=%r" % path)
        if answer.status == 302:
            expect_equal(answer.header("Location"), "/", "next=%r" % path)


def test_tokens(site):
    """F2: a token does what its scopes and its user's role allow"""
    person = Person(site)
    browser = person.log_in()
    page = browser.get("/account/tokens")
    answer = browser.submit(page, page.page.form_with("days"), {
        "name": "copias", "scope": "read", "days": "30"})
    expect_equal(answer.status, 200, "making a token")
    start = answer.text.index("alm_")
    read = answer.text[start:].split("<")[0]
    expect_not_in("alm_", browser.get("/account/tokens").text, "a second look")
    write = person.token("write")
    program = site.browser()
    for name, form in (("Authorization", "Bearer %s"),
                       ("Authorization", "bearer %s"), ("X-Api-Key", "%s")):
        expect_equal(program.get("/products", {name: form % read}).status,
                     200, "reading with " + name)
        expect_equal(program.get("/products/new", {name: form % read}).status,
                     403, "writing with a token for reading by " + name)
        expect_equal(program.get("/products/new",
                                 {name: form % write}).status, 200,
                     "writing with " + name)
    answer = program.post("/products/new", list(shop.fields().items()),
                          {"Authorization": "Bearer " + write})
    expect_equal(answer.status, 302, "making a product with a token")
    for path in ("/account", "/account/tokens", "/account/sessions"):
        expect_equal(program.get(path, {"X-Api-Key": write}).status, 403,
                     path + " with a token")
    answer = press(browser, "/account/tokens", "/revoke")
    expect_equal(answer.status, 302, "revoking")
    revoked = [program.get("/products", {"X-Api-Key": token}).status
               for token in (read, write)]
    expect_equal(sorted(revoked), [200, 401], "one of both is revoked")
    for bad in (read[:-1], read + "A", "alm_", "x"):
        answer = program.get("/products", {"Authorization": "Bearer " + bad})
        expect_equal(answer.status, 401, "the token %r" % bad)
        expect_in("invalid_token", answer.header("WWW-Authenticate"),
                  "challenge")
    for secret in (read, write, jar(browser)[COOKIE]):
        expect_not_in(secret, site.log(), "the log")


def test_roles(site):
    """F2: viewers look, editors and admins change"""
    for role, status in (("viewer", 403), ("editor", 200), ("admin", 200)):
        browser = Person(site, role).log_in()
        expect_equal(browser.get("/products").status, 200, role + " looks")
        expect_equal(browser.get("/products/new").status, status,
                     role + " opens the form")
        answer = browser.post("/products/new", list(shop.fields().items()),
                              {"Sec-Fetch-Site": "same-origin"})
        expect_equal(answer.status, 403 if status == 403 else 302,
                     role + " makes a product")


def test_tenants(site):
    """F1: at the host of another tenant nobody is known"""
    name = "t%d.example.org" % site.port
    ctl(site, "tenant", "add", "Otra", "--host", name)
    tenant = site.sql("SELECT id FROM tenants WHERE host = ?", name)[0][0]
    ours, theirs = Person(site), Person(site, tenant=tenant)
    there = {"Host": name}
    for person, host, is_known in ((ours, None, True), (ours, there, False),
                                   (theirs, None, True),
                                   (theirs, there, True)):
        browser = site.browser()
        browser.get("/login")
        fields = {"email": person.email, "password": person.password}
        headers = dict(host or {}, **{"Sec-Fetch-Site": "same-origin"})
        answer = browser.post_urlencoded("/login", fields, headers)
        expect_equal(answer.status, 302 if is_known else 403,
                     "%s at %s" % (person.email, host))
    browser = ours.log_in()
    expect_equal(browser.get("/products").status, 200, "at home")
    expect_equal(browser.get("/products", there).status, 302, "there")
    token = {"X-Api-Key": ours.token("read")}
    expect_equal(site.browser().get("/products", dict(token, **there)).status,
                 401, "a token there")


def test_https(lab):
    """G6: under https the cookie is __Host- and Secure"""
    site = lab.site(settings={"AUTH": "login", "ENVIRONMENT": "production",
                              "BASE_URL": "https://shop.example"})
    person = Person(site)
    browser = site.browser()
    answer = person.try_login(browser)
    expect_equal(answer.status, 302, "logging in")
    expect(answer.cookies, "no cookies")
    for cookie in answer.cookies:
        expect(cookie.startswith("__Host-"), "name of " + cookie)
        expect_in("; Secure", cookie, "attributes")
        expect_in("; Path=/;", cookie, "attributes")
    expect_in_and_out(browser, True, "with it")
    kept = jar(browser)
    kept[COOKIE] = kept.pop("__Host-" + COOKIE)
    expect_in_and_out(browser, False, "by the plain name")


def test_prefix(lab):
    """F2: logging in below a mount point"""
    site = lab.site("apache-proxy", base="/tienda",
                    settings={"AUTH": "login"})
    person = Person(site)
    browser = site.browser()
    asked = browser.get("/products/new?x=1")
    expect_equal(asked.header("Location"),
                 "/tienda/login?next=%2Fproducts%2Fnew%3Fx%3D1", "way there")
    answer = people.send_login(browser, browser.follow(asked), person.email,
                               person.password)
    expect_equal(answer.header("Location"), "/tienda/products/new?x=1",
                 "way back")
    expect_equal(browser.follow(answer).status, 200, "the page")


def test_server_login(lab):
    """F2: with the web server's login tokens work beside it"""
    site = lab.site("apache-proxy", settings={
        "AUTH": "remote_user", "ENVIRONMENT": "production"})
    expect_equal(site.browser().get("/products").status, 401, "nobody")
    expect_equal(site.browser().get("/login").status, 404, "the login page")
    person = Person(site)
    token = {"Authorization": "Bearer " + person.token("read")}
    expect_equal(site.browser().get("/products", token).status, 200, "token")


def guess(site, address, count, email, statuses):
    """Guess at an account from one address."""
    browser = Browser(site.url, address=address)
    for number in range(count):
        answer = browser.post_urlencoded(
            "/login", {"email": email, "password": "guess %d" % number},
            {"Sec-Fetch-Site": "same-origin"})
        statuses.append(answer.status)


def start_guessing(site, email, statuses):
    """1,000 guesses from eight addresses at once."""
    threads = [threading.Thread(target=guess, args=(
        site, "127.0.0.%d" % number, 125, email, statuses))
        for number in range(2, 10)]
    for thread in threads:
        thread.start()
    return threads


def test_guessing(lab):
    """G4: 1,000 guesses neither hold up nor lock out anybody"""
    site = lab.site(settings={"AUTH": "login", "RATE_LOGIN": "10"})
    victim, other = Person(site), Person(site)
    at_home = victim.log_in()
    press(at_home, "/products", "/logout")
    statuses, times = [], []
    begin = time.monotonic()
    threads = start_guessing(site, victim.email, statuses)
    while any(thread.is_alive() for thread in threads) or len(times) < 5:
        start = time.monotonic()
        expect_equal(other.try_login(site.browser()).status, 302,
                     "somebody else's login")
        times.append(time.monotonic() - start)
    spent = time.monotonic() - begin
    expect_equal(len(statuses), 1000, "guesses")
    expect_equal(set(statuses) - {403, 429, 503}, set(), "their answers")
    expect(statuses.count(403) < 150, "%d guesses were tried"
           % statuses.count(403))
    expect(statistics.median(times) < 3, "logins took %s s" % times)
    expect(spent < 60, "all took %d s" % spent)
    # a strange browser that guessed is held back, the known one is not
    guess(site, None, 11, victim.email, [])
    answer = victim.try_login(site.browser())
    expect_equal(answer.status, 429, "the victim in a strange browser")
    expect(0 < int(answer.header("Retry-After")) <= 60, "Retry-After")
    expect_in("segundos", answer.page.text, "the page")
    expect_equal(victim.try_login(at_home).status, 302,
                 "the victim in his own browser")


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS, settings={"AUTH": "login"})
