#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Files through us and back: uploads of every kind, pictures of users,
downloads under their own name, URLs that end, links for people without a
login, and requests that are sent twice."""

import concurrent.futures
import email.message
import email.policy
import json
import re
import time
import urllib.parse

import client
import harness
import pictures
from client import File
from objects import Relay, check_same
from tap import expect, expect_equal, expect_in, expect_not_in, wait_for

STACKS = tuple((server, store) for server in ("lighttpd", "apache-proxy")
               for store in harness.STORES)
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
FLAC = (b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0"
        + b"\0" * 32)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
JSON = {"Accept": "application/json"}
PAGES = {"Accept": "text/html,*/*;q=0.8"}
RIVALS = 12

# As browsers send them: quotes and line ends escaped, the rest as it is.
HOSTILE_NAMES = (
    ("informe final (2).pdf", "informe final (2).pdf"),
    ("año ñandú – €.pdf", "año ñandú – €.pdf"),
    ("comilla%22doble.pdf", None),
    ("a;b=c,d.pdf", "a;b=c,d.pdf"),
    ("%41%2e%2e.pdf", "%41%2e%2e.pdf"),
    ("x%0D%0ASet-Cookie: a=b.pdf", None),
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("C:\\\\temp\\\\informe.pdf", None),
    ("<script>alert(1)</script>.pdf", None),
    ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
    ("'; DROP TABLE files; --.pdf", "'; DROP TABLE files; --.pdf"),
    ("\U0001f600.pdf", "\U0001f600.pdf"),
    (300 * "é" + ".pdf", None),
)


def send(site, method, path, data=None, headers=None):
    """One request of a program, without cookies."""
    return client.Browser(site.url).request(
        method, path if path.startswith("http") else site.url + path, data,
        dict({"Accept": "*/*"}, **(headers or {})))


def post(site, path, fields, headers=None):
    kind, body = client.multipart(fields)
    return send(site, "POST", path, body,
                dict({"Content-Type": kind}, **(headers or {})))


def post_json(site, path, **values):
    return send(site, "POST", path, json.dumps(values).encode(),
                {"Content-Type": "application/json"})


def upload(site, data, name="martillo.png", kind="image/png", **headers):
    answer = post(site, "/upload", [("file", File(name, data, kind))],
                  headers)
    expect_equal(answer.status, 200, "upload of %s: %r" % (name, answer))
    return answer.json


def upload_pdf(site, name="informe.pdf"):
    answer = post(site, "/files/upload/direct", [
        ("file_type", "document"),
        ("file", File(name, PDF, "application/pdf"))])
    expect_equal(answer.status, 201, "upload: %r" % answer)
    return answer.json


def expect_error(answer, status, code):
    """B16: detail, message, error and request_id stand side by side."""
    expect_equal(answer.status, status, "status of %r" % answer)
    body = answer.json
    expect_equal(body["error"], code, "error of %r" % answer)
    for name in ("detail", "message", "request_id"):
        expect(body.get(name), "no %s in %r" % (name, answer))
    return body


def expect_secret(answer):
    """E12: no cache keeps the URL, no other site hears of it."""
    expect_equal((answer.header("Cache-Control"),
                  answer.header("Referrer-Policy")),
                 ("no-store", "no-referrer"), "headers of %r" % answer)


def name_in(disposition):
    """The name that a library reads from a Content-Disposition."""
    message = email.message.EmailMessage(policy=email.policy.HTTP)
    message["Content-Disposition"] = disposition
    return message.get_filename()


def name_by_hand(disposition):
    """The name by RFC 6266, read by its grammar; it must be all there is."""
    match = re.fullmatch(
        r'attachment; filename="([^"\\%\x00-\x1f\x7f-\xff]*)"'
        r"(?:; filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+"
        r"))?", disposition)
    expect(match, "no Content-Disposition of ours: " + disposition)
    return urllib.parse.unquote(match[2], errors="strict") \
        if match[2] else match[1]



# The tests


def test_upload(site):
    """B1 A4 A5: images, audio and documents, byte for byte"""
    for data, name, kind, pattern in (
            (pictures.png(30, 20, 50000), "foto.png", "image/png",
             "uploads/%s\\.png"),
            (pictures.jpeg(), "foto.JPG", "image/jpeg", "uploads/%s\\.jpg"),
            (pictures.webp(), "foto.webp", "application/octet-stream",
             "uploads/%s\\.webp"),
            (PDF, "plano.pdf", "application/pdf", "uploads/%s\\.pdf"),
            (FLAC, "nota.flac", "audio/flac", "audio/%s\\.flac")):
        answer = upload(site, data, name, kind)
        key = answer["object_name"]
        expect(re.fullmatch(pattern % UUID, key), "key " + key)
        check_same(data, site.read(key), name)
        state, size, owner = site.rows(
            "SELECT state, size_bytes, owner FROM files WHERE id = %d"
            % answer["file_id"])[0]
        expect_equal((state, int(size), owner), ("live", len(data), "1"),
                     "row of " + name)


def test_upload_large(site):
    """B1 D4 A13: what leaves in parts is the same in the bucket"""
    data = PDF[:20] + bytes(range(256)) * (20 << 12) + b"\n%%EOF\n"
    answer = upload(site, data, "largo.pdf", "application/pdf")
    check_same(data, site.read(answer["object_name"]), "20 MiB")


def test_upload_refused(site):
    """B1 B16 C3: what is no file of ours is refused, and nothing stays"""
    before = (sorted(site.keys()), sorted(site.files()))
    picture = File("a.png", pictures.png(), "image/png")
    for fields, status, code in (
            ([], 400, "bad_field"),
            ([("file", "text")], 400, "text_for_file"),
            ([("file", None)], 400, "bad_field"),
            ([("file", picture), ("file", picture)], 400, "duplicate_field"),
            ([("file", File("a.png", b"", "image/png"))], 400,
             "file_empty"),
            ([("file", File("a.png", HTML, "image/png"))], 415,
             "type_mismatch"),
            ([("file", File("a.svg", HTML, "image/svg+xml"))], 415,
             "type_not_allowed"),
            ([("file", File("a.exe", b"MZ", ""))], 415,
             "extension_not_allowed"),
            ([("file", File("a", pictures.png(), "image/png"))], 415,
             "extension_not_allowed"),
            ([("file", File("a.png", pictures.png()[:-20], "image/png"))],
             400, "file_damaged")):
        expect_error(post(site, "/upload", fields), status, code)
    expect_error(post_json(site, "/upload", file="x"), 415,
                 "unsupported_type")
    expect_equal((sorted(site.keys()), sorted(site.files())), before,
                 "objects and rows")


def test_too_large(lab):
    """B16 C1: the named causes, in the client's language"""
    site = lab.site(settings={"MAX_FILE_SIZE": "100000"})
    data = pictures.png(size=100001)
    for language, message in (("es", "grande"), ("en", "large")):
        body = expect_error(
            post(site, "/upload", [("file", File("a.png", data,
                                                 "image/png"))],
                 {"Accept-Language": language}), 413, "file_too_large")
        expect_equal(body["detail"], "File too large", "detail")
        expect_in(message, body["message"], "message in " + language)
    body = expect_error(
        post(site, "/upload", [("file", File("a.png", HTML, "image/png"))]),
        415, "type_mismatch")
    expect_equal(body["detail"], "Invalid MIME type: text/html", "detail")
    for language, message in (("es", "Archivo no encontrado"),
                              ("en", "File not found")):
        body = expect_error(send(site, "GET", "/files/5/download",
                                 headers=dict(JSON, **{
                                     "Accept-Language": language})),
                            404, "file_not_found")
        expect_equal((body["detail"], body["message"]),
                     ("File not found", message), "404")


def test_upload_pages(site):
    """B1 B7: a browser is led to its file, or sees what is wrong"""
    picture = File("martillo.png", pictures.png(seed=3), "image/png")
    for path, fields in (("/upload", []),
                         ("/files/upload/direct", [("file_type", "image")])):
        browser = site.browser("es")
        answer = browser.post(path, fields + [("file", picture)])
        expect_equal(answer.status, 302, "%s: %r" % (path, answer))
        expect(re.search("/files/[0-9]+$", answer.header("Location")),
               answer.header("Location"))
        page = browser.follow(answer)
        expect_equal(page.status, 200, "page of the file")
        expect_in("Archivo subido", page.page.text, "flash")
        # another one: this one has a session by now, and needs its token
        wrong = site.browser("es").post(path, fields + [
            ("file", File("a.png", HTML, "image/png"))])
        expect_equal(wrong.status, 415, "refused")
        expect_in("<html", wrong.text, "a page")


def test_direct(site):
    """B7 A9: the record, wherever its fields stand"""
    picture = pictures.png(40, 30, 9000)
    fields = [("file", File("mi foto.png", picture, "image/png")),
              ("file_type", "image"), ("athlete_id", "atleta_7"),
              ("is_public", "false")]
    for first in range(len(fields)):
        answer = post(site, "/files/upload/direct",
                      fields[first:] + fields[:first])
        expect_equal(answer.status, 201, "%r" % answer)
        record = answer.json
        expect(re.fullmatch("athletes/atleta_7/[0-9]{4}/[0-9]{2}/%s\\.png"
                            % UUID, record["key"]), record["key"])
        expect_equal((record["width"], record["height"], record["size"],
                      record["athlete_id"], record["is_public"],
                      record["original_filename"]),
                     (40, 30, len(picture), "atleta_7", False,
                      "mi foto.png"), "record")
        check_same(picture, site.read(record["key"]), "object")
        again = send(site, "GET", answer.header("Location"), headers=JSON)
        expect_equal(again.json, record, "what is at its Location")
        expect_equal(again.header("ETag"), answer.header("ETag"), "ETag")


def test_direct_refused(site):
    """B7 B16 E17: wrong fields are named, internal ones are not taken"""
    picture = File("a.png", pictures.png(), "image/png")
    for fields, code in (
            ([], "bad_field"), ([("file_type", "imagen")], "bad_file_type"),
            ([("file_type", "image"), ("athlete_id", "a/b")],
             "bad_athlete_id"),
            ([("file_type", "image"), ("is_public", "1")],
             "no_public_prefix"),
            ([("file_type", "image"), ("is_public", "x")], "bad_field")):
        for order in (fields + [("file", picture)],
                      [("file", picture)] + fields):
            expect_error(post(site, "/files/upload/direct", order), 400,
                         code)
    answer = post(site, "/files/upload/direct", [
        ("owner", "2"), ("key", "users/2/x"), ("state", "gone"),
        ("tenant_id", "2"), ("content_type", "text/html"),
        ("file_type", "image"), ("file", picture)])
    expect_equal(answer.status, 201, "%r" % answer)
    expect(answer.json["key"].startswith("users/1/image/"),
           answer.json["key"])
    expect_equal(answer.json["content_type"], "image/png", "type")


def test_late_fields(site):
    """B7: a large file whose fields come too late is refused whole"""
    before = sorted(site.keys())
    large = PDF[:20] + b"x" * (17 << 20) + b"\n%%EOF\n"
    file = ("file", File("largo.pdf", large, "application/pdf"))
    kind = ("file_type", "document")
    for fields in ([file, kind], [kind, file, ("athlete_id", "7")]):
        expect_error(post(site, "/files/upload/direct", fields), 400,
                     "fields_first")
    expect_equal(sorted(site.keys()), before, "objects")
    answer = post(site, "/files/upload/direct",
                  [kind, ("athlete_id", "7"), file])
    expect_equal(answer.status, 201, "%r" % answer)
    check_same(large, site.read(answer.json["key"]), "object")


def test_avatar(site):
    """B2 A9: a picture in the place of the old one"""
    old = None
    for seed in (1, 2):
        picture = pictures.png(seed=seed)
        answer = post(site, "/users/1/avatar",
                      [("file", File("yo.png", picture, "image/png"))])
        expect_equal(answer.status, 200, "%r" % answer)
        key = answer.json["avatar_url"]
        expect(re.fullmatch("users/1/avatars/%s\\.png" % UUID, key), key)
        check_same(picture, site.read(key), "object")
        expect_equal(site.rows("SELECT count(*) FROM users WHERE"
                               " avatar_file_id = %d"
                               % answer.json["file_id"])[0][0], 1, "user")
        if old:
            expect_not_in(old, site.keys(), "the old one")
        old = key
    expect_error(post(site, "/users/99/avatar",
                      [("file", File("yo.png", picture, "image/png"))]),
                 404, "user_not_found")
    expect_error(post(site, "/users/1/avatar",
                      [("file", File("yo.pdf", PDF, "application/pdf"))]),
                 415, "type_not_allowed")
    expect_in(old, site.keys(), "the picture after a refused one")


def test_download_object(site):
    """B3: by name, for five minutes, or File not found"""
    picture = pictures.png(seed=9)
    key = upload(site, picture)["object_name"]
    for path in (key, urllib.parse.quote(key, safe="")):
        answer = send(site, "GET", "/download/" + path)
        if answer.status == 404 and "%2F" in path:
            continue  # web servers refuse escaped slashes
        expect_equal(answer.status, 200, "%r" % answer)
        expect_secret(answer)
        expect_equal(answer.json["expires_in"], 300, "expires_in")
        check_same(picture, send(site, "GET",
                                 answer.json["download_url"]).body, "bytes")
    answer = send(site, "GET", "/download/" + key, headers=PAGES)
    expect_equal(answer.status, 302, "for a browser")
    expect_secret(answer)
    check_same(picture, send(site, "GET", answer.header("Location")).body,
               "bytes for a browser")
    body = expect_error(send(site, "GET", "/download/uploads/no.png"), 404,
                        "file_not_found")
    expect_equal(body["detail"], "File not found", "detail")
    expect_equal(send(site, "GET", "/download/uploads/no.png",
                      headers=PAGES).status, 404, "404 for a browser")


def test_download_names(site):
    """B11 E11 F11: hostile names reach clients as they should"""
    for sent, shown in HOSTILE_NAMES:
        record = upload_pdf(site, sent)
        answer = send(site, "GET", "/files/%d/download" % record["file_id"])
        expect_equal(answer.status, 302, "%r" % answer)
        expect_secret(answer)
        answer = send(site, "GET", answer.header("Location"))
        expect_equal((answer.status, answer.body), (200, PDF), sent)
        expect_equal(answer.header("Content-Type"), "application/pdf",
                     "type of " + sent)
        disposition = answer.header("Content-Disposition")
        name = name_by_hand(disposition)
        expect_equal(name, record["original_filename"], "name in "
                     + disposition)
        # This library takes the first of the two; each must be readable.
        expect_equal(name_in(re.sub('filename=".*"; ', "", disposition)),
                     name, "by a library")
        if shown:
            expect_equal(name, shown, "name of " + sent)
        expect(not re.search('[\x00-\x1f\x7f/\\\\"\u202e]', name)
               or '"' in name, "hostile: %r" % name)


def test_download_json(site):
    """B11: a program that asks for JSON gets the URL"""
    record = upload_pdf(site)
    path = "/files/%d/download" % record["file_id"]
    answer = send(site, "GET", path, headers=JSON)
    expect_equal(answer.status, 200, "%r" % answer)
    expect_equal(send(site, "GET", answer.json["url"]).body, PDF, "bytes")
    expect_equal(send(site, "HEAD", path).status, 302, "HEAD")
    for wrong in ("/files/1/download", "/files/x/download",
                  "/files/99999999999999999999/download"):
        expect_error(send(site, "GET", wrong), 404, "file_not_found")


def test_presigned_url(site):
    """B12 E13: a URL with an end, for one object and one method"""
    path = "/files/%d/presigned-url" % upload_pdf(site)["file_id"]
    expect_equal(send(site, "GET", path).json["expires_in"], 3600, "default")
    answer = send(site, "GET", path + "?expires_in=2")
    expect_equal(answer.json["expires_in"], 2, "expires_in")
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        answer.json["expires_at"]), "expires_at")
    expect_secret(answer)
    url = answer.json["url"]
    expect_equal(send(site, "GET", url).body, PDF, "bytes")
    for method in ("PUT", "DELETE"):
        expect_equal(send(site, method, url, b"x").status, 403, method)
    for old, new in (("expires", "Expires"), (".pdf", ".exe"),
                     ("attachment", "inline")):
        if old in url:
            expect_equal(send(site, "GET", url.replace(old, new)).status,
                         403, "with %s for %s" % (new, old))
    time.sleep(3)
    expect_equal(send(site, "GET", url).status, 403, "an expired one")
    for wrong in ("0", "3601", "x", "-5", "1.5", ""):
        answer = send(site, "GET", path + "?expires_in=" + wrong)
        expect_equal(answer.status, 400 if wrong else 200,
                     "expires_in=" + wrong)


def seconds_of(url):
    """For how long it is signed."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    return int(query["X-Amz-Expires"][0])


def test_expiries(lab):
    """F5 B3 B5 B11 B12 B13 B15 D3: every URL ends soon, each kind in its time"""
    for stack in (("lighttpd", "file", "sqlite"),
                  ("apache-proxy", "rgw", "pgsql")):
        for setting, secs in (({}, 3600), ({"PRESIGNED_URL_EXPIRY": "120"},
                                           120)):
            site = lab.site(*stack, settings=setting)
            record = upload_pdf(site)
            path = "/files/%d/" % record["file_id"]
            named = {"original_filename": "a.png", "file_type": "image"}
            asked = post_json(site, "/files/upload/presigned", **named).json
            temp = post_json(site, "/get-upload-url", filename="a.png",
                             file_type="image").json
            form = post_json(site, "/files/upload/presigned", method="POST",
                             **named).json
            named = send(site, "GET", "/download/" + record["key"]).json
            for what, url, wanted in (
                    ("B3", named["download_url"], 300),
                    ("B5", asked["upload_url"], secs),
                    ("B11", send(site, "GET", path + "download")
                     .header("Location"), secs),
                    ("B12", send(site, "GET", path + "presigned-url")
                     .json["url"], secs),
                    ("B13", temp["upload_url"], 900)):
                expect_equal(seconds_of(url), wanted, what)
            expect_equal((asked["expires_in"], temp["expires_in"],
                          form["expires_in"]), (secs, 900, 300), "answers")
            site.stop()


def test_storage_away(lab):
    """B16: storage that is away is Storage connection failed, in two tongues"""
    parts = urllib.parse.urlsplit(lab.s3.endpoint)
    for server, database in (("lighttpd", "sqlite"),
                             ("apache-proxy", "pgsql")):
        relay = Relay((parts.hostname, parts.port))
        site = lab.site(server, "rgw", database,
                        settings={"S3_ENDPOINT": relay.endpoint})
        key = upload_pdf(site)["key"]
        picture = File("a.png", pictures.png(), "image/png")
        relay.stop()
        for language, message in (("es", "almacenamiento"),
                                  ("en", "storage")):
            for answer in (
                    post(site, "/upload", [("file", picture)],
                         {"Accept-Language": language}),
                    send(site, "GET", "/download/" + key,
                         headers={"Accept-Language": language})):
                expect_in(answer.status, (502, 503), "status")
                body = expect_error(answer, answer.status,
                                    answer.json["error"])
                expect_equal(body["detail"], "Storage connection failed",
                             "detail of %d" % answer.status)
                expect_in(message, body["message"], "message")
        relay.start()
        wait_for(lambda: post(site, "/upload", [("file", picture)]).status
                 == 200, "it is back")
        site.check_no_orphans()
        site.stop()


def test_share(site):
    """F4 F5: a link for people without a login, until it ends"""
    record = upload_pdf(site, "para todos.pdf")
    path = "/files/%d/share" % record["file_id"]
    answer = post_json(site, path, expires_in=3600)
    expect_equal(answer.status, 200, "%r" % answer)
    expect_secret(answer)
    link = answer.json["url"]
    expect(link.startswith(site.url + "/s/"), link)
    found = send(site, "GET", link, headers=PAGES)
    expect_equal(found.status, 302, "%r" % found)
    expect_secret(found)
    found = send(site, "GET", found.header("Location"))
    expect_equal(found.body, PDF, "bytes")
    expect_equal(name_in(found.header("Content-Disposition")),
                 "para todos.pdf", "name")
    expect_error(send(site, "GET", link[:-1]), 404, "file_not_found")
    expect_error(post_json(site, path, expires_in=10 ** 9), 400,
                 "bad_field")
    short = post_json(site, path, expires_in=1).json["url"]
    time.sleep(2.1)
    expect_error(send(site, "GET", short), 404, "file_not_found")
    expect_equal(post_json(site, path + "/revoke").status, 200, "revoke")
    expect_error(send(site, "GET", link), 404, "file_not_found")
    expect_equal(site.rows(
        "SELECT count(*) FROM audit WHERE via = 'share' AND action ="
        " 'file.read' AND subject = 'files/%d'" % record["file_id"])[0][0],
        1, "notes of the link that was followed")
    for opened in (link, short):
        expect_not_in(opened.rsplit("/", 1)[1][:40],
                      own_log(site), "a link in the log")


def own_log(site):
    """What almacen itself said; web servers log what they are asked."""
    return "".join(line for line in site.log().splitlines(True)
                   if line.startswith("ts="))


def test_urls_are_not_logged(site):
    """E12 D18: nothing that opens a file is in our log"""
    record = upload_pdf(site)
    url = send(site, "GET", "/files/%d/presigned-url"
               % record["file_id"]).json["url"]
    send(site, "GET", "/download/" + record["key"])
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    log = own_log(site)
    expect("request" in log, "no line of ours in the log")
    expect_not_in(query["X-Amz-Signature"][0], log, "signature")
    expect_not_in("X-Amz-Signature", log, "any signature")


def test_sent_twice(site):
    """I9: with an Idempotency-Key a request is done once"""
    picture = pictures.png(seed=21)
    fields = [("file", File("a.png", picture, "image/png"))]
    for path, extra in (("/upload", []),
                        ("/files/upload/direct", [("file_type", "image")]),
                        ("/users/1/avatar", [])):
        key = {"Idempotency-Key": path}
        count = "SELECT count(*) FROM files"
        before = site.rows(count)[0][0]
        first = post(site, path, extra + fields, key)
        again = post(site, path, extra + fields, key)
        expect_in(first.status, (200, 201), "%r" % first)
        expect_equal((again.status, again.body,
                      again.header("Idempotency-Replayed"),
                      again.header("Location")),
                     (first.status, first.body, "true",
                      first.header("Location")), "again")
        expect_equal(first.header("Idempotency-Replayed"), "", "at first")
        expect_equal(int(site.rows(count)[0][0]), int(before) + 1, "rows")
        expect_error(post(site, path, extra + [("more", "x")] + fields,
                          key), 409, "idempotency_mismatch")
    expect_error(post(site, "/upload", [], {"Idempotency-Key": "bad key"}),
                 400, "bad_idempotency_key")
    expect_error(post(site, "/upload", [], {"Idempotency-Key": "none"}),
                 400, "bad_field")
    expect_equal(post(site, "/upload", fields,
                      {"Idempotency-Key": "none"}).status, 200,
                 "a key whose request failed")


def test_sent_at_once(site):
    """I9: of many at once one is done, the others wait or hear its answer"""
    picture = File("a.png", pictures.png(seed=22, size=300000), "image/png")
    before = int(site.rows("SELECT count(*) FROM files")[0][0])

    def one(_number):
        return post(site, "/upload", [("file", picture)],
                    {"Idempotency-Key": "at-once"})

    with concurrent.futures.ThreadPoolExecutor(RIVALS) as pool:
        answers = list(pool.map(one, range(RIVALS)))
    done = {answer.body for answer in answers if answer.status == 200}
    expect_equal(len(done), 1, "different answers")
    for answer in answers:
        if answer.status != 200:
            expect_error(answer, 409, "idempotency_running")
    expect_equal(int(site.rows("SELECT count(*) FROM files")[0][0]),
                 before + 1, "rows")
    expect_equal(one(0).body, done.pop(), "afterwards")


def test_nothing_is_left(site):
    """B1 B2 B7: every object has its row, every row its object"""
    site.check_no_orphans()


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
