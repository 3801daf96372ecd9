#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every presigned URL and every form the program issues: accepted as issued,
and refused, with nothing stored, when any part of it is another."""

import hashlib
import json
import secrets
import time

import botocore.config
import botocore.session

import harness
import pictures
from tamper import form_alterations, grant_of, send, unsigned_alterations, \
    url_alterations
from tap import expect, expect_equal, expect_in, fail

BODY = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
KEY = "users/u-1/a b+\u00f1%41.png"


class Place:
    """Where a grant leads, seen past it."""
    lax = ()
    refusals = range(300, 500)

    def presign(self, kind, key, *options, **settings):
        """What almacenctl issues."""
        done = self.lab.run_ctl("presign", kind, key, "--json",
                                *self.ctl_options, *options,
                                env=dict(self.settings, **settings))
        expect_equal(done.returncode, 0, done.stderr.decode())
        return grant_of(json.loads(done.stdout), BODY)

    def check_only(self, before, key, what):
        """Nothing but the key was stored; and it is erased again."""
        found = {found[0] for found in self.objects() - before}
        expect(found <= {key}, "%s: stored %s" % (what, found))
        if found:
            self.erase(key)


class S3Place(Place):
    """A bucket of its own, and another one that must stay empty."""
    # What Ceph 16 takes although it should not, measured; each harmless,
    # since what it stores is what was permitted.  AWS refuses all of it.
    lax = ("host 127.0.0.1",            # it completes the port by itself
           "a first key",               # the last field of a name counts
           "no file",                   # two bytes, if so few are permitted
           "unsigned x-amz-meta-owner")  # such names are without end
    ctl_options = ()
    provider = "ceph"

    def __init__(self, lab, bucket=None):
        self.lab = lab
        self.bucket = bucket or "tamper-" + secrets.token_hex(6)
        self.other = self.bucket + "-x"
        self.settings = dict(lab.s3.settings(self.bucket),
                             S3_APPLY_POLICY="false",
                             S3_PROVIDER=self.provider)
        self.s3 = botocore.session.get_session().create_client(
            "s3", region_name="us-east-1", endpoint_url=lab.s3.endpoint,
            aws_access_key_id=lab.s3.access_key,
            aws_secret_access_key=lab.s3.secret_key,
            config=botocore.config.Config(s3={"addressing_style": "path"}))
        for name in (self.bucket, self.other):
            self.s3.create_bucket(Bucket=name)

    def objects(self):
        """Key and ETag of each object."""
        found = set()
        for bucket, before in ((self.bucket, ""), (self.other, "other:")):
            listed = self.s3.list_objects_v2(Bucket=bucket)
            found |= {(before + entry["Key"], entry["ETag"])
                      for entry in listed.get("Contents", ())}
        return found

    def put(self, key, data):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def read(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def erase(self, key):
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def head(self, key):
        return self.s3.head_object(Bucket=self.bucket, Key=key)

    def elsewhere(self, path):
        """The same key in another bucket."""
        return path.replace("/" + self.bucket, "/" + self.other, 1)

    def source(self, key):
        return "/%s/%s" % (self.bucket, key)


class FilePlace(Place):
    """The file store, served by almacen itself."""

    def __init__(self, lab):
        self.lab = lab
        self.site = lab.site("lighttpd", "file", settings={
            "SECRET_KEY": secrets.token_hex(32)})
        self.settings = self.site.settings
        self.ctl_options = ("--origin", self.site.url)

    def objects(self):
        return {(key, hashlib.md5(self.read(key)).hexdigest())
                for key in self.site.keys()}

    def put(self, key, data):
        grant = self.presign("put", key).change(body=data)
        expect_equal(send(grant)[0], 200, "PUT of " + key)

    def read(self, key):
        return self.site.read(key)

    def erase(self, key):
        fail("the file store took " + key)

    @staticmethod
    def elsewhere(path):
        return path.replace("/store", "/static", 1)

    @staticmethod
    def source(key):
        return "/uploads/" + key


def check_refused(place, alterations, key=KEY):
    """Each is refused and stores nothing.  What this server is known to take
    stores at most what was permitted."""
    before = place.objects()
    for name, altered in alterations:
        status, answer = send(altered)
        if status < 300:
            expect(name in place.lax, "taken although altered: " + name)
            place.check_only(before, key, name)
            continue
        expect(status in place.refusals, "%s: status %d, %r"
               % (name, status, answer[:300]))
        expect(BODY not in answer, "%s: the object is in the answer" % name)
    expect_equal(place.objects(), before, "what was stored")


def check_taken(place, grant, key, status=200):
    expect_equal(send(grant)[0], status, "the answer to what was issued")
    expect_equal(place.read(key), grant.body, "the object")


# Presigned URLs of almacenctl.

SIZE = str(len(BODY))


def check_put(place):
    grant = place.presign("put", KEY, "--type", "image/png", "--size", SIZE,
                          "--new-only")
    check_refused(place, url_alterations(grant, place.elsewhere))
    check_taken(place, grant, KEY)
    expect_equal(send(grant)[0], 412, "the same once more")
    expect_equal(send(grant.change(body=b"x" * len(BODY)))[0], 412,
                 "other bytes once more")
    expect_equal(place.read(KEY), BODY, "the object")


def check_put_checksum(place, **settings):
    sha256 = hashlib.sha256(BODY).hexdigest()
    grant = place.presign("put", KEY, "--sha256", sha256, **settings)
    expect_in("x-amz-checksum-sha256",
              {name.lower() for name, _ in grant.headers}, "headers")
    check_refused(place, url_alterations(grant, place.elsewhere))
    check_taken(place, grant, KEY)


def check_put_plain(place):
    grant = place.presign("put", KEY)
    check_refused(place, url_alterations(grant, place.elsewhere))
    check_taken(place, grant, KEY)


def check_get(place):
    place.put(KEY, BODY)
    grant = place.presign("get", KEY).change(body=b"")
    check_refused(place, url_alterations(grant, place.elsewhere))
    expect_equal(send(grant), (200, BODY), "as issued")


def unsigned_of(place, grant):
    if "private" not in {key for key, _ in place.objects()}:
        place.put("private", b"what the holder of the URL may not read")
    return unsigned_alterations(grant, place.source("private"))


def check_unsigned(place):
    check_refused(place, unsigned_of(place, place.presign("put", KEY)))
    check_taken(place, place.presign("put", KEY), KEY)
    kept = place.presign("put", KEY, "--type", "image/png", "--size", SIZE,
                         "--new-only")
    check_refused(place, unsigned_of(place, kept))
    expect_equal(place.read(KEY), BODY, "the object that was there")


def check_expiry(place):
    place.put("there", BODY)
    grants = [place.presign("put", "late", "--expires", "1"),
              place.presign("get", "there", "--expires", "1")
              .change(body=b""),
              place.presign("post", "late", "--expires", "1")]
    time.sleep(2.1)
    check_refused(place, (("expired " + grant.method, grant)
                          for grant in grants))


def test_put(lab):
    """E3 E13: PUT on S3; its type, size and condition signed"""
    check_put(S3Place(lab))


def test_put_checksum(lab):
    """E3: PUT on S3 with a checksum, which is a signed header"""
    check_put_checksum(S3Place(lab), S3_CHECKSUM="sha256")


def test_put_plain(lab):
    """E13: PUT on S3 with nothing but its place signed"""
    check_put_plain(S3Place(lab))


def test_get(lab):
    """E13: GET on S3: nothing is read with any part altered"""
    check_get(S3Place(lab))


def test_unsigned(lab):
    """E5 E15: on S3 no unsigned header makes a PUT anything else"""
    check_unsigned(S3Place(lab))


def test_unsigned_unknown(lab):
    """E5: a Ceph that is not called so obeys some: a key of its own at most"""
    place = S3Place(lab)
    grant = place.presign("put", KEY, S3_PROVIDER="generic")
    for name, altered in unsigned_of(place, grant):
        before = place.objects()
        expect_in(send(altered)[0], (200, 400, 403), name)
        place.check_only(before, KEY, name)


def test_session_token(lab):
    """E13 D7: the session token is signed too"""
    place = S3Place(lab)
    grant = place.presign("put", KEY, S3_SESSION_TOKEN="a+b/c=")
    expect_in(("X-Amz-Security-Token", "a%2Bb%2Fc%3D"), grant.query, "query")
    check_refused(place, (
        (name, altered) for name, altered in
        url_alterations(grant, place.elsewhere)
        if "Token" in name or "Signature" in name))


def test_expiry(lab):
    """E2: what has expired is refused by S3"""
    check_expiry(S3Place(lab))


# Forms of almacenctl.

def check_post(place):
    grant = place.presign("post", KEY, "--type", "image/png", "--min", "10",
                          "--max", SIZE)
    check_refused(place, form_alterations(grant, place.elsewhere))
    check_taken(place, grant, KEY, 201)


def check_post_bounds(place):
    for size, status in ((1, 400), (2, 201), (4, 201), (5, 400)):
        grant = place.presign("post", "n%d" % size, "--min", "2", "--max",
                              "4")
        expect_in(send(grant.change(body=b"x" * size))[0],
                  (status, 413 if status == 400 else status),
                  "%d bytes" % size)


def check_post_mixed(place):
    one, two = place.presign("post", "one"), place.presign("post", "two")
    check_refused(place, [
        ("policy of another", one.with_field("policy", two.field("policy"))),
        ("signature of another", one.with_field(
            "x-amz-signature", two.field("x-amz-signature"))),
        ("key of another", one.with_field("key", "two"))])


def test_post(lab):
    """E6 E13: POST on S3, a closed policy"""
    place = S3Place(lab)
    check_post(place)
    expect_equal(place.head(KEY)["ContentType"], "image/png", "type")


def test_post_bounds(lab):
    """E6: on S3 both bounds of the length are inclusive"""
    check_post_bounds(S3Place(lab))


def test_post_mixed(lab):
    """E13: on S3 a policy with the signature, or the key, of another form"""
    check_post_mixed(S3Place(lab))


# The same on the file store.

def test_file_urls(lab):
    """E3 E13: PUT and GET on the file store"""
    check_put(FilePlace(lab))
    check_put_checksum(FilePlace(lab))
    check_put_plain(FilePlace(lab))
    check_get(FilePlace(lab))


def test_file_unsigned(lab):
    """E5 E15: on the file store no unsigned header does anything"""
    check_unsigned(FilePlace(lab))


def test_file_expiry(lab):
    """E2: what has expired is refused by the file store"""
    check_expiry(FilePlace(lab))


def test_file_forms(lab):
    """E6 E13: POST on the file store, a closed policy"""
    place = FilePlace(lab)
    check_post(place)
    check_post_bounds(place)
    check_post_mixed(place)


# What the HTTP API issues (B5, B13, B15), and what confirming makes of it.

PICTURE = pictures.png(seed=7)
KINDS = {
    "B5": ("/files/upload/presigned", {}),
    "B5 declared": ("/files/upload/presigned", {
        "content_type": "image/png", "size": len(PICTURE),
        "sha256": hashlib.sha256(PICTURE).hexdigest()}),
    "B5 public": ("/files/upload/presigned", {"is_public": True}),
    "B15": ("/files/upload/presigned", {"method": "POST"}),
    "B13": ("/get-upload-url", {}),
}


def call(site, path, values):
    answer = site.browser().request(
        "POST", site.browser().at(path), json.dumps(values).encode(),
        {"Content-Type": "application/json"})
    expect_in("application/json", answer.header("Content-Type"), "type")
    return answer


def issue(site, kind):
    """A ticket and its grant."""
    path, extra = KINDS[kind]
    name = "filename" if kind == "B13" else "original_filename"
    answer = call(site, path, dict({name: "a b.png", "file_type": "image"},
                                   **extra))
    expect_equal(answer.status, 200, kind + ": " + answer.text)
    return answer.json, grant_of(answer.json, PICTURE)


def confirm(site, ticket):
    return call(site, "/files/%d/confirm-upload" % ticket["file_id"], {})


class SitePlace:
    """Objects of a site, whatever its store is."""
    refusals = Place.refusals

    def __init__(self, site):
        self.site = site
        self.lax = S3Place.lax if site.s3 else ()

    def objects(self):
        return {(key, hashlib.md5(self.site.read(key)).hexdigest())
                for key in self.site.keys()}

    def erase(self, key):
        self.site.objects.aws("s3", "rm", "s3://%s/%s" % (
            self.site.bucket, key))

    check_only = Place.check_only


def check_api(site, kind):
    """Altered: refused; as issued: taken; after confirming: never again."""
    place = SitePlace(site)
    ticket, grant = issue(site, kind)
    def elsewhere(path):
        return path.replace("/" + site.bucket, "/" + site.bucket + "x", 1) \
            if site.s3 else FilePlace.elsewhere(path)

    alterations = form_alterations(grant, elsewhere) if grant.fields else \
        url_alterations(grant, elsewhere)
    check_refused(place, alterations, ticket["key"])
    expect_in(send(grant)[0], (200, 201), kind + " as issued")
    answer = confirm(site, ticket)
    expect_equal(answer.status, 200, kind + " confirmed: " + answer.text)
    key = answer.json["key"]
    expect_equal(site.read(key), PICTURE, "the confirmed object")
    send(grant.change(body=pictures.png(seed=8)[:len(PICTURE)]))
    send(grant)
    expect_equal(site.read(key), PICTURE, "the object after the URL's reuse")
    expect_equal(confirm(site, ticket).json, answer.json, "confirmed again")


def check_all_kinds(site):
    for kind in KINDS:
        check_api(site, kind)


PUBLIC = {"S3_PUBLIC_PREFIXES": "products/ general/"}


def ceph_site(lab):
    return lab.site("lighttpd", "rgw", settings=dict(
        PUBLIC, S3_PROVIDER="ceph"))


def test_api(lab):
    """E13 E15: what the API issues for S3, altered, used, and used again"""
    check_all_kinds(ceph_site(lab))


def test_api_file_store(lab):
    """E13 E15: what the API issues for the file store"""
    check_all_kinds(lab.site("lighttpd", "file", settings=PUBLIC))


def test_confirm_mends(lab):
    """E4 E5: what a sender says of an object is gone when it is confirmed"""
    site = ceph_site(lab)
    place = S3Place(lab, site.bucket)
    for kind in KINDS:
        ticket, grant = issue(site, kind)
        if grant.fields:
            continue
        for name, value in (("x-amz-meta-owner", "somebody"),
                            ("Cache-Control", "public, max-age=9"),
                            ("Content-Encoding", "gzip"),
                            ("Content-Disposition", "inline; filename=x.html"),
                            ("Content-Language", "xx")):
            grant = grant.with_header(name, value)
        if "content-type" not in {name.lower() for name, _ in grant.headers}:
            grant = grant.with_header("Content-Type", "text/html")
        expect_equal(send(grant)[0], 200, kind + " with unsigned headers")
        answer = confirm(site, ticket)
        expect_equal(answer.status, 200, answer.text)
        found = place.head(answer.json["key"])
        expect_equal((found["Metadata"], found["ContentType"],
                      found.get("ContentEncoding"),
                      found.get("ContentLanguage")),
                     ({}, "image/png", None, None), kind + " confirmed")
        expect("x.html" not in found.get("ContentDisposition", ""),
               "the sender's Content-Disposition")
        expect("max-age=9" not in found.get("CacheControl", ""),
               "the sender's Cache-Control")


if __name__ == "__main__":
    harness.main(globals())
