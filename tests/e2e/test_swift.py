#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A second S3 server, written by other people: OpenStack Swift with s3api,
as Debian 12 has it (2.30).  Most of this is what other suites do with Ceph;
where Swift differs, the test says how."""

import json
import secrets
import signal

import harness
import tamper
import test_direct
import test_object
import test_products
import test_s3
import test_tamper
from client import Browser
from objects import check_same
from tap import expect, expect_equal, expect_in

STACKS = (("lighttpd", "swift"),)
BUCKET = "swift-%s-" % secrets.token_hex(3)
# all that is awkward, and no more: each one costs five processes
NAMES = ("plain.txt", "a b+c&d=e.txt", "100%25%41.txt",
         "ñandú 日本 🦙?x#y;z.txt", "'\"<>&~!$()*,:@[1]{2}|3|^4`.txt")


# The client and almacenctl.

def test_live(lab):
    """D2 D3 D4 D8 D20: hostile keys, both styles, parts, read by botocore"""
    test_s3.test_live(lab)


def test_live_presign(lab):
    """E3 E4 E6: URLs are taken as issued, and refused when altered"""
    test_s3.run_live(lab, "test-live_presign")


def test_live_manage(lab):
    """B2 D4 D13: copies (of objects in parts too), lists, bulk deletions"""
    test_s3.run_live(lab, "test-live_manage")
    test_s3.check_copies(test_s3.client(lab))


def test_round_trip(lab):
    """put, head, get, cp, ls and rm with awkward names, in both styles"""
    for env, names in (
            (test_object.s3_env(lab, BUCKET + "path"), NAMES),
            (test_object.virtual_env(lab, BUCKET + "virtual"), NAMES[1:])):
        test_object.run(lab, env, "bucket", "create")
        test_object.run(lab, env, "bucket", "create")
        test_object.round_trip(lab, env, names)


def test_ranges(lab):
    """get --range, and standard input and output"""
    test_object.test_ranges(lab)


def test_resume(lab):
    """A13: after kill -9 only the parts that are not there are sent"""
    test_object.interrupt(lab, signal.SIGKILL, 6)


def test_copy_of_parts(lab):
    """D13: cp of an object in parts, though its ETag never matches"""
    # x-amz-copy-source-if-match is answered with 412, whatever the ETag
    env = dict(test_object.s3_env(lab, BUCKET + "copy"), S3_PART_SIZE="5m")
    data = secrets.token_bytes(test_object.PART_BYTES + 1)
    test_object.run(lab, env, "bucket", "create")
    test_object.put_get(lab, env, "put", test_object.make_file(
        lab, "two.mp4", data), "two.mp4")
    test_object.put_get(lab, env, "cp", "two.mp4", "again.mp4")
    found, kind = lab.s3.read_with_aws(BUCKET + "copy", "again.mp4",
                                       lab.folder("ctl"))
    check_same(data, found, "the copy")
    expect_equal(kind, "video/mp4", "type of the copy")


# Presigned requests.

class SwiftPlace(test_tamper.S3Place):
    provider = "swift"
    lax = ()
    # 501: POST to an object, tagging, and conditions on PUT
    refusals = (*range(300, 500), 501)


def test_presign_put(lab):
    """E3 E13: no altered PUT is taken, whatever was signed"""
    place = SwiftPlace(lab)
    test_tamper.check_put_plain(place)
    grant = place.presign("put", "typed", "--type", "image/png", "--size",
                          test_tamper.SIZE)
    test_tamper.check_refused(place, tamper.url_alterations(
        grant, place.elsewhere), "typed")
    test_tamper.check_taken(place, grant, "typed")


def test_presign_get(lab):
    """E13: nothing is read with any part of the URL altered"""
    place = SwiftPlace(lab)
    # which is always the same empty list, and no matter of signatures
    place.lax = ("extra ?tagging",)
    test_tamper.check_get(place)
    url = place.presign("get", test_tamper.KEY).url
    empty = tamper.send(tamper.Grant("GET", url + "&tagging"))
    expect(b"<TagSet/>" in empty[1] and len(empty[1]) < 200,
           "GET ?tagging: %r" % (empty,))


def test_presign_unsigned(lab):
    """E5: headers that were not signed are refused, as AWS does"""
    place = SwiftPlace(lab)
    # it knows no such encryption, and stores what was permitted as it came
    place.lax = ("unsigned x-amz-server-side-encryption-customer-algorithm",)
    grant = place.presign("put", test_tamper.KEY)
    test_tamper.check_refused(place, test_tamper.unsigned_of(place, grant))
    test_tamper.check_taken(place, grant, test_tamper.KEY)


def test_presign_abilities(lab):
    """E15: neither forms nor --new-only are promised; curl does the rest"""
    env = test_object.s3_env(lab, BUCKET + "presign")
    test_object.run(lab, env, "bucket", "create")
    path = test_object.make_file(lab, "source.txt", b"doce bytes..")
    for wrong in (("post", "k", "--max", "9"), ("put", "k", "--new-only")):
        done = lab.run_ctl("presign", *wrong, env=env)
        expect_equal((done.returncode, done.stdout), (1, b""), wrong)
        expect_in("presign " + wrong[0], done.stderr.decode(), "message")
    key = "a b/it's ñ+%41.txt"
    line = test_object.run(lab, env, "presign", "put", key, "--type",
                           "text/plain", "--size", "12")
    expect_equal(test_object.shell(line, path), 200, "PUT by curl")
    expect_equal(lab.s3.read(BUCKET + "presign", key), b"doce bytes..",
                 "what curl put, read by rclone")


# The doctor.

def findings(lab, **settings):
    """Each check of the doctor that is not well: its state and its fix."""
    env = dict(test_object.s3_env(lab, BUCKET + "doctor"),
               DATA_DIR=lab.folder("doctor"), TEMP_DIR=lab.folder("doctor"),
               ENVIRONMENT="development", AUTH="open", **settings)
    test_object.run(lab, env, "bucket", "create")
    done = lab.run_ctl("doctor", "--json", "--origin", lab.swift_origin,
                       env=env)
    found = json.loads(done.stdout)
    expect_equal(done.returncode, 0 if found["ok"] else 1, "exit status")
    # no program has run there, so there is no database
    return {check["name"]: check for check in found["checks"]
            if check["state"] not in ("ok", "skipped")
            and check["name"] != "database"}


def test_doctor_names_what_is_missing(lab):
    """Taken for a server like AWS, Swift fails in three ways; each is named"""
    found = findings(lab, S3_PROVIDER="generic")
    expect_equal({name: check["fix"].split(",")[0] for name, check
                  in found.items()},
                 {"conditional": "S3_CONDITIONAL_WRITE=false",
                  "post": "S3_FORM_POST=false",
                  "public": "a bucket that the server's own means made"
                            " public"}, "what is to mend")
    expect_in("501 NotImplemented", found["conditional"]["text"], "cause")
    expect_in("412", found["post"]["text"], "cause")
    found = findings(lab, S3_CONDITIONAL_WRITE="false", S3_PUBLIC_URL="",
                     S3_PROVIDER="generic", S3_FORM_POST="false",
                     S3_PUBLIC_PREFIXES="none")
    expect_equal(found, {}, "what is to mend with these settings")


def test_doctor_is_content(lab):
    """S3_PROVIDER=swift says all of that at once; CORS and privacy are seen"""
    found = findings(lab, S3_PUBLIC_PREFIXES="none")
    expect_equal(found, {}, "what is to mend")
    lab.s3.make_public(BUCKET + "doctor")
    found = findings(lab)
    expect_equal(list(found), ["private"], "a bucket open to all")
    expect_in("put-bucket-acl --acl private", found["private"]["fix"], "fix")


def test_doctor_wrong_keys(lab):
    """A wrong key is refused like a wrong secret: the fix names the secret"""
    env = dict(test_object.s3_env(lab, BUCKET + "doctor"),
               S3_ACCESS_KEY="test:nobody")
    found = json.loads(lab.run_ctl("doctor", "--json", env=env).stdout)
    bad = [check for check in found["checks"] if check["name"] == "access"]
    expect_in("S3_SECRET_KEY", bad[0]["fix"], "fix")


# The site.

def test_upload(site):
    """E1 A11: a product's picture, seen by everybody and by awscli"""
    site.s3.make_public(site.bucket)
    test_products.test_upload(site)
    test_products.test_independent_client(site)


def test_delete(site):
    """E1: a product and its object are deleted"""
    test_products.test_delete(site)


def test_direct_put(site):
    """B5 B6: a URL, a PUT, a confirmed picture; the URL changes no more"""
    picture = test_direct.pictures.png(40, 30)
    test_direct.test_put(site)
    test_direct.test_url_after_confirm(site)
    ticket = test_direct.ask(site, method="POST")
    expect_equal(ticket["method"], "PUT", "no forms, so it is a PUT")
    expect(ticket["key"].startswith("temp/1/"), "no conditional writes, so "
           "the URL leads to a key of its own: " + ticket["key"])
    # Swift would delete the uploaded object; confirmed is its copy
    expect_equal(test_direct.put(ticket, picture, x_delete_after="60"), 200,
                 "PUT that is to be deleted")
    key = test_direct.confirmed(site, ticket)["key"]
    kept = Browser().head("%s/v1/%s/%s/%s" % (
        site.s3.endpoint, site.s3.account, site.bucket, key))
    expect_equal((kept.status, kept.header("X-Delete-At")), (200, ""),
                 "what was confirmed stays")


def test_direct_refused(site):
    """D14 E4: another size or type, or no picture, is refused and erased"""
    test_direct.test_named(site)
    test_direct.test_refused(site)


def test_sweep(site):
    """E14 C9: what nobody confirms is confirmed or erased by the sweeper"""
    test_direct.test_nobody_confirms(site)


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS, server="swift")
