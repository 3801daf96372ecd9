#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Direct uploads behind web servers: a URL or a form, bytes that go past us,
and a confirmation that nobody can turn against us."""

import base64
import calendar
import concurrent.futures
import hashlib
import json
import re
import time
import urllib.parse

import client
import harness
import pictures
from objects import check_same
from tap import expect, expect_equal, expect_in

STACKS = tuple((server, store) for server in ("lighttpd", "apache-proxy")
               for store in harness.STORES)
RIVALS = 20
REFUSALS = (400, 403, 404)  # 400 by Swift, which wants a signature
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
MP4 = (b"\0\0\0\x18ftypisom\0\0\2\0isommp42\0\0\0\x08free"
       + b"\0\0\0\x10mdat" + b"\0" * 8)
FLAC = (b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0"
        + b"\0" * 32)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def send(method, url, data=None, headers=None):
    """Status and body of one request, without cookies."""
    answer = client.Browser().request(method, url, data, headers)
    return answer.status, answer.body


def call(site, path, **values):
    status, body = send("POST", site.url + path, json.dumps(values).encode(),
                        {"Content-Type": "application/json"})
    return status, json.loads(body)


def ask(site, **values):
    values.setdefault("original_filename", "martillo.png")
    values.setdefault("file_type", "image")
    status, ticket = call(site, "/files/upload/presigned", **values)
    expect_equal(status, 200, "asking for a URL: %s" % ticket)
    return ticket


def put(ticket, data, **changes):
    headers = {name.lower(): value
               for name, value in ticket["headers"].items()}
    headers.update({name.lower().replace("_", "-"): value
                    for name, value in changes.items()})
    headers.pop("content-length", None)  # http.client counts for itself
    return send(ticket["method"], ticket["upload_url"], data, headers)[0]


def post_form(ticket, data, content_type="image/png", **changes):
    fields = dict(ticket["fields"], **changes)
    form_type, body = client.multipart(
        list(fields.items()) + [("file", client.File("a.png", data,
                                                     content_type))])
    return send("POST", ticket["upload_url"], body,
                {"Content-Type": form_type})[0]


def confirm(site, ticket):
    return call(site, "/files/%d/confirm-upload" % ticket["file_id"])


def confirmed(site, ticket):
    status, record = confirm(site, ticket)
    expect_equal(status, 200, "confirming: %s" % record)
    return record


def expect_error(answer, status, code):
    expect_equal((answer[0], answer[1].get("error")), (status, code),
                 "answer %s" % (answer[1],))
    for name in ("detail", "message", "request_id"):
        expect(answer[1].get(name), "no %s in %s" % (name, answer[1]))


def sweep_later(site):
    """What the sweeper does once no URL is good any more."""
    site.sql("UPDATE outbox SET due_secs = 1 WHERE due_secs > 1")
    site.sql("UPDATE outbox SET until_secs = 1 WHERE until_secs > 1")
    done = site.lab.run_ctl("--env-file", site.env_file, "sweep")
    expect_equal(done.returncode, 0, "sweep: %s" % done.stderr.decode())


def public_get(site, key):
    """What somebody without keys gets."""
    quoted = urllib.parse.quote(key)
    if site.s3:
        return send("GET", "%s/%s/%s" % (site.s3.endpoint, site.bucket,
                                         quoted))
    return send("GET", "%s/store/%s" % (site.url, quoted))


# The tests


def test_put(site):
    """B5 B6 C4 D14 D15: a URL, a PUT, a confirmed picture, byte for byte"""
    picture = pictures.png(40, 30, 70000)
    ticket = ask(site)
    expect(re.fullmatch("users/1/image/" + UUID, ticket["key"]) or
           ticket["key"].startswith("temp/1/"), ticket["key"])
    expect_equal(ticket["expires_in"], 3600, "expires_in")
    expect_equal(sorted(ticket), ["expires_in", "file_id", "headers", "key",
                                  "method", "upload_url"], "the answer")
    expect_equal(site.rows("SELECT state FROM files WHERE id = ?",
                           ticket["file_id"]), [("pending",)],
                 "the record, before anything was sent")
    expect_error(confirm(site, ticket), 409, "not_uploaded_yet")
    expect_equal(put(ticket, picture), 200, "PUT")
    record = confirmed(site, ticket)
    check_same(picture, site.read(record["key"]), "object")
    expect_equal((record["width"], record["height"], record["size"]),
                 (40, 30, len(picture)), "what is known")
    expect_equal(record["sha256"], hashlib.sha256(picture).hexdigest(),
                 "sha256")
    expect_equal(record["content_type"], "image/png", "type")
    expect_in(public_get(site, record["key"])[0], REFUSALS, "a private one")
    log = site.log()
    expect_in("Generated presigned upload URL for key: " + ticket["key"],
              log, "log")
    expect("X-Amz-Signature" not in log or site.store == "file",
           "a signature is in the log")


def test_url_after_confirm(site):
    """E15: the URL that is still good does not change what was confirmed"""
    for settings in ({}, {"method": "POST"}):
        picture = pictures.png(seed=7)
        ticket = ask(site, **settings)
        upload = post_form if ticket["method"] == "POST" else put
        expect_in(upload(ticket, picture), (200, 201, 204), "upload")
        record = confirmed(site, ticket)
        upload(ticket, HTML)
        check_same(picture, site.read(record["key"]), "object")
        expect_equal(confirmed(site, ticket), record, "the answer")
    sweep_later(site)
    expect(set(site.keys()) == set(site.files()), "objects %s, rows %s"
           % (site.keys(), site.files()))


def test_twenty(site):
    """B6 E14: twenty confirmations at once, twenty times the same answer"""
    for settings in ({}, {"method": "POST"}):
        ticket = ask(site, **settings)
        upload = post_form if ticket["method"] == "POST" else put
        expect_in(upload(ticket, pictures.png(seed=3)), (200, 201, 204),
                  "upload")
        with concurrent.futures.ThreadPoolExecutor(RIVALS) as pool:
            answers = [job.result() for job in
                       [pool.submit(confirm, site, ticket)
                        for _ in range(RIVALS)]]
        for answer in answers:
            expect_equal(answer, (200, answers[0][1]), "an answer")
        expect_equal(site.rows("SELECT count(*) FROM files WHERE id = ?"
                               " AND state = 'live'", ticket["file_id"]),
                     [(1,)], "live rows")
    sweep_later(site)
    expect(set(site.keys()) == set(site.files()), "objects %s, rows %s"
           % (site.keys(), site.files()))


def test_refused(site):
    """B6 F5 C3 E14: what is no picture is erased, and so when it comes again"""
    for settings in ({}, {"method": "POST"}):
        ticket = ask(site, **settings)
        upload = post_form if ticket["method"] == "POST" else put
        expect_in(upload(ticket, HTML), (200, 201, 204), "upload")
        answer = confirm(site, ticket)
        expect_error(answer, 415, "type_mismatch")
        expect_in("Invalid MIME type: text/html", answer[1]["detail"],
                  "detail")
        expect(ticket["key"] not in site.keys(), "it is still there")
        expect_in(upload(ticket, pictures.png()), (200, 201, 204), "again")
        expect_error(confirm(site, ticket), 415, "type_mismatch")
        sweep_later(site)
        expect(ticket["key"] not in site.keys(), "it came back")
    expect_in("File validation error: Invalid MIME type: text/html",
              site.log(), "log")


def test_named(site):
    """E3 E4 D14: another size, type or hash than was named is refused"""
    picture = pictures.png(seed=5)
    ticket = ask(site, size=len(picture), content_type="image/png")
    expect_equal(put(ticket, picture + b"\0"), 403, "another size")
    expect_equal(put(ticket, picture, Content_Type="text/html"), 403,
                 "another type")
    expect_equal(put(ticket, picture), 200, "the one that was named")
    confirmed(site, ticket)
    expect_error(call(site, "/files/upload/presigned",
                      original_filename="a.png", file_type="image",
                      size=104857601), 413, "file_too_large")
    wrong = ask(site, sha256="0" * 64)
    if put(wrong, picture) == 200:  # a provider that does not look
        expect_error(confirm(site, wrong), 400, "checksum_mismatch")
    else:
        expect_error(confirm(site, wrong), 409, "not_uploaded_yet")
    right = ask(site, sha256=hashlib.sha256(picture).hexdigest())
    expect_equal(put(right, picture), 200, "the right hash")
    confirmed(site, right)


def test_headers_of_the_client(site):
    """E5: headers that nobody signed make nothing public and change nothing"""
    picture = pictures.png(seed=9)
    for header in ("x-amz-acl: public-read", "x-amz-meta-a: b",
                   "Content-Encoding: gzip", "Cache-Control: public",
                   "x-amz-storage-class: GLACIER",
                   "x-amz-website-redirect-location: http://evil.example/",
                   "Content-Type: text/html"):
        name, value = header.split(": ")
        # a type that was named is stored as it should be: nothing to mend
        ticket = ask(site, content_type="image/png")
        if put(ticket, picture, **{name.replace("-", "_"): value}) != 200:
            expect_equal(put(ticket, picture), 200, "without " + header)
        record = confirmed(site, ticket)
        expect_in(public_get(site, record["key"])[0], REFUSALS, header)
        check_same(picture, site.read(record["key"]), header)
        if site.s3:
            _, kind = site.s3.read_with_aws(site.bucket, record["key"],
                                            site.temp)
            expect_equal(kind, "image/png", "stored type with " + header)


def lint_policy(ticket, key, size_range):
    """E6: exact, closed, short-lived."""
    policy = json.loads(base64.b64decode(ticket["fields"]["policy"]))
    expires = time.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%SZ")
    left = calendar.timegm(expires) - time.time()
    expect(200 < left <= 301, "expires in %d s" % left)
    exact, ranges = {}, []
    for condition in policy["conditions"]:
        if isinstance(condition, dict):
            exact.update(condition)
        elif condition[0] == "eq":
            exact[condition[1].lstrip("$")] = condition[2]
        elif condition[0] == "content-length-range":
            ranges.append(condition[1:])
        else:
            expect_equal(condition, ["starts-with", "$key", "users/1/"],
                         "an open condition")
    expect_equal(ranges, [size_range], "content-length-range")
    expect_equal(exact["key"], key, "key")
    expect(exact["bucket"], "no bucket")
    expect_equal(exact["x-amz-meta-user-id"], "1", "user id")
    for name in ticket["fields"]:
        expect(name.lower() in {known.lower() for known in exact} or
               name.lower() in ("policy", "x-amz-signature"),
               "nobody fixes the field " + name)
    expect("${" not in json.dumps(ticket["fields"]), "a ${variable}")
    return exact


def test_form(site):
    """B15 F5 E6: a form with a closed policy; what it does not say is refused"""
    picture = pictures.png(30, 20, 5000)
    ticket = ask(site, method="POST")
    expect_equal((ticket["method"], ticket["expires_in"]), ("POST", 300),
                 "a form")
    expect(re.fullmatch("users/1/image/" + UUID, ticket["key"]),
           ticket["key"])
    lint_policy(ticket, ticket["key"], [1, 10485760])
    for name, value in (("key", "users/1/image/other"),
                        ("key", "products/x.png"),
                        ("x-amz-meta-user-id", "2"),
                        ("acl", "public-read"),
                        ("success_action_redirect", "http://evil.example/")):
        expect_in(post_form(ticket, picture, **{name: value}), (400, 403),
                  "with %s %s" % (name, value))
    expect_equal(post_form(ticket, b""), 400, "no bytes")
    expect_in(post_form(ticket, picture), (200, 201, 204), "as it is")
    record = confirmed(site, ticket)
    expect(record["key"] != ticket["key"], "it stays where the form leads")
    check_same(picture, site.read(record["key"]), "object")

    ticket = ask(site, method="POST", size=len(picture),
                 content_type="image/png")
    exact = lint_policy(ticket, ticket["key"], [len(picture)] * 2)
    expect_equal({name.lower(): value for name, value in exact.items()}
                 ["content-type"], "image/png", "type")
    for data in (picture[:-1], picture + b"\0"):
        expect_equal(post_form(ticket, data), 400, "another size")
    expect_in(post_form(ticket, picture), (200, 201, 204), "as it is")
    confirmed(site, ticket)


def test_temp(site):
    """B13 B14 D3: below temp/ for fifteen minutes, then where it stays"""
    for path in ("/get-upload-url", "/api/get-upload-url/"):
        status, ticket = call(site, path, filename="Mi Foto.png",
                              file_type="image")
        expect_equal((status, ticket["expires_in"]), (200, 900), "answer")
        expect(re.fullmatch(r"temp/1/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/image/"
                            r"Mi_Foto(_[0-9a-f]{8})?\.png", ticket["key"]),
               ticket["key"])
        word = {"key": ticket["key"], "file_type": "image"}
        expect_error(call(site, "/api/file-uploaded", **word), 409,
                     "not_uploaded_yet")
        picture = pictures.png(seed=len(path))
        expect_equal(put(ticket, picture, Content_Type="image/png"), 403,
                     "a type that was not signed")
        expect_equal(put(ticket, picture), 200, "PUT")
        answers = [call(site, "/api/file-uploaded", **word)
                   for _ in range(3)]
        expect_equal([answer[0] for answer in answers], [200] * 3, "status")
        expect(answers[0] == answers[1] == answers[2], "other answers")
        record = answers[0][1]
        expect(re.fullmatch("users/1/image/" + UUID, record["key"]),
               record["key"])
        check_same(picture, site.read(record["key"]), "object")
        expect(ticket["key"] not in site.keys(), "the temporary one is left")
    expect_error(call(site, "/api/file-uploaded", key="temp/1/x",
                      file_type="image"), 404, "file_not_found")
    _, ticket = call(site, "/get-upload-url", filename="a.png",
                     file_type="image")
    expect_equal(put(ticket, HTML), 200, "PUT of what is no picture")
    for _ in range(2):
        expect_error(call(site, "/api/file-uploaded", key=ticket["key"],
                          file_type="image"), 415, "type_mismatch")
    expect(ticket["key"] not in site.keys(), "it is still there")


def test_expired(site):
    """B16 B6 B14: after its time it is Presigned URL expired"""
    for path, name in (("/files/upload/presigned", "original_filename"),
                       ("/get-upload-url", "filename")):
        _, ticket = call(site, path, file_type="image", **{name: "a.png"})
        site.sql("UPDATE files SET url_expires_secs = 1 WHERE id = ?",
                 ticket["file_id"])
        answer = confirm(site, ticket)
        expect_error(answer, 409, "url_expired")
        expect_equal(answer[1]["detail"], "Presigned URL expired", "detail")


def test_other_kinds(site):
    """B5 B6 C2 A9: video, audio and documents; each but its own kind refused"""
    ticket = ask(site, original_filename="marca.pdf", file_type="document",
                 athlete_id="42")
    expect_equal(put(ticket, PDF), 200, "PUT")
    record = confirmed(site, ticket)
    expect(re.fullmatch(r"athletes/42/\d{4}/\d\d/%s\.pdf" % UUID,
                        record["key"]), record["key"])
    expect_equal((record["content_type"], record["file_type"],
                  record["athlete_id"]),
                 ("application/pdf", "document", "42"), "record")
    large = PDF[:20] + b"x" * (20 << 20) + b"\n%%EOF\n"
    ticket = ask(site, original_filename="largo.pdf", file_type="document")
    expect_equal(put(ticket, large), 200, "20 MiB")
    record = confirmed(site, ticket)
    expect_equal((record["size"], record["sha256"]), (len(large), None),
                 "what is known of a long one")
    for name, kind, data, found in (
            ("a.mp4", "video", MP4, "video/mp4"),
            ("a.flac", "audio", FLAC, "audio/flac")):
        ticket = ask(site, original_filename=name, file_type=kind)
        expect_equal(put(ticket, data), 200, "PUT")
        record = confirmed(site, ticket)
        expect_equal((record["content_type"], record["file_type"]),
                     (found, kind), "record")
    for name, kind, data in (("a.mp4", "video", PDF),
                             ("a.mp3", "audio", HTML)):
        ticket = ask(site, original_filename=name, file_type=kind)
        expect_equal(put(ticket, data), 200, "PUT")
        expect_error(confirm(site, ticket), 415, "type_mismatch")


def test_nobody_confirms(site):
    """E14 C9: what nobody confirms is confirmed or erased by the sweeper"""
    good, bad, absent = ask(site), ask(site), ask(site)
    expect_equal(put(good, pictures.png(seed=11)), 200, "PUT")
    expect_equal(put(bad, HTML), 200, "PUT")
    site.sql("UPDATE files SET expires_secs = 1, url_expires_secs = 1"
             " WHERE state = 'pending'")
    sweep_later(site)
    states = dict(site.rows("SELECT id, state FROM files"))
    expect_equal([states[ticket["file_id"]] for ticket in
                  (good, bad, absent)], ["live", "rejected", "gone"],
                 "states")
    expect(set(site.keys()) == set(site.files()), "objects %s, rows %s"
           % (site.keys(), site.files()))


def test_bad_requests(site):
    """B16 D16 E17: what is wrong is said, and nothing is noted"""
    before = site.rows("SELECT count(*) FROM files")
    for values, status, code in (
            ({}, 400, "bad_field"),
            ({"original_filename": "a.png", "file_type": "x"}, 400,
             "bad_file_type"),
            ({"original_filename": "a.exe", "file_type": "image"}, 415,
             "extension_not_allowed"),
            ({"original_filename": "a.png", "file_type": "image",
              "content_type": "text/html"}, 415, "type_not_allowed"),
            ({"original_filename": "a.png", "file_type": "image",
              "athlete_id": "../../x"}, 400, "bad_athlete_id"),
            ({"original_filename": "a.png", "file_type": "image",
              "is_public": True}, 400, "no_public_prefix")):
        expect_error(call(site, "/files/upload/presigned", **values), status,
                     code)
    expect_error(call(site, "/files/99/confirm-upload"), 404, "file_not_found")
    expect_equal(site.rows("SELECT count(*) FROM files"), before, "rows")


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
