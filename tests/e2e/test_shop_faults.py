#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the shop makes of an S3 server that misbehaves: a picture is stored or
it is not, the page says which, and nothing is left that no row leads to."""

import json
import time
import urllib.parse
import urllib.request

import botocore.session

import faults
import harness
import pictures
import shop
from fault_proxy import FaultProxy, Recorder
from objects import S3, check_same
from tap import expect, expect_equal, expect_in, expect_not_in, wait_for

ANSWER_SECONDS = 40
TOKEN = "session-token-of-the-shop"
MIB = 1024 * 1024
# one worker: each learns by itself that storage is back
FAST = {"S3_CONNECT_TIMEOUT": "1", "S3_STALL_TIMEOUT": "1",
        "S3_FIRST_BYTE_TIMEOUT": "1", "WORKERS": "1",
        "S3_SESSION_TOKEN": TOKEN, "S3_PART_SIZE": "5m",
        "MAX_UPLOAD_SIZE": str(16 * MIB)}

_sites = {}
_servers = {}


def faulty_site(lab):
    """The one site of these tests, behind a proxy without a fault."""
    if lab not in _sites:
        target = urllib.parse.urlsplit(lab.s3.endpoint)
        proxy = FaultProxy((target.hostname, target.port))
        lab.at_end(proxy.close)
        s3 = S3(proxy.endpoint, lab.s3.access_key, lab.s3.secret_key)
        site = lab.site("lighttpd", "rgw", s3=s3, settings=dict(
            FAST, S3_PUBLIC_URL=lab.s3.endpoint,
            S3_PRESIGN_ENDPOINT=lab.s3.endpoint))
        _sites[lab] = site, proxy
    site, proxy = _sites[lab]
    proxy.recover()
    proxy.forget()
    return site, proxy


class Upload:
    """A product with a picture, sent through the form."""

    def __init__(self, site, picture):
        self.site = site
        self.picture = picture
        self.before = site.product_count()
        self.values = shop.fields(name="Sierra", sale_price="9.99")
        self.browser = site.browser()
        start = time.monotonic()
        self.answer = shop.create(self.browser, self.values,
                                  shop.picture_file(picture))
        expect(time.monotonic() - start < ANSWER_SECONDS,
               "the answer took %d s" % (time.monotonic() - start))

    def check_stored(self):
        product_id = shop.created_id(self.answer)
        key = self.site.key_of(shop.image_url(self.browser, product_id))
        check_same(self.picture, self.site.read(key), "stored object")
        expect_equal(self.site.product_count(), self.before + 1, "products")

    def check_refused(self):
        expect_in(self.answer.status, (200, 502, 503), "status")
        expect_in("text/html", self.answer.header("Content-Type"), "type")
        shop.expect_kept(self.answer, self.values)
        expect_not_in(shop.CREATED, self.answer.page.text, "page")
        for secret in (self.site.settings["S3_SECRET_KEY"], TOKEN,
                       "Signature", "SQLITE", "curl"):
            expect_not_in(secret, self.answer.text, "page")
        expect_equal(self.site.product_count(), self.before, "products")


def check_log(site, proxy):
    log = site.log()
    for secret in {site.settings["S3_SECRET_KEY"], TOKEN, "Authorization",
                   "X-Amz-Signature"} | proxy.signatures():
        expect_not_in(secret, log, "log")


def server(site):
    """The S3 server, past the proxy."""
    if site not in _servers:
        keys = site.objects
        _servers[site] = botocore.session.get_session().create_client(
            "s3", region_name="us-east-1", endpoint_url=keys.endpoint,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key)
    return _servers[site]


def stored_keys(site):
    listed = server(site).list_objects_v2(Bucket=site.bucket)
    return {entry["Key"] for entry in listed.get("Contents", ())}


def unfinished(site):
    """The ids of unfinished uploads by parts, as the server has them."""
    listed = server(site).list_multipart_uploads(Bucket=site.bucket)
    return {upload["UploadId"] for upload in listed.get("Uploads", ())}


def check_leads(site):
    """Rows lead to each object and to each unfinished upload."""
    rows = set(site.files()) | {key for key, in site.rows(
        "SELECT object_key FROM outbox")}
    expect(stored_keys(site) <= rows, "objects %s without a row (%s)"
           % (sorted(stored_keys(site) - rows), sorted(rows)))
    live = {key for key, state in site.files().items() if state == "live"}
    expect(live <= stored_keys(site), "a live file has no object")
    noted = {upload_id for upload_id, in site.rows(
        "SELECT upload_id FROM multipart_uploads")}
    expect(unfinished(site) <= noted, "unfinished uploads without a row")


def check_recovery(site, proxy):
    """All is well again, and what was left is erased with what follows."""
    check_log(site, proxy)
    check_leads(site)
    proxy.recover()
    browser = site.browser()
    picture = pictures.png(seed=99)
    product_id = shop.created_id(shop.when_back(lambda: shop.create(
        browser, None, shop.picture_file(picture))))
    key = site.key_of(shop.image_url(browser, product_id))
    check_same(picture, site.read(key), "an object after the recovery")
    other = shop.create_product(browser, shop.fields())
    shop.expect_redirect(shop.delete_product(browser, other), "delete")
    wait_for(lambda: not site.rows("SELECT 1 FROM outbox"), "empty outbox", 10)
    site.check_no_orphans()


def check_once(lab, fault, picture=None, **which):
    """A fault that passes is not seen by anybody."""
    site, proxy = faulty_site(lab)
    proxy.add(fault, times=1, **which)
    Upload(site, picture or pictures.png()).check_stored()
    expect_equal(len(proxy.faults()), 1, "requests with a fault")
    check_log(site, proxy)
    site.check_no_orphans()


def check_always(lab, fault, picture=None, **which):
    """A fault that stays is said, and leaves nothing behind."""
    site, proxy = faulty_site(lab)
    proxy.add(fault, **which)
    Upload(site, picture or pictures.png()).check_refused()
    expect(proxy.faults(), "no request met the fault")
    check_recovery(site, proxy)


def test_passing_refusals(lab):
    """D12: 503 SlowDown and 429 that pass are not seen"""
    check_once(lab, faults.status(503, "SlowDown"), method="PUT")
    check_once(lab, faults.status(503, "SlowDown", [("Retry-After", "1")]),
               method="PUT")
    check_once(lab, faults.status(429), method="PUT")


def test_server_errors(lab):
    """D12: 500, 503 and refusals that stay: a clear page, nothing left"""
    check_always(lab, faults.status(500, "InternalError"), method="PUT")
    check_always(lab, faults.status(503, "SlowDown"))
    check_always(lab, faults.status(403, "AccessDenied"), method="PUT")
    check_always(lab, faults.skewed(3600))


def test_broken_connections(lab):
    """D12: connections that break before, in and behind the request"""
    for fault in (faults.reset_after_head, faults.reset_in_body,
                  faults.reset_unanswered):
        check_always(lab, fault, method="PUT")


def test_lost_answers(lab):
    """D16: the object is stored, the answer lost: shown, or erased again"""
    for fault in (faults.lose_answer, faults.lose_half_head):
        check_always(lab, fault, method="PUT")


def test_lost_answer_on_kept_connection(lab):
    """D16: an answer lost on a connection that was kept"""
    site, proxy = faulty_site(lab)
    for number in range(4):
        Upload(site, pictures.png(seed=10 + number)).check_stored()
        proxy.add(faults.lose_answer, method="PUT", times=1)
        upload = Upload(site, pictures.png(seed=20 + number))
        if upload.answer.status == 302:
            upload.check_stored()
        else:
            upload.check_refused()
        check_leads(site)
    check_recovery(site, proxy)


def test_nonsense(lab):
    """D14: garbage, a page for everybody, heads without end"""
    for fault in (faults.garbage, faults.body(b"<html>It works!</html>"),
                  faults.huge_head):
        check_always(lab, fault, method="PUT")


def test_redirect(lab):
    """D9: another host gets neither key nor picture"""
    other = Recorder()
    place = "http://127.0.0.1:%d/elsewhere" % other.port
    check_always(lab, faults.redirect(307, place, "TemporaryRedirect"))
    check_always(lab, faults.redirect(301, place, "PermanentRedirect"))
    expect_equal(other.received, b"", "what reached the other host")
    other.close()


def test_slow(lab):
    """D11: silence and one byte per second end in bounded time"""
    check_always(lab, faults.silence, method="PUT")
    check_always(lab, faults.lose_in_silence, method="PUT")
    check_always(lab, faults.trickle, method="PUT")


PARTS = {"method": "PUT", "query": "partNumber"}
CREATE = {"method": "POST", "query": "^uploads"}
COMPLETE = {"method": "POST", "query": "uploadId"}
ABORT = {"method": "DELETE", "query": "uploadId"}


def test_parts(lab):
    """D16: faults in an upload by parts: stored whole, or aborted"""
    large = pictures.png(size=11 * MIB)
    slow = faults.status(503, "SlowDown")
    check_once(lab, slow, large, **PARTS)
    check_once(lab, slow, large, **CREATE)
    check_once(lab, faults.lose_answer, large, **PARTS)
    check_always(lab, faults.reset_in_body, large, **PARTS)


def test_complete(lab):
    """D13 D16: Complete that fails late, or whose answer is lost"""
    large = pictures.png(size=6 * MIB)
    check_once(lab, faults.ok_with_error("InternalError", b"\n  \n"), large,
               **COMPLETE)
    check_once(lab, faults.lose_answer, large, **COMPLETE)
    check_always(lab, faults.ok_with_error("InternalError"), large,
                 **COMPLETE)


def test_abort_fails(lab):
    """C9 D16: what could not be aborted is noted, and swept later"""
    site, proxy = faulty_site(lab)
    before = len(unfinished(site))
    proxy.add(faults.status(500, "InternalError"), **ABORT)
    proxy.add(faults.status(403, "AccessDenied"), **PARTS)
    Upload(site, pictures.png(size=6 * MIB)).check_refused()
    expect_equal(len(unfinished(site)), before + 1, "unfinished uploads")
    check_leads(site)
    check_sweep(lab, site, proxy)


def check_sweep(lab, site, proxy):
    """What faults have left is gone, and nothing else."""
    proxy.recover()
    swept = lab.run_ctl("sweep", env=site.settings)
    expect_equal(swept.returncode, 0, swept.stderr.decode())
    expect_equal(unfinished(site), set(), "unfinished uploads after a sweep")
    expect_equal(site.rows("SELECT * FROM multipart_uploads"), [], "rows")
    site.check_no_orphans()


def test_create_is_lost(lab):
    """C9 D16: an upload whose id was never heard is found by its key"""
    site, proxy = faulty_site(lab)
    proxy.add(faults.lose_answer, **CREATE)
    Upload(site, pictures.png(size=6 * MIB)).check_refused()
    expect(unfinished(site), "the fault has left nothing")
    check_sweep(lab, site, proxy)


# Direct uploads: the bytes go past the proxy, confirming goes through it.

def begin_direct(site, way, picture):
    """A direct upload whose bytes are there; what begins is its id."""
    path, values = way
    answer = api(site, path, dict(values, file_type="image"))
    expect_equal(answer.status, 200, answer.text)
    ticket = answer.json
    request = urllib.request.Request(
        ticket["upload_url"], picture, ticket["headers"], method="PUT")
    with urllib.request.urlopen(request, timeout=30) as stored:
        expect_equal(stored.status, 200, "PUT")
    return ticket["file_id"]


def api(site, path, values):
    browser = site.browser()
    return browser.request("POST", browser.at(path), json.dumps(
        values).encode(), {"Content-Type": "application/json"})


def confirm(site, file_id):
    return api(site, "/files/%d/confirm-upload" % file_id, {})


def check_confirm(site, proxy, way, fault, **which):
    """Under a fault it is live or it is not; after it, it is."""
    picture = pictures.png(seed=41)
    file_id = begin_direct(site, way, picture)
    proxy.add(fault, **which)
    answer = confirm(site, file_id)
    if answer.status != 200:
        expect(answer.status >= 500, "blames the client: " + answer.text)
    expect_equal(answer.status == 200, site.rows(
        "SELECT state FROM files WHERE id = ?", file_id) == [("live",)],
        "the answer and the row agree: " + answer.text)
    check_leads(site)
    proxy.recover()
    answer = shop_again(lambda: confirm(site, file_id))
    check_same(picture, site.read(answer.json["key"]), "the file")
    check_log(site, proxy)


def shop_again(ask):
    """The answer once storage is known to be back."""
    def try_again():
        answer = ask()
        return answer if answer.status < 500 else None

    answer = wait_for(try_again, "an answer", 20)
    expect_equal(answer.status, 200, answer.text)
    return answer


B5 = ("/files/upload/presigned", {"original_filename": "a.png"})
B13 = ("/get-upload-url", {"filename": "a.png"})
CONFIRM_FAULTS = (
    (faults.reset_unanswered, {}),
    (faults.status(500, "InternalError"), {}),
    (faults.trickle, {"method": "GET"}),
    (faults.lose_half_body, {"method": "GET"}),
    (faults.shorten_length, {"method": "GET"}),
    (faults.lose_answer, {"method": "PUT"}),
    (faults.ok_with_error("InternalError"), {"method": "PUT"}),
    (faults.body(b"<html>It works!</html>"), {"method": "PUT"}),
    (faults.status(500, "InternalError"), {"method": "DELETE"}),
)


def check_confirms(lab, way):
    site, proxy = faulty_site(lab)
    for fault, which in CONFIRM_FAULTS:
        check_confirm(site, proxy, way, fault, **which)
    check_leads(site)


def test_confirm(lab):
    """D13 D14 E14: faults while a direct upload is confirmed"""
    check_confirms(lab, B5)


def test_confirm_temp(lab):
    """D13 D14 E14: the same for one that arrives below temp/"""
    check_confirms(lab, B13)


if __name__ == "__main__":
    harness.main(globals())
