#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""usage: make-vectors.py >vectors.json

Sign with botocore (Debian: python3-botocore), an implementation that is not
ours, at a clock that stands still.  Each row says what is asked for and what
must come out; test-sign.c asks ours."""

import datetime
import hashlib
import json
import types
import unittest.mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.utils

NOW = datetime.datetime(2026, 2, 28, 23, 59, 59)
ACCESS_KEY = "AKIDVECTORS000000000"
SECRET_KEY = "vector/secret+key0000000000000000000000="
TOKEN = "FwoGZXIvYXdzE//token+with/odd==characters"

KEYS = (
    "plain.txt", "a b", "a+b", "a%b", "%41", "%2F", "%", "a//b", "/lead",
    "trail/", ".", "..", "./x", "up/../x", "dot/./x", "ñandú/日本.jpg",
    "emoji 🎉", "cafe\u0301", "?q=1&r", "#fragment", "semi;colon:@=,$&!",
    "'()*~-._", "\"<>\\^`{|}", "tab\there", "new\nline", "\x01\x7f", "k" * 1024,
)
PLACES = (
    ("https://s3.eu-west-1.amazonaws.com", "path"),
    ("https://s3.eu-west-1.amazonaws.com", "virtual"),
)
OTHER_PLACES = (
    ("http://[::1]:9000", "path"), ("http://[2001:db8::1]", "path"),
    ("http://127.0.0.1:7480", "path"), ("http://minio.example:80", "path"),
    ("https://minio.example:443", "path"),
    ("https://minio.example:8443", "virtual"),
    ("http://bucket.localhost:8080/gateway/s3", "path"),
)
OPERATIONS = (
    ("GET", "k/1", "", {"Range": "bytes=0-9"}),
    ("PUT", "k/1", "", {"Content-Type": "image/png", "If-None-Match": "*",
                        "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}),
    ("PUT", "k/1", "", {"Content-Disposition":
                        "attachment;  filename=\"a  b.txt\"",
                        "x-amz-meta-name": "  spaces   inside  "}),
    ("POST", "k/1", "uploads=", {}),
    ("PUT", "k/1", "partNumber=2&uploadId=2~Ab%2Bc%2F", {}),
    ("DELETE", "k/1", "", {}),
    ("HEAD", "k/1", "", {}),
    ("GET", None, "list-type=2&prefix=J%20%26&delimiter=%2F&max-keys=2", {}),
    ("PUT", "k/1", "", {"Content-Type": "image/jpeg",
                        "Content-Length": "1572864", "If-None-Match": "*",
                        "x-amz-checksum-sha256":
                        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                        "x-amz-acl": "public-read"}),
    ("PUT", "k/1", "partNumber=10000&uploadId=%2B%2F~-_%20", {
        "Content-Length": "5242880", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}),
    ("PUT", "ñandú//../a+b%41", "", {"Content-Type": "text/plain; charset=utf-8",
                                     "x-amz-meta-name": "ñandú"}),
    ("PUT", None, "policy=", {"Content-Type": "application/json"}),
    ("GET", "k/1", "response-content-disposition="
                   "attachment%3B%20filename%3D%22%C3%B1.txt%22", {}),
)
EXPIRATION = "2026-03-01T00:59:59Z"
FORMS = (
    ({}, []),
    ({"Content-Type": "image/png", "success_action_status": "201"},
     [["eq", "$Content-Type", "image/png"],
      {"success_action_status": "201"}, ["content-length-range", 1, 9]]),
    ({"Content-Type": "image/png", "x-amz-meta-name": "ñ\\\"\U0001f389"},
     [["starts-with", "$Content-Type", "image/"],
      {"x-amz-meta-name": "ñ\\\"\U0001f389"},
      ["starts-with", "$key", "k/"]]),
    ({"acl": "public-read", "x-ignore-me": "now"},
     [{"acl": "public-read"}, ["content-length-range", 0, 5 << 30]]),
)


class Recorder:
    """Keeps what the stages of the signer return."""

    def canonical_request(self, request):
        self.canonical = super().canonical_request(request)
        return self.canonical


class HeaderAuth(Recorder, botocore.auth.S3SigV4Auth):
    pass


class QueryAuth(Recorder, botocore.auth.S3SigV4QueryAuth):
    pass


def url_of(endpoint, style, bucket, key, query):
    scheme, rest = endpoint.split("://")
    host, _, folder = rest.partition("/")
    folder = "/" + folder if folder else ""
    if style == "virtual":
        host = bucket + "." + host
    else:
        folder += "/" + bucket
    path = folder if key is None else \
        folder + "/" + botocore.utils.percent_encode(key, safe="/~")
    return "%s://%s%s%s" % (scheme, host, path or "/",
                            "?" + query if query else "")


def sign(place, operation, token, expires):
    endpoint, style = place
    method, key, query, headers = operation
    credentials = botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY,
                                                   token or None)
    url = url_of(endpoint, style, "bucket", key, query)
    request = botocore.awsrequest.AWSRequest(method, url,
                                             headers=dict(headers))
    if expires:
        auth = QueryAuth(credentials, "s3", "eu-west-1", expires=expires)
    else:
        auth = HeaderAuth(credentials, "s3", "eu-west-1")
    auth.add_auth(request)
    row = {"endpoint": endpoint, "style": style, "bucket": "bucket",
           "method": method, "query": query, "headers": headers,
           "token": token, "expires": expires, "url": url,
           "canonical_sha256": hashlib.sha256(
               auth.canonical.encode()).hexdigest()}
    if key is not None:
        row["key"] = key
    if expires:
        row["signature"] = request.url.rpartition("X-Amz-Signature=")[2]
        row["signed_query"] = request.url.partition("?")[2]
    else:
        row["authorization"] = request.headers["Authorization"]
    return row


def sign_post(key, fields, conditions, token):
    credentials = botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY,
                                                   token or None)
    request = botocore.awsrequest.AWSRequest("POST", "https://b.example/")
    fields = dict(fields, key=key)
    request.context["s3-presign-post-fields"] = fields
    request.context["s3-presign-post-policy"] = {
        "expiration": EXPIRATION, "conditions":
        [{"bucket": "bucket"}, {"key": key}, *conditions]}
    botocore.auth.S3SigV4PostAuth(credentials, "s3",
                                  "eu-west-1").add_auth(request)
    return {"key": key, "token": token, "fields": fields}


def posts():
    for key in KEYS:
        for token in ("", TOKEN):
            yield sign_post(key, {}, [["content-length-range", 1, 9]], token)
    for fields, conditions in FORMS:
        yield sign_post("k/1", fields, conditions, "")


def rows():
    plain = [("PUT" if i % 2 else "GET", key, "", {})
             for i, key in enumerate(KEYS)]
    for operation in plain + list(OPERATIONS):
        for place in PLACES:
            for token in ("", TOKEN):
                for expires in (0, 900):
                    yield sign(place, operation, token, expires)
    for place in OTHER_PLACES:
        for expires in (0, 604800):
            yield sign(place, plain[0], "", expires)


def main():
    frozen = types.SimpleNamespace(datetime=unittest.mock.Mock(
        utcnow=lambda: NOW, strptime=datetime.datetime.strptime))
    with unittest.mock.patch("botocore.auth.datetime", frozen):
        vectors = list(rows())
        forms = list(posts())
    print(json.dumps({
        "made_by": "tests/s3/make-vectors.py with botocore "
                   + botocore.__version__,
        "now": NOW.strftime("%Y%m%dT%H%M%SZ"), "region": "eu-west-1",
        "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}, indent=1)[:-2]
        + ",\n \"vectors\": [\n"
        + ",\n".join(json.dumps(row, separators=(",", ":"))
                     for row in vectors)
        + "\n],\n \"posts\": [\n"
        + ",\n".join(json.dumps(row, separators=(",", ":")) for row in forms)
        + "\n]}")


main()
