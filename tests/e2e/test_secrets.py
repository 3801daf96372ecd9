#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A day at a site, and then a search for every secret that was in use: in all
that was logged, shown, noted, kept, printed or visible in the process list."""

import glob
import json
import os
import secrets
import threading
import time
import urllib.parse

import client
import harness
import pictures
from client import Browser, File
from objects import Relay
from people import COOKIE, Person, ctl
from tap import expect, expect_equal, expect_in, fail

STACKS = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"))
JSON = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}


class Recorder(Browser):
    """Keeps what each answer said, but for the cookies it set."""

    def __init__(self, said, *arguments, **options):
        super().__init__(*arguments, **options)
        self.said = said

    def request(self, method, url, body=None, headers=None):
        answer = super().request(method, url, body, headers)
        lines = ["%s: %s" % item for item in answer.headers.items()
                 if item[0].lower() != "set-cookie"]
        self.said.append("\n".join(lines) + "\n"
                         + answer.body.decode("utf-8", "replace"))
        return answer


class Watch:
    """The command lines of almacen's processes while it is entered."""

    def __init__(self):
        self.lines = set()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self):
        while not self._is_over.wait(0.02):
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(path, "rb") as file:
                        line = file.read().decode("utf-8", "replace")
                except OSError:
                    continue
                name = os.path.basename(line.split("\0")[0])
                if name.startswith("almacen"):
                    self.lines.add(line)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()


class Day:
    """A site, the secrets of its day, and what was said."""

    def __init__(self, lab, stack):
        self.said = []      # pages and answers
        self.printed = []   # by almacenctl
        self.relay = None
        self.of_people = {"a wrong password": secrets.token_hex(12)}
        self.of_site = {"SECRET_KEY": secrets.token_hex(32),
                        "the database's password": secrets.token_hex(12)}
        settings = {"AUTH": "login", "SECRET_KEY": self.of_site["SECRET_KEY"]}
        if stack[1] == "rgw":
            parts = urllib.parse.urlsplit(lab.s3.endpoint)
            self.relay = Relay((parts.hostname, parts.port))
            settings["S3_ENDPOINT"] = self.relay.endpoint
            self.of_site["S3_SECRET_KEY"] = lab.s3.secret_key
        self.site = lab.site(*stack, settings=settings)
        url = self.site.settings.get("DATABASE_URL")
        if url:
            self.site.restart(DATABASE_URL="%s&password=%s" % (
                url, self.of_site["the database's password"]))

    def browser(self):
        return Recorder(self.said, self.site.url)

    def print(self, *arguments):
        done = self.site.lab.run_ctl("--env-file", self.site.env_file,
                                     *arguments)
        self.printed.append((done.stdout + done.stderr).decode())

    def signature(self, url):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        self.of_people["a signature"] = query["X-Amz-Signature"][0]


def log_in(day, person):
    browser = day.browser()
    expect_equal(person.try_login(
        browser, day.of_people["a wrong password"]).status, 403, "a guess")
    expect_equal(person.try_login(browser).status, 302, "logging in")
    day.of_people["the password"] = person.password
    return browser


def change_password(day, browser, person):
    new = day.of_people["the new password"] = secrets.token_hex(12)
    page = browser.get("/account/password")
    answer = browser.submit(page, page.page.form_with("new_password"), {
        "current_password": person.password, "new_password": new,
        "new_password_again": new})
    expect_equal(answer.status, 302, "changing the password")
    jar = next(iter(browser.cookies.values()))
    day.of_people["the session"] = jar[COOKIE]


def make_token(day, browser):
    """Shown by this page and never again."""
    page = browser.get("/account/tokens")
    answer = browser.submit(page, page.page.form_with("days"), {
        "name": "copias", "scope": "write", "days": "30"})
    token = answer.text[answer.text.index("alm_"):].split("<")[0]
    day.said.pop()
    day.of_people["the token"] = token
    bearer = {"Authorization": "Bearer " + token, "Accept": JSON["Accept"]}
    expect_equal(day.browser().get("/files", bearer).status, 200, "a token")
    expect_equal(day.browser().get("/files", {
        "X-Api-Key": token + "x"}).status, 401, "a wrong one")


def share(day, browser):
    kind, body = client.multipart([("file_type", "image"), (
        "file", File("a.png", pictures.png(), "image/png"))])
    answer = browser.request(
        "POST", browser.at("/files/upload/direct"), body,
        dict(JSON, **{"Content-Type": kind}))
    path = "/files/%d" % answer.json["file_id"]
    link = browser.request("POST", browser.at(path + "/share"), b"", dict(
        JSON, **{"Content-Type": "application/x-www-form-urlencoded"})) \
        .json["url"]
    # These three show what they are made to show.
    found = browser.get(link)
    url = browser.get(path + "/presigned-url", JSON).json["url"]
    del day.said[-3:]
    expect_equal((found.status, browser.request("GET", url).status),
                 (302, 200), "link and URL")
    day.of_people["a share link"] = link.rsplit("/", 1)[1]
    day.signature(url)
    browser.get(path, JSON)
    browser.get(path)


def look_around(day, browser):
    for path in ("/", "/files", "/account", "/account/tokens",
                 "/account/sessions", "/products", "/openapi.json",
                 "/no/such/page", "/s/none"):
        browser.get(path)
        browser.get(path, JSON)


def fail_at_storage(day, browser):
    """B16 in a bad hour: neither the page nor the log says too much."""
    if day.relay is None:
        return
    day.relay.stop()
    try:
        answer = browser.post("/upload", [("file", File(
            "a.png", pictures.png(), "image/png"))], JSON)
    finally:
        day.relay.start()
    expect_in(answer.status, (502, 503), "status of %r" % answer)
    expect_equal(answer.json["detail"], "Storage connection failed", "detail")


def ask_operator(day, person):
    for words in (("config",), ("doctor",), ("user", "list", "--json"),
                  ("token", "list", "--user", person.email, "--json"),
                  ("audit", "list", "--json"), ("audit", "export"),
                  ("sweep",), ("bucket",)):
        day.print(*words)
    if "DATABASE_URL" not in day.site.settings:
        return
    # one that cannot start says so without the password
    done = day.site.lab.run_ctl(
        "--env-file", day.site.env_file, "user", "list", env={
            "DATABASE_URL": "postgresql:///x?host=/nonexistent&user=x"
            "&password=" + day.of_site["the database's password"]})
    expect(done.returncode != 0, "a database that is not there")
    day.printed.append((done.stdout + done.stderr).decode())


def spend(day):
    person = Person(day.site)
    browser = log_in(day, person)
    change_password(day, browser, person)
    make_token(day, browser)
    share(day, browser)
    look_around(day, browser)
    fail_at_storage(day, browser)
    ask_operator(day, person)


def search(day, lines):
    found = []
    audit = day.site.rows("SELECT * FROM audit")
    places = {"the log": day.site.log(), "a page": "\n".join(day.said),
              "what almacenctl printed": "\n".join(day.printed),
              "the audit log": json.dumps(audit),
              "the database": "\n".join(day.site.database.dump()),
              "the process list": "\n".join(lines)}
    expect(all(len(text) > 100 for text in places.values()),
           "nothing in %s" % [name for name, text in places.items()
                              if len(text) <= 100])
    for kind in (day.of_site, day.of_people):
        for name, secret in kind.items():
            expect(len(secret) > 15, "%s is no secret" % name)
            found += ["%s is in %s" % (name, place)
                      for place, text in places.items() if secret in text]
    if found:
        fail("; ".join(found))


def test_secrets(lab):
    """F6: no secret is logged, shown, noted, kept or in the process list"""
    for stack in STACKS:
        day = Day(lab, stack)
        with Watch() as watch:
            spend(day)
            time.sleep(0.1)
        search(day, watch.lines)
        day.site.stop()


if __name__ == "__main__":
    harness.main(globals())
