#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/API.md is true: its commands are run in their order, and what comes
back is what it shows.  "…" stands for anything, large numbers and times for
others, and a member "…" for more members."""

import json
import os
import re
import subprocess

import harness
import people
from tap import Failure, expect, expect_equal, fail

SETTINGS = {"AUTH": "login", "RATE_UPLOAD": "120", "RATE_PRESIGN": "300"}
SITE = "https://shop.example/tienda"
DOCUMENT = os.path.join(harness.TOP, "docs/API.md")
IMAGES = os.path.join(harness.TOP, "tests/data/images")
BLOCK = re.compile(r"^```(sh|json|http|text)\n(.*?)^```$", re.M | re.S)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MORE = "…"
EXACT_MAX = 10 ** 6
COMMAND_SECONDS = 20
COMMANDS_MIN = 25


def examples():
    """Pairs of a command and the block that shows its answer, or None."""
    with open(DOCUMENT, encoding="utf-8") as file:
        blocks = BLOCK.findall(file.read())
    for at, (kind, text) in enumerate(blocks):
        if kind == "sh":
            after = blocks[at + 1] if at + 1 < len(blocks) else ("sh", "")
            yield text, None if after[0] == "sh" else after


def expect_like(shown, real, where):
    """What is shown stands for what came."""
    if isinstance(shown, dict) and isinstance(real, dict):
        expect(set(shown) - {MORE} <= set(real) and
               (MORE in shown or len(shown) == len(real)),
               "%s: members %s, not %s" % (where, list(real), list(shown)))
        for name in set(shown) - {MORE}:
            expect_like(shown[name], real[name], where + "." + name)
    elif isinstance(shown, list) and isinstance(real, list):
        expect_equal(len(real), len(shown), where)
        for one, other in zip(shown, real):
            expect_like(one, other, where + "[]")
    elif isinstance(shown, str) and isinstance(real, str):
        expect_text(shown, real, where)
    elif type(shown) is int and type(real) is int and shown > EXACT_MAX:
        expect(real > EXACT_MAX, "%s: %d" % (where, real))
    else:
        expect(type(shown) is type(real) and shown == real,
               "%s: %r, not %r" % (where, real, shown))


def expect_text(shown, real, where):
    if TIME.fullmatch(shown):
        expect(TIME.fullmatch(real), "%s: %r is no time" % (where, real))
        return
    pattern = ".*".join(map(re.escape, shown.split(MORE)))
    expect(re.fullmatch(pattern, real, re.S),
           "%s: %r, not %r" % (where, real, shown))


def expect_head(shown, real):
    """Status and the headers that are shown; more may come."""
    expect_equal(real[0].split()[1], shown[0].split()[1], "status")
    headers = dict(line.lower().split(": ", 1) for line in real[1:])
    for line in shown[1:]:
        name, value = line.lower().split(": ", 1)
        expect(name in headers, "no header " + name)
        expect_text(value, headers[name], name)


class Reader:
    """Somebody who types the commands, and remembers the answers."""

    def __init__(self, site):
        person = people.Person(site)
        self.folder = site.lab.folder("reader-" + site.name)
        with open(os.path.join(IMAGES, "baseline.jpg"), "rb") as file:
            self.write("martillo.jpg", file.read())
        self.write("notas.txt", b"hola\n")
        self.known = {"api": site.url,
                      "auth": "Authorization: Bearer " + person.token("write"),
                      "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        self.url = site.url

    def write(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)

    def type(self, command):
        done = subprocess.run(["/bin/sh", "-c", command], cwd=self.folder,
                              env=self.known, capture_output=True,
                              timeout=COMMAND_SECONDS)
        expect_equal(done.returncode, 0, "exit status: %s" % done.stderr)
        return done.stdout.decode().replace("\r", "").replace(self.url, SITE)

    def learn(self, answer):
        for name, value in answer.items():
            if isinstance(value, (str, int)):
                self.known[name] = str(value).replace(SITE, self.url)

    def compare(self, kind, shown, real):
        if kind == "http":
            shown, _, body = shown.partition("\n\n")
            head, _, real = real.partition("\n\n")
            expect_head(shown.splitlines(), head.splitlines())
            kind, shown = "json" if body else None, body
        if kind == "text":
            expect_text(shown, real, "output")
        elif kind == "json":
            answer = json.loads(real)
            expect_like(json.loads(shown), answer, "answer")
            self.learn(answer)

    def follow(self, command, shown):
        try:
            real = self.type(command)
            if shown:
                self.compare(*shown, real)
        except (Failure, ValueError, OSError) as problem:
            fail("%s%s" % (command, problem))


def read_aloud(lab, *stack):
    site = lab.site(*harness.full_stack(stack), settings=SETTINGS,
                    base="/tienda")
    reader = Reader(site)
    count = 0
    for command, shown in examples():
        reader.follow(command, shown)
        count += 1
    expect(count >= COMMANDS_MIN, "only %d commands" % count)


def test_small(lab):
    """B1 to B17: docs/API.md, typed in, on lighttpd, SQLite and files"""
    read_aloud(lab, "lighttpd", "file")


def test_large(lab):
    """B1 to B17: docs/API.md, typed in, on Apache, PostgreSQL and S3"""
    read_aloud(lab, "apache-proxy", "rgw")


if __name__ == "__main__":
    harness.main(globals())
