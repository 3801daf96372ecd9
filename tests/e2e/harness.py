# SPDX-License-Identifier: MIT
"""Real web servers, a real S3 server and the real program, started for a
test and always taken down again.

    import harness

    def test_list(site):
        "E1: The list is there"
        expect_equal(site.browser().get("/products").status, 200, "status")

    if __name__ == "__main__":
        harness.main(globals(), stacks=harness.MAIN_STACKS)

Everything of one run lives in one folder below /tmp, everything runs as an
unprivileged user when root started it, every process is ended by its id.

Environment: E2E_BUILD is the build folder (default: build-check); E2E_STAGE an
installed tree, made from it when absent; E2E_S3 "ENDPOINT ACCESS SECRET" of
an S3 server to share, started when absent; E2E_PGSQL the socket folder of a
PostgreSQL to share, started when absent; E2E_STACKS limits the stacks
("lighttpd/file/sqlite apache-proxy/rgw/pgsql"); E2E_KEEP=1 keeps the folder.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse

import httpd
from client import Browser
from databases import Postgres, Server, Sqlite
from objects import S3, FileTree, Swift
from tap import Tap, collect, expect, run_test, title_of, wants, wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
WEB_SERVERS = ("lighttpd", "lighttpd-cgi", "apache-fcgid", "apache-proxy")
STORES = ("file", "rgw")
MAIN_STACKS = tuple((server, store) for server in WEB_SERVERS
                    for store in STORES)
FILE_STACKS = tuple((server, "file") for server in WEB_SERVERS)
ONE_STACK = (("lighttpd", "file"),)
# A stack of two runs on SQLite but for these; a third word chooses.  So every
# web server and every store sees both databases.
ON_PGSQL = (("lighttpd", "rgw"), ("lighttpd-cgi", "file"),
            ("apache-fcgid", "file"), ("apache-proxy", "rgw"))
UNPRIVILEGED_USER = "nobody"
# what a sanitizer says when it finds something
BUG_REPORT = re.compile(r"ERROR: (Address|Leak|Thread)Sanitizer|"
                        r"runtime error:|Assertion .* failed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tail(path, lines=12):
    try:
        with open(path, "rb") as file:
            text = file.read()[-20000:].decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def full_stack(stack):
    """A stack with its database."""
    if len(stack) == 3:
        return stack
    return (*stack, "pgsql" if stack in ON_PGSQL else "sqlite")


class Lab:
    """The folder, the S3 server and the sites of one run.

    server "swift" is OpenStack Swift, which no other suite shares, in place
    of Ceph; it lets scripts of swift_origin in.
    """

    swift_origin = "https://shop.example"

    def __init__(self, server="rgw"):
        # short, since socket paths must fit in 107 bytes
        self.dir = tempfile.mkdtemp(prefix="e2e-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.build = os.path.abspath(os.environ.get(
            "E2E_BUILD", os.path.join(TOP, "build-check")))
        self.sites = []
        self._closers = []
        self._stage = os.environ.get("E2E_STAGE")
        self._server = server
        self._s3 = None
        self._pgsql = None

    @property
    def stage(self):
        """The installed tree: what a package would hold, readable by all."""
        if not self._stage:
            stage = os.path.join(self.dir, "stage")
            done = subprocess.run(
                ["make", "-s", "-C", self.build, "install",
                 "DESTDIR=" + stage, "prefix=/usr/local"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
            expect(done.returncode == 0, "make install failed:\n"
                   + done.stdout.decode("utf-8", "replace")[-1500:])
            self._stage = stage
        return self._stage

    def program(self, name):
        return os.path.join(self.stage, "usr/local/bin", name)

    @property
    def share(self):
        return os.path.join(self.stage, "usr/local/share/almacen")

    @property
    def s3(self):
        shared = os.environ.get("E2E_S3")
        if self._s3 is None and self._server == "swift":
            self._s3 = self._start(Swift, "test:tester", "e2e-secret")
        elif self._s3 is None and shared:
            self._s3 = S3(*shared.split())
        elif self._s3 is None:
            self._s3 = self._start(S3, "E2EACCESSKEY00000000",
                                   "e2e/secret+key00000000000000000000000000")
        return self._s3

    def _start(self, kind, *keys):
        """Start an S3 server of our own by its scripts in tests/lib."""
        folder = os.path.join(self.dir, self._server)
        port = free_port()
        script = os.path.join(TOP, "tests/lib/%s-" + self._server + ".sh")
        env = dict(os.environ, DIR=folder, PORT=str(port),
                   ACCESS_KEY=keys[0], SECRET_KEY=keys[1],
                   CORS_ORIGIN=self.swift_origin)
        self.at_end(lambda: subprocess.run(
            [script % "stop", folder, "-9", "wipe"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=60))
        subprocess.run([script % "start"], env=env, check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        return kind("http://127.0.0.1:%d" % port, *keys)

    @property
    def pgsql(self):
        shared = os.environ.get("E2E_PGSQL")
        if self._pgsql is None and shared:
            self._pgsql = Server(shared)
        elif self._pgsql is None:
            self._pgsql = self._start_pgsql("pgsql")
        return self._pgsql

    def own_pgsql(self):
        """One for a suite that stops it and starts it."""
        return self._start_pgsql("pgsql-" + secrets.token_hex(4))

    def _start_pgsql(self, name):
        folder = os.path.join(self.dir, name)
        script = os.path.join(TOP, "tests/lib/%s-postgres.sh")
        self.at_end(lambda: subprocess.run(
            [script % "stop", folder, "-9", "wipe"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=60))
        subprocess.run([script % "start"], env=dict(os.environ, DIR=folder),
                       check=True, stdout=subprocess.DEVNULL, timeout=120)
        server = Server(os.path.join(folder, "run"))
        server.make_role()
        return server

    def at_end(self, function):
        self._closers.append(function)

    def folder(self, *names):
        """A folder of the run that the unprivileged user may write."""
        path = os.path.join(self.dir, *names)
        os.makedirs(path, exist_ok=True)
        give_away(path)
        return path

    def site(self, server="lighttpd", store="file", database="sqlite",
             **options):
        site = Site(self, server, store, database, **options)
        self.sites.append(site)
        self.at_end(site.stop)
        site.start()
        return site

    def stop_sites(self):
        for site in self.sites:
            site.stop()

    def start_ctl(self, *arguments, env=None, **options):
        """Start almacenctl; the process."""
        clean = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        clean.update({name: value for name, value in os.environ.items()
                      if name.endswith("SAN_OPTIONS")})
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([self.program("almacenctl"), *arguments],
                                env=dict(clean, **(env or {})),
                                cwd=self.folder("ctl"), **options)

    def run_ctl(self, *arguments, env=None, data=None):
        """Run almacenctl; the finished process with its output."""
        process = self.start_ctl(
            *arguments, env=env,
            stdin=None if data is None else subprocess.PIPE)
        try:
            output = process.communicate(data, timeout=60)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode,
                                           *output)

    def close(self):
        for function in reversed(self._closers):
            try:
                function()
            except Exception as problem:
                print("# cleaning up: %s" % problem, flush=True)
        if not os.environ.get("E2E_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)


def give_away(path):
    if os.geteuid() == 0:
        shutil.chown(path, UNPRIVILEGED_USER)


class Site:
    """almacen behind one web server, with a data folder and a bucket.

    settings overrides names of the environment file, base mounts the site
    under a prefix, twin_of shares data folder, database, bucket and settings
    with another site; database may be a databases.Server; conf_changes are
    pairs of old and new text in the template of the web server; tls is the
    context of clients where they have made it speak TLS.
    """

    def __init__(self, lab, server, store, database="sqlite", settings=None,
                 base="", twin_of=None, s3=None, program=None,
                 conf_changes=(), tls=None):
        self.lab = lab
        self.server = server
        self.store = store
        self.base = base
        self.conf_changes = conf_changes
        self.tls = tls
        self.program = program or lab.program("almacen.fcgi")
        self.port = free_port()
        self.name = "%s-%s-%d" % (server, store, self.port)
        self.dir = lab.folder(self.name)
        self.temp = lab.folder(self.name, "temp")
        self.data = twin_of.data if twin_of else lab.folder(self.name, "data")
        self.bucket = twin_of.bucket if twin_of else \
            "e2e-" + secrets.token_hex(6)
        self.s3 = (s3 or lab.s3) if store != "file" else None
        self.database = twin_of.database if twin_of else \
            self._make_database(database)
        self.objects = lab.s3 if self.s3 else FileTree(self.data)
        self.settings = self._default_settings()
        self.settings.update(twin_of.settings if twin_of else {})
        self.settings["TEMP_DIR"] = self.temp
        self.settings.update(settings or {})
        self.roots = set()  # its first processes, while it runs

    def _make_database(self, database):
        if isinstance(database, Server):
            return Postgres(database)
        if database == "pgsql":
            return Postgres(self.lab.pgsql)
        return Sqlite(self.data)

    def _default_settings(self):
        settings = {"ENVIRONMENT": "development", "AUTH": "open",
                    "RATE_UPLOAD": "0", "RATE_PRESIGN": "0",
                    "RATE_LOGIN": "0",
                    "DATA_DIR": self.data, "STORE": "file",
                    "S3_BUCKET": self.bucket,
                    "TEMPLATE_DIR": self.lab.share + "/templates",
                    "STATIC_DIR": self.lab.share + "/static",
                    "LOCALE_DIR": self.lab.share + "/locale"}
        if self.s3:
            settings.update(self.s3.settings(self.bucket))
        settings.update(self.database.settings())
        return settings

    @property
    def url(self):
        return "%s://127.0.0.1:%d%s" % ("https" if self.tls else "http",
                                        self.port, self.base)

    @property
    def env_file(self):
        return os.path.join(self.dir, "almacen.env")

    def start(self):
        with open(self.env_file, "w", encoding="utf-8") as file:
            for name, value in self.settings.items():
                file.write("%s=%s\n" % (name, value))
        give_away(self.env_file)
        httpd.start(self, UNPRIVILEGED_USER)
        wait_for(self._answers, "an answer of " + self.name, 15)

    def _answers(self):
        """The program behind the web server is up: pages, or the login."""
        try:
            return self.browser().get("/products").status < 500
        except OSError:
            return False

    def stop(self):
        httpd.stop(self)

    def restart(self, **settings):
        self.stop()
        self.settings.update(settings)
        self.start()

    def browser(self, language=None):
        return Browser(self.url, language, tls=self.tls)

    # What a test may look at

    def log(self):
        """All that the program and the web server logged so far."""
        texts = []
        for path in httpd.logs(self):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
        return "".join(texts)

    def log_tail(self):
        return "\n".join("%s:\n%s" % (os.path.basename(path), tail(path))
                         for path in httpd.logs(self) if tail(path))

    def sql(self, text, *arguments):
        """Run a statement; the rows of a SELECT.  "?" takes an argument."""
        return self.database.sql(text, *arguments)

    def rows(self, query, *arguments):
        return self.sql(query, *arguments)

    def product_count(self):
        return self.rows("SELECT count(*) FROM products")[0][0]

    def keys(self):
        return self.objects.keys(self.bucket)

    def read(self, key):
        return self.objects.read(self.bucket, key)

    def files(self):
        """State of each file row by key: pending or live."""
        return dict(self.rows(
            "SELECT object_key, state FROM files WHERE state IN ('pending', 'live')"))

    def key_of(self, url):
        """The key that a public URL shows."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
        expect("/products/tenant_" in path, "no public URL: " + url)
        return path[path.index("products/tenant_"):]

    def check_no_orphans(self):
        """Each object has a row, each row its object, no outbox is left."""
        wait_for(lambda: set(self.keys()) == set(self.files()),
                 "objects %s are those of the rows %s"
                 % (sorted(self.keys()), sorted(self.files())), 5)

    def check_temp_is_empty(self):
        left = [os.path.join(folder, name)
                for folder, _, names in os.walk(self.temp) for name in names]
        expect(not left, "temporary files are left: %s" % left)

    def check_health(self):
        """The last words on a site: no sanitizer spoke, nothing is left."""
        log = self.log()
        found = BUG_REPORT.search(log)
        expect(not found, "a bug report is in the log of %s:\n%s" % (
            self.name, found and log[found.start():found.start() + 3000]))
        self.check_temp_is_empty()


def wanted_stacks(stacks):
    only = os.environ.get("E2E_STACKS", "").split()
    return [stack for stack in map(full_stack, stacks)
            if not only or "/".join(stack) in only]


def run_on_stack(tap, lab, stack, tests, settings):
    label = "/".join(stack)
    sites = []

    def start(_argument):
        sites.append(lab.site(*stack, settings=settings))

    run_test(tap, label + ": starts", start, None)
    if not sites:
        tap.note(lab.sites[-1].log_tail() if lab.sites else "")
        for function in tests:
            tap.not_ok("%s: %s" % (label, title_of(function)), "no site")
        return
    site = sites[0]
    for function in tests:
        run_test(tap, "%s: %s" % (label, title_of(function)), function, site,
                 site.log_tail)


def check_all_sites(lab):
    """One last test over everything that ran."""
    for site in lab.sites:
        site.check_health()


def main(namespace, stacks=ONE_STACK, server="rgw", settings=None):
    """Run the tests of a module and end the process, true to the result;
    settings are those of the site of each stack."""
    # being told to end is a reason to clean up, not to vanish
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
    tap = Tap()
    lab = Lab(server)
    tests = collect(namespace)
    try:
        per_site = [test for test in tests if wants(test) == "site"]
        for stack in wanted_stacks(stacks) if per_site else []:
            run_on_stack(tap, lab, stack, per_site, settings)
            lab.stop_sites()
        for test in tests:
            if wants(test) == "lab":
                run_test(tap, title_of(test), test, lab,
                         lambda: "\n".join(s.log_tail() for s in lab.sites[-2:]))
        lab.stop_sites()  # what a program says at its end counts too
        run_test(tap, "no bug report in any log, no temporary file left",
                 check_all_sites, lab)
    finally:
        lab.close()
        tap.plan()
    sys.exit(1 if tap.failed else 0)
