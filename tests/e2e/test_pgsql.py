#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""When PostgreSQL is restarted, away, or not as it should be: no wrong
answer, all is well again when it is, and doctor says what to do."""

import contextlib
import itertools
import json
import secrets
import subprocess
import threading
import time

import harness
import shop
from databases import ROLE, Postgres
from tap import expect, expect_equal, expect_in, expect_not_in, wait_for

CUSTOMERS = 4
PASSWORD = "secret-of-the-url"
SAID_AWAY_SECONDS = 16      # with the patience of a start


def site_of(lab, server, web="lighttpd", **settings):
    return lab.site(web, "file", server, settings=dict(
        {"WORKERS": "2", "DATABASE_POOL": "4"}, **settings))


class Customers:
    """Create products, each with a SKU that is sent once."""

    def __init__(self, site):
        self.site = site
        self.numbers = itertools.count(1)
        self.created = set()
        self.refused = {}           # SKU: status
        self._stop = False

    def _work(self):
        while not self._stop:
            sku = "PG-%05d" % next(self.numbers)
            try:
                answer = shop.curl_create(self.site.browser(),
                                          shop.fields(sku=sku))
                status = answer.status
            except OSError as problem:
                status = str(problem)
            if status == 302:
                self.created.add(sku)
            else:
                self.refused[sku] = status

    @contextlib.contextmanager
    def at_work(self):
        threads = [threading.Thread(target=self._work)
                   for _ in range(CUSTOMERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop = True
            for thread in threads:
                thread.join()

    def wait_for_more(self):
        before = len(self.created)
        wait_for(lambda: len(self.created) > before + 10, "more products", 30)


def check_restarts(lab, web):
    server = lab.own_pgsql()
    site = site_of(lab, server, web)
    customers = Customers(site)
    with customers.at_work():
        for _ in range(3):
            customers.wait_for_more()
            server.ctl("restart", "-m", "immediate")
        customers.wait_for_more()
    rows = [sku for sku, in site.rows("SELECT sku FROM products")]
    expect_equal(customers.refused, {}, "products that were refused")
    expect_equal(len(rows), len(set(rows)), "SKUs that are there once")
    expect_equal(set(rows), customers.created, "products")
    server.ctl("stop", "-m", "fast")


def test_restarts(lab):
    """I6: PostgreSQL crashes in mid-load: no request fails, all is kept once"""
    check_restarts(lab, "lighttpd")


def test_restarts_cgi(lab):
    """I6: the same with a process and a connection for each request"""
    check_restarts(lab, "lighttpd-cgi")


def test_idle_connections(lab):
    """I6: all idle connections die: nobody notices"""
    server = lab.own_pgsql()
    site = site_of(lab, server)
    customers = Customers(site)
    with customers.at_work():
        customers.wait_for_more()
    for _ in range(3):
        server.psql("almacen", "SELECT count(pg_terminate_backend(pid)) FROM"
                    " pg_stat_activity WHERE usename = '%s'" % ROLE)
        for _ in range(6):
            answer = shop.curl_create(site.browser(), shop.fields())
            expect_equal(answer.status, 302, "status")
    server.ctl("stop", "-m", "fast")


def test_away(lab):
    """I6 B16: PostgreSQL is away: 503, soon at once; and back without help"""
    server = lab.own_pgsql()
    site = site_of(lab, server)
    browser = site.browser()
    shop.create_product(browser)
    server.ctl("stop", "-m", "fast")
    times = []
    for _ in range(6):
        start = time.monotonic()
        answer = browser.get("/products")
        times.append(time.monotonic() - start)
        expect_equal(answer.status, 503, "status")
        for secret in (server.socket_dir, ROLE, "PGSQL", "libpq"):
            expect_not_in(secret, answer.text, "page")
    expect(max(times) < 25, "an answer took %s" % times)
    # each worker has found out for itself
    expect(min(times) < 2, "no answer came at once: %s" % times)
    server.ctl("start")
    expect_equal(browser.get("/products").status, 200, "list")
    shop.create_product(browser)
    expect_equal(site.product_count(), 2, "products")
    server.ctl("stop", "-m", "fast")


def test_away_at_start(lab):
    """A start without PostgreSQL says what is missing, and no password"""
    folder = lab.folder("no-server")
    env_file = lab.folder("away") + "/almacen.env"
    with open(env_file, "w", encoding="utf-8") as file:
        file.write("ENVIRONMENT=development\nSTORE=file\nAUTH=open\n"
                   "TEMPLATE_DIR={0}/templates\nSTATIC_DIR={0}/static\n"
                   "LOCALE_DIR={0}/locale\n".format(lab.share))
        file.write("DATA_DIR=%s\nDATABASE_URL=postgresql://%s:%s@/x?host=%s\n"
                   % (lab.folder("away", "data"), ROLE, PASSWORD, folder))
    harness.give_away(env_file)
    start = time.monotonic()
    done = subprocess.run(
        [lab.program("almacen.fcgi"), "--env-file", env_file, "--workers",
         "0", "--listen", lab.folder("away") + "/socket"], timeout=30,
        stdin=subprocess.DEVNULL, capture_output=True)
    said = (done.stdout + done.stderr).decode()
    expect(done.returncode != 0, "it started")
    expect(time.monotonic() - start < SAID_AWAY_SECONDS, "it took long")
    expect_in(folder, said, "message")
    expect_in("No such file", said, "message")
    expect_not_in(PASSWORD, said, "message")


# What doctor says.

def database_finding(lab, url, **settings):
    env = dict({"ENVIRONMENT": "development", "STORE": "file",
                "DATA_DIR": lab.folder("doctor"),
                "TEMP_DIR": lab.folder("doctor", "temp"),
                "DATABASE_URL": url}, **settings)
    done = lab.run_ctl("doctor", "--json", env=env)
    said = done.stdout.decode()
    expect_not_in(PASSWORD, said + done.stderr.decode(), "output")
    return {check["name"]: check
            for check in json.loads(said)["checks"]}["database"]


def expect_finding(finding, state, text, fix):
    expect_equal(finding["state"], state, "state of %s" % finding)
    expect_in(text, finding["text"], "text")
    expect_in(fix, finding["fix"], "fix")


def test_doctor_well(lab):
    """Doctor: a database of PostgreSQL is well, or has never been used"""
    server = lab.pgsql
    database = Postgres(server)
    url = server.url(database.name)
    expect_finding(database_finding(lab, url), "warning", "no tables yet",
                   "start the program")
    tables = server.psql(database.name, "SELECT count(*) FROM pg_tables"
                         " WHERE schemaname = 'public'")
    expect_equal(tables.strip(), "0", "tables that doctor made")
    site = site_of(lab, server)
    url = site.settings["DATABASE_URL"].replace(
        "user=" + ROLE, "user=%s&password=%s" % (ROLE, PASSWORD))
    expect_finding(database_finding(lab, url), "ok", "PostgreSQL", "")
    expect_finding(database_finding(lab, url, WORKERS="100",
                                    DATABASE_POOL="64"),
                   "warning", "6600 connections", "DATABASE_POOL")


def test_doctor_settings_of_a_database(lab):
    """Doctor: a database that is read-only, forgetful, or does not know Ñ"""
    server = lab.pgsql
    site = site_of(lab, server)
    name, url = site.database.name, site.settings["DATABASE_URL"]
    for setting, value, state, text, fix in (
            ("default_transaction_read_only", "on", "bad", "only be read",
             "primary"),
            ("synchronous_commit", "off", "warning", "with the power",
             "synchronous_commit")):
        server.psql("almacen", "ALTER DATABASE %s SET %s = %s"
                    % (name, setting, value))
        expect_finding(database_finding(lab, url), state, text, fix)
        server.psql("almacen", "ALTER DATABASE %s RESET %s"
                    % (name, setting))
    server.psql("almacen", "ALTER DATABASE %s CONNECTION LIMIT 8" % name)
    expect_finding(database_finding(lab, url), "warning",
                   "the server has 8 for them", "WORKERS")
    site.stop()

    plain = "e2e_" + secrets.token_hex(6)
    server.psql("almacen", "CREATE DATABASE %s OWNER %s LOCALE 'C'"
                " TEMPLATE template0" % (plain, ROLE))
    site.restart(DATABASE_URL=server.url(plain))
    expect_finding(database_finding(lab, server.url(plain)), "warning", "Ñ",
                   "C.UTF-8")


def test_doctor_wrong_place(lab):
    """Doctor: no server, no such database, no rights, a wrong encoding"""
    server = lab.pgsql
    other = "e2e_" + secrets.token_hex(6)
    server.psql("almacen", "CREATE DATABASE %s" % other)
    expect_finding(database_finding(lab, server.url(other)), "bad",
                   "may not make tables", "OWNER")
    latin = "e2e_" + secrets.token_hex(6)
    server.psql("almacen", "CREATE DATABASE %s OWNER %s ENCODING 'LATIN1'"
                " LOCALE 'C' TEMPLATE template0" % (latin, ROLE))
    expect_finding(database_finding(lab, server.url(latin)), "bad",
                   "LATIN1", "DATABASE_URL")
    start = time.monotonic()
    expect_finding(database_finding(lab, server.url("absent")), "bad",
                   '"absent" does not exist', "DATABASE_URL")
    folder = lab.folder("no-server")
    expect_finding(database_finding(
        lab, "postgresql://%s:%s@/x?host=%s" % (ROLE, PASSWORD, folder)),
        "bad", "No such file", "start the server")
    expect_finding(database_finding(
        lab, "postgresql://%s:%s/x@localhost/x" % (ROLE, PASSWORD)),
        "bad", "%2F", "DATABASE_URL")
    expect(time.monotonic() - start < 4 * SAID_AWAY_SECONDS, "it took long")


if __name__ == "__main__":
    harness.main(globals())
