#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""When S3 is away, silent, or refuses: a clear page, the form kept, nothing
lost, and all is well again when S3 is."""

import time
import urllib.parse

import harness
import pictures
import shop
from client import Browser
from objects import Relay, S3, check_same
from tap import expect, expect_equal, expect_in, wait_for

FAST = {"S3_CONNECT_TIMEOUT": "2", "S3_STALL_TIMEOUT": "3",
        "S3_FIRST_BYTE_TIMEOUT": "3"}


def relayed_site(lab, server="lighttpd", **settings):
    """A site that reaches S3 through a relay."""
    target = urllib.parse.urlsplit(lab.s3.endpoint)
    relay = Relay((target.hostname, target.port))
    lab.at_end(relay.stop)
    s3 = S3(relay.endpoint, lab.s3.access_key, lab.s3.secret_key)
    site = lab.site(server, "rgw", s3=s3, settings=dict(
        FAST, S3_PUBLIC_URL=lab.s3.endpoint, **settings))
    return site, relay


def expect_clear_page(site, answer, values):
    """Status, a page for people, the form with all that was typed."""
    expect_in(answer.status, (200, 502, 503), "status")
    expect_in("text/html", answer.header("Content-Type"), "type")
    page = answer.page
    expect_equal(page.lang[:2], "es", "language")
    shop.expect_kept(answer, values)
    for secret in (site.settings["S3_SECRET_KEY"], "SQLITE", "curl"):
        expect(secret not in answer.text, "%s is on the page" % secret)
    expect(shop.CREATED not in page.text, "the page claims success")


def try_upload(site, picture, browser=None):
    values = shop.fields(name="Sierra", sale_price="9.99")
    browser = browser or site.browser()
    start = time.monotonic()
    answer = shop.create(browser, values, shop.picture_file(picture))
    expect(time.monotonic() - start < 40, "the answer took %d s"
           % (time.monotonic() - start))
    return answer, values


def expect_works(site, picture):
    browser = site.browser()
    product_id = shop.created_id(shop.when_back(
        lambda: shop.create(browser, None, shop.picture_file(picture))))
    key = site.key_of(shop.image_url(browser, product_id))
    check_same(picture, site.read(key), "stored object")


def check_dead(lab, server):
    site, relay = relayed_site(lab, server)
    first = pictures.png(seed=1)
    browser = site.browser()
    product_id = shop.create_product(browser, None, shop.picture_file(first))
    old_key = site.key_of(shop.image_url(browser, product_id))
    relay.stop()

    answer, values = try_upload(site, pictures.png(seed=2), browser)
    expect_clear_page(site, answer, values)
    expect_equal(site.product_count(), 1, "products while S3 is dead")
    # what needs no storage goes on
    expect_equal(browser.get("/products").status, 200, "list")
    page = browser.get("/products/%d" % product_id)
    expect_equal(page.status, 200, "product page")
    plain = shop.create_product(browser, shop.fields(name="Sin imagen"))
    # an edit that cannot store its image changes nothing
    response, form = shop.open_form(browser, "/products/%d/edit" % product_id)
    edit = browser.submit(response, form, {"name": "Otro"},
                          {"image": shop.picture_file(pictures.png(seed=3))})
    expect_clear_page(site, edit, {"name": "Otro"})
    expect(shop.product_json(browser, product_id)["name"] != "Otro",
           "the failed edit was half done")
    # a delete is done at once
    shop.expect_redirect(shop.delete_product(browser, plain), "delete")

    relay.start()
    shop.when_back(lambda: browser.submit(
        answer, answer.page.form_with("sku"), None,
        {"image": shop.picture_file(pictures.png(seed=2))}))
    check_same(first, site.read(old_key), "the picture of before")
    # what is left to delete goes with the next deletion
    other = shop.create_product(browser, shop.fields())
    shop.expect_redirect(shop.delete_product(browser, other), "delete")
    wait_for(lambda: not site.rows("SELECT 1 FROM outbox"), "empty outbox",
             10)
    live = {key for key, state in site.files().items() if state == "live"}
    expect(live <= set(site.keys()), "a live file has no object")
    site.stop()


def test_dead_s3_lighttpd(lab):
    """A dead S3: a clear page, form kept, nothing lost (lighttpd)"""
    check_dead(lab, "lighttpd")


def test_dead_s3_cgi(lab):
    """A dead S3: a clear page, form kept, nothing lost (lighttpd CGI)"""
    check_dead(lab, "lighttpd-cgi")


def test_dead_s3_proxy(lab):
    """A dead S3: a clear page, form kept, nothing lost (Apache proxy)"""
    check_dead(lab, "apache-proxy")


def test_dead_at_start(lab):
    """S3 dead at start: pages come, and uploads work once it is back"""
    site, relay = relayed_site(lab)
    site.stop()
    relay.stop()
    site.start()
    expect_equal(site.browser().get("/products").status, 200, "list")
    answer, values = try_upload(site, pictures.png())
    expect_clear_page(site, answer, values)
    relay.start()
    expect_works(site, pictures.png())


def test_silent_s3(lab):
    """A silent S3: the answer comes in bounded time, the form is kept"""
    site, relay = relayed_site(lab)
    expect_works(site, pictures.png(seed=1))
    relay.is_silent = True
    answer, values = try_upload(site, pictures.png(seed=2))
    expect_clear_page(site, answer, values)
    expect_equal(site.product_count(), 1, "products")
    relay.stop()
    relay.start()
    expect_works(site, pictures.png(seed=3))


def test_delete_while_dead(lab):
    """E8: an object whose deletion failed goes when S3 is back"""
    site, relay = relayed_site(lab)
    browser = site.browser()
    product_id = shop.create_product(browser, None,
                                     shop.picture_file(pictures.png()))
    key = site.key_of(shop.image_url(browser, product_id))
    relay.stop()
    shop.expect_redirect(shop.delete_product(browser, product_id), "delete")
    expect_equal(browser.get("/products/%d" % product_id).status, 404,
                 "the deleted product")
    # While S3 is away: once it is back, a worker that just starts may be
    # the first to delete it.
    expect_in(key, site.keys(), "objects")
    relay.start()
    other = shop.created_id(shop.when_back(lambda: shop.create(
        browser, None, shop.picture_file(pictures.png()))))
    shop.expect_redirect(shop.delete_product(browser, other), "delete")
    wait_for(lambda: site.keys() == {}, "both objects are gone", 10)


def test_wrong_secret(lab):
    """A wrong secret: a clear page, no secret in it or in the log"""
    wrong = S3(lab.s3.endpoint, lab.s3.access_key, "not/the+secret" * 3)
    site = lab.site("lighttpd", "rgw", s3=wrong, settings=FAST)
    expect_equal(site.browser().get("/products").status, 200, "list")
    answer, values = try_upload(site, pictures.png())
    expect_clear_page(site, answer, values)
    expect_equal(site.product_count(), 0, "products")
    expect(wrong.secret_key not in site.log(), "the secret is in the log")
    expect_in("SignatureDoesNotMatch", site.log(), "log")
    site.restart(S3_SECRET_KEY=lab.s3.secret_key)
    expect_works(site, pictures.png())


def test_unknown_key(lab):
    """An unknown access key: a clear page"""
    wrong = S3(lab.s3.endpoint, "NOSUCHKEY00000000000", lab.s3.secret_key)
    site = lab.site("apache-proxy", "rgw", s3=wrong, settings=FAST)
    answer, values = try_upload(site, pictures.png())
    expect_clear_page(site, answer, values)
    expect_equal(site.product_count(), 0, "products")


def test_missing_bucket(lab):
    """A bucket removed behind our back: a clear page; made anew at start"""
    site = lab.site("lighttpd", "rgw", settings=FAST)
    expect_works(site, pictures.png())
    site.objects.remove_bucket(site.bucket)
    answer, values = try_upload(site, pictures.png())
    if answer.status != 302:
        expect_clear_page(site, answer, values)
        expect_equal(site.product_count(), 1, "products")
    site.restart()
    expect_works(site, pictures.png())
    expect_in("[STORAGE] Bucket '%s' created" % site.bucket, site.log(),
              "log")


def test_bucket_lines(lab):
    """A2: the bucket is made once, then found"""
    site = lab.site("lighttpd", "rgw")
    wait_for(lambda: "[STORAGE] Bucket '%s' created" % site.bucket
             in site.log(), "created", 10)
    site.restart()
    wait_for(lambda: "[STORAGE] Bucket '%s' exists" % site.bucket
             in site.log(), "exists", 10)


def test_public_only_by_prefix(lab):
    """A10, decision 15: only the public prefix is readable without keys"""
    site = lab.site("lighttpd", "rgw")
    browser = site.browser()
    product_id = shop.create_product(browser, None,
                                     shop.picture_file(pictures.png()))
    url = shop.image_url(browser, product_id)
    expect_equal(Browser().get(url).status, 200, url)
    site.objects.put(site.bucket, "private/secret.txt", b"secret")
    bucket_url = url[:url.index("/products/tenant_")]
    expect_equal(Browser().get(bucket_url + "/private/secret.txt").status,
                 403, "a private key without login")
    expect_equal(Browser().get(bucket_url + "/").status, 403,
                 "the listing without login")


if __name__ == "__main__":
    harness.main(globals())
