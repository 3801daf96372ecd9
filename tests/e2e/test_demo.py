#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""scripts/demo: the first thing anybody runs."""

import os
import subprocess

import harness
import pictures
import shop
from client import Browser
from objects import check_same
from tap import expect, expect_equal, expect_in, wait_for

DEMO = os.path.join(harness.TOP, "scripts", "demo")


def demo(lab, *arguments, env=None):
    """Run scripts/demo to its end; the finished process."""
    return subprocess.run(
        [DEMO, *arguments], capture_output=True, text=True, timeout=80,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ, BUILD_DIR=lab.build, **(env or {})))


def is_free(port):
    try:
        Browser("http://127.0.0.1:%d" % port).get("/products")
    except OSError:
        return True
    return False


def check_demo(lab, server, env=None):
    """Start detached, upload as the issue's curl line does, stop."""
    data = lab.folder("demo-" + server + ("-s3" if env else ""))
    port = harness.free_port()
    lab.at_end(lambda: demo(lab, "--data", data, "--stop"))
    done = demo(lab, "--port", str(port), "--data", data, "--server", server,
                "--detach", env=env)
    expect_equal(done.returncode, 0, "exit status (%s)" % done.stderr[-800:])
    expect_in("ready: http://127.0.0.1:%d/" % port, done.stdout, "output")
    browser = Browser("http://127.0.0.1:%d" % port)
    expect(browser.get("/").status in (200, 302), "GET /")
    answer = shop.curl_create(browser, shop.fields(),
                              shop.picture_file(pictures.png()))
    product_id = shop.created_id(answer)
    expect_in(shop.CREATED, browser.follow(answer).page.text, "flash")
    url = shop.image_url(browser, product_id)
    check_same(pictures.png(), Browser().get(url).body, "picture")
    if env:
        expect(url.startswith(env["S3_ENDPOINT"]), "the URL %s is not on S3"
               % url)
    stopped = demo(lab, "--data", data, "--stop")
    expect_equal(stopped.returncode, 0, "exit status of --stop (%s)"
                 % stopped.stderr[-800:])
    wait_for(lambda: is_free(port), "the port is free again", 10)


def test_demo_lighttpd(lab):
    """scripts/demo: start, upload, stop (lighttpd)"""
    check_demo(lab, "lighttpd")


def test_demo_apache_proxy(lab):
    """scripts/demo: start, upload, stop (Apache mod_proxy_fcgi)"""
    check_demo(lab, "apache-proxy")


def test_demo_nginx(lab):
    """scripts/demo: start, upload, stop (nginx)"""
    check_demo(lab, "nginx")


def test_demo_s3(lab):
    """scripts/demo against S3: settings in the environment win"""
    check_demo(lab, "lighttpd", {
        "S3_ENDPOINT": lab.s3.endpoint, "S3_ACCESS_KEY": lab.s3.access_key,
        "S3_SECRET_KEY": lab.s3.secret_key, "S3_BUCKET": "e2e-demo",
        "S3_APPLY_POLICY": "true"})


def test_demo_usage(lab):
    """scripts/demo says what is wrong with its arguments, and makes nothing"""
    data = os.path.join(lab.folder("demo-usage"), "data")
    for wrong in (["--no-such-option"], ["--server", "iis"],
                  ["--server", "apache-none"], ["--port", "http"],
                  ["--port", "100000"], ["--data", data + " two"],
                  ["--data", data + "'s"]):
        done = demo(lab, "--data", data, *wrong)
        expect_equal(done.returncode, 2, "exit status of %s (%s)"
                     % (wrong, done.stderr[-800:]))
    expect_equal(demo(lab, "--data", data, "--stop").returncode, 0,
                 "exit status of --stop without a server")
    expect_equal(os.listdir(os.path.dirname(data)), [], "folders made")
    expect_in("--port", demo(lab, "--help").stdout, "help")


if __name__ == "__main__":
    harness.main(globals())
