#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Rate limits (F3): exact over processes, instances and web servers, on both
databases; what whoever is refused reads; headers that choose no bucket."""

import concurrent.futures
import json
import os
import time

import client
import harness
from tap import expect, expect_equal, expect_in, expect_not_in

# web server, store and database
SITES = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"),
         ("apache-fcgid", "file", "sqlite"),
         ("lighttpd-cgi", "file", "pgsql"),
         ("lighttpd-cgi", "file", "sqlite"))
ASK = "/files/upload/presigned"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
CLIENTS = 8
PASSWORD = "vela-trueno-77"
FORGED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP",
          "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Remote-Addr")


def ask(site, headers=None):
    """One presigned URL is wanted."""
    body = json.dumps({"original_filename": "martillo.png",
                       "file_type": "image"}).encode()
    return client.Browser().request("POST", site.url + ASK, body,
                                    dict(JSON, **(headers or {})))


def knock(site, number):
    """A link that is none, with another forged address each time."""
    address = "198.51.100.%d" % number
    headers = {name: "for=" + address if name == "Forwarded" else address
               for name in FORGED}
    return client.Browser().request("GET", site.url + "/s/none", None,
                                    headers)


def each_site(lab, **settings):
    for stack in SITES:
        site = lab.site(*stack, settings=settings)
        yield site
        site.stop()


def at_once(function, count):
    """The answers, and how many seconds they took together."""
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(function, range(count)))
    return answers, time.monotonic() - start


def check_exact(answers, seconds, limit):
    """So many, and those that came back while it took its time."""
    statuses = [answer.status for answer in answers]
    allowed = statuses.count(200)
    expect_equal(allowed + statuses.count(429), len(statuses),
                 "statuses are 200 and 429: %s" % statuses)
    more = int(seconds * limit / 60) + 1 if seconds > 60 / limit else 0
    expect(limit <= allowed <= limit + more,
           "%d were allowed in %.1f s, the limit is %d"
           % (allowed, seconds, limit))


# The tests


def test_two_instances(lab):
    """F3: exact over two instances of several workers, on both databases"""
    for database in ("sqlite", "pgsql"):
        first = lab.site("lighttpd", "file", database, settings={
            "RATE_PRESIGN": "24", "WORKERS": "3", "THREADS": "3"})
        second = lab.site("apache-proxy", "file", twin_of=first)
        answers, seconds = at_once(
            lambda number: ask((first, second)[number % 2]), 80)
        check_exact(answers, seconds, 24)
        for site in (first, second):
            answer = ask(site)
            expect_equal(answer.header("RateLimit-Policy"),
                         '"presign";q=24;w=60', "policy")
        first.stop()
        second.stop()


def test_headers(lab):
    """F3: RateLimit headers on each answer, Retry-After on a refusal"""
    for site in each_site(lab, RATE_PRESIGN="2"):
        for left in (1, 0):
            answer = ask(site)
            expect_equal(answer.status, 200, "status of %r" % answer)
            expect_equal(answer.header("RateLimit-Policy"),
                         '"presign";q=2;w=60', "policy")
            expect_in('"presign";r=%d;t=' % left, answer.header("RateLimit"),
                      "what is left")
            expect_equal(answer.header("Retry-After"), "", "no wait")
        answer = ask(site)
        expect_equal(answer.status, 429, "status of %r" % answer)
        expect_in('"presign";r=0;t=', answer.header("RateLimit"), "limit")
        wait = int(answer.header("Retry-After"))
        expect(20 <= wait <= 30, "Retry-After is %d" % wait)
        expect_equal(answer.json["error"], "rate_limited", "code")
        expect_in("Please try again in %d seconds" % wait,
                  answer.json["detail"], "detail")
        # What is not limited says nothing of limits.
        page = site.browser().get("/products")
        expect_equal((page.status, page.header("RateLimit")), (200, ""),
                     "a page")


def test_pages(lab):
    """F3: the page says how long to wait, in both languages"""
    for site in each_site(lab, RATE_UPLOAD="1"):
        for language, title, text in (
                ("en", "Too many requests", "Please try again in "),
                ("es", "Demasiadas solicitudes", "Inténtelo de nuevo en ")):
            browser = site.browser(language)
            for _ in range(2):
                answer = browser.post("/products/new", [("name", "x")])
            expect_equal(answer.status, 429, "status of %r" % answer)
            expect_in(title, answer.page.text, "title")
            expect_in(text + answer.header("Retry-After") + " se",
                      answer.page.text, "how long")


def test_forged_headers(lab):
    """F3 G: no header chooses the bucket of an address"""
    for site in each_site(lab, RATE_PRESIGN="3"):
        statuses = [knock(site, number).status for number in range(20)]
        expect_equal(statuses[12:], [429] * 8, "beyond four times the limit")
        expect_equal(set(statuses[:12]), {404}, "up to it: %s" % statuses)
        expect_equal(ask(site).status, 429, "as the address is the same")


def test_wrong_logins(lab):
    """F3 F1: guesses at a password are limited, on both databases"""
    for site in each_site(lab, AUTH="login", RATE_LOGIN="4"):
        done = lab.run_ctl("--env-file", site.env_file, "user", "add",
                           "ana@example.com", "--password-stdin",
                           data=(PASSWORD + "\n").encode())
        expect_equal(done.returncode, 0, done.stderr.decode())
        statuses = [log_in(site, "wrong-%d" % number).status
                    for number in range(6)]
        expect_equal(statuses[4:], [429, 429], "statuses %s" % statuses)
        expect_not_in(429, statuses[:4], "the first four")
        answer = log_in(site, "wrong", "es")
        expect(0 < int(answer.header("Retry-After")) <= 60, "Retry-After")
        expect_in('"login";r=0;t=', answer.header("RateLimit"), "RateLimit")
        expect_in("segundos", answer.page.text, "how long")


def log_in(site, password, language="en"):
    browser = site.browser(language)
    page = browser.get("/login")
    return browser.submit(page, page.page.form_with("password"),
                          {"email": "ana@example.com", "password": password})


def test_no_limits(lab):
    """F3: limits of 0 keep no buckets at all"""
    site = lab.site("lighttpd")
    for _ in range(20):
        answer = ask(site)
        expect_equal((answer.status, answer.header("RateLimit"),
                      answer.header("RateLimit-Policy")), (200, "", ""),
                     "an answer")
    expect_equal([name for name in os.listdir(site.data)
                  if "limits" in name], [], "files of buckets")


def test_buckets_away(lab):
    """F3: when the buckets cannot be had people go on working"""
    site = lab.site("lighttpd", settings={"RATE_PRESIGN": "2"})
    os.mkdir(os.path.join(site.data, "almacen.db-limits"))
    for _ in range(5):
        answer = ask(site)
        expect_equal((answer.status, answer.header("RateLimit")), (200, ""),
                     "an answer without buckets")
    expect_in("not counted", site.log(), "the log")
    os.rmdir(os.path.join(site.data, "almacen.db-limits"))
    statuses = [ask(site).status for _ in range(4)]
    expect_equal(statuses, [200, 200, 429, 429], "once they are back")


def test_sweep(lab):
    """F3: buckets that are full again do not pile up"""
    for database in ("sqlite", "pgsql"):
        site = lab.site("lighttpd", "file", database,
                        settings={"RATE_PRESIGN": "1000"})
        expect_equal(ask(site).status, 200, "an answer")
        time.sleep(0.2)  # a token comes back in 60 ms
        done = lab.run_ctl("--env-file", site.env_file, "sweep")
        expect_equal(done.returncode, 0, done.stderr.decode())
        if database == "pgsql":
            expect_equal(site.rows("SELECT count(*) FROM rate_buckets"),
                         [(0,)], "buckets")
        site.stop()


if __name__ == "__main__":
    harness.main(globals())
