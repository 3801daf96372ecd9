# SPDX-License-Identifier: MIT
"""The service as it is delivered, with people, tokens, limits and the audit
log, on both databases; and what the limits and the log cost of it."""

import json
import re

import direct
import people
import pictures
import shop
from driver import Load, Table, processes_of

DATABASES = ("sqlite", "pgsql")
FILES = 1000
# High enough that nobody is refused; each request is counted all the same.
RATES = ("RATE_UPLOAD", "RATE_PRESIGN", "RATE_LOGIN")
ALL = dict({name: "1000000" for name in RATES}, AUDIT="on")
WITHOUT = (
    ("without the audit log", {"AUDIT": "off"}),
    ("without limits", {name: "0" for name in RATES}),
    ("without both", dict({name: "0" for name in RATES}, AUDIT="off")),
)


class Client:
    """One person with a token and a session, and her file."""

    def __init__(self, site):
        self.site = site
        person = people.Person(site)
        self.token = {"Authorization": "Bearer " + person.token("read,write")}
        browser = person.log_in()
        self.cookie = {"Cookie": "; ".join(
            "%s=%s" % item for jar in browser.cookies.values()
            for item in jar.items()), "Accept": "text/html"}
        self.browser = browser
        self.picture = pictures.photo(10_000)
        self.confirm = self.upload()
        caller = direct.Caller(self.token)
        status, answer = caller.json(site.url + self.confirm, {})
        if status != 200:
            raise RuntimeError("confirm: %d %s" % (status, answer))
        self.file_id = int(re.search(r"\d+", self.confirm).group())

    def upload(self):
        return direct.upload_directly(self.site, direct.Caller(self.token),
                                      self.picture)

    def key(self):
        return self.site.rows("SELECT object_key FROM files WHERE id = ?",
                              self.file_id)[0][0]


def core_jobs(client, bodies):
    """What the targets are about: name, path, arguments, headers."""
    fields = direct.ticket_fields(client.picture)
    return [
        ("presign", direct.PRESIGN, bodies.json("presign", **fields)(200),
         client.token),
        ("redirect", "/files/%d/download" % client.file_id, ["get", "302"],
         client.token),
    ]


def more_jobs(client, bodies):
    product = shop.create_product(client.browser, None, shop.picture_file(
        pictures.photo(10_000)))
    as_page = dict(client.token, Accept="text/html")
    return [
        ("redirect by name (asks S3)", "/download/" + client.key(),
         ["get", "302"], as_page),
        ("confirm again", client.confirm, bodies.json("confirm")(200),
         client.token),
        ("list of 50 of %d" % FILES, "/files?limit=50", ["get", "200"],
         client.token),
        ("product page, logged in", "/products/%d" % product,
         ["get", "200"], client.cookie),
        ("own account, logged in", "/account", ["get", "200"],
         client.cookie),
    ]


def run_jobs(site, hello, table, load, jobs):
    """Each job beside a hello-world that gets the same request."""
    for name, path, arguments, headers in jobs:
        ask = [arguments[0], "200", *arguments[2:]]
        floor = load.run(hello.url + path, ask, processes_of(hello), headers)
        table.row("hello, %s" % arguments[0].upper(), load.clients, floor)
        found = load.run(site.url + path, arguments, processes_of(site),
                         headers)
        table.row("**%s**" % name, load.clients, found, floor)
    return floor


def fill(client):
    """So many files: a list is read from an index, not from all of them."""
    caller = direct.Caller(client.token)
    for _ in range(FILES):
        body = json.dumps(direct.ticket_fields(client.picture)).encode()
        caller.request("POST", client.site.url + direct.PRESIGN, body,
                       dict(client.token, **{
                           "Content-Type": "application/json"}))
    client.site.sql("UPDATE files SET state = 'live', expires_secs = 0"
                    " WHERE state = 'pending'")


def start(lab, server, database, options, settings):
    return lab.site(server, options.store, database, s3=options.s3_server,
                    settings={**ALL, "AUTH": "login",
                              "LOG_LEVEL": "warning", **settings})


def bench_first_confirms(client, table, clients, floor):
    paths = [client.upload() for _ in range(direct.FIRST_CONFIRMS)]
    table.row("**confirm 10 KB**", clients, direct.confirm_each(
        client.site, paths, clients, client.token), floor)


def bench_all(lab, server, database, hello, options, bodies):
    site = start(lab, server, database, options, {})
    client = Client(site)
    table = Table("behind %s, on %s" % (server, database))
    jobs = core_jobs(client, bodies) + more_jobs(client, bodies)
    fill(client)
    for clients in options.clients:
        load = Load(options.seconds, clients)
        floor = run_jobs(site, hello, table, load, jobs)
        bench_first_confirms(client, table, clients, floor)
    site.stop()


def bench_without(lab, server, database, hello, options, bodies):
    for title, settings in WITHOUT:
        site = start(lab, server, database, options, settings)
        client = Client(site)
        table = Table("behind %s, on %s, %s" % (server, database, title))
        for clients in options.clients:
            run_jobs(site, hello, table, Load(options.seconds, clients),
                     core_jobs(client, bodies))
        site.stop()


def bench(lab, server, hello, options, bodies):
    for database in DATABASES:
        bench_all(lab, server, database, hello, options, bodies)
        bench_without(lab, server, database, hello, options, bodies)
