#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""almacenctl object and presign with a real S3 server and the file store:
round trips, many files, an interrupted upload that is taken up, and presigned
requests made by curl as they are printed."""

import hashlib
import json
import os
import pty
import re
import secrets
import shlex
import signal
import subprocess
import threading

import harness
from objects import Relay, check_same
from tap import expect, expect_equal, expect_in, expect_not_in, wait_for

DONE, REFUSED = 0, 1
PART_BYTES = 5 << 20
# a server may be shared, also with the run before
BUCKET = "ctl-%s-" % secrets.token_hex(3)
# names that URLs, shells, listings and XML may stumble over
NAMES = ("plain.txt", "a b+c&d=e.txt", "100%25.txt", "ñandú 日本 🦙.txt",
         "q?x#y;z.txt", "'\"<>&.txt", "~!$()*,:@.txt", "k" * 200 + ".txt",
         "[1] {2} |3| ^4`.txt")


def s3_env(lab, bucket, endpoint=None):
    return dict(lab.s3.settings(bucket),
                S3_ENDPOINT=endpoint or lab.s3.endpoint,
                XDG_STATE_HOME=lab.folder("state"))


def file_env(lab, bucket):
    return {"STORE": "file", "DATA_DIR": lab.folder("ctl-data"),
            "ENVIRONMENT": "development", "S3_BUCKET": bucket,
            "XDG_STATE_HOME": lab.folder("state")}


def stores(lab, bucket):
    """The settings of both stores, with the bucket made."""
    for env in (s3_env(lab, bucket), file_env(lab, bucket)):
        run(lab, env, "bucket", "create")
        yield env


def run(lab, env, *arguments, status=DONE, data=None):
    done = lab.run_ctl(*arguments, env=env, data=data)
    errors = done.stderr.decode("utf-8", "replace")
    expect_equal(done.returncode, status, "exit status of %s (%s)" % (
        " ".join(arguments), errors))
    expect_not_in(env.get("S3_SECRET_KEY", "\0"), errors, "messages")
    return done.stdout.decode("utf-8")


def put_get(lab, env, *arguments, **options):
    return run(lab, env, "object", *arguments, **options)


def make_file(lab, name, data):
    path = os.path.join(lab.folder("ctl"), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def keys_of(lab, env, *arguments):
    lines = put_get(lab, env, "ls", "--json", *arguments).splitlines()
    return {entry["key"]: entry["size"] for entry in map(json.loads, lines)}


def round_trip(lab, env, names=NAMES):
    """Each name through the store and back, read by others too."""
    for name in names:
        data = name.encode() * 3
        path = make_file(lab, "round/" + name, data)
        put_get(lab, env, "put", path, "dir/")
        key = "dir/" + name
        info = json.loads(put_get(lab, env, "head", key, "--json"))
        expect_equal((info["key"], info["size"], info["type"]),
                     (key, len(data), "text/plain"), "head")
        back = path + ".back"
        put_get(lab, env, "get", key, back)
        with open(back, "rb") as file:
            check_same(data, file.read(), key)
        put_get(lab, env, "cp", key, "copy/" + name)
    wanted = {folder + name: 3 * len(name.encode()) for name in names
              for folder in ("dir/", "copy/")}
    expect_equal(keys_of(lab, env), wanted, "list")
    if env["STORE"] == "s3":
        expect_equal(lab.s3.keys(env["S3_BUCKET"]), wanted, "list by rclone")
        found = lab.s3.read_with_aws(env["S3_BUCKET"], "copy/" + names[3],
                                     lab.folder("ctl"))
        expect_equal(found, (names[3].encode() * 3, "text/plain"), "aws")
    put_get(lab, env, "rm", *["dir/" + name for name in names])
    expect_equal(len(keys_of(lab, env)), len(names), "what is left")
    put_get(lab, env, "rm", "--prefix", "copy/", "--yes")
    expect_equal(keys_of(lab, env), {}, "what is left")


def test_round_trip(lab):
    """put, head, get, cp, ls and rm, whatever is in a name"""
    for env in stores(lab, BUCKET + "round"):
        round_trip(lab, env)


def virtual_env(lab, bucket):
    """The bucket in the host's name: curl knows where *.localhost is."""
    port = lab.s3.endpoint.rsplit(":", 1)[1]
    return dict(s3_env(lab, bucket, "http://localhost:" + port),
                S3_ADDRESSING="virtual")


def test_virtual_hosts(lab):
    """D3: the same with the bucket in the host's name, presigned too"""
    env = virtual_env(lab, BUCKET + "virtual")
    run(lab, env, "bucket", "create")
    round_trip(lab, env)
    presign_round(lab, lambda *arguments: run(lab, env, "presign",
                                              *arguments),
                  lambda key: lab.s3.read(BUCKET + "virtual", key))
    expect_in("http://%svirtual.localhost:" % BUCKET,
              run(lab, env, "presign", "get", "k"), "URL")


def test_many(lab):
    """A folder of 2,345 files: all there, listed in pages, deleted"""
    folder = os.path.join(lab.folder("ctl"), "many")
    wanted = {}
    for number in range(2345):
        name = "%d/%05d.bin" % (number % 7, number)
        make_file(lab, "many/" + name, b"x" * (number % 50))
        wanted["p/" + name] = number % 50
    for env in stores(lab, BUCKET + "many"):
        text = put_get(lab, env, "put", "-r", folder, "p/")
        expect_in("2345 objects put", text, "summary")
        expect_equal(keys_of(lab, env), wanted, "list")
        part = keys_of(lab, env, "p/3/")
        expect_equal(part, {key: size for key, size in wanted.items()
                            if key.startswith("p/3/")}, "list of a prefix")
        put_get(lab, env, "rm", "--prefix", "p/", status=REFUSED, data=b"")
        expect_equal(put_get(lab, env, "rm", "--prefix", "p/", "--yes"),
                     "2345 deleted\n", "summary")
        expect_equal(keys_of(lab, env), {}, "what is left")


def test_ranges(lab):
    """get --range, and standard input and output"""
    data = secrets.token_bytes(100_000)
    for env in stores(lab, BUCKET + "ranges"):
        put_get(lab, env, "put", "-", "k", data=data)
        for text, wanted in (("0-0", data[:1]), ("99990-", data[99990:]),
                             ("-7", data[-7:]), ("5-104", data[5:105]),
                             ("50000-999999", data[50000:])):
            done = lab.run_ctl("object", "get", "k", "-", "--range", text,
                               env=env)
            expect_equal(done.returncode, DONE, "exit status")
            check_same(wanted, done.stdout, "range " + text)
        put_get(lab, env, "get", "k", "-", "--range", "100000-",
                status=REFUSED)
        put_get(lab, env, "get", "absent", "-", status=REFUSED)


# Large files

class Parts:
    """Which parts pass a relay; from one on, they are held."""

    PATTERN = re.compile(rb"PUT /\S+[?&]partNumber=(\d+)&")

    def __init__(self, lab):
        host, port = lab.s3.endpoint[len("http://"):].split(":")
        self.relay = Relay((host, int(port)))
        self.relay.saw = self._saw
        self.seen = []
        self.hold_from = None
        self._go = threading.Event()

    def _saw(self, data):
        numbers = [int(text) for text in self.PATTERN.findall(data)]
        self.seen += numbers
        if self.hold_from and any(number >= self.hold_from
                                  for number in numbers):
            self._go.wait(30)

    def release(self):
        self.hold_from = None
        self._go.set()


def unfinished(lab, bucket):
    text = lab.s3.aws("s3api", "list-multipart-uploads", "--bucket", bucket)
    return (json.loads(text) if text.strip() else {}).get("Uploads", [])


def sent_parts(lab, bucket, key):
    uploads = unfinished(lab, bucket)
    if not uploads:
        return []
    text = lab.s3.aws("s3api", "list-parts", "--bucket", bucket, "--key",
                      key, "--upload-id", uploads[0]["UploadId"])
    return [part["PartNumber"] for part in
            (json.loads(text) if text.strip() else {}).get("Parts", [])]


def interrupt(lab, how, count=8):
    """A put that is ended when three of its parts are there; then again."""
    bucket = BUCKET + "resume-%d" % how
    key = "grande/vídeo.mp4"
    data = secrets.token_bytes((count - 1) * PART_BYTES + 12345)
    path = make_file(lab, "big-%d" % how, data)
    parts = Parts(lab)
    lab.at_end(parts.relay.stop)
    env = dict(s3_env(lab, bucket, parts.relay.endpoint),
               S3_PART_SIZE=str(PART_BYTES), S3_PART_CONCURRENCY="2")
    run(lab, env, "bucket", "create")
    parts.hold_from = 4
    process = lab.start_ctl("object", "put", path, key, env=env)
    wait_for(lambda: sent_parts(lab, bucket, key) == [1, 2, 3],
             "three parts are there", 30)
    process.send_signal(how)
    if how == signal.SIGINT:
        parts.release()
    errors = process.communicate(timeout=30)[1].decode()
    parts.release()
    # So that a shell's loop ends with it.
    expect_equal(process.returncode, -how, "exit status (%s)" % errors)
    if how == signal.SIGINT:
        expect_in("run the same command again", errors, "message")
    kept = set(sent_parts(lab, bucket, key))
    expect(kept >= {1, 2, 3}, "parts %s are there" % kept)
    parts.seen.clear()
    put_get(lab, env, "put", path, key)
    print("# %d of %d parts sent again after signal %d" % (
        len(parts.seen), count, how), flush=True)
    expect_equal(sorted(set(parts.seen)),
                 sorted(set(range(1, count + 1)) - kept), "parts sent then")
    check_same(data, lab.s3.read(bucket, key), key)
    expect_equal(unfinished(lab, bucket), [], "unfinished uploads")
    expect_equal(os.listdir(os.path.join(lab.folder("state"), "almacen")),
                 [], "what is remembered")


def test_resume_after_kill(lab):
    """A13: after kill -9 only the parts that are not there are sent"""
    interrupt(lab, signal.SIGKILL)


def test_resume_after_interrupt(lab):
    """A13: Ctrl-C says how to go on, and so it goes"""
    interrupt(lab, signal.SIGINT)


def test_changed_file(lab):
    """A file that changed since is sent anew, whole"""
    parts = Parts(lab)
    lab.at_end(parts.relay.stop)
    env = dict(s3_env(lab, BUCKET + "changed", parts.relay.endpoint),
               S3_PART_SIZE=str(PART_BYTES), S3_PART_CONCURRENCY="1")
    run(lab, env, "bucket", "create")
    path = make_file(lab, "changing", b"a" * (3 * PART_BYTES))
    parts.hold_from = 3
    process = lab.start_ctl("object", "put", path, "k", env=env)
    wait_for(lambda: sent_parts(lab, BUCKET + "changed", "k") == [1, 2],
             "two parts are there", 30)
    process.kill()
    process.communicate()
    parts.release()
    make_file(lab, "changing", b"b" * (3 * PART_BYTES))
    parts.seen.clear()
    put_get(lab, env, "put", path, "k")
    expect_equal(sorted(set(parts.seen)), [1, 2, 3], "parts sent then")
    check_same(b"b" * (3 * PART_BYTES),
               lab.s3.read(BUCKET + "changed", "k"), "k")
    expect_equal(unfinished(lab, BUCKET + "changed"), [], "unfinished uploads")


def test_large_files(lab):
    """Parts side by side: the bytes, the type, sizes around a part's"""
    env = dict(s3_env(lab, BUCKET + "large"), S3_PART_SIZE=str(PART_BYTES))
    run(lab, env, "bucket", "create")
    for size in (PART_BYTES - 1, PART_BYTES, PART_BYTES + 1,
                 2 * PART_BYTES, 3 * PART_BYTES + 1):
        data = secrets.token_bytes(size)
        path = make_file(lab, "large.mp4", data)
        put_get(lab, env, "put", path)
        got, kind = lab.s3.read_with_aws(BUCKET + "large", "large.mp4",
                                         lab.folder("ctl"))
        check_same(data, got, "%d bytes" % size)
        expect_equal(kind, "video/mp4", "type")
        digest = hashlib.sha256(lab.run_ctl("object", "get", "large.mp4",
                                            "-", env=env).stdout)
        expect_equal(digest.digest(), hashlib.sha256(data).digest(), "get")


def test_progress(lab):
    """A bar on a terminal, and none elsewhere"""
    env = s3_env(lab, BUCKET + "progress")
    run(lab, env, "bucket", "create")
    path = make_file(lab, "bar.bin", b"x" * 1000)
    done = lab.run_ctl("object", "put", path, env=env)
    expect_equal(done.stderr, b"", "standard error without a terminal")
    ours, theirs = pty.openpty()
    process = lab.start_ctl("object", "put", path, env=env, stderr=theirs)
    process.communicate(timeout=30)
    os.close(theirs)
    text = os.read(ours, 65536).decode()
    os.close(ours)
    expect_equal(process.returncode, DONE, "exit status")
    expect_in("bar.bin", text, "bar")
    expect_in("/s", text, "bar")
    expect(text.endswith("\r\x1b[K"), "the bar is taken away: %r" % text)


def test_refused(lab):
    """Wrong keys, no bucket, nobody there: one line each, exit status 1"""
    good = s3_env(lab, BUCKET + "refused")
    run(lab, good, "bucket", "create")
    path = make_file(lab, "some", b"x")
    for change in ({"S3_SECRET_KEY": "wrong"}, {"S3_BUCKET": BUCKET + "none"},
                   {"S3_ENDPOINT": "http://127.0.0.1:1"}):
        for arguments in (("put", path), ("get", "k", "-"), ("ls",),
                          ("head", "k"), ("rm", "k"), ("cp", "k", "l")):
            done = lab.run_ctl("object", *arguments,
                               env=dict(good, **change))
            errors = [line for line in done.stderr.decode().splitlines()
                      if "level=" not in line]
            expect_equal(len(errors), 1, "lines of %s with %s: %s" % (
                arguments, change, errors))
            expect_equal(done.returncode, REFUSED, "exit status")
            expect_not_in("testsecretkey", done.stderr.decode(), "message")


# Presigned requests, as a shell would make them

def shell(command, path):
    """Run a printed curl line with our file in place of FILE."""
    words = [word.replace("FILE", path) if word in ("FILE", "file=@FILE")
             else word for word in shlex.split(command)]
    done = subprocess.run(words + ["-s", "-o", "/dev/null", "-w",
                                   "%{http_code}"],
                          capture_output=True, timeout=30,
                          env={"PATH": "/usr/bin:/bin"})
    return int(done.stdout)


def presign_round(lab, presign, read):
    """Each printed line is followed to the letter, and with other bytes."""
    path = make_file(lab, "source.txt", b"doce bytes..")
    short = make_file(lab, "short.txt", b"once bytes.")
    for key in ("k.txt", "a b/it's ñ+%41.txt"):
        line = presign("put", key, "--type", "text/plain", "--size", "12",
                       "--expires", "60")
        expect_equal(shell(line, short), 403, "PUT of another size")
        expect_equal(shell(line.replace("text/plain", "text/html"), path),
                     403, "PUT of another type")
        expect_equal(shell(line, path), 200, "PUT")
        done = subprocess.run(["curl", "-s", presign("get", key).strip()],
                              capture_output=True, timeout=30,
                              env={"PATH": "/usr/bin:/bin"})
        check_same(b"doce bytes..", done.stdout, key)
        line = presign("post", "post/" + key, "--type", "text/plain",
                       "--max", "11")
        expect_equal(shell(line, path), 400, "POST of too much")
        expect_equal(shell(line, short), 201, "POST")
        expect_equal(read("post/" + key), b"once bytes.", "what POST left")
    line = presign("put", "once", "--new-only")
    expect_equal((shell(line, path), shell(line, short)), (200, 412),
                 "a URL that writes once")


def test_presign_s3(lab):
    """A6 B5 B15: curl follows the printed lines, and nothing else works"""
    env = s3_env(lab, BUCKET + "presign")
    run(lab, env, "bucket", "create")
    presign_round(lab, lambda *arguments: run(lab, env, "presign",
                                              *arguments),
                  lambda key: lab.s3.read(BUCKET + "presign", key))


def test_presign_file(lab):
    """A12: the same with the file store, below a prefix of the site"""
    site = lab.site("lighttpd", "file", base="/tienda")
    presign_round(lab, lambda *arguments: run(
        lab, {}, "--env-file", site.env_file, "presign", *arguments,
        "--origin", site.url), site.read)
    site.stop()


def test_bucket_documents(lab):
    """bucket cors and lifecycle print what they apply"""
    env = s3_env(lab, BUCKET + "documents")
    run(lab, env, "bucket", "create")
    run(lab, env, "bucket", "cors", "--origin", "https://a.example",
        "--origin", "https://b.example:8443", "--apply")
    rules = json.loads(lab.s3.aws("s3api", "get-bucket-cors", "--bucket",
                                  BUCKET + "documents"))["CORSRules"]
    expect_equal(sorted(rules[0]["AllowedOrigins"]),
                 ["https://a.example", "https://b.example:8443"], "origins")
    expect_in("ETag", rules[0]["ExposeHeaders"], "exposed")
    run(lab, env, "bucket", "lifecycle", "--temp-days", "2",
        "--abort-days", "3", "--apply")
    rules = json.loads(lab.s3.aws(
        "s3api", "get-bucket-lifecycle-configuration", "--bucket",
        BUCKET + "documents"))["Rules"]
    expect_equal(sorted(
        (rule.get("Expiration", {}).get("Days", 0),
         rule.get("AbortIncompleteMultipartUpload", {}).get(
             "DaysAfterInitiation", 0)) for rule in rules),
        [(0, 3), (2, 0)], "days")


if __name__ == "__main__":
    harness.main(globals())
