#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The tests of the source documents, on every web server and store: upload,
too large, wrong type, edit deletes the old image, several instances."""

import concurrent.futures
import hashlib
import re
import urllib.parse

import harness
import pictures
import shop
from client import Browser, File
from objects import check_same
from tap import (expect, expect_equal, expect_in, expect_not_in, wait_for)


def public_image(site, product_id):
    """What anybody gets under the URL that the product's page shows."""
    page = site.browser().get("/products/%d" % product_id)
    images = shop.product_images(page)
    expect_equal(len(images), 1, "pictures on the product page")
    url = urllib.parse.urljoin(page.url, images[0]["src"])
    return url, Browser().get(url)


def test_upload(site):
    """E1 E2 E3 E7 A9 A10: upload, 302, flash, public image, stored bytes"""
    picture = pictures.png(320, 200, size=145823)
    browser = site.browser()
    values = shop.fields(name="Martillo <b>de</b> uña & \"co\"")
    answer = shop.create(browser, values,
                         File("martillo.png", picture, "image/png"))
    product_id = shop.created_id(answer)
    shown = browser.follow(answer)
    expect_equal(shown.status, 200, "page after the redirect")
    expect_in(shop.CREATED, shown.page.text, "flash")
    again = browser.get("/products/%d" % product_id)
    expect_not_in(shop.CREATED, again.page.text, "flash on the second look")
    expect_in(values["name"], again.page.text, "name on the product page")
    expect_in(values["sku"], again.page.text, "SKU on the product page")

    url, image = public_image(site, product_id)
    expect_equal(image.status, 200, "public URL " + url)
    expect_equal(image.header("Content-Type"), "image/png", "type of " + url)
    expect_equal(hashlib.sha256(image.body).hexdigest(),
                 hashlib.sha256(picture).hexdigest(), "SHA-256 of " + url)

    key = site.key_of(url)
    expect(re.fullmatch(r"products/tenant_1/[^/]*\d[^/]*_martillo\.png", key),
           "key " + key)
    check_same(picture, site.read(key), "stored object")
    expect_equal(site.keys()[key], len(picture), "size in the listing")
    site.check_no_orphans()


def test_independent_client(site):
    """A11: awscli reads back the same bytes and type (file store: the disk)"""
    picture = pictures.jpeg(200, 150, size=300000)
    browser = site.browser()
    product_id = shop.create_product(browser, None, File(
        "clavo.jpg", picture, "image/jpeg"))
    key = site.key_of(shop.image_url(browser, product_id))
    if site.s3:
        data, content_type = site.objects.read_with_aws(site.bucket, key,
                                                        site.dir)
        expect_equal(content_type, "image/jpeg", "Content-Type of the object")
    else:
        data = site.read(key)
    check_same(picture, data, key)


def test_log_lines(site):
    """E9: the log lines, exactly"""
    picture = pictures.jpeg(200, 150, size=145823)
    browser = site.browser()
    product_id = shop.create_product(browser, None, File(
        "martillo.jpg", picture, "image/jpeg"))
    url = shop.image_url(browser, product_id)
    key = site.key_of(url)
    for line in ("[STORAGE] ✓ File validation passed: martillo.jpg "
                 "(145823 bytes, image/jpeg)",
                 "[STORAGE] Uploading '%s' to bucket '%s'..."
                 % (key, site.bucket),
                 "[STORAGE] ✓ File uploaded: "):
        wait_for(lambda: line in site.log(), "log line %r" % line, 5)
    uploaded = re.findall(r"✓ File uploaded: ([^\s\"]+)", site.log())
    expect(any(url.endswith(one) or one.endswith(key) for one in uploaded),
           "uploaded URLs %s, none for %s" % (uploaded, url))
    expect_in("Successfully uploaded file: martillo.jpg as " + key,
              site.log(), "log")
    shop.curl_create(browser, shop.fields(), File(
        "factura.pdf", pictures.PDF, "application/pdf"))
    wait_for(lambda: "File validation error: " in site.log(),
             "log line of a refused file", 5)


def refused(site, image, flash):
    """Send a file that must be refused; nothing may come of it but a flash
    that holds this text."""
    products, keys = site.product_count(), site.keys()
    browser = site.browser()
    values = shop.fields(name="Lata <grande>", sale_price="7.25")
    answer = shop.create(browser, values, image)
    expect_equal(answer.status, 200, "status")
    expect_in(flash, answer.page.text, "flash")
    shop.expect_kept(answer, values)
    expect_equal(site.product_count(), products, "products")
    expect_equal(site.keys(), keys, "objects")


def test_too_large(site):
    """E4: too large, form kept, flash, no product, no object"""
    picture = pictures.png(200, 100, size=3 * 1024 * 1024)
    refused(site, File("grande.png", picture, "image/png"), shop.TOO_LARGE)


def test_one_byte_too_large(site):
    """C1: 2097152 bytes are accepted, one more is too large"""
    most = pictures.png(64, 48, size=2097152)
    shop.create_product(site.browser(), None, File("a.png", most,
                                                   "image/png"))
    more = pictures.png(64, 48, size=2097153)
    refused(site, File("b.png", more, "image/png"), shop.TOO_LARGE)


def test_size_before_type(site):
    """C3, decision 6: three megabytes of zeros give the size message"""
    refused(site, File("big.jpg", bytes(3 * 1024 * 1024), "image/jpeg"),
            shop.TOO_LARGE)


def test_wrong_type(site):
    """E5: wrong type, form kept, flash, no product, no object"""
    refused(site, File("factura.pdf", pictures.PDF, "application/pdf"),
            shop.PDF_REFUSED)


def test_disguised_type(site):
    """C3 C5, decision 7: a wrong content is reported by its sniffed name"""
    refused(site, File("factura.png", pictures.PDF, "image/png"),
            shop.PDF_REFUSED)
    refused(site, File("a.png", pictures.HTML, "image/png"), "text/html")
    refused(site, File("b.png", pictures.SVG, "image/png"), "image/svg+xml")


def test_broken_picture(site):
    """C5: what only starts like a picture is refused"""
    whole = pictures.png()
    for data in (whole[:400], whole[:-12], whole[:8] + pictures.HTML):
        refused(site, File("a.png", data, "image/png"), "")


def test_edit(site):
    """E6: edit with an image deletes the old one, without keeps it"""
    first = pictures.png(seed=1)
    second = pictures.jpeg(seed=2)
    browser = site.browser()
    product_id = shop.create_product(browser, None, shop.picture_file(first))
    old_url = shop.image_url(browser, product_id)
    old_key = site.key_of(old_url)
    path = "/products/%d/edit" % product_id

    response, form = shop.open_form(browser, path)
    expect_equal(form.values["sale_price"], "125.50", "price in the form")
    answer = browser.submit(response, form, {"name": "Maza"})
    shop.expect_redirect(answer, "edit without image")
    expect_equal(shop.product_json(browser, product_id)["name"], "Maza",
                 "new name")
    expect_equal(shop.image_url(browser, product_id), old_url, "image URL")
    check_same(first, site.read(old_key), "image after edit without image")

    response, form = shop.open_form(browser, path)
    answer = browser.submit(response, form, {}, {"image": File(
        "maza.jpg", second, "image/jpeg")})
    shop.expect_redirect(answer, "edit with image")
    new_key = site.key_of(shop.image_url(browser, product_id))
    expect(new_key != old_key, "the key did not change")
    check_same(second, site.read(new_key), "new image")
    wait_for(lambda: old_key not in site.keys(), "old object is gone", 5)
    expect(Browser().get(old_url).status in (403, 404), "old URL still works")
    site.check_no_orphans()


def test_delete(site):
    """E8: deleting the product removes its image"""
    browser = site.browser()
    product_id = shop.create_product(browser, None,
                                     shop.picture_file(pictures.png()))
    key = site.key_of(shop.image_url(browser, product_id))
    expect_in(key, site.keys(), "objects")
    shop.expect_redirect(shop.delete_product(browser, product_id), "delete")
    expect_equal(browser.get("/products/%d" % product_id).status, 404,
                 "status of the deleted product")
    wait_for(lambda: key not in site.keys(), "the object is gone", 5)
    site.check_no_orphans()


def test_without_image(site):
    """E2 E7: a product may have no image; its SKU is unique"""
    browser = site.browser()
    values = shop.fields()
    product_id = shop.create_product(browser, values)
    expect(not shop.image_url(browser, product_id),
           "image_path of a product without image")
    page = browser.get("/products/%d" % product_id)
    expect_equal(shop.product_images(page), [], "pictures")
    products = site.product_count()
    answer = shop.create(browser, values)
    expect_equal(answer.status, 200, "status of the second with this SKU")
    shop.expect_kept(answer, values)
    expect_equal(site.product_count(), products, "products")


def test_curl(site):
    """E3, decision 8: curl -F without a cookie gives 302"""
    answer = shop.curl_create(site.browser(), shop.fields(),
                              shop.picture_file(pictures.png()))
    product_id = shop.created_id(answer)
    _, image = public_image(site, product_id)
    check_same(pictures.png(), image.body, "public image")


def test_languages(site):
    """E10: Spanish and English by Accept-Language, Spanish for nothing"""
    pdf = File("factura.pdf", pictures.PDF, "application/pdf")
    for language, lang, flash in (
            (None, "es", shop.PDF_REFUSED), ("es-MX", "es", shop.PDF_REFUSED),
            ("en-GB,en;q=0.8", "en", "application/pdf"),
            ("fr,en;q=0.5", "en", "application/pdf"),
            ("fr", "es", shop.PDF_REFUSED),
            ("en;q=0.2,es;q=0.9", "es", shop.PDF_REFUSED)):
        answer = shop.curl_create(site.browser(language), shop.fields(), pdf)
        expect_equal(answer.page.lang[:2], lang, "lang for %s" % language)
        expect_in(flash, answer.page.text, "flash for %s" % language)
        expect_equal(shop.PDF_REFUSED in answer.page.text, lang == "es",
                     "Spanish flash for %s" % language)


def test_json(site):
    """E7: the JSON view has the full public URL"""
    browser = site.browser()
    values = shop.fields()
    product_id = shop.create_product(browser, values,
                                     shop.picture_file(pictures.png()))
    response = browser.get("/products", {"Accept": "application/json"})
    expect_equal(response.status, 200, "status")
    expect_in("application/json", response.header("Content-Type"), "type")
    rows = [row for row in response.json["products"]
            if row["sku"] == values["sku"]]
    expect_equal(len(rows), 1, "products with this SKU in the list")
    url = rows[0]["image_path"]
    expect(url.startswith("http://"), "image_path %s is no full URL" % url)
    check_same(pictures.png(), Browser().get(url).body, "image_path")
    expect_equal(shop.product_json(browser, product_id)["image_path"], url,
                 "image_path of the product")


def test_instances(site):
    """G6: two instances, twenty creates at once, one SKU raced by eight"""
    lab = site.lab
    twin = lab.site(site.server, site.store, twin_of=site)
    before = site.product_count()
    raced = shop.fresh_sku("RACE")
    jobs = [(values, pictures.png(seed=number)) for number, values in
            enumerate([shop.fields(name="p%d" % n) for n in range(20)]
                      + [shop.fields(name="race%d" % n, sku=raced)
                         for n in range(8)])]

    def work(number):
        values, picture = jobs[number]
        browser = (site, twin)[number % 2].browser()
        return shop.curl_create(browser, values, shop.picture_file(picture))

    try:
        with concurrent.futures.ThreadPoolExecutor(14) as pool:
            answers = list(pool.map(work, range(len(jobs))))
        winners = [i for i, a in enumerate(answers) if a.status == 302]
        expect_equal([a.status for a in answers[:20]], [302] * 20,
                     "status of the creates")
        expect_equal(sorted(a.status for a in answers[20:]),
                     [200] * 7 + [302], "status of the raced creates")
        expect_equal(site.product_count() - before, 21, "new products")
        for number in winners[::4]:
            product_id = shop.created_id(answers[number])
            _, image = public_image((twin, site)[number % 2], product_id)
            check_same(jobs[number][1], image.body, "image %d" % number)
        site.check_no_orphans()
    finally:
        twin.stop()


if __name__ == "__main__":
    harness.main(globals(), stacks=harness.MAIN_STACKS)
