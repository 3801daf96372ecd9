#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every fault of faults.py against every operation of the S3 client, between
the real program and a real S3 server: no wrong success, no endless wait, no
credential where it should not be, and all is well afterwards.

The matrix below runs tests/s3/s3-drive, one operation per process, each case
behind a proxy and with a key of its own; the server itself is then asked,
past the proxy, what became of the object.  What the shop makes of such faults
is shown behind it, through a web server."""

import collections
import concurrent.futures
import hashlib
import itertools
import os
import secrets
import subprocess
import time
import urllib.parse

import botocore.config
import botocore.exceptions
import botocore.session

import faults
import harness
from fault_proxy import FaultProxy, Recorder
from tap import expect, expect_equal, expect_in

BUCKET = "faults"
AT_ONCE = 10                # most cases wait more than they work
CASE_SECONDS = 40           # no operation may take longer, whatever happens
ATTEMPTS_MAX = 4
TOKEN = "session-token-" + secrets.token_hex(20)
OLD = b"what was there before" * 20
DATA = bytes((n * 7919 >> 5) & 0xff for n in range(3001))

OK, ERROR, EITHER = "ok", "error", "either"


class Server:
    """The S3 server, past all proxies."""

    def __init__(self, lab):
        self.keys = lab.s3
        url = urllib.parse.urlsplit(lab.s3.endpoint)
        self.address = (url.hostname, url.port)
        self.s3 = botocore.session.get_session().create_client(
            "s3", region_name="us-east-1", endpoint_url=lab.s3.endpoint,
            aws_access_key_id=lab.s3.access_key,
            aws_secret_access_key=lab.s3.secret_key,
            config=botocore.config.Config(s3={"addressing_style": "path"},
                                          max_pool_connections=AT_ONCE))
        self.s3.create_bucket(Bucket=BUCKET)

    def put(self, key, data):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=data)

    def read(self, key):
        """The object's bytes, or None."""
        try:
            return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None

    def unfinished(self, prefix):
        """The keys of uploads by parts that were neither ended nor aborted."""
        found = self.s3.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
        return [upload["Key"] for upload in found.get("Uploads", ())]


# The operations.

class Operation:
    """One of the driver's commands, and which of its requests to spoil."""
    words = ()              # behind the key
    method = None
    query = None
    before = OLD            # what is under the key at first
    is_safe = True          # may be repeated whatever became of it
    has_result = False      # 200 is not enough: the body says how it ended

    def prepare(self, case):
        pass

    def check_done(self, case, result):
        raise NotImplementedError

    def check_not_done(self, case):
        """After a failure: whole, old or new, never something else."""
        expect_in(case.server.read(case.key), (None, self.before, DATA),
                  "the object after a failure")


class Put(Operation):
    name, method, words = "put", "PUT", ("{file}",)

    def check_done(self, case, result):
        expect_equal(case.server.read(case.key), DATA, "the object")


class PutNew(Put):
    name, before, is_safe = "put-new", None, False


class Parts(Put):
    """The one part of an upload by parts."""
    name, query, before = "upload", "partNumber", None

    def check_not_done(self, case):
        super().check_not_done(case)
        expect_equal(case.server.unfinished(case.key), [],
                     "unfinished uploads")


class Create(Parts):
    method, query, has_result, is_safe = "POST", "^uploads", True, False

    def check_not_done(self, case):
        # A lost answer hides the id.  It is the pending row, and not the
        # client, that leads to such an upload.
        expect(len(case.server.unfinished(case.key)) <= ATTEMPTS_MAX,
               "too many unfinished uploads")


class Complete(Parts):
    method, query, has_result = "POST", "uploadId", True


class Get(Operation):
    name, method, before = "get", "GET", DATA
    words = ("{out}", "1000", "1001")
    wanted = DATA[1000:2001]

    def check_done(self, case, result):
        with open(case.out, "rb") as file:
            expect_equal(file.read(), self.wanted, "the bytes read")


class GetWhole(Get):
    words = ("{out}",)
    wanted = DATA


class Head(Operation):
    name, method, before = "head", "HEAD", DATA

    def check_done(self, case, result):
        expect_equal(result.words[1:], [
            str(len(DATA)), hashlib.md5(DATA).hexdigest()], "size and ETag")


class Delete(Operation):
    name, method, before = "delete", "DELETE", DATA

    def check_done(self, case, result):
        expect_equal(case.server.read(case.key), None, "the object")


class DeleteMany(Operation):
    name, method, query, before = "delete-many", "POST", "^delete", DATA
    words, has_result = ("{key}-b",), True

    def prepare(self, case):
        case.server.put(case.key + "-b", DATA)

    def check_done(self, case, result):
        expect_equal((case.server.read(case.key),
                      case.server.read(case.key + "-b")), (None, None),
                     "the objects")


class Copy(Operation):
    name, method, words, before = "copy", "PUT", ("{key}-copy",), DATA
    has_result = True

    def check_done(self, case, result):
        expect_equal(case.server.read(case.key + "-copy"), DATA, "the copy")

    def check_not_done(self, case):
        expect_in(case.server.read(case.key + "-copy"), (None, DATA),
                  "the copy after a failure")


class List(Operation):
    """Three keys below the prefix, two on a page."""
    name, method, query, before = "list", "GET", "list-type", DATA
    has_result = True

    def prepare(self, case):
        case.server.put(case.key + "+a b", b"12")
        case.server.put(case.key + "\u00f1", b"123")

    def check_done(self, case, result):
        expect_equal(result.lines, [
            "key %s %d" % (case.key, len(DATA)),
            "key %s+a b 2" % case.key,
            "key %s\u00f1 3" % case.key], "the keys")


OPERATIONS = {"put": Put(), "put-new": PutNew(), "part": Parts(),
              "create": Create(), "complete": Complete(), "get": Get(),
              "get-whole": GetWhole(), "head": Head(), "delete": Delete(),
              "delete-many": DeleteMany(), "copy": Copy(), "list": List()}
GETS = ("get", "get-whole")
FIRST = ("put", "put-new", "create", "get", "get-whole", "head", "delete",
         "list")
WITH_BODY = ("put", "put-new", "part", "complete")
WITH_RESULT = tuple(name for name, operation in OPERATIONS.items()
                    if operation.has_result)


# One case.

class Result:
    """What the driver said, and how long it took."""

    def __init__(self, done, seconds):
        self.output = done.stdout + done.stderr
        self.lines = done.stdout.decode(errors="replace").splitlines()
        self.words = self.lines.pop().split(None, 3) if self.lines else []
        self.is_ok = done.returncode == 0
        self.seconds = seconds
        expect(done.returncode in (0, 1) and self.words,
               "the driver ended with %d:\n%s" % (
                   done.returncode, self.output.decode(errors="replace")))
        expect_equal(self.words[0], OK if self.is_ok else ERROR, "result")

    @property
    def code(self):
        return "" if self.is_ok else self.words[2]

    def __str__(self):
        return self.output.decode(errors="replace")


class Case:
    """A proxy, a key and files for one operation."""
    numbers = itertools.count(1)

    def __init__(self, bench, operation, label):
        self.server = bench.server
        self.bench = bench
        self.operation = operation
        self.label = label
        self.key = "%s/%d" % (secrets.token_hex(4), next(self.numbers))
        self.out = os.path.join(bench.dir, self.key.replace("/", "-"))
        self.proxy = FaultProxy(bench.server.address)
        if operation.before is not None:
            self.server.put(self.key, operation.before)
        operation.prepare(self)

    def spoil(self, fault, times=None):
        if getattr(fault, "is_blind", False):
            self.proxy.add(fault, times=times)
        else:
            self.proxy.add(fault, method=self.operation.method,
                           query=self.operation.query, times=times)

    def run(self, **settings):
        words = [word.format(file=self.bench.data_path, out=self.out,
                             key=self.key)
                 for word in self.operation.words]
        start = time.monotonic()
        result = Result(self.bench.run(
            self.proxy.endpoint, self.operation.name, self.key, *words,
            **settings),
            time.monotonic() - start)
        self.check_secrets(result)
        expect(result.seconds < CASE_SECONDS, "took %d s" % result.seconds)
        return result

    def check_secrets(self, result):
        for secret in {self.server.keys.secret_key, TOKEN, "Authorization",
                       "X-Amz-Signature"} | self.proxy.signatures():
            expect(secret.encode() not in result.output,
                   "a secret is in the output:\n%s" % result)

    def check(self, result, wanted):
        """The result is as wanted, and it is the truth."""
        expect(wanted == EITHER or result.is_ok == (wanted == OK),
               "expected %s: %s" % (wanted, result))
        if result.is_ok:
            self.operation.check_done(self, result)
        else:
            self.operation.check_not_done(self)

    def check_recovery(self):
        """The same once more, without a fault."""
        self.proxy.recover()
        result = self.run()
        if self.operation.name == "put-new" and not result.is_ok:
            expect_in(result.words[1], ("conflict",), str(result))
        else:
            expect(result.is_ok, "after the recovery: %s" % result)
        self.operation.check_done(self, result)

    def close(self):
        self.proxy.close()


class Bench:
    """The driver, and files that all cases share."""

    def __init__(self, lab):
        self.server = Server(lab)
        self.dir = lab.folder("faults")
        self.program = os.path.join(lab.build, "tests/s3/s3-drive")
        subprocess.run(["make", "-s", "-C", lab.build, "tests/s3/s3-drive"],
                       check=True, timeout=300, capture_output=True)
        self.data_path = os.path.join(self.dir, "data")
        with open(self.data_path, "wb") as file:
            file.write(DATA)

    def run(self, endpoint, *words, **settings):
        env = {"PATH": "/usr/bin:/bin", "S3_ENDPOINT": endpoint,
               "S3_BUCKET": BUCKET, "S3_SESSION_TOKEN": TOKEN,
               "S3_ACCESS_KEY": self.server.keys.access_key,
               "S3_SECRET_KEY": self.server.keys.secret_key,
               "S3_CONNECT_TIMEOUT": "1", "S3_STALL_TIMEOUT": "1"}
        env.update({name: value for name, value in os.environ.items()
                    if name.endswith("SAN_OPTIONS")})
        env.update(settings)
        return subprocess.run([self.program, *words], env=env,
                              timeout=CASE_SECONDS + 10, capture_output=True)

    def case(self, name, label=""):
        return Case(self, OPERATIONS[name], label or name)


_benches = {}


def bench_of(lab):
    if lab not in _benches:
        _benches[lab] = Bench(lab)
    return _benches[lab]


# The matrix.

# once, always: what becomes of an operation when the fault comes with the
# first request alone, or with each.  tries: how often a request that fails
# each time comes to the proxy: MANY where repeating is sensible.
ONE, MANY, SOME = (1, 1), (2, ATTEMPTS_MAX), (1, ATTEMPTS_MAX)
Expected = collections.namedtuple("Expected", "once always tries")
TRANSIENT = Expected(OK, ERROR, MANY)
FINAL = Expected(ERROR, ERROR, ONE)
HARMLESS = Expected(OK, OK, ONE)
UNCLEAR = Expected(EITHER, EITHER, SOME)
# repeating is not safe unless it is certain that nothing was done
UNSAFE = Expected(EITHER, ERROR, SOME)
# bytes that were handed on cannot be taken back: no second attempt
HANDED_ON = Expected(ERROR, ERROR, ONE)


def run_case(bench, name, fault, times, expected):
    case = bench.case(name)
    try:
        case.spoil(fault, times)
        result = case.run()
        case.check(result, expected.once if times else expected.always)
        if not times:
            least, most = expected.tries
            if not getattr(fault, "is_blind", False):
                expect(least <= len(case.proxy.faults()) and
                       case.proxy.attempts() <= most,
                       "%d attempts, expected %d to %d: %s" % (
                           case.proxy.attempts(), least, most, result))
            case.check_recovery()
    except Exception as problem:
        problem.args = ("%s, %s: %s" % (
            name, "once" if times else "always", problem),)
        raise
    finally:
        case.close()


def check_fault(lab, fault, expected, names=tuple(OPERATIONS), **but):
    """A fault with each operation, once and for ever.  but: operations for
    which something else is expected, "_" for "-"."""
    bench = bench_of(lab)
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name in names:
            wanted = but.get(name.replace("-", "_"), expected)
            # what is tried once alike is the same, once and for ever
            jobs += [pool.submit(run_case, bench, name, fault, times, wanted)
                     for times in ((None,) if wanted == FINAL else (1, None))]
    for job in jobs:
        job.result()


def test_no_fault(lab):
    """Issue 3: the proxy itself changes nothing"""
    bench = bench_of(lab)
    for name in OPERATIONS:
        case = bench.case(name)
        case.check(case.run(), OK)
        case.close()


def test_refused(lab):
    """D12: connections refused"""
    bench = bench_of(lab)
    for name in ("put", "get", "head", "delete", "create"):
        case = bench.case(name)
        case.proxy.refuse()
        result = case.run()
        expect_equal(result.words[:2], ["error", "unavailable"], str(result))
        case.check(result, ERROR)
        case.check_recovery()
        case.close()


def test_reset_unread(lab):
    """D12: reset before the head is read"""
    check_fault(lab, faults.reset_unread, TRANSIENT, FIRST, put_new=UNSAFE,
                create=UNSAFE)


def test_reset_after_head(lab):
    """D12: reset after the request's head"""
    check_fault(lab, faults.reset_after_head, TRANSIENT, put_new=UNSAFE,
                create=UNSAFE)


def test_reset_in_body(lab):
    """D12: reset in mid-body of the request"""
    check_fault(lab, faults.reset_in_body, TRANSIENT, WITH_BODY,
                put_new=UNSAFE)


def test_reset_unanswered(lab):
    """D12: reset, or an orderly end, before the answer"""
    for fault in (faults.reset_unanswered, faults.close_unanswered):
        check_fault(lab, fault, TRANSIENT, put_new=UNSAFE, create=UNSAFE)


def test_lost_answer(lab):
    """D12 D16: the work is done and the answer lost"""
    done = Expected(OK, OK, SOME)
    for fault in (faults.lose_answer, faults.lose_half_head):
        check_fault(lab, fault, TRANSIENT, put_new=UNSAFE, create=UNSAFE,
                    complete=done, get=UNCLEAR, get_whole=UNCLEAR)


def test_reset_in_answer(lab):
    """D14: reset behind the head of the answer"""
    check_fault(lab, faults.lose_body, TRANSIENT, GETS + WITH_RESULT,
                create=UNSAFE, complete=Expected(OK, OK, SOME))


def test_truncated(lab):
    """D14: less comes than Content-Length says"""
    check_fault(lab, faults.lose_half_body, TRANSIENT, GETS + WITH_RESULT,
                get=HANDED_ON, get_whole=HANDED_ON, create=UNSAFE,
                complete=Expected(OK, OK, SOME))


def test_wrong_length(lab):
    """D14: Content-Length says less than comes"""
    check_fault(lab, faults.shorten_length, FINAL, ("get",) + WITH_RESULT,
                create=UNSAFE, complete=Expected(OK, OK, SOME),
                copy=TRANSIENT, delete_many=TRANSIENT, list=UNSAFE)


def test_changed_bytes(lab):
    """D17: bytes that change on their way to the server are not stored"""
    check_fault(lab, faults.flip_sent_byte, FINAL, ("put", "put-new", "part"))


def test_server_errors(lab):
    """D12: 500, 502, 503 and 429 are tried again"""
    slow = faults.status(503, "SlowDown")
    check_fault(lab, slow, TRANSIENT)
    check_fault(lab, faults.status(500, "InternalError"), TRANSIENT,
                put_new=UNSAFE, create=UNSAFE)
    few = ("put", "get", "delete")
    check_fault(lab, faults.status(503), TRANSIENT, few)
    check_fault(lab, faults.status(502), TRANSIENT, few)
    check_fault(lab, faults.status(429, "TooManyRequests"), TRANSIENT, few)
    check_fault(lab, faults.status(503, "SlowDown", [("Retry-After", "1")]),
                TRANSIENT, few)


def test_refusals(lab):
    """D12: 400, 403, 404 and 412 are final: one attempt"""
    check_fault(lab, faults.status(400, "InvalidRequest"), FINAL)
    check_fault(lab, faults.status(403, "AccessDenied"), FINAL)
    check_fault(lab, faults.status(404, "NoSuchBucket"), FINAL,
                ("put", "put-new", "part", "create", "get"))
    check_fault(lab, faults.status(412, "PreconditionFailed"), FINAL,
                ("put", "put-new", "get"))


def test_error_in_200(lab):
    """D13: 200 with an <Error>, also behind white space, is an error"""
    for space in (b"", b"\n  \n" * 200):
        check_fault(lab, faults.ok_with_error("InternalError", space),
                    TRANSIENT, WITH_RESULT, create=UNSAFE, list=UNSAFE)
        check_fault(lab, faults.ok_with_error("AccessDenied", space), FINAL,
                    WITH_RESULT)


def test_garbage(lab):
    """D14: what is no HTTP, and what is no XML"""
    check_fault(lab, faults.garbage, FINAL)
    check_fault(lab, faults.garbage_xml, UNSAFE, WITH_RESULT)
    check_fault(lab, faults.body(b"<html>It works!</html>"), UNSAFE,
                ("put", "put-new", "part", "get", "create", "complete",
                 "copy", "list"))


def test_huge_answers(lab):
    """D14: 12 MB of XML, entity bombs, heads and "not yet" without end"""
    check_fault(lab, faults.huge_xml(), UNSAFE, WITH_RESULT)
    check_fault(lab, faults.huge_xml(403), FINAL, ("put", "get"))
    check_fault(lab, faults.xml_bomb(), UNSAFE, WITH_RESULT)
    check_fault(lab, faults.xml_bomb(400), FINAL, ("put", "get"))
    check_fault(lab, faults.huge_head, FINAL, ("put", "get", "head"))
    check_fault(lab, faults.informational_flood, UNSAFE, ("put", "get"))


def test_repeated_answer(lab):
    """D19: an answer that comes twice is not that of the next request"""
    # a second page may meet the first one's answer, and must not take it
    check_fault(lab, faults.repeat, HARMLESS, list=UNCLEAR)


def test_silence(lab):
    """D11: no answer at all: an end in bounded time"""
    # whether time is left for a second attempt depends on the machine
    check_fault(lab, faults.silence, UNSAFE)
    check_fault(lab, faults.lose_in_silence, UNSAFE, ("put", "delete"))


def test_trickle(lab):
    """D11: one byte per second: an end in bounded time"""
    check_fault(lab, faults.trickle, UNSAFE, (
        "put", "get", "head", "delete", "create", "complete"),
        complete=UNCLEAR)


def test_redirect(lab):
    """D9 D15: a redirect to another host gets neither key nor bytes"""
    other = Recorder()
    place = "http://127.0.0.1:%d/elsewhere" % other.port
    for fault in (faults.redirect(301, place, "PermanentRedirect"),
                  faults.redirect(307, place, "TemporaryRedirect"),
                  faults.redirect(302, place, ""),
                  faults.redirect(308, place, ""),
                  faults.redirect(303, place, "")):
        check_fault(lab, fault, FINAL,
                    ("put", "get", "head", "delete", "part"))
    expect_equal(other.received, b"", "what reached the other host")
    other.close()


def check_region(lab, fault, names):
    """A region that is named is signed for, at the same host."""
    bench = bench_of(lab)
    for name in names:
        case = bench.case(name)
        case.spoil(fault, 1)
        case.check(case.run(), OK)
        scopes = [request.headers["authorization"].split("/")[2]
                  for request in case.proxy.requests(case.operation.method)]
        expect_equal(scopes[:2], ["us-east-1", "eu-west-1"], "regions")
        case.close()


def test_region(lab):
    """D15: a bucket's region is learnt, and nobody else is asked"""
    other = Recorder()
    place = "http://127.0.0.1:%d/elsewhere" % other.port
    region = [("x-amz-bucket-region", "eu-west-1")]
    for fault in (faults.redirect(301, place, "PermanentRedirect", region),
                  faults.redirect(307, place, "TemporaryRedirect", region)):
        check_region(lab, fault, ("put", "put-new", "get", "delete", "head"))
    check_region(lab, faults.status(
        400, "AuthorizationHeaderMalformed",
        extra="<Region>eu-west-1</Region>"), ("put", "get", "list"))
    check_fault(lab, faults.redirect(301, place, "PermanentRedirect", [
        ("x-amz-bucket-region", "evil.example/")]), FINAL, ("put", "get"))
    expect_equal(other.received, b"", "what reached the other host")
    other.close()


def test_clock(lab):
    """D5: the time of the server is learnt, and said once"""
    bench = bench_of(lab)
    for name in ("put", "put-new", "get", "list", "upload", "head"):
        for offset in ("-3600", "30000"):
            case = bench.case("part" if name == "upload" else name)
            result = case.run(CLOCK_OFFSET=offset)
            case.check(result, OK)
            expect_equal(str(result).count("clock is"), 1, "lines about it")
            case.close()


def test_clock_lies(lab):
    """D5: a server that is wrong about the time is not believed twice"""
    check_fault(lab, faults.skewed(3600), Expected(ERROR, ERROR, (1, 2)),
                ("put", "get", "delete"))


def test_back_off(lab):
    """D12: pauses between attempts grow, and are not the same each time"""
    bench = bench_of(lab)
    pauses = [[] for _ in range(ATTEMPTS_MAX - 1)]

    def measure(_number):
        case = bench.case("head")
        case.spoil(faults.status(503))
        case.run()
        times = [request.time for request in case.proxy.faults()]
        case.close()
        return [b - a for a, b in zip(times, times[1:])]

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for gaps in pool.map(measure, range(24)):
            expect_equal(len(gaps), ATTEMPTS_MAX - 1, "pauses")
            for i, gap in enumerate(gaps):
                pauses[i].append(gap)
    means = [sum(gaps) / len(gaps) for gaps in pauses]
    # up to 100, 200 and 400 ms, each evenly spread
    expect(means[0] < means[2] and means[2] > 0.1, "means: %s" % means)
    expect(max(pauses[2]) > 2 * min(pauses[2]), "no jitter: %s" % pauses[2])


if __name__ == "__main__":
    harness.main(globals())
