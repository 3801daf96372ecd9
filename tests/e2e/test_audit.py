#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The audit log (F4): what people, programs and the operator do is noted, a
chain of hashes shows what was taken away or altered, and what is private is
not given out unnoted."""

import concurrent.futures
import getpass
import hashlib
import json
import os

import client
import harness
from client import File
from tap import expect, expect_equal, expect_in, expect_not_in

# web server, store and database
STACKS = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"),
          ("lighttpd-cgi", "file", "pgsql"),
          ("apache-fcgid", "file", "sqlite"))
PASSWORD = "vela-trueno-77"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PARALLEL = 50
# As the comment of model/audit_chain.h has it.
FIELDS = ("previous", "number", "at_ms", "tenant_id", "user_id", "actor",
          "via", "action", "subject", "remote_addr", "request_id", "status",
          "result")


def row_hash(row):
    digest = hashlib.sha256()
    for name in FIELDS:
        text = str(row[name]).encode()
        digest.update(b"%d:%s," % (len(text), text))
    return digest.hexdigest()


def ctl(site, *arguments, status=0, data=None):
    done = site.lab.run_ctl("--env-file", site.env_file, *arguments,
                            data=data)
    expect_equal(done.returncode, status, "status of %s: %s" % (
        " ".join(arguments), done.stderr.decode()))
    return done.stdout.decode(), done.stderr.decode()


def rows_of(site, *filters):
    return json.loads(ctl(site, "audit", "list", "--json",
                          *filters)[0])["rows"]


def last(site, *filters):
    rows = rows_of(site, *filters)
    expect(rows, "a row of %s" % " ".join(filters))
    return rows[-1]


def expect_row(row, **values):
    expect_equal({name: row[name] for name in values}, values,
                 "the row %s" % row)


def add_user(site, email, role="editor"):
    ctl(site, "user", "add", email, "--role", role, "--password-stdin",
        data=(PASSWORD + "\n").encode())


def log_in(site, email, password=PASSWORD):
    browser = site.browser("en")
    page = browser.get("/login")
    return browser, browser.submit(page, page.page.form_with("password"),
                                   {"email": email, "password": password})


def member(site, email, role="editor"):
    add_user(site, email, role)
    browser, answer = log_in(site, email)
    expect_equal(answer.status // 100, 3, "login: %r" % answer)
    return browser


def upload(browser, name="informe.pdf"):
    answer = browser.post("/files/upload/direct", [
        ("file_type", "document"),
        ("file", File(name, PDF, "application/pdf"))],
        {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"})
    expect_equal(answer.status, 201, "upload: %r" % answer)
    return answer.json


def file_id_of(record):
    return record["id"] if "id" in record else record["file_id"]


def login_site(lab, stack):
    return lab.site(*stack, settings={"AUTH": "login"})


def each_site(lab):
    for stack in STACKS:
        site = login_site(lab, stack)
        yield site
        site.stop()


def check_verified(site):
    return ctl(site, "audit", "verify")[0]


# What is noted


def check_logins(site):
    browser, answer = log_in(site, "ana@example.com", "wrong")
    expect(answer.status // 100 != 3, "a wrong password: %r" % answer)
    row = last(site, "--action", "login")
    expect_row(row, user_id=0, subject="ana@example.com",
               result="bad_login", status=answer.status,
               remote_addr="127.0.0.1")
    _, answer = log_in(site, "ana@example.com")
    expect_equal(answer.status // 100, 3, "login: %r" % answer)
    row = last(site, "--action", "login")
    expect_row(row, subject="ana@example.com", result="ok", tenant_id=1,
               request_id=answer.header("X-Request-Id"))
    expect_not_in(PASSWORD, json.dumps(rows_of(site)), "the log")


def check_files(site, browser):
    subject = "files/%d" % file_id_of(upload(browser))
    row = last(site, "--user", "ana@example.com")
    expect_row(row, subject=subject, result="ok", status=201,
               actor="ana@example.com", tenant_id=1)
    expect_in("session/", row["via"], "via")
    path = "/" + subject
    answer = browser.get(path + "/download")
    expect(answer.status in (200, 302), "download: %r" % answer)
    expect_row(last(site, "--action", "file.read"), subject=subject,
               result="ok", status=answer.status,
               request_id=answer.header("X-Request-Id"))
    answer = browser.request(
        "POST", site.url + path + "/share", b"{}",
        {"Content-Type": "application/json", "Accept": "application/json",
         "Sec-Fetch-Site": "same-origin"})
    expect_equal(answer.status, 200, "share: %r" % answer)
    expect_row(last(site, "--action", "file.share"), subject=subject,
               result="ok")
    link = answer.json["url"]
    follow = client.Browser().request("GET", link)
    expect(follow.status in (200, 302), "following the link: %r" % follow)
    row = last(site, "--action", "file.read")
    expect_row(row, subject=subject, user_id=0, result="ok")
    expect_not_in(link.rsplit("/", 1)[1], json.dumps(rows_of(site)),
                  "the link, in the log")
    return path


def check_denials(site, path):
    eva = member(site, "eva@example.com", "viewer")
    answer = eva.post("/files/upload/direct", [
        ("file", File("a.pdf", PDF, "application/pdf"))],
        {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"})
    expect_equal(answer.status, 403, "a viewer uploads: %r" % answer)
    expect_row(last(site, "--user", "eva@example.com"), status=403,
               result="forbidden")
    answer = eva.get(path + "/download")
    expect_equal(answer.status, 403, "somebody else's: %r" % answer)
    expect_row(last(site, "--user", "eva@example.com"), status=403,
               action="file.read", subject=path[1:])
    answer = eva.get("/files/999999/download")
    expect_equal(answer.status, 404, "what is not there: %r" % answer)
    row = last(site, "--user", "eva@example.com")
    expect_row(row, status=404, action="file.read")
    expect_not_in(row["result"], ("ok", ""), "results of a refusal")
    answer = client.Browser().request(
        "GET", site.url + path + "/download", None,
        {"Accept": "application/json"})
    expect_equal(answer.status, 401, "nobody: %r" % answer)
    expect_equal(last(site)["number"], row["number"],
                 "strangers get nothing and leave no row")


def check_tokens(site, browser, path):
    token = ctl(site, "token", "add", "--user", "ana@example.com", "--name",
                "copia", "--scopes", "read")[0].strip()
    expect_row(last(site, "--action", "token.add"), result="ok",
               via="almacenctl", remote_addr="")
    answer = client.Browser().request(
        "GET", site.url + path + "/download", None,
        {"X-Api-Key": token, "Accept": "application/json"})
    expect(answer.status in (200, 302), "by token: %r" % answer)
    row = last(site, "--action", "file.read")
    expect_row(row, actor="ana@example.com", result="ok")
    expect_in("token/", row["via"], "via")
    expect_not_in(token, json.dumps(rows_of(site)), "the log")


def check_operator(site):
    ctl(site, "user", "disable", "eva@example.com")
    row = last(site, "--action", "user.disable")
    expect_row(row, via="almacenctl", result="ok", status=0,
               actor="almacenctl:" + getpass.getuser())
    expect_in("users/", row["subject"], "subject")


def test_noted(lab):
    """F4: logins, uploads, private reads, links, refusals, the operator"""
    for site in each_site(lab):
        browser = member(site, "ana@example.com")
        check_logins(site)
        path = check_files(site, browser)
        check_denials(site, path)
        check_tokens(site, browser, path)
        check_operator(site)
        before = len(rows_of(site))
        browser.get("/products")
        browser.get("/account")
        expect_equal(len(rows_of(site)), before, "rows after mere pages")
        expect_in("%d rows" % before, check_verified(site), "verify")


# The chain


def fill(site, count=4):
    """Some rows, and somebody logged in."""
    browser = member(site, "ana@example.com")
    for number in range(count):
        upload(browser, "informe-%d.pdf" % number)
    return browser


def expect_bad(site, number, *options):
    output, said = ctl(site, "audit", "verify", *options, status=1)
    expect_in("row %d " % number, said, "what verify says (%s)" % output)


def test_removed(lab):
    """F4: verify names a row that is missing or altered, and a cut end"""
    for site in each_site(lab):
        fill(site)
        head = check_verified(site).split()[-1]
        number = int(head.split(":")[0])
        expect(number >= 5, "rows: %d" % number)
        ctl(site, "audit", "verify", "--head", head)
        rows = rows_of(site)
        site.sql("UPDATE audit SET subject = 'files/1000' WHERE number = ?",
                 4)
        expect_bad(site, 4)
        site.sql("UPDATE audit SET subject = ? WHERE number = ?",
                 rows[3]["subject"], 4)
        check_verified(site)
        site.sql("DELETE FROM audit WHERE number = ?", number)
        expect_bad(site, number)
        site.sql("UPDATE audit_head SET number = ?, hash = ? WHERE id = 1",
                 number - 1, rows[number - 2]["hash"])
        check_verified(site)
        expect_bad(site, number, "--head", head)
        site.sql("DELETE FROM audit WHERE number = ?", 2)
        expect_bad(site, 2)
        expect_in('"bad_number": 2', ctl(site, "audit", "verify", "--json",
                                         status=1)[0].replace(":2", ": 2"),
                  "as JSON")


def test_export(lab):
    """F4: an export is verified by it, and by a few lines of anybody"""
    for site in each_site(lab):
        fill(site)
        text = ctl(site, "audit", "export")[0]
        previous = ""
        for number, line in enumerate(text.splitlines(), 1):
            row = json.loads(line)
            expect_equal((row["number"], row["previous"]),
                         (number, previous), "place in the chain")
            expect_equal(row["hash"], row_hash(row), "hash")
            previous = row["hash"]
        path = os.path.join(site.data, "audit.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        expect_in(previous, ctl(site, "audit", "verify", path)[0], "head")
        ctl(site, "audit", "verify", "-", data=text.encode())
        lines = text.splitlines(True)
        for broken in (lines[:2] + lines[3:], lines[1:],
                       [lines[1], lines[0]] + lines[2:],
                       [lines[0].replace('"status":0', '"status":1')]):
            ctl(site, "audit", "verify", "-", status=1,
                data="".join(broken).encode())


def test_parallel(lab):
    """F4: 50 parallel requests make one chain, verified meanwhile"""
    for site in each_site(lab):
        browser = fill(site, 1)
        cookies = "; ".join("%s=%s" % item for item
                            in browser.cookies[site.url[7:]].items())
        path = site.url + "/" + last(site, "--user",
                                     "ana@example.com")["subject"]

        def read(_number):
            answer = client.Browser().request(
                "GET", path + "/download", None, {"Cookie": cookies})
            return answer.status

        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            reads = [pool.submit(read, number) for number in range(PARALLEL)]
            for _ in range(3):
                check_verified(site)
            statuses = {read.result() for read in reads}
        expect(statuses <= {200, 302}, "statuses %s" % statuses)
        check_verified(site)
        rows = rows_of(site, "--action", "file.read")
        expect_equal(len(rows), PARALLEL, "reads that were noted")


# When it cannot be noted


def break_log(site):
    site.sql("UPDATE audit_head SET id = 1, number = 0 WHERE id = 1")


def test_unnoted(lab):
    """F4: what cannot be noted is not read; what was done is said so"""
    for site in each_site(lab):
        browser = fill(site, 1)
        subject = last(site, "--user", "ana@example.com")["subject"]
        # The next number is taken already: no row can be added.
        break_log(site)
        answer = browser.get("/%s/download" % subject)
        expect_equal((answer.status, answer.header("Location")), (503, ""),
                     "a private read: %r" % answer)
        expect_not_in(b"%PDF", answer.body, "the answer")
        expect_not_in("/store/", answer.text, "the answer")
        upload(browser, "nota.pdf")
        expect_equal(site.rows("SELECT count(*) FROM files"
                               " WHERE state = 'live'"), [(2,)], "files")
        expect_in("not in the audit log", site.log(), "the log")
        expect_in("action=file.create", site.log(), "the log")


def test_off(lab):
    """F4: AUDIT=off notes nothing"""
    site = lab.site("lighttpd", settings={"AUTH": "login", "AUDIT": "off"})
    browser = fill(site, 1)
    browser.get("/files/1/download")
    expect_equal(rows_of(site), [], "rows")


def test_worker_end(lab):
    """F4: a worker that stops tells the log where the chain ends"""
    site = login_site(lab, STACKS[0])
    fill(site)
    head = check_verified(site).split()[-1]
    site.stop()
    number, head_hash = head.split(":")
    expect_in("number=%s hash=%s" % (number, head_hash), site.log(),
              "the log")


if __name__ == "__main__":
    harness.main(globals())
