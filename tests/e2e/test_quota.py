#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Quotas behind web servers: fifty at once where there is room for twenty, by
every way that bytes come in, and room that comes back."""

import concurrent.futures
import json

import client
import harness
import pictures
import shop
from tap import expect, expect_equal, expect_in
from test_direct import (ask, call, confirm, confirmed, expect_error, put)

STACKS = tuple((server, store, database)
               for server, store in (("lighttpd", "file"),
                                     ("apache-proxy", "rgw"))
               for database in ("sqlite", "pgsql"))
RIVALS = 50
ROOM = 20
COUNTERS = ("used_bytes", "used_objects", "reserved_bytes",
            "reserved_objects")


def counters(site):
    row = site.rows("SELECT %s FROM tenants WHERE id = 1"
                    % ", ".join(COUNTERS))[0]
    return dict(zip(COUNTERS, row))


def limit(site, room_bytes=None, room_objects=None):
    """Leave room for so much more; None: as much as one likes."""
    now = counters(site)
    quota_bytes = 0 if room_bytes is None else \
        now["used_bytes"] + now["reserved_bytes"] + room_bytes
    quota_objects = 0 if room_objects is None else \
        now["used_objects"] + now["reserved_objects"] + room_objects
    # what is used of nothing is no room for nothing
    expect((room_bytes is None or quota_bytes) and
           (room_objects is None or quota_objects), "no limit is no room")
    site.sql("UPDATE tenants SET quota_bytes = ?, quota_objects = ?"
             " WHERE id = 1", quota_bytes, quota_objects)


def check_counters(site):
    """The counters are what the files say."""
    said = counters(site)
    for name, states in (("used", "('live', 'trashed')"),
                         ("reserved", "('pending')")):
        found = site.rows(
            "SELECT count(*) AS n,"
            " CAST(coalesce(sum(charged_bytes), 0) AS BIGINT) AS b"
            " FROM files WHERE tenant_id = 1 AND state IN " + states)[0]
        expect_equal((said[name + "_objects"], said[name + "_bytes"]),
                     tuple(found), name)
    expect_equal(site.rows("SELECT count(*) FROM files WHERE"
                           " state IN ('live', 'trashed')"
                           " AND charged_bytes <> size_bytes")[0][0], 0,
                 "files charged for another size")
    return said


def upload(site, data):
    """B1."""
    answer = client.Browser(site.url).post(
        "/upload", [("file", client.File("a.png", data, "image/png"))],
        {"Accept": "application/json"})
    return answer.status, json.loads(answer.body)


def race(work):
    """Fifty at once; the answers."""
    with concurrent.futures.ThreadPoolExecutor(RIVALS) as threads:
        return list(threads.map(work, range(RIVALS)))


def sort_answers(answers, code):
    """Those that came in; all others had no room."""
    winners = [answer for answer in answers if answer[0] in (200, 201)]
    for answer in answers:
        if answer[0] not in (200, 201):
            expect_error(answer, 413, code)
    return winners


def test_uploads(site):
    """G13 B1: fifty uploads at once never exceed the bytes of a tenant"""
    picture = pictures.png(40, 30, 40000)
    before = counters(site)
    limit(site, room_bytes=ROOM * len(picture) + len(picture) - 1)
    winners = sort_answers(race(lambda _: upload(site, picture)),
                           "quota_bytes")
    limit(site)
    now = check_counters(site)
    expect_equal(len(winners), ROOM, "uploads that came in")
    expect_equal(now["used_bytes"] - before["used_bytes"],
                 ROOM * len(picture), "bytes")
    expect_equal(now["reserved_objects"], before["reserved_objects"],
                 "reserved")
    keys = set(site.keys())
    expect(all(answer[1]["object_name"] in keys for answer in winners),
           "objects of %s" % winners)
    expect_equal(keys, set(site.files()), "objects and rows")


def test_presigns(site):
    """G13 B5 B6: nor do fifty URLs, which hold their room until they end"""
    picture = pictures.png(40, 30, 40000)
    before = counters(site)
    limit(site, room_objects=ROOM)

    def begin(number):
        values = {"original_filename": "a.png", "file_type": "image"}
        if number % 2:
            values["size"] = len(picture)
        return call(site, "/files/upload/presigned", **values)

    winners = sort_answers(race(begin), "quota_objects")
    expect_equal(len(winners), ROOM, "URLs")
    check_counters(site)
    tickets = [ticket for _, ticket in winners]
    # one comes, one is refused, and an upload through us finds that place
    expect(put(tickets[0], picture) in (200, 201, 204), "PUT")
    expect_equal(upload(site, picture)[0], 413, "an upload without room")
    confirmed(site, tickets[0])
    expect_equal(upload(site, picture)[0], 413, "settled, and no more room")
    refused = next(ticket for ticket in tickets[1:]
                   if "content-length" not in
                   {name.lower() for name in ticket["headers"]})
    expect(put(refused, b"<!DOCTYPE html><html>") in (200, 201, 204), "PUT")
    expect_error(confirm(site, refused), 415, "type_mismatch")
    expect_in(upload(site, picture)[0], (200, 201), "room again")
    expect_equal(upload(site, picture)[0], 413, "and none again")
    # the rest expires
    site.sql("UPDATE files SET url_expires_secs = 1, expires_secs = 1"
             " WHERE state = 'pending'")
    done = site.lab.run_ctl("--env-file", site.env_file, "sweep")
    expect_equal(done.returncode, 0, "sweep: %s" % done.stderr.decode())
    limit(site)
    now = check_counters(site)
    expect_equal((now["reserved_objects"], now["reserved_bytes"]), (0, 0),
                 "reserved")
    expect_equal(now["used_objects"] - before["used_objects"], 2, "files")


def test_all_ways(site):
    """G13 B1 B5 B7 E4: every way takes from one quota"""
    picture = pictures.png(40, 30, 20000)
    limit(site, room_objects=ROOM)

    def come(number):
        if number % 4 == 0:
            return upload(site, picture)
        if number % 4 == 1:
            return call(site, "/files/upload/presigned",
                        original_filename="a.png", file_type="image")
        if number % 4 == 2:
            answer = client.Browser(site.url).post(
                "/files/upload/direct",
                [("file_type", "image"),
                 ("file", client.File("a.png", picture, "image/png"))],
                {"Accept": "application/json"})
            return answer.status, json.loads(answer.body)
        answer = shop.create(client.Browser(site.url),
                             image=shop.picture_file(picture))
        if answer.status == 200:
            return 413, {"error": "quota_objects", "detail": "-",
                         "message": "-", "request_id": "-"}
        return 200, answer

    winners = sort_answers(race(come), "quota_objects")
    expect_equal(len(winners), ROOM, "files")
    check_counters(site)
    limit(site)


def test_product(site):
    """E4 E10 E15: beyond the quota is said beside the image, and all is kept"""
    picture = pictures.png(40, 30, 20000)
    upload(site, picture)
    limit(site, room_bytes=len(picture) - 1)
    for language, text in (
            ("es", "No queda espacio suficiente para este archivo"),
            ("en", "There is not enough space left for this file")):
        browser = client.Browser(site.url, language)
        values = shop.fields(sku=shop.fresh_sku())
        answer = shop.create(browser, values, shop.picture_file(picture))
        expect_equal(answer.status, 200, "status")
        expect_in(text, answer.page.text, "page")
        shop.expect_kept(answer, values)
    limit(site, room_bytes=len(picture))
    browser = client.Browser(site.url)
    product = shop.created_id(shop.create(
        browser, shop.fields(sku=shop.fresh_sku()),
        shop.picture_file(picture)))
    limit(site, room_bytes=0)
    shop.delete_product(browser, product)
    expect_in(upload(site, picture)[0], (200, 201), "room of the product")
    limit(site)
    check_counters(site)


def test_sweep(site):
    """B10: what was in the trash long enough goes, and wrong sums are mended"""
    picture = pictures.png(40, 30, 20000)
    ticket = ask(site)
    expect(put(ticket, picture) in (200, 201, 204), "PUT")
    record = confirmed(site, ticket)
    before = counters(site)
    answer = client.Browser(site.url).request(
        "DELETE", site.url + "/files/%d" % ticket["file_id"], None,
        {"Accept": "application/json"})
    expect_equal(answer.status, 200, "to the trash: %r" % answer)
    expect_equal(check_counters(site), before, "what is in the trash counts")
    site.sql("UPDATE files SET expires_secs = 1 WHERE state = 'trashed'")
    site.sql("UPDATE tenants SET used_bytes = used_bytes + 5 WHERE id = 1")

    def sweep(*words):
        done = site.lab.run_ctl("--env-file", site.env_file, "sweep",
                                "--json", *words)
        expect_equal(done.returncode, 0, "sweep: %s" % done.stderr.decode())
        return json.loads(done.stdout)["counts"]

    counts = sweep("--dry-run")
    for kind in ("trash", "quota"):
        expect_equal((counts[kind]["found"], counts[kind]["mended"]), (1, 0),
                     kind)
    counts = sweep()
    for kind in ("trash", "quota"):
        expect_equal((counts[kind]["found"], counts[kind]["mended"]), (1, 1),
                     kind)
    now = check_counters(site)
    expect_equal(before["used_bytes"] - now["used_bytes"], len(picture),
                 "bytes that are free again")
    expect(ticket["key"] not in site.keys(), "the object is there")
    counts = sweep()
    for kind in ("trash", "quota"):
        expect_equal(counts[kind]["found"], 0, kind)


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
