#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The file store speaks S3: what botocore signs with the installation's keys
is verified behind every web server, whatever bytes are in the key, and what
almacenctl signs too."""

import hashlib
import hmac
import http.client
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

import client
import harness
from tap import expect, expect_equal, expect_in

PART_BYTES = 5 * 1024 * 1024
KEYS = ("users/7/plain.txt", "users/7/a b+c&d=e;f,g@h:i$j!k*l'm(n).txt",
        "users/7/100%/%2F%20%41/x", "users/7/ñandú/日本/😀.txt",
        "users/7/\"quoted\" #1?.txt", "users/7/~tilde-_.x",
        "users/7/" + "k" * 200 + "/" + "z" * 200)


def credentials(site):
    secret = site.rows("SELECT value FROM install_values"
                       " WHERE name = 'secret_key'")[0][0].encode()

    def derive(label):
        return hmac.new(secret, label, hashlib.sha256).hexdigest()

    return botocore.credentials.Credentials(
        derive(b"store access key")[:16], derive(b"store secret key"))


def presign(site, method, key, query="", headers=None, expires=60):
    url = "%s/store/%s" % (site.url, urllib.parse.quote(key, safe="/~"))
    request = botocore.awsrequest.AWSRequest(
        method=method, url=url + ("?" + query if query else ""),
        headers=headers or {})
    botocore.auth.S3SigV4QueryAuth(
        credentials(site), "s3", "us-east-1",
        expires=expires).add_auth(request)
    return request.url


def send(site, method, url, body=None, headers=None):
    return site.browser().request(method, url, body, headers)


def expect_status(response, status):
    expect_equal(response.status, status, repr(response))


def test_keys(site):
    "A12: presigned PUT, HEAD, GET and DELETE of hostile keys"
    for number, key in enumerate(KEYS):
        body = b"bytes of %d" % number
        put = send(site, "PUT", presign(
            site, "PUT", key, headers={"Content-Type": "text/plain"}), body,
            {"Content-Type": "text/plain"})
        expect_status(put, 200)
        expect_equal(put.header("ETag"),
                     '"%s"' % hashlib.sha256(body).hexdigest(), "ETag")
        expect_equal(site.read(key), body, "stored " + key)
        head = send(site, "HEAD", presign(site, "HEAD", key))
        expect_status(head, 200)
        expect_equal(head.header("Content-Length"), str(len(body)), "length")
        got = send(site, "GET", presign(
            site, "GET", key, "response-content-disposition="
            + urllib.parse.quote("attachment; filename=\"ñ +%.txt\"")))
        expect_status(got, 200)
        expect_equal(got.body, body, key)
        part = send(site, "GET", presign(site, "GET", key), None,
                    {"Range": "bytes=1-3"})
        expect_status(part, 206)
        expect_equal(part.body, body[1:4], "range")
        expect_status(send(site, "GET", "%s/store/%s" % (
            site.url, urllib.parse.quote(key))), 403)
        expect_status(send(site, "DELETE", presign(site, "DELETE", key)), 204)
        expect(key not in site.keys(), "deleted " + key)


def test_altered(site):
    "A12: what was altered is refused, with S3's codes, and stores nothing"
    headers = {"Content-Type": "text/plain", "If-None-Match": "*"}
    url = presign(site, "PUT", "users/7/x", headers=headers)
    cases = (
        ("PUT", url.replace("7/x", "8/x"), headers, "SignatureDoesNotMatch"),
        ("PUT", url.replace("Expires=60", "Expires=61"), headers,
         "SignatureDoesNotMatch"),
        ("DELETE", url, headers, "SignatureDoesNotMatch"),
        ("PUT", url, dict(headers, **{"Content-Type": "text/html"}),
         "SignatureDoesNotMatch"),
        ("PUT", url, dict(headers, **{"x-amz-meta-a": "b"}), "AccessDenied"),
        ("PUT", url, dict(headers, Host="elsewhere.test"),
         "SignatureDoesNotMatch"),
        ("PUT", url.split("?")[0], headers, "AccessDenied"),
    )
    for method, altered, sent, code in cases:
        response = send(site, method, altered, b"x", sent)
        expect_status(response, 403)
        expect_in("<Code>%s</Code>" % code, response.text, altered)
    expect("users/7/x" not in site.keys(), "nothing is stored")
    expect_status(send(site, "PUT", url, b"x", headers), 200)
    again = send(site, "PUT", url, b"y", headers)
    expect_status(again, 412)
    expect_in("PreconditionFailed", again.text, "second write")
    expect_equal(site.read("users/7/x"), b"x", "first write")


def test_parts(site):
    "A13: an upload in parts, from its beginning to its end"
    key = "users/7/in parts ñ.bin"
    parts = (b"a" * PART_BYTES, b"b" * PART_BYTES, b"end")
    begun = send(site, "POST", presign(site, "POST", key, "uploads="), b"")
    expect_status(begun, 200)
    upload = begun.text.split("<UploadId>")[1].split("<")[0]
    listed = ""
    for number, part in enumerate(parts, 1):
        put = send(site, "PUT", presign(
            site, "PUT", key, "partNumber=%d&uploadId=%s" % (number, upload)),
            part)
        expect_status(put, 200)
        listed += "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>" \
            % (number, put.header("ETag"))
    url = presign(site, "POST", key, "uploadId=" + upload)
    done = send(site, "POST", url, "<CompleteMultipartUpload>%s"
                "</CompleteMultipartUpload>" % listed,
                {"Content-Type": "application/xml"})
    expect_status(done, 200)
    got = send(site, "GET", presign(site, "GET", key))
    expect_equal(hashlib.sha256(got.body).hexdigest(),
                 hashlib.sha256(b"".join(parts)).hexdigest(), "the whole")


def form_fields(site, key, policy_key=None):
    request = botocore.awsrequest.AWSRequest(method="POST", url=site.url)
    fields = {"key": key, "success_action_status": "201"}
    request.context["s3-presign-post-fields"] = fields
    request.context["s3-presign-post-policy"] = {
        "expiration": "2037-01-01T00:00:00Z",
        "conditions": [{"bucket": site.bucket}, {"key": policy_key or key},
                       {"success_action_status": "201"},
                       ["content-length-range", 2, 100]]}
    botocore.auth.S3SigV4PostAuth(
        credentials(site), "s3", "us-east-1").add_auth(request)
    return list(fields.items())


def post(site, fields, data):
    return site.browser().post("/store/", fields + [
        ("file", client.File("f.txt", data, "text/plain"))])


def test_form(site):
    "B15: a POST policy of botocore's, kept and broken"
    key = "users/7/by form ñ+.txt"
    answer = post(site, form_fields(site, key), b"hola")
    expect_status(answer, 201)
    expect_in("<Key>%s</Key>" % key, answer.text, "PostResponse")
    expect_equal(site.read(key), b"hola", "stored")
    for fields, data, status, code in (
            (form_fields(site, "a/x", "a/y"), b"hola", 403, "AccessDenied"),
            (form_fields(site, "a/x"), b"x", 400, "EntityTooSmall"),
            (form_fields(site, "a/x"), b"x" * 101, 400, "EntityTooLarge"),
            (form_fields(site, "a/x") + [("acl", "public-read")], b"hola",
             403, "AccessDenied")):
        answer = post(site, fields, data)
        expect_status(answer, status)
        expect_in("<Code>%s</Code>" % code, answer.text, "code")
    expect("a/x" not in site.keys(), "nothing is stored")


def test_almacenctl(site):
    "What almacenctl presigns, the site takes"
    done = site.lab.run_ctl(
        "--env-file", site.env_file, "presign", "put", "users/7/ctl ñ",
        "--type", "text/plain", "--origin", site.url, "--json")
    expect_equal(done.returncode, 0, done.stderr.decode())
    made = json.loads(done.stdout)
    answer = send(site, made.get("method", "PUT"), made["url"], b"hola",
                  made.get("headers"))
    expect_status(answer, 200)
    expect_equal(site.read("users/7/ctl ñ"), b"hola", "stored")


def test_goes_away(site):
    "A client that goes away in mid-body leaves nothing"
    url = urllib.parse.urlsplit(presign(site, "PUT", "users/7/half"))
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    connection.putrequest("PUT", url.path + "?" + url.query)
    connection.putheader("Content-Length", "3000000")
    connection.endheaders()
    connection.send(b"x" * 1000000)
    connection.close()
    # the next request comes after it
    expect_status(send(site, "GET", presign(site, "GET", "users/7/half")),
                  404)
    expect("users/7/half" not in site.keys(), "nothing is stored")


if __name__ == "__main__":
    harness.main(globals(), stacks=harness.FILE_STACKS)
