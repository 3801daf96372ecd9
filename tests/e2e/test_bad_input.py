#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bodies that were cut, stalled, oversized or made to confuse, through every
web server: an error or a closed connection, never a row or an object."""

import concurrent.futures
import socket
import time
import urllib.parse

import client
import harness
import pictures
import shop
from client import File
from tap import expect, expect_equal, expect_in, wait_for

CUTS = 20
STACKS = harness.FILE_STACKS + (("lighttpd", "rgw"), ("apache-proxy", "rgw"))


class Nothing:
    """Holds a site against what it was: with nothing stored in between."""

    def __init__(self, site):
        self.site = site

    def __enter__(self):
        self.products = self.site.product_count()
        self.files = self.site.files()
        self.keys = self.site.keys()

    def __exit__(self, kind, value, trace):
        if kind is not None:
            return
        site = self.site
        expect_equal(site.product_count(), self.products, "products")
        wait_for(lambda: site.files() == self.files, "no new file row", 5)
        wait_for(lambda: site.keys() == self.keys, "no new object", 5)
        site.check_temp_is_empty()


def expect_alive(site):
    answer = shop.curl_create(site.browser(), shop.fields(),
                              shop.picture_file(pictures.png()))
    expect_equal(answer.status, 302, "a good upload afterwards")


def upload_body(size=200000):
    parts = list(shop.fields().items())
    parts.append(("image", shop.picture_file(pictures.png(size=size))))
    return client.multipart(parts)


def send(site, headers, body, seconds=20.0):
    data = client.raw_request(site.url, "POST", "/products/new", headers,
                              body)
    return client.send_raw(site.url, data, seconds)


def expect_refused(answer, what):
    status = client.status_of(answer)
    # mod_fcgid's own answer to a client that went away while it spooled the
    # body: the program never saw the request, so no X-Request-Id
    if status == 500 and b"mod_fcgid" in answer \
            and b"X-Request-Id" not in answer:
        return
    expect(status == 0 or 400 <= status < 500,
           "%s: status %d, expected 4xx or a closed connection: %r"
           % (what, status, answer[:300]))


def test_cuts(site):
    """A good upload cut at twenty offsets: nothing stored, still alive"""
    content_type, body = upload_body()
    headers = {"Content-Type": content_type, "Content-Length": len(body)}
    first_file_byte = body.index(b"\x89PNG")
    step = len(body) // (CUTS - 6)
    offsets = [0, 1, 30, first_file_byte, first_file_byte + 10,
               len(body) - 1] + [step * n for n in range(1, CUTS - 5)]
    offsets = [min(offset, len(body) - 1) for offset in offsets][:CUTS]
    with Nothing(site):
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(
                lambda cut: send(site, headers, body[:cut]), offsets))
        for cut, answer in zip(offsets, answers):
            expect_refused(answer, "cut at %d of %d" % (cut, len(body)))
        for cut in offsets:
            client.send_and_leave(site.url, client.raw_request(
                site.url, "POST", "/products/new", headers, body[:cut]))
    expect_alive(site)


def test_short_body(site):
    """A body that ends before its close delimiter is refused"""
    content_type, body = upload_body(20000)
    with Nothing(site):
        for cut in (len(body) - 2 - len("--"), len(body) - 30, 1000):
            piece = body[:cut]
            answer = send(site, {"Content-Type": content_type,
                                 "Content-Length": len(piece)}, piece)
            expect_equal(client.status_of(answer) // 100, 4,
                         "status class, body of %d" % cut)
    expect_alive(site)


def test_chunked(site):
    """A chunked body is read to its end or refused with 411"""
    content_type, body = upload_body(100000)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 9000]),
                                         body[i:i + 9000])
                      for i in range(0, len(body), 9000)) + b"0\r\n\r\n"
    headers = {"Content-Type": content_type, "Transfer-Encoding": "chunked"}
    data = client.raw_request(site.url, "POST", "/products/new", headers,
                              chunks)
    before = site.product_count()
    status = client.status_of(client.send_raw(site.url, data, 20.0, False))
    expect_in(status, (302, 411), "status")
    expect_equal(site.product_count() - before, 1 if status == 302 else 0,
                 "new products")
    with Nothing(site):
        cut = client.raw_request(site.url, "POST", "/products/new", headers,
                                 chunks[:50000])
        expect_refused(client.send_raw(site.url, cut, 20.0), "cut chunks")
    expect_alive(site)


def part(disposition, data=b"x", more=b""):
    return (b"--b\r\nContent-Disposition: " + disposition + b"\r\n" + more
            + b"\r\n" + data + b"\r\n")


def test_ambiguous(site):
    """What two parsers could read differently is refused with 4xx"""
    sku = b'form-data; name="sku"'
    boundary = "multipart/form-data; boundary=b"
    end = b"--b--\r\n"
    cases = {
        "no boundary": ("multipart/form-data", part(sku) + end),
        "two boundaries": (boundary + "; boundary=c", part(sku) + end),
        "field twice": (boundary, part(sku) + part(sku) + end),
        "name twice": (boundary, part(sku + b'; name="name"') + end),
        "filename twice": (boundary, part(
            b'form-data; name="image"; filename="a.png"; filename="b.png"')
            + end),
        "disposition twice": (boundary, part(
            sku, more=b"Content-Disposition: " + sku + b"\r\n") + end),
        "part without name": (boundary, part(b"form-data") + end),
        "no part": (boundary, b"hello"),
        "another type": ("application/json", b"{}"),
        "thousands of parts": (boundary, part(b'form-data; name="x"') * 5000
                               + end),
        "endless part header": (boundary, b"--b\r\nX: " + b"a" * 300000),
        "huge field": (boundary, part(sku, b"s" * 1000000) + end),
    }
    with Nothing(site):
        for what, (content_type, body) in cases.items():
            answer = send(site, {"Content-Type": content_type,
                                 "Content-Length": len(body)}, body)
            expect_refused(answer, what)
    expect_alive(site)


def test_odd_values(site):
    """Bad text and numbers: 200 with the form and a message, or 4xx"""
    cases = ({"name": ""}, {"name": "a" * 201}, {"sku": "  "},
             {"uom_id": "999999"}, {"uom_id": "-1"}, {"uom_id": "1;2"},
             {"sale_price": "-1"}, {"sale_price": "1e9"},
             {"sale_price": "99999999999999999999"}, {"name": "a\0b"},
             {"name": "a\nb"}, {"sku": None}, {"sale_price": "NaN"})
    with Nothing(site):
        for change in cases:
            answer = shop.curl_create(site.browser(), shop.fields(**change))
            expect_in(answer.status, (200, 400, 422), "status of %r"
                      % change)
    answer = shop.curl_create(site.browser(), shop.fields(sale_price="12,5"))
    expect_in(answer.status, (200, 302), "status of a decimal comma")


def test_odd_names(site):
    """C5: hostile file names end up harmless in the key"""
    for name in ("../../etc/passwd.png", "..\\..\\boot.png", ".png",
                 "Canción ñandú.png", "a" * 300 + ".png", "x\u202egpj.png",
                 "C:\\fakepath\\photo.png", "<script>.png", "con.png"):
        answer = shop.curl_create(site.browser(), shop.fields(), File(
            name, pictures.png(), "image/png"))
        expect(answer.status in (200, 302, 400), "status %d for %r"
               % (answer.status, name))
    for key in site.keys():
        plain = key.replace("products/tenant_1/", "", 1)
        expect(plain.replace(".", "").replace("_", "").replace("-", "")
               .isalnum() and plain.isascii() and ".." not in plain
               and len(key) < 400, "key %r" % key)
    site.check_no_orphans()


def test_huge_body(lab):
    """B16: a body beyond MAX_BODY_SIZE is refused before it was all read"""
    site = lab.site("apache-proxy", "file", settings={
        "MAX_BODY_SIZE": "3m", "MAX_UPLOAD_SIZE": "2m"})
    content_type, body = upload_body(5000000)
    with Nothing(site):
        answer = client.send_raw(site.url, client.raw_request(
            site.url, "POST", "/products/new",
            {"Content-Type": content_type, "Content-Length": len(body)},
            body), 20.0, False)
        expect_in(client.status_of(answer), (0, 413), "status")
    expect_alive(site)


def test_stalled_body(lab):
    """Clients that stop sending lose their place, and hold up nobody"""
    site = lab.site("apache-proxy", "file", settings={
        "IO_TIMEOUT": "2", "WORKERS": "1", "THREADS": "8"})
    content_type, body = upload_body()
    head = client.raw_request(site.url, "POST", "/products/new", {
        "Content-Type": content_type, "Content-Length": len(body)},
        body[:90000])
    parts = urllib.parse.urlsplit(site.url)
    with Nothing(site):
        stalled = [socket.create_connection((parts.hostname, parts.port), 30)
                   for _ in range(12)]
        for connection in stalled:
            connection.sendall(head)
        start = time.monotonic()
        expect_equal(site.browser().get("/products").status, 200,
                     "a page while uploads stall")
        expect(time.monotonic() - start < 2, "the page took too long")
        # more than three quarters of the threads: the rest is turned away
        wait_for(lambda: "too_many_uploads" in site.log(), "503", 10)
        wait_for(lambda: "code=timeout" in site.log(), "a timeout", 10)
    # Apache still holds the connections, almacen does not
    expect_alive(site)
    for connection in stalled:
        connection.close()


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
