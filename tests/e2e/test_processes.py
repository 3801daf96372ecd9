#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The life of the processes: a killed worker is replaced, SIGTERM lets
uploads finish, nothing runs on after a stop, AUTH=open stays at home."""

import os
import signal
import socket
import subprocess
import time
import urllib.parse

import client
import harness
import httpd
import pictures
import shop
from objects import check_same
from client import Browser
from tap import expect, expect_equal, expect_in, wait_for


def start_upload(site, pause_after):
    """Send the first bytes of a good upload; the open connection, the rest
    of the body and the picture."""
    picture = pictures.png(size=600000)
    values = shop.fields()
    content_type, body = client.multipart(
        list(values.items()) + [("image", shop.picture_file(picture))])
    head = client.raw_request(site.url, "POST", "/products/new", {
        "Content-Type": content_type, "Content-Length": len(body)}, b"")
    parts = urllib.parse.urlsplit(site.url)
    connection = socket.create_connection((parts.hostname, parts.port), 30)
    connection.sendall(head + body[:pause_after])
    return connection, body[pause_after:], picture


def finish(connection, rest):
    connection.sendall(rest)
    connection.settimeout(30)
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(65536)
        if not piece:
            break
        answer += piece
    connection.close()
    return answer


def test_worker_killed(lab):
    """A killed worker is replaced and costs nobody else anything"""
    site = lab.site("apache-proxy", "file", settings={"WORKERS": "2"})
    for _ in range(3):
        wait_for(lambda: len(httpd.worker_pids(site)) == 2, "two workers", 10)
        workers = httpd.worker_pids(site)
        os.kill(workers[0], signal.SIGKILL)
        wait_for(lambda: len(httpd.worker_pids(site)) == 2
                 and workers[0] not in httpd.worker_pids(site),
                 "a new worker", 10)
        for _ in range(6):
            expect_equal(site.browser().get("/products").status, 200,
                         "a page after the kill")


def test_sigterm_finishes_uploads(lab):
    """SIGTERM: a running upload is finished, then the program ends"""
    site = lab.site("apache-proxy", "file", settings={"WORKERS": "1"})
    connection, rest, picture = start_upload(site, 300000)
    time.sleep(0.7)
    pid = httpd.program_pid(site)
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.7)
    answer = finish(connection, rest)
    expect_equal(client.status_of(answer), 302, "status of the upload")
    wait_for(lambda: not httpd.is_running(pid), "the program ends", 15)
    expect_equal(site.product_count(), 1, "products")
    key = next(iter(site.keys()))
    check_same(picture, site.read(key), "stored object")


def test_restart_keeps_all(lab):
    """Products, pictures and sessions outlive a restart"""
    site = lab.site("lighttpd", "file")
    browser = site.browser()
    product_id = shop.create_product(browser, None,
                                     shop.picture_file(pictures.png()))
    response, form = shop.open_form(browser)
    site.restart()
    url = shop.image_url(browser, product_id)
    check_same(pictures.png(), Browser().get(url).body, "picture")
    shop.created_id(browser.submit(response, form, shop.fields()))


def test_stop_leaves_nothing(lab):
    """After the web server's stop no process of the program is left"""
    for server in harness.WEB_SERVERS:
        site = lab.site(server, "file")
        expect_equal(site.browser().get("/products").status, 200, server)
        site.stop()
        wait_for(lambda: not httpd.program_pids(site),
                 "no process of the program behind " + server, 10)


def check_smoke(lab, server, store):
    site = lab.site(server, store)
    browser = site.browser()
    picture = pictures.jpeg(400, 300, size=1500000)
    answer = shop.create(browser, None, client.File("a.jpg", picture,
                                                    "image/jpeg"))
    product_id = shop.created_id(answer)
    expect_in(shop.CREATED, browser.follow(answer).page.text, "flash")
    url = shop.image_url(browser, product_id)
    check_same(picture, Browser().get(url).body, "public picture")
    big = shop.picture_file(pictures.png(size=3000000))
    answer = shop.create(browser, None, big)
    expect_equal(answer.status, 200, "status of the large one")
    expect_in(shop.TOO_LARGE, answer.page.text, "flash")
    shop.expect_redirect(shop.delete_product(browser, product_id), "delete")
    wait_for(lambda: site.keys() == {}, "no object", 5)


def test_nginx_file(lab):
    """nginx, file store: upload, too large, delete"""
    check_smoke(lab, "nginx", "file")


def test_nginx_rgw(lab):
    """nginx, S3: upload, too large, delete"""
    check_smoke(lab, "nginx", "rgw")


def test_lighttpd_socket_file(lab):
    """lighttpd on a socket, file store: upload, too large, delete"""
    check_smoke(lab, "lighttpd-socket", "file")


def test_lighttpd_socket_rgw(lab):
    """lighttpd on a socket, S3: upload, too large, delete"""
    check_smoke(lab, "lighttpd-socket", "rgw")


def test_apache_cgi_file(lab):
    """Apache CGI, file store: upload, too large, delete"""
    check_smoke(lab, "apache-cgi", "file")


def refused_start(lab, settings):
    """Start the program with settings it must refuse; what it says."""
    folder = lab.folder("refused")
    path = os.path.join(folder, "almacen.env")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines("%s=%s\n" % item for item in settings.items())
    done = subprocess.run(
        [lab.program("almacen.fcgi"), "--env-file", path, "--listen",
         os.path.join(folder, "socket")],
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=20,
        stdin=subprocess.DEVNULL)
    expect(done.returncode not in (0, None), "the program started with %s"
           % settings)
    return done.stderr.decode("utf-8", "replace")


def test_open_production_refused(lab):
    """Decision 8: AUTH=open is refused in production"""
    for settings in ({"ENVIRONMENT": "production", "AUTH": "open"},
                     {"AUTH": "open"}):
        said = refused_start(lab, dict(settings,
                                       DATA_DIR=lab.folder("refused")))
        expect_in("AUTH", said, "message")


def test_pages_beside_uploads(lab):
    """However few threads there are, slow uploads leave one for pages"""
    site = lab.site("apache-proxy", "file",
                    settings={"WORKERS": "1", "THREADS": "2"})
    first, rest, _ = start_upload(site, 300000)
    time.sleep(0.7)
    second, _, _ = start_upload(site, 300000)
    time.sleep(0.7)
    start = time.monotonic()
    expect_equal(site.browser().get("/products").status, 200, "a page")
    expect(time.monotonic() - start < 5, "the page waited for the uploads")
    expect_equal(client.status_of(finish(first, rest)), 302, "first upload")
    second.close()


def test_bad_settings_refused(lab):
    """Unknown names and bad values stop the start with a clear text"""
    for name, value in (("MAX_UPLOAD_SIZ", "1"), ("THREADS", "many"),
                        ("STORE", "cloud"), ("MAX_UPLOAD_SIZE", "-1")):
        said = refused_start(lab, {"DATA_DIR": lab.folder("refused"),
                                   name: value})
        expect_in(name, said, "message")


if __name__ == "__main__":
    harness.main(globals())
