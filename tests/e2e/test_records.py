#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Records of files behind web servers: lists whose cursors nobody can carry
away, changes that nobody can smuggle in, objects that move when they become
public or private, a trash with a way back, and deletions that are complete."""

import concurrent.futures
import json
import urllib.parse

import client
import harness
import pictures
from objects import check_same
from people import Person, ctl
from tap import expect, expect_equal, expect_in, wait_for

STACKS = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"),
          ("apache-fcgid", "rgw", "sqlite"), ("lighttpd", "file", "pgsql"))
SETTINGS = {"AUTH": "login", "S3_PUBLIC_PREFIXES": "products/ general/",
            "THREADS": "8"}
RIVALS = 16
RETENTION = 2592000
REFUSED = (401, 403, 404)
INTERNAL = ("key", "object_key", "status", "state", "owner", "user_id",
            "tenant_id", "content_type", "size", "sha256", "etag", "version",
            "bucket", "provider", "file_id", "id", "file_type", "created_at",
            "expires_secs", "upload_key", "charged_bytes", "share_version",
            "search_text", "url", "links", "__proto__", "is_public[]")


class Caller:
    """A program with the token of somebody."""

    def __init__(self, site, role="editor", tenant=1):
        self.site = site
        person = Person(site, role, tenant)
        self.token = person.token("admin" if role == "admin" else "write")
        self.id = site.rows("SELECT key_id FROM users WHERE login = ?",
                            person.email)[0][0]

    def send(self, method, path, body=None, **headers):
        sent = {"Accept": "application/json",
                "Authorization": "Bearer " + self.token}
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update({name.replace("_", "-"): value
                     for name, value in headers.items()})
        return client.Browser(self.site.url).request(
            method, path if path.startswith("http") else self.site.url + path,
            body, sent)

    def must(self, method, path, body=None, **headers):
        answer = self.send(method, path, body, **headers)
        expect_equal(answer.status, 200, "%s %s: %r" % (method, path, answer))
        return answer.json

    def upload(self, name="martillo.png", is_public=False, seed=1, **fields):
        """B7; the record."""
        fields.update(file_type="image", is_public=str(is_public).lower())
        kind, body = client.multipart(list(fields.items()) + [
            ("file", client.File(name, pictures.png(seed=seed),
                                 "image/png"))])
        answer = self.send("POST", "/files/upload/direct", body,
                           Content_Type=kind)
        expect_equal(answer.status, 201, "upload: %r" % answer)
        return answer.json

    def names(self, query=""):
        return [file["original_filename"] for file in
                self.must("GET", "/files/" + query)["files"]]

    def record(self, file):
        return self.must("GET", "/files/%d" % file["file_id"])


_callers = {}


def caller(site, name, role="editor", tenant=1):
    """One of each name for a site: passwords take their time."""
    key = (site.name, name)
    if key not in _callers:
        _callers[key] = Caller(site, role, tenant)
    return _callers[key]


def ana(site):
    return caller(site, "ana")


def eva(site):
    return caller(site, "eva")


def admin(site):
    return caller(site, "admin", "admin")


def other(site):
    """The admin of another tenant."""
    if (site.name, "other") not in _callers:
        number = ctl(site, "tenant", "add", "Otra").split()
        tenant = next(word for word in number if word.isdigit())
        return caller(site, "other", "admin", int(tenant))
    return caller(site, "other")


def expect_error(answer, status, code):
    """B16: four members side by side, and the exact word for a refusal."""
    expect_equal((answer.status, answer.json.get("error")), (status, code),
                 "%r" % answer)
    for name in ("detail", "message", "request_id"):
        expect(answer.json.get(name), "no %s in %r" % (name, answer))
    for refused, detail in (("forbidden", "Forbidden"),
                            ("file_not_found", "File not found")):
        if code == refused:
            expect_equal(answer.json["detail"], detail, "detail")


def etag(record):
    return '"%d-%d"' % (record["file_id"], record["version"])


def read_as_anybody(url):
    """Without a login, a cookie or a token."""
    answer = client.Browser(url).request("GET", url, None, {"Accept": "*/*"})
    return answer.status, answer.body


def next_query(answer):
    """The query of the next page, as the Link header has it."""
    link = answer.header("Link")
    if not link:
        return None
    target, rel = link.split(">; ")
    expect_equal(rel, 'rel="next"', "Link " + link)
    return "?" + urllib.parse.urlsplit(target[1:]).query


# The tests


def test_list(site):
    """B8: one's own files, by every filter"""
    me, she = Caller(site), eva(site)
    me.upload("Canción 100%.png", athlete_id="7")
    me.upload("a_b.png")
    me.upload("ab.png", is_public=True)
    she.upload("ajena.png")
    expect_equal(sorted(me.names()),
                 ["Canción 100%.png", "a_b.png", "ab.png"], "own files")
    for query, found in (
            ("?q=CANCION", ["Canción 100%.png"]),
            ("?q=" + urllib.parse.quote("ción 100%"), ["Canción 100%.png"]),
            ("?q=%25", ["Canción 100%.png"]), ("?q=_", ["a_b.png"]),
            ("?q=a%25b", []), ("?q=a_b", ["a_b.png"]),
            ("?q=%5C", []), ("?q=%27+OR+1%3D1--", []), ("?q=ajena", []),
            ("?athlete_id=7", ["Canción 100%.png"]), ("?athlete_id=8", []),
            ("?file_type=video", []), ("?state=trashed", [])):
        expect_equal(me.names(query), found, query)
    expect_equal(len(me.names("?file_type=image&limit=200")), 3, "by type")
    expect_equal(admin(site).names(), [], "the admin's own")
    expect(set(admin(site).names("?scope=tenant&limit=200")) >=
           {"ajena.png", "ab.png"}, "all of the tenant")
    expect_equal(other(site).names("?scope=tenant&limit=200"), [],
                 "another tenant")
    expect_error(me.send("GET", "/files?scope=tenant"), 403, "forbidden")
    for query in ("limit=0", "limit=201", "limit=x", "state=gone",
                  "file_type=x", "scope=all", "q=" + 201 * "a"):
        expect_error(me.send("GET", "/files?" + query), 400, "bad_field")
    page = me.send("GET", "/files", Accept="text/html")
    expect_equal(page.status, 200, "as a page")
    expect_in("text/html", page.header("Content-Type"), "as a page")
    expect_in("Canción 100%.png", page.page.text, "as a page")


def test_newest_first(site):
    """B8 D17: newest first, fifty on a page, with a slash and without"""
    me = Caller(site)
    for number in range(52):
        me.upload("%d.png" % number)
        site.sql("UPDATE files SET created_secs = created_secs + ? WHERE"
                 " owner = ? AND original_name = ?", number, me.id,
                 "%d.png" % number)
    wanted = ["%d.png" % number for number in reversed(range(52))]
    for path in ("/files", "/files/"):
        page = me.must("GET", path)
        names = [file["original_filename"] for file in page["files"]]
        expect_equal((names, page["limit"]), (wanted[:50], 50), path)
        rest = me.must("GET", "%s?cursor=%s" % (path, page["next_cursor"]))
        expect_equal(([file["original_filename"] for file in rest["files"]],
                      rest["next_cursor"]), (wanted[50:], None), "the rest")
    expect_equal(me.names("?limit=3"), wanted[:3], "three")


def test_pages_beside_writers(site):
    """B8: while files come and go no page shows one twice or leaves one out"""
    me = Caller(site)
    mine = [me.upload("foto.png", seed=number)["file_id"]
            for number in range(9)]
    gone = mine[4]
    query, seen = "?limit=2&q=foto", []
    while query:
        answer = me.send("GET", "/files" + query)
        expect_equal(answer.status, 200, "page %s" % query)
        seen += [file["file_id"] for file in answer.json["files"]]
        expect_equal(next_query(answer) is None,
                     answer.json["next_cursor"] is None, "cursor and Link")
        query = next_query(answer)
        me.upload("otra foto.png", seed=99)
        if gone not in seen:
            me.must("DELETE", "/files/%d" % gone)
    expect_equal(len(seen), len(set(seen)), "files that were shown")
    expect(set(mine) - {gone} <= set(seen), "files that were left out")


def test_hostile_cursors(site):
    """B8 F1: a cursor is worth nothing but in the list it was made for"""
    me = ana(site)
    for number in range(3):
        me.upload("cursor.png", seed=number)
    cursor = me.must("GET", "/files?limit=1&q=cursor")["next_cursor"]
    same = "/files?limit=9&q=cursor&cursor=%s"
    expect_equal(me.send("GET", same % cursor).status, 200, "unaltered")
    for who in (eva(site), other(site), admin(site)):
        expect_error(who.send("GET", same % cursor), 400, "bad_cursor")
    for query in ("limit=1", "q=curso", "q=cursor&file_type=image",
                  "q=cursor&state=trashed", "q=cursor&athlete_id=1"):
        expect_error(me.send("GET", "/files?%s&cursor=%s" % (query, cursor)),
                     400, "bad_cursor")
    tenant = admin(site).must("GET", "/files?limit=1&scope=tenant")
    expect_error(other(site).send(
        "GET", "/files?limit=1&scope=tenant&cursor="
        + tenant["next_cursor"]), 400, "bad_cursor")
    for place in range(0, len(cursor), 7):
        altered = "%s%s%s" % (cursor[:place],
                              "B" if cursor[place] == "A" else "A",
                              cursor[place + 1:])
        expect_error(me.send("GET", same % altered), 400, "bad_cursor")
    for forged in ("x", "MTAw.9999999999.x", cursor + "A", cursor[:-1],
                   cursor.split(".")[0], 3000 * "A"):
        status = me.send("GET", same % forged).status
        expect_equal(status, 400, "cursor " + forged[:80])


def test_record(site):
    """B9: a record with its ETag, for whoever may see it"""
    me = ana(site)
    hidden, shown = me.upload(), me.upload(is_public=True)
    answer = me.send("GET", "/files/%d/" % hidden["file_id"])
    record = answer.json
    expect_equal(answer.header("ETag"), etag(record), "ETag")
    expect_equal((record["owner"], record["status"], record["tags"],
                  record["alt_text"]), (me.id, "live", [], None), "record")
    check_same(pictures.png(seed=1), site.read(record["key"]), "object")
    fresh = me.send("GET", "/files/%d" % hidden["file_id"],
                    If_None_Match=answer.header("ETag"))
    expect_equal((fresh.status, fresh.body), (304, b""), "known already")
    for who, of_hidden, of_shown in (
            (eva(site), 403, 200), (other(site), 404, 404),
            (admin(site), 200, 200)):
        expect_equal(
            (who.send("GET", "/files/%d" % hidden["file_id"]).status,
             who.send("GET", "/files/%d" % shown["file_id"]).status),
            (of_hidden, of_shown), "for others")
    missing = me.send("GET", "/files/123456789")
    expect_error(missing, 404, "file_not_found")
    expect_equal(missing.json["detail"], "File not found", "detail")


def test_change(site):
    """B9: what the field table names is changed, what it does not is refused"""
    me = ana(site)
    file = me.upload()
    path = "/files/%d" % file["file_id"]
    changed = me.must("PATCH", path, {
        "original_filename": "Ñandú.png", "athlete_id": "a-7",
        "alt_text": "Un <ñandú>", "tags": ["Ave", "pampa", "AVE"]})
    expect_equal((changed["original_filename"], changed["athlete_id"],
                  changed["alt_text"], changed["tags"], changed["version"],
                  changed["key"]),
                 ("Ñandú.png", "a-7", "Un <ñandú>", ["ave", "pampa"],
                  file["version"] + 1, file["key"]), "changed")
    expect_equal(me.names("?q=nandu&athlete_id=a-7"), ["Ñandú.png"], "found")
    cleared = me.must("PATCH", path, {"alt_text": None, "tags": "",
                                      "athlete_id": ""})
    expect_equal((cleared["alt_text"], cleared["tags"],
                  cleared["athlete_id"]), (None, [], None), "cleared")
    for name in INTERNAL:
        answer = me.send("PATCH", path, {"alt_text": "x", name: "1"})
        expect_error(answer, 400, "unknown_field")
        expect_in(name, answer.json["detail"], "the name")
    for body, code in (({"original_filename": "x.html"}, "bad_name"),
                       ({"original_filename": ""}, "bad_field"),
                       ({"is_public": "perhaps"}, "bad_field"),
                       ({"tags": [1]}, "bad_field"),
                       ({"tags": list("abcdefghijklmnopqrstu")}, "bad_tags"),
                       ({"athlete_id": "../x"}, "bad_athlete_id")):
        expect_error(me.send("PATCH", path, body), 400, code)
    expect_equal(me.record(file), cleared, "after all that was refused")
    expect_error(eva(site).send("PATCH", path, {"tags": "x"}), 403,
                 "forbidden")
    expect_error(other(site).send("PATCH", path, {"tags": "x"}), 404,
                 "file_not_found")
    expect_equal(admin(site).must("PATCH", path, {"tags": "x"})["tags"],
                 ["x"], "by the admin")


def test_if_match(site):
    """B9: of many who change the same version one does, the others hear it"""
    me = ana(site)
    file = me.upload()
    path = "/files/%d" % file["file_id"]
    for header in ('"1-1"', "W/" + etag(file), "x", '""'):
        for method, query in (("PATCH", ""), ("DELETE", ""),
                              ("DELETE", "?hard_delete=true")):
            answer = me.send(method, path + query,
                             {"tags": "x"} if method == "PATCH" else None,
                             If_Match=header)
            expect_error(answer, 412, "version_changed")

    def change(number):
        return me.send("PATCH", path, {"tags": str(number)},
                       If_Match=etag(file)).status

    with concurrent.futures.ThreadPoolExecutor(RIVALS) as threads:
        statuses = sorted(threads.map(change, range(RIVALS)))
    expect_equal(statuses, [200] + (RIVALS - 1) * [412], "answers")
    expect_equal(me.record(file)["version"], file["version"] + 1, "version")

    # Without a version each of them is done, one after another.
    def move(number):
        return me.send("PATCH", path,
                       {"is_public": number % 2 == 0}).status

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        statuses = set(threads.map(move, range(8)))
    expect(statuses <= {200, 409}, "answers %s" % statuses)
    now = me.record(file)
    check_same(pictures.png(seed=1), site.read(now["key"]), "object")
    expect_equal(now["key"].startswith("general/"), now["is_public"],
                 "where it is")


def test_moves(site):
    """B9 B11 A10: public for everybody, private for nobody, by its own key"""
    me = ana(site)
    picture = pictures.png(seed=5)
    file = me.upload(seed=5)
    path = "/files/%d" % file["file_id"]
    expect("url" not in file, "a private file has a public URL")
    signed = me.must("GET", path + "/presigned-url")["url"]
    expect_equal(read_as_anybody(signed), (200, picture), "signed URL")

    shown = me.must("PATCH", path, {"is_public": True})
    expect(shown["key"].startswith("general/"), shown["key"])
    expect_equal(read_as_anybody(shown["url"]), (200, picture), "public")
    answer = me.send("GET", path + "/download", Accept="*/*")
    expect_equal((answer.status, answer.header("Location")),
                 (302, shown["url"]), "where its download leads")
    expect(file["key"] not in site.keys(), "the private object is left")
    expect(read_as_anybody(signed)[0] in REFUSED, "the old signed URL")

    hidden = me.must("PATCH", path, {"is_public": False})
    expect(hidden["key"].startswith("users/%s/" % me.id), hidden["key"])
    expect(read_as_anybody(shown["url"])[0] in REFUSED,
           "everybody reads what is private")
    private_url = shown["url"].replace(shown["key"], hidden["key"])
    expect(private_url != shown["url"] and
           read_as_anybody(private_url)[0] in REFUSED,
           "everybody reads the private key")
    expect(shown["key"] not in site.keys(), "the public object is left")
    check_same(picture, site.read(hidden["key"]), "object")


def test_trash_and_restore(site):
    """B10: deleted files are nobody's to read, and come back"""
    me = ana(site)
    picture = pictures.png(seed=6)
    file = me.upload(is_public=True, seed=6)
    path = "/files/%d" % file["file_id"]
    answer = me.must("DELETE", path)
    trashed = answer["file"]
    expect_equal((answer["message"], trashed["status"]),
                 ("File deleted", "trashed"), "deleted")
    expect(read_as_anybody(file["url"])[0] in REFUSED,
           "everybody reads what is in the trash")
    expect(me.send("GET", path + "/download").status in REFUSED,
           "it can be downloaded")
    expect_equal(me.must("DELETE", path)["file"], trashed, "twice")
    for state, is_there in (("live", False), ("trashed", True)):
        listed = me.must("GET", "/files?limit=200&state=" + state)["files"]
        expect_equal(file["file_id"] in [one["file_id"] for one in listed],
                     is_there, "among the " + state)
    expect_error(me.send("PATCH", path, {"tags": "x"}), 404,
                 "file_not_found")
    for who, status in ((eva(site), 404), (other(site), 404)):
        expect_equal(who.send("POST", path + "/restore").status, status,
                     "by others")
    back = me.must("POST", path + "/restore")
    expect_equal((back["status"], back["is_public"]), ("live", True), "back")
    expect_equal(read_as_anybody(back["url"]), (200, picture), "back")
    expect_equal(me.must("POST", path + "/restore")["version"],
                 back["version"], "twice")


def test_retention(site):
    """B10 G4: what was not restored in time is erased by the sweeper"""
    me = ana(site)
    kept, ended = me.upload(seed=7), me.upload(seed=8)
    for file in (kept, ended):
        until = me.must("DELETE", "/files/%d" % file["file_id"])
        expect(until["file"]["restorable_until"], "no end")
    row = site.rows("SELECT expires_secs - updated_secs FROM files"
                    " WHERE id = ?", kept["file_id"])[0]
    expect_equal(row[0], RETENTION, "retention")
    site.sql("UPDATE files SET expires_secs = 1 WHERE id = ?",
             ended["file_id"])
    expect_error(me.send("POST", "/files/%d/restore" % ended["file_id"]),
                 404, "file_not_found")
    ctl(site, "sweep")
    keys = site.keys()
    expect(ended["key"] not in keys, "the object is left")
    expect(kept["key"] in keys, "the other one is gone")
    expect_equal(site.rows("SELECT state FROM files WHERE id = ?",
                           ended["file_id"])[0][0], "gone", "state")
    me.must("POST", "/files/%d/restore" % kept["file_id"])


def test_erase(site):
    """B10: a hard delete is complete: no object, no record, no old URL"""
    me = ana(site)
    for first in ("", "DELETE"):
        file = me.upload(seed=9)
        path = "/files/%d" % file["file_id"]
        signed = me.must("GET", path + "/presigned-url")["url"]
        expect_equal(read_as_anybody(signed)[0], 200, "signed URL")
        if first:
            me.must(first, path)
        answer = me.must("DELETE", path + "?hard_delete=true")
        expect_equal(answer, {"message": "File deleted"}, "answer")
        expect(file["key"] not in site.keys(), "the object is left")
        expect(read_as_anybody(signed)[0] in REFUSED, "the old signed URL")
        for method, end in (("GET", ""), ("DELETE", ""), ("PATCH", ""),
                            ("POST", "/restore"), ("GET", "/download")):
            answer = me.send(method, path + end,
                             {} if method == "PATCH" else None)
            expect_error(answer, 404, "file_not_found")
    for who, status in ((eva(site), 403), (other(site), 404)):
        file = me.upload()
        answer = who.send("DELETE", "/files/%d?hard_delete=true"
                          % file["file_id"])
        expect_equal(answer.status, status, "by others")
        expect(file["key"] in site.keys(), "others erased it")


def test_object_name(site):
    """B4 F1 D4: by the object's name, of one's own prefix or as the admin"""
    me = ana(site)
    file = me.upload()
    path = "/files/" + file["key"]
    expect(file["key"].startswith("users/%s/" % me.id), file["key"])
    for who, status, code in ((eva(site), 403, "forbidden"),
                              (other(site), 404, "file_not_found")):
        expect_error(who.send("DELETE", path), status, code)
    expect_equal(me.must("DELETE", path), {"message": "File deleted"},
                 "answer")
    expect(file["key"] not in site.keys(), "the object is left")
    expect_equal(site.rows("SELECT state FROM files WHERE id = ?",
                           file["file_id"])[0][0], "gone", "state")
    answer = me.send("DELETE", path)
    expect_error(answer, 404, "file_not_found")
    expect_equal(answer.json["detail"], "File not found", "detail")
    expect_error(me.send("DELETE", "/files/users/%s0/image/x" % me.id), 403,
                 "forbidden")
    expect_error(me.send("DELETE", "/files/general/2026/01/x.png"), 403,
                 "forbidden")
    file = me.upload(is_public=True)
    admin(site).must("DELETE", "/files/" + file["key"])
    # a slash that is escaped is one, digits alone are a number
    file = me.upload()
    expect_error(me.send("DELETE", "/files/" + file["key"].split("/")[1]),
                 404, "file_not_found")
    me.must("DELETE", "/files/" + urllib.parse.quote(file["key"], safe=""))
    expect(file["key"] not in site.keys(), "the object is left")
    foreign = other(site)
    file = foreign.upload()
    expect_in("/tenant_", file["key"], "the key of another tenant")
    expect_error(admin(site).send("DELETE", "/files/" + file["key"]), 404,
                 "file_not_found")
    foreign.must("DELETE", "/files/" + file["key"])


def test_public_upload(site):
    """B5 B6 D15: straight into the bucket, and public once it is confirmed"""
    me = ana(site)
    picture = pictures.png(seed=12)
    ticket = me.must("POST", "/files/upload/presigned", {
        "original_filename": "a.png", "file_type": "image",
        "is_public": True})
    headers = {name: value for name, value in ticket["headers"].items()
               if name.lower() != "content-length"}
    expect_equal(client.Browser().request(
        ticket["method"], ticket["upload_url"], picture, headers).status,
                 200, "PUT")
    expect_in(read_as_anybody(ticket["upload_url"].split("?")[0])[0],
              REFUSED, "public before it was looked at")
    record = me.must("POST", "/files/%d/confirm-upload" % ticket["file_id"])
    expect(record["is_public"] and record["key"].startswith("general/"),
           record["key"])
    expect_equal(read_as_anybody(record["url"]), (200, picture), "public")


def test_nothing_is_left(site):
    """B9 B10: every object has its row, every row its object"""
    wanted = "SELECT object_key FROM files" \
        " WHERE state IN ('pending', 'live', 'trashed')"
    wait_for(lambda: set(site.keys()) ==
             {row[0] for row in site.rows(wanted)}, "rows and objects agree")
    for states, counter in (("('live', 'trashed')", "used"),
                            ("('pending')", "reserved")):
        found = site.rows(
            "SELECT count(*), CAST(coalesce(sum(charged_bytes), 0) AS BIGINT)"
            " AS b FROM files WHERE tenant_id = 1 AND state IN " + states)[0]
        kept = site.rows("SELECT %s_objects, %s_bytes FROM tenants"
                         " WHERE id = 1" % (counter, counter))[0]
        expect_equal(tuple(kept), tuple(found), counter)


def errors_of(site):
    """A request for each kind of error: its status, code and arguments."""
    me = ana(site)
    hidden = "/files/%d" % me.upload()["file_id"]
    pending = me.must("POST", "/files/upload/presigned", {
        "original_filename": "a.png", "file_type": "image"})["file_id"]
    ask = "/files/upload/presigned"
    return (
        (400, "bad_field", me, "GET", "/files?limit=x", None),
        (403, "forbidden", eva(site), "GET", hidden, None),
        (404, "file_not_found", other(site), "GET", hidden, None),
        (405, "method_not_allowed", me, "PUT", "/files", {}),
        (409, "not_uploaded_yet", me, "POST",
         "/files/%d/confirm-upload" % pending, {}),
        (413, "file_too_large", me, "POST", ask,
         {"original_filename": "a.png", "file_type": "image",
          "size": 104857601}),
        (415, "extension_not_allowed", me, "POST", ask,
         {"original_filename": "a.exe", "file_type": "image"}))


def test_errors(site):
    """B16 D5 D16: every kind of error, for people in their language"""
    rows = [(status, code, lambda language, who=who, rest=rest: who.send(
        *rest, Accept_Language=language))
            for status, code, who, *rest in errors_of(site)]
    rows.append((401, "bad_token", lambda language: ana(site).send(
        "GET", "/files", Authorization="Bearer alm_x",
        Accept_Language=language)))
    rows.append((401, "unauthenticated", lambda language: client.Browser()
                 .request("GET", site.url + "/files", None, {
                     "Accept": "application/json",
                     "Accept-Language": language})))
    for status, code, ask in rows:
        answers = {language: ask(language) for language in ("es", "en")}
        for answer in answers.values():
            expect_error(answer, status, code)
            expect_equal(answer.header("Content-Type"), "application/json",
                         "type")
            expect_equal(answer.json["request_id"],
                         answer.header("X-Request-Id"), "request_id")
        spanish, english = (answers[language].json for language in answers)
        expect_equal(spanish["detail"], english["detail"], "detail")
        expect(spanish["message"] != english["message"],
               "the same in both languages: " + spanish["message"])


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS, settings=SETTINGS)
