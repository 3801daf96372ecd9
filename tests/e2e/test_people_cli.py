#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""almacenctl tenant, user and token: the real program on both databases, the
prompt at a real terminal."""

import json
import os
import pty
import select
import subprocess
import termios
import time

import harness
from databases import Postgres, Sqlite
from tap import (expect, expect_equal, expect_in, expect_not_in, wait_for)

OK, REFUSED, USAGE = 0, 1, 2
GOOD = "vela-trueno-77"
SECONDS = 10


class Desk:
    """An installation without a running program, and who sits before it."""

    def __init__(self, lab, database):
        self.lab = lab
        self.data = lab.folder("people-" + database)
        self.database = Sqlite(self.data) if database == "sqlite" else \
            Postgres(lab.pgsql)
        self.env = {"ENVIRONMENT": "development", "STORE": "file",
                    "DATA_DIR": self.data, **self.database.settings()}

    def run(self, *arguments, status=OK, data=None, env=None):
        done = self.lab.run_ctl(*arguments, data=data,
                                env=dict(self.env, **(env or {})))
        said = done.stderr.decode("utf-8", "replace")
        expect_equal(done.returncode, status, "exit status of %s (%s)" % (
            " ".join(arguments), said))
        expect_not_in("$y$", done.stdout.decode() + said, "a hash")
        return done.stdout.decode(), said

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json")[0])

    def add_user(self, email, *options):
        password = self.run("user", "add", email, "--generate", *options)[0]
        return password.strip()

    def user(self, email):
        return next(user for user in self.json("user", "list")["users"]
                    if user["login"] == email)

    def audit(self, action):
        return self.database.sql(
            "SELECT tenant_id, actor, subject, result FROM audit"
            " WHERE action = ? ORDER BY number", action)


def check_tenants(desk):
    desk.run("tenant", "add", "Ferretería", "--host", "B.Example.com:8080",
             "--quota-bytes", "10g", "--quota-objects", "500")
    desk.run("tenant", "add", "Otra", "--host", "b.example.com",
             status=REFUSED)
    rows = desk.json("tenant", "list")["tenants"]
    expect_equal([row["id"] for row in rows], [1, 2], "numbers")
    expect_equal(rows[1]["name"], "Ferretería", "name")
    expect_equal(rows[1]["host"], "b.example.com", "host")
    expect_equal(rows[1]["quota_bytes"], 10 << 30, "quota in bytes")
    desk.database.sql("UPDATE tenants SET used_bytes = 1024,"
                      " reserved_bytes = 3072 WHERE id = 2")
    expect_in("4.0 KiB of 10.0 GiB", desk.run("tenant", "list")[0],
              "used and promised")
    desk.database.sql("UPDATE tenants SET used_bytes = 0,"
                      " reserved_bytes = 0 WHERE id = 2")
    desk.run("tenant", "quota", "2", "--quota-bytes", "0")
    desk.run("tenant", "disable", "2")
    row = desk.json("tenant", "list")["tenants"][1]
    expect_equal((row["quota_bytes"], row["quota_objects"]), (0, 500),
                 "quotas")
    expect(row["is_disabled"], "the tenant is disabled")
    desk.run("tenant", "enable", "2")
    expect(not desk.json("tenant", "list")["tenants"][1]["is_disabled"],
           "the tenant is enabled")
    expect_in("Ferretería", desk.run("tenant", "list")[0], "list")
    expect_equal([row[2:] for row in desk.audit("tenant.disable")],
                 [("tenants/2", "ok")], "audit log")


def check_users(desk):
    password = desk.add_user("Ana@Example.com", "--name", "Ana María")
    expect(len(password) >= 20, "a long password was generated")
    user = desk.user("ana@example.com")
    expect_equal((user["tenant_id"], user["role"], user["name"],
                  user["key_id"]),
                 (1, "editor", "Ana María", str(user["id"])), "user")
    desk.run("user", "add", "ana@example.com", "--generate", status=REFUSED)
    desk.run("user", "role", "ana@example.com", "viewer")
    desk.run("user", "disable", str(user["id"]))
    user = desk.user("ana@example.com")
    expect_equal((user["role"], user["is_disabled"]), ("viewer", True),
                 "user afterwards")
    desk.run("user", "enable", "ana@example.com")
    subject = "users/%d" % user["id"]
    for action in ("add", "role", "disable", "enable"):
        rows = desk.audit("user." + action)
        expect_equal(rows[0][2:], (subject, "ok"), action)
        expect(rows[0][1].startswith("almacenctl:"), "who it was")


def check_passwords(desk):
    desk.add_user("eva@example.com")
    before = kept_password(desk, "eva@example.com")
    desk.run("user", "password", "eva@example.com", "--password-stdin",
             data=(GOOD + "\n").encode())
    expect(kept_password(desk, "eva@example.com") != before, "a new hash")
    before = kept_password(desk, "eva@example.com")
    for bad in (b"short\n", b"Password2024!\n", b"eva@example.com\n",
                b"", b"one-line-77\nanother-line\n", b"vela\0trueno77\n",
                b"x" * 500, b"\xff\xfe-trueno-77\n"):
        said = desk.run("user", "password", "eva@example.com",
                        "--password-stdin", data=bad, status=REFUSED)[1]
        word = bad.split(b"\n")[0].decode("utf-8", "replace")
        if word and "@" not in word:
            expect_not_in(word, said, "what was typed")
    expect_equal(kept_password(desk, "eva@example.com"), before, "hash")


def kept_password(desk, email):
    kept = desk.database.sql("SELECT password FROM users WHERE login = ?",
                             email)[0][0]
    expect(kept.startswith("$y$"), "yescrypt")
    return kept


def check_tokens(desk):
    desk.add_user("bea@example.com")
    text, said = desk.run("token", "add", "--user", "bea@example.com",
                          "--name", "Copia", "--scopes", "read,write",
                          "--expires", "30")
    expect(text.startswith("alm_") and len(text.strip()) == 47, "a token")
    expect_not_in(text.strip(), said, "standard error")
    expect(not any(text.strip() in line for line in desk.database.dump()),
           "the database does not have the token")
    rows = desk.json("token", "list", "--user", "bea@example.com")["tokens"]
    expect_equal(len(rows), 1, "tokens")
    expect_equal((rows[0]["name"], rows[0]["scopes"], rows[0]["state"],
                  rows[0]["used_secs"]), ("Copia", "read,write", "valid", 0),
                 "token")
    expect(abs(rows[0]["expires_secs"] - time.time() - 30 * 86400) < 600,
           "expires in 30 days")
    number = str(rows[0]["id"])
    desk.add_user("bo@example.com")
    desk.run("token", "revoke", number, "--user", "bo@example.com",
             status=REFUSED)
    desk.run("token", "revoke", number, "--user", "bea@example.com")
    desk.run("token", "revoke", number, "--user", "bea@example.com",
             status=REFUSED)
    rows = desk.json("token", "list", "--user", "bea@example.com")["tokens"]
    expect_equal(rows[0]["state"], "revoked", "state")
    expect_equal([row[3] for row in desk.audit("token.revoke")],
                 ["not_found", "ok", "not_found"], "audit log")


def check_audit_off(desk):
    count = len(desk.audit("user.add"))
    desk.run("user", "add", "off@example.com", "--generate",
             env={"AUDIT": "off"})
    expect_equal(len(desk.audit("user.add")), count, "rows")


def check_all(lab, database):
    desk = Desk(lab, database)
    check_tenants(desk)
    check_users(desk)
    check_passwords(desk)
    check_tokens(desk)
    check_audit_off(desk)


def test_sqlite(lab):
    """G1: Tenants, users and tokens by almacenctl, on SQLite"""
    check_all(lab, "sqlite")


def test_pgsql(lab):
    """G1: Tenants, users and tokens by almacenctl, on PostgreSQL"""
    check_all(lab, "pgsql")


def test_owner(lab):
    """A command of root leaves a database that the program can write"""
    desk = Desk(lab, "sqlite")
    desk.add_user("owner@example.com")
    expect_equal(os.stat(desk.database.path).st_uid,
                 os.stat(desk.data).st_uid, "owner of the database")
    expect_equal(os.stat(desk.database.path).st_mode & 0o777, 0o600, "mode")


# The prompt

class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, desk, *arguments):
        self.master, slave = pty.openpty()
        self.process = desk.lab.start_ctl(
            *arguments, env=desk.env, stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)))
        self.slave = slave
        self.seen = ""

    def wait_for(self, text):
        until = time.monotonic() + SECONDS
        while text not in self.seen:
            left = until - time.monotonic()
            expect(left > 0, "%r in %r" % (text, self.seen))
            if select.select([self.master], [], [], left)[0]:
                self.seen += os.read(self.master, 4096).decode()

    def has_echo(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def type(self, prompt, text):
        self.wait_for(prompt)
        wait_for(lambda: not self.has_echo(), "echo off", SECONDS)
        self.seen = self.seen.split(prompt, 1)[1]
        os.write(self.master, text.encode())

    def end(self):
        try:
            status = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        while select.select([self.master], [], [], 0.2)[0]:
            self.seen += os.read(self.master, 4096).decode()
        echo = self.has_echo()
        os.close(self.slave)
        os.close(self.master)
        expect(echo, "the terminal echoes again")
        return status


def test_prompt(lab):
    """G1: A password is asked for twice, without echo"""
    desk = Desk(lab, "sqlite")
    terminal = Terminal(desk, "user", "add", "tty@example.com")
    terminal.type("New password: ", GOOD + "\n")
    terminal.type("Once more: ", GOOD + "\n")
    expect_equal(terminal.end(), OK, "exit status")
    expect_not_in(GOOD, terminal.seen, "screen")
    expect(kept_password(desk, "tty@example.com"), "a password")
    before = kept_password(desk, "tty@example.com")

    terminal = Terminal(desk, "user", "password", "tty@example.com")
    terminal.type("New password: ", GOOD + "1\n")
    terminal.type("Once more: ", GOOD + "2\n")
    expect_equal(terminal.end(), REFUSED, "exit status of two passwords")

    terminal = Terminal(desk, "user", "password", "tty@example.com")
    terminal.type("New password: ", "vela\x03\n")
    expect_equal(terminal.end(), REFUSED, "exit status after Ctrl-C")
    expect_equal(kept_password(desk, "tty@example.com"), before, "hash")


def test_no_terminal(lab):
    """G1: Without a terminal nothing is asked and nothing hangs"""
    desk = Desk(lab, "sqlite")
    desk.add_user("pipe@example.com")
    process = lab.start_ctl("user", "password", "pipe@example.com",
                            env=desk.env, stdin=subprocess.DEVNULL,
                            start_new_session=True)
    said = process.communicate(timeout=SECONDS)[1].decode()
    expect_equal(process.returncode, REFUSED, "exit status")
    expect_in("--password-stdin", said, "advice")


if __name__ == "__main__":
    harness.main(globals())
