#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The pages themselves: headers, errors, methods, CSRF, lists, the prefix,
HTML that tidy accepts, and a picture that survives a form error."""

import os
import re
import subprocess
import urllib.parse

import harness
import pictures
import shop
from client import Browser, File
from objects import check_same
from tap import expect, expect_equal, expect_in, expect_not_in

STACKS = (("lighttpd", "file"), ("apache-proxy", "file"))
# attributes of today's HTML that tidy 5.6 does not know
YOUNGER_THAN_TIDY = re.compile(
    r'proprietary attribute "(loading|inputmode|autocapitalize|decoding)"')
JSON = {"Accept": "application/json"}


def html_pages(browser, product_id):
    """Each kind of page, errors included."""
    pages = [browser.get(path) for path in (
        "/products", "/products?q=martillo", "/products?q=nothing-like-it",
        "/products/new", "/products/%d" % product_id,
        "/products/%d/edit" % product_id, "/products/999999999",
        "/no/such/page", "/products/new/x")]
    pages.append(browser.request("PUT", browser.at("/products")))
    pages.append(shop.curl_create(Browser(browser.base, browser.language),
                                  shop.fields(name="", sale_price="<x>")))
    pages.append(shop.curl_create(
        Browser(browser.base, browser.language), shop.fields(sku=""),
        shop.picture_file(pictures.png())))
    return pages


def some_pages(site, language=None):
    browser = site.browser(language)
    product_id = shop.create_product(browser, shop.fields(
        name="Martillo \"<i>\" & 'co'"), shop.picture_file(pictures.png()))
    return html_pages(browser, product_id)


def test_security_headers(site):
    """Security headers on every page, errors and JSON included"""
    for page in some_pages(site) + [site.browser().get("/products", JSON)]:
        what = "%s of %s (%d)" % ("%s", page.url, page.status)
        policy = page.header("Content-Security-Policy")
        expect_in("default-src", policy, what % "CSP")
        expect_in("frame-ancestors 'none'", policy, what % "CSP")
        expect_not_in("unsafe-inline", policy, what % "CSP")
        expect_not_in("unsafe-eval", policy, what % "CSP")
        expect_equal(page.header("X-Content-Type-Options"), "nosniff",
                     what % "X-Content-Type-Options")
        expect(page.header("Referrer-Policy") != "",
               what % "no Referrer-Policy")
        for cookie in page.cookies:
            expect_in("httponly", cookie.lower(), what % "cookie")
            expect_in("samesite=lax", cookie.lower(), what % "cookie")


def test_no_inline_code(site):
    """No inline script, style or event handler: the CSP would stop it"""
    for page in some_pages(site):
        found = re.search(r"<script(?![^>]*\ssrc=)|<style|\son[a-z]+\s*=|"
                          r"\sstyle\s*=|javascript:", page.text, re.I)
        expect(not found, "inline code in %s: %r"
               % (page.url, found and found.group(0)))


def test_tidy(site):
    """tidy -e finds no error and no warning in any page, es and en"""
    for page in some_pages(site) + some_pages(site, "en"):
        done = subprocess.run(
            ["tidy", "-e", "-q", "--drop-empty-elements", "no"],
            input=page.body, capture_output=True, timeout=20)
        said = [line for line in done.stderr.decode().splitlines()
                if line and not YOUNGER_THAN_TIDY.search(line)]
        expect_equal(said, [], "tidy on " + page.url)


def test_escaping(site):
    """C5: markup in names stays text on every page"""
    nasty = "\"><img src=x onerror=alert(1)>'{{name}}</title>"
    browser = site.browser()
    product_id = shop.create_product(browser, shop.fields(
        name=nasty, sku="<u>%s" % shop.fresh_sku()), File(
            "<b>x.png", pictures.png(), "image/png"))
    for path in ("/products", "/products/%d" % product_id,
                 "/products/%d/edit" % product_id,
                 "/products?q=" + urllib.parse.quote(nasty)):
        page = browser.get(path)
        expect_not_in("<img src=x", page.text, path)
        expect_not_in("<u>", page.text, path)
        expect_not_in("<b>x", page.text, path)
        expect_not_in("</title>'", page.text, path)
    expect_equal(shop.open_form(browser, "/products/%d/edit" % product_id)[1]
                 .values["name"], nasty, "name in the form")


def test_not_found(site):
    """404 as a page and as JSON with detail, message, error, request_id"""
    browser = site.browser()
    for path in ("/products/999999", "/products/abc", "/products/0",
                 "/products/99999999999999999999", "/nothing",
                 "/store/products/tenant_1/none.png", "/static/none.css"):
        expect_equal(browser.get(path).status, 404, "GET " + path)
    for path in ("/products/%2e%2e/x", "/static/..%2falmacen.env",
                 "/store/..%2f..%2falmacen.db", "/products/%00",
                 "/store/../almacen.db"):
        expect(400 <= browser.get(path).status < 500, "GET %s: %d"
               % (path, browser.get(path).status))
    answer = browser.get("/products/999999", JSON)
    expect_equal(answer.status, 404, "status of the JSON")
    for member in ("detail", "message", "error", "request_id"):
        expect(answer.json.get(member), "no %s in %s"
               % (member, answer.text))
    expect_equal(answer.json["request_id"], answer.header("X-Request-Id"),
                 "request id")


def test_methods(site):
    """HEAD like GET without a body, OPTIONS, 405 with Allow"""
    browser = site.browser()
    for path in ("/products", "/products/new"):
        got, head = browser.get(path), browser.head(path)
        expect_equal(head.status, got.status, "HEAD " + path)
        expect_equal(head.body, b"", "body of HEAD " + path)
        expect_equal(head.header("Content-Type"), got.header("Content-Type"),
                     "type of HEAD " + path)
    for method, path, allowed in (
            ("POST", "/products", ("GET", "HEAD")),
            ("DELETE", "/products/new", ("GET", "HEAD", "POST")),
            ("GET", "/products/1/delete", ("POST",)),
            ("PATCH", "/products/1", ("GET", "HEAD"))):
        answer = browser.request(method, browser.at(path))
        expect_equal(answer.status, 405, "%s %s" % (method, path))
        allow = {one.strip() for one in answer.header("Allow").split(",")}
        expect(set(allowed) <= allow and method not in allow,
               "Allow of %s %s: %s" % (method, path, allow))
    answer = browser.request("OPTIONS", browser.at("/products/new"))
    expect_equal(answer.status // 100, 2, "OPTIONS")
    expect_in("POST", answer.header("Allow"), "Allow of OPTIONS")


def test_csrf(site):
    """Decision 8: a session needs the token or a same-origin request"""
    browser = site.browser()
    response, form = shop.open_form(browser)
    expect(browser.cookies, "the form starts no session")
    own = urllib.parse.urlsplit(site.url)
    own = "%s://%s" % (own.scheme, own.netloc)
    bare = [name for name in form.values if name in
            ("name", "sku", "uom_id", "sale_price")]
    token = {name: value for name, value in form.values.items()
             if name not in bare}
    expect(any(token.values()), "no hidden token in the form")
    evil = {"Origin": "http://evil.example"}
    cross = {"Sec-Fetch-Site": "cross-site"}
    cases = ((None, {}, 403), (None, evil, 403), (None, cross, 403),
             (token, {}, 302), (token, evil, 403), (token, cross, 403),
             (None, {"Sec-Fetch-Site": "same-site"}, 403),
             (None, {"Origin": "null"}, 403), (None, {"Origin": own}, 302),
             (None, {"Sec-Fetch-Site": "same-origin"}, 302),
             ({name: "0" * len(value) for name, value in token.items()}, {},
              403))
    for hidden, headers, status in cases:
        before = site.product_count()
        answer = browser.post("/products/new", list(
            shop.fields(**(hidden or {})).items()), headers)
        what = "%s and %s" % ("token" if hidden else "no token", headers)
        expect_equal(answer.status, status, what)
        expect_equal(site.product_count() - before,
                     1 if status == 302 else 0, "products with " + what)
    other = site.browser()
    _, foreign = shop.open_form(other)
    values = shop.fields(**{name: foreign.values[name] for name in token})
    answer = browser.post("/products/new", list(values.items()))
    expect_equal(answer.status, 403, "the token of another session")


def test_csrf_delete(site):
    """Decision 8: deleting is guarded too; a GET deletes nothing"""
    browser = site.browser()
    product_id = shop.create_product(browser)
    path = "/products/%d/delete" % product_id
    answer = browser.post_urlencoded(path, {}, {
        "Sec-Fetch-Site": "cross-site"})
    expect_equal(answer.status, 403, "cross-site delete")
    expect_equal(browser.post_urlencoded(path, {}).status, 403,
                 "delete without token")
    browser.get(path)
    expect_equal(browser.get("/products/%d" % product_id).status, 200,
                 "the product is still there")


def test_image_survives(site):
    """An accepted image survives a form error by a signed reference"""
    picture = pictures.png(seed=9)
    browser = site.browser()
    values = shop.fields(name="")
    answer = shop.create(browser, values, shop.picture_file(picture))
    expect_equal(answer.status, 200, "status without a name")
    form = shop.expect_kept(answer, values)
    expect(form.values.get("image_ref"), "no image_ref in the form")
    expect(shop.product_images(answer), "the kept picture is not shown")
    done = browser.submit(answer, form, {"name": "Con nombre"})
    product_id = shop.created_id(done)
    url = shop.image_url(browser, product_id)
    expect(url, "the product has no picture")
    check_same(picture, Browser().get(url).body, "kept picture")
    site.check_no_orphans()
    # the reference is good for one product only
    again = browser.submit(answer, form, {"name": "Otra",
                                          "sku": shop.fresh_sku()})
    if again.status == 302:
        second = shop.created_id(again)
        expect(shop.image_url(browser, second) != url,
               "two products share one file")


def test_image_ref_forged(site):
    """A forged or foreign reference brings no image"""
    browser = site.browser()
    answer = shop.create(browser, shop.fields(name=""),
                         shop.picture_file(pictures.png()))
    good = answer.page.form_with("sku").values["image_ref"]
    # the last character may hold bits that base64 ignores: change the middle
    middle = len(good) // 2
    forged = [good[:middle] + ("A" if good[middle] != "A" else "B")
              + good[middle + 1:], "1", good[:-4], "x" * 5000]
    for reference in forged:
        answer = shop.curl_create(site.browser(),
                                  shop.fields(image_ref=reference))
        expect(answer.status in (200, 302, 400, 403), "status %d"
               % answer.status)
        if answer.status == 302:
            expect(not shop.image_url(site.browser(),
                                      shop.created_id(answer)),
                   "the forged reference %s brought an image"
                   % reference[:60])


def test_new_image_beats_kept_one(site):
    """A file sent with a reference replaces the kept picture"""
    browser = site.browser()
    answer = shop.create(browser, shop.fields(name=""),
                         shop.picture_file(pictures.png(seed=3)))
    other = pictures.png(seed=4)
    done = browser.submit(answer, answer.page.form_with("sku"),
                          {"name": "Otra"},
                          {"image": shop.picture_file(other)})
    url = shop.image_url(browser, shop.created_id(done))
    check_same(other, Browser().get(url).body, "picture")
    site.check_no_orphans()


def test_list(site):
    """The list: newest first, search in name and SKU, pages of twenty"""
    browser = site.browser()
    word = "Zafiro"
    skus = [shop.fresh_sku("PAGE") for _ in range(23)]
    for sku in skus:
        values = shop.fields(name="%s 100%% %s" % (word, sku), sku=sku)
        shop.created_id(shop.curl_create(site.browser(), values))
    first = browser.get("/products?q=" + word.lower(), JSON).json
    expect_equal(len(first["products"]), 20, "rows on the first page")
    second = browser.get("/products?q=%s&page=2" % word, JSON).json
    found = [row["sku"] for row in first["products"] + second["products"]]
    expect_equal(found, skus[::-1], "SKUs of both pages")
    only = browser.get("/products?q=" + skus[5].lower(), JSON).json
    expect_equal([row["sku"] for row in only["products"]], [skus[5]],
                 "search by SKU")
    none = browser.get("/products?q=" + urllib.parse.quote("_afiro"), JSON)
    expect_equal(none.json["products"], [], "search treats _ as a letter")
    for query in ("q=%25", "page=0", "page=-1", "page=x", "page=99999999999",
                  "q=%FF", "q=" + "a" * 3000, "q=%"):
        answer = browser.get("/products?" + query)
        expect(answer.status in (200, 400), "%s: status %d"
               % (query, answer.status))


def test_static(site):
    """The style sheet is there, typed, cacheable, and needs no login"""
    page = site.browser().get("/products")
    paths = re.findall(r'(?:href|src)="([^"]*/static/[^"]+)"', page.text)
    expect(any(".css" in path for path in paths), "no style sheet linked")
    for path in paths:
        answer = Browser().get(urllib.parse.urljoin(page.url, path))
        expect_equal(answer.status, 200, path)
        expect_equal(answer.header("X-Content-Type-Options"), "nosniff",
                     "X-Content-Type-Options of " + path)
        tag = answer.header("ETag")
        if tag:
            again = Browser().get(answer.url, {"If-None-Match": tag})
            expect_equal(again.status, 304, "If-None-Match on " + path)


def test_public_file_headers(site):
    """The file store serves public pictures with safe headers"""
    browser = site.browser()
    product_id = shop.create_product(browser, None,
                                     shop.picture_file(pictures.png()))
    url = shop.image_url(browser, product_id)
    answer = Browser().get(url)
    expect_equal(answer.header("Content-Type"), "image/png", "type")
    expect_equal(answer.header("X-Content-Type-Options"), "nosniff",
                 "X-Content-Type-Options")
    expect_in("default-src 'none'",
              answer.header("Content-Security-Policy"), "CSP of a picture")
    expect_equal(answer.cookies, [], "cookies with a picture")
    head = Browser().head(url)
    expect_equal(head.status, 200, "HEAD")
    expect_equal(head.header("Content-Length"), str(len(pictures.png())),
                 "Content-Length of HEAD")


def test_private_keys(site):
    """Decision 15: only keys below the public prefix are served to all"""
    folder = os.path.join(site.data, "objects", site.bucket)
    for key, status in (("private/a.png", 403), ("users/1/a.png", 403),
                        ("products/tenant_1/by-hand.png", 200)):
        path = os.path.join(folder, key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(pictures.png())
        got = Browser().get(site.url + "/store/" + key).status
        os.unlink(path)
        expect_equal(got, status, "status of " + key)


def test_urlencoded(site):
    """A form without a file may come urlencoded"""
    answer = site.browser().post_urlencoded("/products/new", shop.fields(
        name="Ñandú & más"))
    product_id = shop.created_id(answer)
    expect_equal(shop.product_json(site.browser(), product_id)["name"],
                 "Ñandú & más", "name")


def check_prefix(lab, server):
    site = lab.site(server, "file", base="/tienda")
    browser = site.browser()
    answer = shop.create(browser, None, shop.picture_file(pictures.png()))
    product_id = shop.created_id(answer)
    location = urllib.parse.urljoin(site.url, answer.header("Location"))
    expect_equal(urllib.parse.urlsplit(location).path,
                 "/tienda/products/%d" % product_id, "Location")
    page = browser.follow(answer)
    expect_in(shop.CREATED, page.page.text, "flash")
    url = shop.product_images(page)[0]["src"]
    expect_in("/tienda/", url, "URL of the picture")
    image = Browser().get(urllib.parse.urljoin(page.url, url))
    check_same(pictures.png(), image.body, "picture")
    for link in page.page.links + [form.action for form in page.page.forms]:
        if link.startswith("/"):
            expect(link.startswith("/tienda"), "link %s leaves the prefix"
                   % link)
    for cookie in answer.cookies:
        expect_in("path=/tienda", cookie.lower(), "cookie")
    shop.expect_redirect(shop.delete_product(browser, product_id), "delete")
    sheets = re.findall(r'href="(/tienda/static/[^"]+\.css[^"]*)"', page.text)
    expect(sheets, "no style sheet below the prefix")
    expect_equal(Browser().get(urllib.parse.urljoin(
        page.url, sheets[0])).status, 200, "style sheet")
    site.stop()


def test_prefix_lighttpd(lab):
    """Mounted under /tienda: lighttpd"""
    check_prefix(lab, "lighttpd")


def test_prefix_lighttpd_cgi(lab):
    """Mounted under /tienda: lighttpd CGI"""
    check_prefix(lab, "lighttpd-cgi")


def test_prefix_apache_fcgid(lab):
    """Mounted under /tienda: Apache mod_fcgid"""
    check_prefix(lab, "apache-fcgid")


def test_prefix_apache_proxy(lab):
    """Mounted under /tienda: Apache mod_proxy_fcgi"""
    check_prefix(lab, "apache-proxy")


def test_prefix_nginx(lab):
    """Mounted under /tienda: nginx"""
    check_prefix(lab, "nginx")


def test_login_wanted(lab):
    """F2: without AUTH=open and REMOTE_USER no page is shown"""
    site = lab.site("lighttpd", "file", settings={
        "ENVIRONMENT": "production", "AUTH": "remote_user"})
    browser = site.browser()
    for path in ("/products", "/products/new", "/products/1"):
        expect_equal(browser.get(path).status, 401, "GET " + path)
    answer = shop.curl_create(browser, shop.fields(),
                              shop.picture_file(pictures.png()))
    expect_equal(answer.status, 401, "POST without login")
    expect_equal(site.product_count(), 0, "products")
    expect_equal(site.keys(), {}, "objects")


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
