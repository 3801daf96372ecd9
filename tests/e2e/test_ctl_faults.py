#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`almacenctl object` with a misbehaving S3 server: it says whether it did
what it was told, a file appears whole or not at all, and an upload that was
broken off goes on."""

import os
import secrets
import time

import faults
import harness
import pictures
from fault_proxy import FaultProxy, Recorder
from objects import S3, check_same
from tap import expect, expect_equal, expect_in, expect_not_in

ANSWER_SECONDS = 40
TOKEN = "session-token-of-almacenctl"
MIB = 1024 * 1024
FAST = {"S3_CONNECT_TIMEOUT": "1", "S3_STALL_TIMEOUT": "1",
        "S3_FIRST_BYTE_TIMEOUT": "1", "S3_PART_SIZE": "5m",
        "S3_SESSION_TOKEN": TOKEN, "S3_APPLY_POLICY": "false"}


class Bench:
    """A bucket behind a proxy, and the command."""

    def __init__(self, lab):
        self.lab = lab
        host, port = lab.s3.endpoint[len("http://"):].split(":")
        self.proxy = FaultProxy((host, int(port)))
        lab.at_end(self.proxy.close)
        self.bucket = "ctl-" + secrets.token_hex(6)
        self.s3 = lab.s3
        self.dir = lab.folder(self.bucket)
        through = S3(self.proxy.endpoint, lab.s3.access_key,
                     lab.s3.secret_key)
        self.env = dict(through.settings(self.bucket), **FAST)
        self.env["XDG_STATE_HOME"] = os.path.join(self.dir, "state")
        expect_equal(lab.run_ctl("bucket", "create", env=self.env).returncode,
                     0, "bucket create")

    def path(self, name, data=None):
        path = os.path.join(self.dir, name)
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
        return path

    def run(self, *words):
        """True when it says that it is done."""
        start = time.monotonic()
        done = self.lab.run_ctl("object", *words, env=self.env)
        expect(time.monotonic() - start < ANSWER_SECONDS, "took too long")
        output = (done.stdout + done.stderr).decode(errors="replace")
        for secret in {self.s3.secret_key, TOKEN, "Authorization"} | \
                self.proxy.signatures():
            expect_not_in(secret, output, "output")
        expect_in(done.returncode, (0, 1), "status: " + output)
        expect((done.returncode == 0) or done.stderr, "failed without a word")
        return done.returncode == 0

    def keys(self):
        return self.s3.keys(self.bucket)

    def read(self, key):
        return self.s3.read(self.bucket, key)


PASSING = (faults.status(503, "SlowDown"), faults.reset_after_head,
           faults.reset_unanswered, faults.lose_half_head)
LASTING = (faults.status(403, "AccessDenied"), faults.reset_in_body,
           faults.close_unanswered, faults.silence, faults.garbage,
           faults.body(b"<html>It works!</html>"), faults.huge_head)


def test_put(lab):
    """D12 D14: put is done, or says that it is not"""
    bench = Bench(lab)
    data = pictures.png(seed=5)
    path = bench.path("a.png", data)
    for number, fault in enumerate(PASSING):
        bench.proxy.add(fault, method="PUT", times=1)
        expect(bench.run("put", path, "p%d" % number), "put fails")
        check_same(data, bench.read("p%d" % number), "object")
    before = bench.keys()
    for fault in LASTING:
        bench.proxy.add(fault, method="PUT")
        expect(not bench.run("put", path, "q"), "put claims success")
        bench.proxy.recover()
        expect_equal(bench.keys(), before, "objects")
    expect(bench.run("put", path, "q"), "put fails after the recovery")
    check_same(data, bench.read("q"), "object")


def test_get(lab):
    """D14: the file of get appears whole, or not at all"""
    bench = Bench(lab)
    data = pictures.png(size=300000, seed=6)
    bench.s3.put(bench.bucket, "k", data)
    target = bench.path("target")
    for fault in PASSING:
        bench.proxy.add(fault, method="GET", times=1)
        expect(bench.run("get", "k", target), "get fails")
        check_same(data, open(target, "rb").read(), "file")
        os.unlink(target)
    for fault in LASTING + (faults.trickle,):
        bench.proxy.add(fault, method="GET")
        expect(not bench.run("get", "k", target), "get claims success")
        expect(not os.path.exists(target), "a file is there")
        bench.proxy.recover()
    for fault in (faults.lose_half_body, faults.lose_body,
                  faults.shorten_length):
        bench.proxy.add(fault, method="GET")
        if bench.run("get", "k", target):
            check_same(data, open(target, "rb").read(), "file")
        bench.proxy.recover()
    expect(bench.run("get", "k", target), "get fails after the recovery")
    check_same(data, open(target, "rb").read(), "file")
    expect_equal(sorted(os.listdir(bench.dir)), ["target"], "files")


def test_rm_cp_ls(lab):
    """D12 D13: rm, cp and ls are done, or say that they are not"""
    bench = Bench(lab)
    data = pictures.png(seed=9)
    for key in ("a", "b", "c"):
        bench.s3.put(bench.bucket, key, data)
    cases = ((("rm", "a", "b"), {"method": "POST"}),
             (("cp", "c", "d"), {"method": "PUT"}),
             (("ls",), {"method": "GET"}))
    for words, which in cases:
        before = bench.keys()
        for fault in LASTING + (faults.ok_with_error("AccessDenied"),
                                faults.huge_xml(), faults.xml_bomb()):
            bench.proxy.add(fault, **which)
            expect(not bench.run(*words), "%s claims success" % words[0])
            bench.proxy.recover()
            expect_equal(bench.keys(), before, "objects")
        bench.proxy.add(faults.status(503, "SlowDown"), times=1, **which)
        expect(bench.run(*words), "%s fails" % words[0])
    expect_equal(set(bench.keys()), {"c", "d"}, "objects")
    check_same(data, bench.read("d"), "the copy")


def test_resume(lab):
    """D16: an upload by parts that was broken off goes on where it was"""
    bench = Bench(lab)
    data = pictures.png(size=16 * MIB, seed=3)
    path = bench.path("large.png", data)
    # one after the other: beside each other the refusal breaks off the rest
    bench.env["S3_PART_CONCURRENCY"] = "1"
    bench.proxy.add(faults.status(403, "AccessDenied"), method="PUT",
                    query="partNumber=4")
    expect(not bench.run("put", path, "large"), "put claims success")
    expect_equal(bench.keys(), {}, "objects")
    bench.proxy.recover()
    bench.proxy.forget()
    expect(bench.run("put", path, "large"), "put fails after the recovery")
    check_same(data, bench.read("large"), "object")
    expect_equal(len(bench.proxy.requests("PUT", "partNumber")), 1,
                 "parts that were sent again")
    listed = bench.s3.aws("s3api", "list-multipart-uploads", "--bucket",
                          bench.bucket, "--query", "Uploads[].UploadId",
                          "--output", "text").decode().split()
    expect(listed in ([], ["None"]), "unfinished uploads: %s" % listed)


def test_redirect(lab):
    """D9: another host gets neither key nor bytes"""
    bench = Bench(lab)
    other = Recorder()
    place = "http://127.0.0.1:%d/elsewhere" % other.port
    path = bench.path("a.png", pictures.png())
    bench.proxy.add(faults.redirect(307, place, "TemporaryRedirect"))
    for words in (("put", path, "k"), ("get", "k", bench.path("t")),
                  ("rm", "k"), ("ls",), ("cp", "k", "l")):
        expect(not bench.run(*words), "%s claims success" % words[0])
    expect_equal(other.received, b"", "what reached the other host")
    other.close()


if __name__ == "__main__":
    harness.main(globals())
