# SPDX-License-Identifier: MIT
"""Where records live, seen by somebody who is not almacen: a file of SQLite,
or a database of a PostgreSQL server through psql."""

import glob
import json
import os
import secrets
import shutil
import sqlite3
import subprocess

from tap import expect

ROLE = "shop"       # owns the databases and may nothing else


def pg_program(name):
    """A program of the newest PostgreSQL here."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name),
                   key=lambda path: int(path.split("/")[4]))
    return found[-1] if found else shutil.which(name)


class Sqlite:
    """The file of a data folder."""

    def __init__(self, data):
        self.path = os.path.join(data, "almacen.db")

    def settings(self):
        return {}

    def sql(self, text, *arguments):
        # mode=rw: never make the file that the program is about to make
        connection = sqlite3.connect("file:%s?mode=rw" % self.path,
                                     timeout=20, uri=True)
        try:
            with connection:
                return connection.execute(text, arguments).fetchall()
        finally:
            connection.close()

    def dump(self):
        connection = sqlite3.connect(self.path, timeout=20)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()


class Postgres:
    """One database of a server, made when it is first wanted."""

    def __init__(self, server):
        self.server = server
        self.name = "e2e_" + secrets.token_hex(6)
        server.psql("almacen", "CREATE DATABASE %s OWNER %s"
                    % (self.name, ROLE))

    def settings(self):
        return {"DATABASE_URL": self.server.url(self.name)}

    def sql(self, text, *arguments):
        for argument in arguments:
            text = text.replace("?", quote(argument), 1)
        if not text.lstrip().upper().startswith("SELECT"):
            self.server.psql(self.name, text)
            return []
        output = self.server.psql(self.name,
                                  "SELECT row_to_json(e2e) FROM (%s) e2e"
                                  % text)
        # two columns may have one name
        return [json.loads(line, object_pairs_hook=lambda pairs: tuple(
            value for _, value in pairs)) for line in output.splitlines()]

    def dump(self):
        output = self.server.run("pg_dump", "--data-only",
                                 "--exclude-table=commit_marks",
                                 "--dbname=" + self.server.url(self.name))
        return [line for line in output.splitlines()
                if not line.startswith(("\\restrict", "\\unrestrict", "--"))]


def quote(value):
    """A literal of SQL; for what tests ask, never for what clients send."""
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


class Server:
    """A PostgreSQL of its own, started by tests/lib/start-postgres.sh."""

    def __init__(self, socket_dir):
        self.socket_dir = socket_dir

    def url(self, database, role=ROLE):
        return "postgresql:///%s?user=%s&host=%s" % (database, role,
                                                     self.socket_dir)

    def run(self, program, *arguments):
        done = subprocess.run(
            [pg_program(program), *arguments], timeout=60,
            stdin=subprocess.DEVNULL, capture_output=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                 "PGOPTIONS": "-c client_min_messages=warning"})
        expect(done.returncode == 0, "%s: %s" % (
            program, done.stderr.decode("utf-8", "replace")))
        return done.stdout.decode()

    def psql(self, database, text):
        return self.psql_as("almacen", database, text)

    def psql_as(self, role, database, text):
        return self.run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1",
                        "--dbname=" + self.url(database, role),
                        "--command=" + text)

    def ctl(self, action, *options):
        """pg_ctl, for a server of the suite's own (Lab.own_pgsql)."""
        folder = os.path.dirname(self.socket_dir)
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []} \
            if os.geteuid() == 0 else {}
        subprocess.run([pg_program("pg_ctl"), "-s", "-w", "-D",
                        folder + "/data", "-l", folder + "/log/postgres",
                        *options, action], check=True, timeout=60,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd="/",
                       env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, **user)

    def make_role(self):
        self.psql("almacen", "CREATE ROLE %s LOGIN" % ROLE)
