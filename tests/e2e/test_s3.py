#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The S3 client against a real server, read back by clients that are not
ours: test-live puts the objects, botocore reads them."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request

import botocore.config
import botocore.session

import harness
from tap import Skip, expect, expect_equal

PART_BYTES = 5 * 1024 * 1024
LAST_BYTES = 70001
BUCKETS = ("live-path", "live-virtual", "live-copies", "live-lists",
           "live-settings")
PRESIGN_BUCKET = "live-presign"


def live_program(lab, name):
    """A program of the build folder, made when it is missing."""
    path = os.path.join(lab.build, "tests/s3", name)
    subprocess.run(["make", "-s", "-C", lab.build, "tests/s3/" + name],
                   check=True, timeout=300, capture_output=True)
    return path


def client(lab):
    return botocore.session.get_session().create_client(
        "s3", region_name="us-east-1", endpoint_url=lab.s3.endpoint,
        aws_access_key_id=lab.s3.access_key,
        aws_secret_access_key=lab.s3.secret_key,
        config=botocore.config.Config(s3={"addressing_style": "path"}))


def empty_buckets(s3):
    for bucket in (*BUCKETS, PRESIGN_BUCKET):
        try:
            found = s3.list_objects_v2(Bucket=bucket)
        except s3.exceptions.NoSuchBucket:
            continue
        for entry in found.get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
        s3.delete_bucket(Bucket=bucket)


def run_live(lab, name):
    env = {"PATH": "/usr/bin:/bin", "CMOCKA_MESSAGE_OUTPUT": "TAP",
           "ALMACEN_TEST_S3": "%s %s %s %s" % (
               lab.s3.endpoint, lab.s3.access_key, lab.s3.secret_key,
               ",".join(lab.s3.lacks))}
    done = subprocess.run([live_program(lab, name)], env=env, timeout=80,
                          capture_output=True)
    output = (done.stdout + done.stderr).decode(errors="replace")
    expect_equal(done.returncode, 0, name + ": " + output)
    expect("SKIP" not in output, output)


def test_live(lab):
    """D2 D3 D4 D8 D16 D20: hostile keys, both styles, parts, read back"""
    if not lab.s3.endpoint.startswith("http://127.0.0.1:"):
        raise Skip("the S3 server is not on loopback")
    s3 = client(lab)
    empty_buckets(s3)
    run_live(lab, "test-live")
    for bucket in BUCKETS[:2]:
        listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
        keys = {entry["Key"] for entry in listed}
        expect({"a+b", "%41", "/lead", "up/../x", "..", "\x01\x02\x1b\x1f",
                "cr\rlf\r\n", "del\x7f"} <= keys,
               "keys of %s: %r" % (bucket, sorted(keys)))
        for key in keys - {"parts/3"}:
            found = s3.get_object(Bucket=bucket, Key=key)
            expect_equal(found["Body"].read(), b"live:" + key.encode(),
                         "object " + key)
    whole = s3.get_object(Bucket="live-path", Key="parts/3")["Body"].read()
    size = 2 * PART_BYTES + LAST_BYTES
    expect_equal(len(whole), size, "size of parts/3")
    expect(whole == bytes((i * 7919 >> 8) & 0xff for i in range(size)),
           "parts/3 has other bytes")
    empty_buckets(s3)


def test_live_presign(lab):
    """E3 E4 E6 E8 E9 E13: URLs and forms are taken as issued, else refused"""
    if not lab.s3.endpoint.startswith("http://127.0.0.1:"):
        raise Skip("the S3 server is not on loopback")
    s3 = client(lab)
    empty_buckets(s3)
    run_live(lab, "test-live_presign")
    form = s3.head_object(Bucket=PRESIGN_BUCKET, Key="altered/form")
    expect_equal(form["ContentType"], "image/png", "type of the form's file")
    expect_equal(form["ContentLength"], 10, "length of the form's file")
    expect_equal(form["Metadata"], {"name": '"],["starts-with","$key","'},
                 "metadata of the form")
    empty_buckets(s3)


def preflight(lab, origin, method, header):
    request = urllib.request.Request(
        "%s/live-settings/products/1" % lab.s3.endpoint, method="OPTIONS",
        headers={"Origin": origin, "Access-Control-Request-Method": method,
                 "Access-Control-Request-Headers": header})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers


def check_copies(s3):
    """Each copy holds what it was copied from, and another type."""
    listed = s3.list_objects_v2(Bucket="live-copies")["Contents"]
    keys = {entry["Key"] for entry in listed}
    for key in keys:
        if "c" + key not in keys:
            continue
        found = s3.get_object(Bucket="live-copies", Key="c" + key)
        expect_equal(found["Body"].read(), b"live:" + key.encode(),
                     "copy of %r" % key)
        expect_equal(found["ContentType"], "image/png", "type of %r" % key)
    expect({"c..", "c%41", "ca+b", "c\x01\x02\x1b\x1f", "c//"} <= keys,
           "copies: %r" % sorted(keys))


def check_settings(lab, s3):
    """A browser of the site may, another may not; the rules are read back."""
    for origin, method, header, status in (
            ("https://shop.example", "PUT", "content-type", 200),
            ("https://shop.example", "PUT", "x-amz-meta-name", 200),
            ("https://shop.example", "POST", "if-none-match", 200),
            ("http://localhost:8080", "GET", "range", 200),
            ("https://shop.example", "DELETE", "content-type", 403),
            ("https://evil.example", "PUT", "content-type", 403)):
        what = "%s %s %s" % (origin, method, header)
        answer, headers = preflight(lab, origin, method, header)
        expect_equal(answer, status, what)
        if status == 200:
            expect_equal(headers["Access-Control-Allow-Origin"], origin, what)
            expect_equal(headers["Access-Control-Expose-Headers"], "ETag",
                         what)
    rules = s3.get_bucket_lifecycle_configuration(Bucket="live-settings")
    by_id = {rule["ID"]: rule for rule in rules["Rules"]}
    expect_equal(by_id["almacen-expire-temporary"]["Filter"],
                 {"Prefix": "temp/"}, "what expires")
    expect_equal(by_id["almacen-expire-temporary"]["Expiration"], {"Days": 2},
                 "when it does")
    expect_equal(
        by_id["almacen-abort-unfinished"]["AbortIncompleteMultipartUpload"],
        {"DaysAfterInitiation": 7}, "unfinished uploads")


def test_live_manage(lab):
    """B2 D4 D13 D16 E16: copies, lists, bulk deletions, CORS, lifecycle"""
    if not lab.s3.endpoint.startswith("http://127.0.0.1:"):
        raise Skip("the S3 server is not on loopback")
    s3 = client(lab)
    empty_buckets(s3)
    run_live(lab, "test-live_manage")
    check_copies(s3)
    check_settings(lab, s3)
    empty_buckets(s3)


def sign(lab, *arguments):
    env = {"S3_ACCESS_KEY": lab.s3.access_key,
           "S3_SECRET_KEY": lab.s3.secret_key}
    done = lab.run_ctl("sign", *arguments, env=env)
    expect_equal(done.returncode, 0, done.stderr.decode())
    return json.loads(done.stdout)


def status_of(method, url, headers=None, data=None):
    request = urllib.request.Request(url, method=method, data=data,
                                     headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


def test_sign_is_accepted(lab):
    """D1 E13: what `almacenctl sign` prints is taken, and nothing else"""
    s3 = client(lab)
    empty_buckets(s3)
    s3.create_bucket(Bucket=BUCKETS[0])
    place = ("--endpoint", lab.s3.endpoint, "--bucket", BUCKETS[0], "--key",
             "a b+c/ñ.txt", "--style", "path")
    url = sign(lab, "--method", "PUT", *place, "--presign", "60",
               "--header", "Content-Type: text/plain")["url"]
    plain = {"Content-Type": "text/plain"}
    expect_equal(status_of("PUT", url, plain, b"hello")[0], 200, "PUT")
    for what, answer in (
            ("type", status_of("PUT", url, {"Content-Type": "text/html"},
                               b"hello")),
            ("method", status_of("DELETE", url)),
            ("signature", status_of("PUT", re.sub(
                "Signature=.", "Signature=g", url), plain, b"hello")),
            ("expiry", status_of("PUT", url.replace(
                "Expires=60", "Expires=61"), plain, b"hello"))):
        expect_equal(answer[0], 403, "another " + what)
    url = sign(lab, "--method", "GET", *place, "--presign", "60", "--query",
               "response-content-type=text/x-ñ")["url"]
    expect_equal(status_of("GET", url), (200, b"hello"), "GET")
    signed = sign(lab, "--method", "GET", "--url",
                  lab.s3.endpoint + "/%s?max-keys=2" % BUCKETS[0])
    headers = dict(signed["headers"], Authorization=signed["authorization"])
    status, listing = status_of(
        "GET", lab.s3.endpoint + "/%s?max-keys=2" % BUCKETS[0], headers)
    expect_equal(status, 200, "list")
    expect("a b+c/ñ.txt".encode() in listing, "the list has the key")
    empty_buckets(s3)


def bucket_ctl(lab, bucket, *arguments):
    return lab.run_ctl("bucket", *arguments, env=dict(
        lab.s3.settings(bucket), S3_APPLY_POLICY="false",
        S3_PUBLIC_PREFIXES="products/ general/"))


def test_bucket_commands(lab):
    """A2 A10: bucket create and policy, idempotent, public by prefix only"""
    s3 = client(lab)
    empty_buckets(s3)
    bucket = BUCKETS[0]
    for state in ("created", "exists"):
        done = bucket_ctl(lab, bucket, "create")
        expect_equal(done.stdout.decode(), "Bucket '%s' %s\n" % (
            bucket, state), done.stderr.decode())
    policy = json.loads(bucket_ctl(lab, bucket, "policy").stdout)
    expect_equal(policy["Statement"][0]["Resource"],
                 ["arn:aws:s3:::%s/products/*" % bucket,
                  "arn:aws:s3:::%s/general/*" % bucket], "resources")
    s3.put_object(Bucket=bucket, Key="products/1", Body=b"p")
    s3.put_object(Bucket=bucket, Key="users/1", Body=b"u")
    base = "%s/%s/" % (lab.s3.endpoint, bucket)
    expect_equal(status_of("GET", base + "products/1")[0], 403, "before")
    for _ in range(2):
        done = bucket_ctl(lab, bucket, "create", "--public")
        expect_equal(done.returncode, 0, done.stderr.decode())
    expect_equal(status_of("GET", base + "products/1"), (200, b"p"),
                 "a public object")
    expect_equal(status_of("GET", base + "users/1")[0], 403, "a private one")
    expect_equal(status_of("GET", base)[0], 403, "the list")
    expect_equal(json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]),
                 policy, "the policy on the server")
    s3.delete_bucket_policy(Bucket=bucket)
    empty_buckets(s3)


if __name__ == "__main__":
    harness.main(globals())
