#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every presigned URL and every form the program issues: accepted as issued,
and refused, with nothing stored, when any part of it is another."""

import json
import secrets
import time

import botocore.config
import botocore.session

import harness
from tamper import form_alterations, grant_of, send, unsigned_alterations, \
    url_alterations
from tap import expect, expect_equal, expect_in

BODY = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
KEY = "users/u-1/a b+\u00f1%41.png"


class Place:
    """A bucket of its own, and another one that must stay empty."""

    def __init__(self, lab):
        self.lab = lab
        self.bucket = "tamper-" + secrets.token_hex(6)
        self.other = self.bucket + "-x"
        self.s3 = botocore.session.get_session().create_client(
            "s3", region_name="us-east-1", endpoint_url=lab.s3.endpoint,
            aws_access_key_id=lab.s3.access_key,
            aws_secret_access_key=lab.s3.secret_key,
            config=botocore.config.Config(s3={"addressing_style": "path"}))
        for bucket in (self.bucket, self.other):
            self.s3.create_bucket(Bucket=bucket)

    def keys(self):
        found = set()
        for bucket in (self.bucket, self.other):
            listed = self.s3.list_objects_v2(Bucket=bucket)
            found |= {(bucket, entry["Key"], entry["ETag"])
                      for entry in listed.get("Contents", ())}
        return found

    def check_only(self, before, key, what):
        """Nothing but the key was stored; and it is erased again."""
        found = {found[:2] for found in self.keys() - before}
        expect(found <= {(self.bucket, key)}, "%s: stored %s" % (what, found))
        if found:
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def put(self, key, data):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def read(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def head(self, key):
        return self.s3.head_object(Bucket=self.bucket, Key=key)

    def other_bucket(self, path):
        return path.replace("/" + self.bucket, "/" + self.other, 1)

    def presign(self, kind, key, *options, **settings):
        """What almacenctl issues."""
        env = dict(self.lab.s3.settings(self.bucket), S3_APPLY_POLICY="false",
                   S3_PROVIDER="ceph")
        env.update(settings)
        done = self.lab.run_ctl("presign", kind, key, "--json", *options,
                                env=env)
        expect_equal(done.returncode, 0, done.stderr.decode())
        return grant_of(json.loads(done.stdout), BODY)


# What Ceph 16 takes although it should not, measured; each harmless, since
# what it stores is what was permitted.  AWS refuses all of it.
LAX = ("host 127.0.0.1",            # it completes the port by itself
       "a first key",               # the last field of a name counts
       "unsigned x-amz-meta-owner")  # such names are without end


def check_refused(place, alterations, key=KEY):
    """Each is refused and stores nothing.  What this server is known to take
    stores at most what was permitted."""
    before = place.keys()
    for name, altered in alterations:
        status, answer = send(altered)
        if status < 300:
            expect(name in LAX, "taken although altered: " + name)
            place.check_only(before, key, name)
            continue
        expect(300 <= status < 500, "%s: status %d, %r"
               % (name, status, answer[:300]))
        expect(BODY not in answer, "%s: the object is in the answer" % name)
    expect_equal(place.keys(), before, "what was stored")


def check_taken(place, grant, key, status=200):
    expect_equal(send(grant)[0], status, "the answer to what was issued")
    expect_equal(place.read(key), BODY, "the object")


# Presigned URLs of almacenctl.

SIZE = str(len(BODY))


def test_put(lab):
    """E3 E13: PUT, its type, size and condition signed"""
    place = Place(lab)
    grant = place.presign("put", KEY, "--type", "image/png", "--size", SIZE,
                          "--new-only")
    check_refused(place, url_alterations(grant, place.other_bucket))
    check_taken(place, grant, KEY)
    expect_equal(send(grant)[0], 412, "the same once more")
    expect_equal(send(grant.change(body=b"x" * len(BODY)))[0], 412,
                 "other bytes once more")
    expect_equal(place.read(KEY), BODY, "the object")


def test_put_checksum(lab):
    """E3: PUT with a checksum: it is a signed header"""
    place = Place(lab)
    grant = place.presign("put", KEY, "--sha256", "ab" * 32,
                          S3_PROVIDER="aws", S3_ADDRESSING="path",
                          S3_CHECKSUM="sha256")
    expect_in("x-amz-checksum-sha256", dict(grant.headers), "headers")
    check_refused(place, url_alterations(grant, place.other_bucket))


def test_put_plain(lab):
    """E13: PUT with nothing but its place signed"""
    place = Place(lab)
    grant = place.presign("put", KEY)
    check_refused(place, url_alterations(grant, place.other_bucket))
    check_taken(place, grant, KEY)


def test_get(lab):
    """E13: GET: nothing is read with any part altered"""
    place = Place(lab)
    place.put(KEY, BODY)
    grant = place.presign("get", KEY).change(body=b"")
    check_refused(place, url_alterations(grant, place.other_bucket))
    expect_equal(send(grant), (200, BODY), "as issued")


def unsigned_of(place, grant):
    if "private" not in {key for _, key, _ in place.keys()}:
        place.put("private", b"what the holder of the URL may not read")
    return unsigned_alterations(grant, "/%s/private" % place.bucket)


def test_unsigned_headers(lab):
    """E5 E15: no header that was not signed makes a PUT anything else"""
    place = Place(lab)
    check_refused(place, unsigned_of(place, place.presign("put", KEY)))
    check_taken(place, place.presign("put", KEY), KEY)
    kept = place.presign("put", KEY, "--type", "image/png", "--size", SIZE,
                         "--new-only")
    check_refused(place, unsigned_of(place, kept))
    expect_equal(place.read(KEY), BODY, "the object that was there")


def test_unsigned_headers_unknown(lab):
    """E5: a Ceph that is not called so obeys some: a key of its own at most"""
    place = Place(lab)
    grant = place.presign("put", KEY, S3_PROVIDER="generic")
    for name, altered in unsigned_of(place, grant):
        before = place.keys()
        expect_in(send(altered)[0], (200, 400, 403), name)
        place.check_only(before, KEY, name)


def test_session_token(lab):
    """E13 D7: the session token is signed too"""
    place = Place(lab)
    grant = place.presign("put", KEY, S3_SESSION_TOKEN="a+b/c=")
    expect_in(("X-Amz-Security-Token", "a%2Bb%2Fc%3D"), grant.query, "query")
    names = [name for name, _ in grant.query]
    check_refused(place, (
        (name, altered) for name, altered in
        url_alterations(grant, place.other_bucket)
        if "Token" in name or "Signature" in name))
    expect_equal(len(names), len(set(names)), "parameters")


def test_expiry(lab):
    """E2: what has expired is refused"""
    place = Place(lab)
    place.put("there", BODY)
    grants = [place.presign("put", "late", "--expires", "1"),
              place.presign("get", "there", "--expires", "1")
              .change(body=b""),
              place.presign("post", "late", "--expires", "1")]
    time.sleep(2.1)
    check_refused(place, (("expired " + grant.method, grant)
                          for grant in grants))


# Forms of almacenctl.

def test_post(lab):
    """E6 E13: POST, a closed policy"""
    place = Place(lab)
    grant = place.presign("post", KEY, "--type", "image/png", "--min", "10",
                          "--max", SIZE)
    check_refused(place, form_alterations(grant, place.other_bucket))
    check_taken(place, grant, KEY, 201)
    expect_equal(place.head(KEY)["ContentType"], "image/png", "type")


def test_post_bounds(lab):
    """E6: both bounds of the length are inclusive"""
    place = Place(lab)
    grant = place.presign("post", "n", "--min", "2", "--max", "4")
    for size, status in ((1, 400), (2, 201), (4, 201), (5, 400)):
        expect_equal(send(grant.change(body=b"x" * size))[0], status,
                     "%d bytes" % size)


def test_post_mixed(lab):
    """E13: a policy with the signature, or the key, of another form"""
    place = Place(lab)
    one, two = place.presign("post", "one"), place.presign("post", "two")
    check_refused(place, [
        ("policy of another", one.with_field("policy", two.field("policy"))),
        ("signature of another", one.with_field(
            "x-amz-signature", two.field("x-amz-signature"))),
        ("key of another", one.with_field("key", "two"))])


if __name__ == "__main__":
    harness.main(globals())
