#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The product pages in a real Chromium, with and without JavaScript."""

import os
import shutil
import subprocess

import harness
import pictures
from tap import Skip, expect

HERE = os.path.dirname(os.path.abspath(__file__))
STACKS = (("lighttpd", "file"), ("apache-proxy", "rgw"))


def folder(site):
    """Pictures for the browser; it leaves its screenshots there too."""
    path = os.path.join(site.lab.build, "screenshots",
                        "%s-%s" % (site.server, site.store))
    os.makedirs(path, exist_ok=True)
    for name, data in (("martillo.png", pictures.png(320, 200)),
                       ("maza.jpg", pictures.jpeg(200, 150)),
                       ("grande.png", pictures.png(size=3 << 20)),
                       ("disguised.png", pictures.PDF),
                       ("factura.pdf", pictures.PDF)):
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)
    return path


def play(site, scenario):
    if not shutil.which("chromium"):
        raise Skip("chromium is not installed")
    if not os.path.isdir(os.path.join(HERE, "node_modules")):
        raise Skip("playwright-core is not installed (npm ci)")
    home = site.lab.folder("home")
    # a private home: a browser must not read or change anybody's profile
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": home,
           "LANG": "C.UTF-8"}
    done = subprocess.run(["node", os.path.join(HERE, "browser.js"), scenario,
                           site.url, folder(site)], env=env, timeout=80,
                          capture_output=True, stdin=subprocess.DEVNULL)
    expect(done.returncode == 0, done.stderr.decode("utf-8", "replace"))


def test_create(site):
    """E3: Chromium creates a product and shows its picture"""
    play(site, "create")


def test_create_without_script(site):
    """E3: the same without JavaScript"""
    play(site, "create-noscript")


def test_errors(site):
    """E4 E5: errors keep the fields"""
    play(site, "errors")


def test_errors_without_script(site):
    """E4 E5: errors keep the fields without JavaScript"""
    play(site, "errors-noscript")


def test_edit(site):
    """E6 E8: edit with another picture, then delete"""
    play(site, "edit")


def test_edit_without_script(site):
    """E6 E8: edit and delete without JavaScript"""
    play(site, "edit-noscript")


def test_image_survives(site):
    """An accepted picture survives a form error"""
    play(site, "survives")


def test_image_survives_without_script(site):
    """An accepted picture survives a form error without JavaScript"""
    play(site, "survives-noscript")


def test_keyboard(site):
    """The form works by keyboard alone"""
    play(site, "keyboard")


def test_labels(site):
    """Every control has a label, every page one heading and a main part"""
    play(site, "labels")


def test_files(site):
    """B7 B9 B10: upload, edit, share, trash, restore and erase a file"""
    play(site, "files")


def test_files_without_script(site):
    """B7 B9 B10: the same without JavaScript"""
    play(site, "files-noscript")


def test_files_keyboard(site):
    """The pages of files work by keyboard alone"""
    play(site, "fileskeyboard")


def test_direct(site):
    """B5 B6: the page of docs/DIRECT-UPLOADS.md uploads past the program"""
    if site.store == "rgw":
        done = site.lab.run_ctl("--env-file", site.env_file, "bucket", "cors",
                                "--origin", site.url, "--apply")
        expect(done.returncode == 0, done.stderr.decode())
    play(site, "direct")


def test_looks(lab):
    """360 and 1280 px, light and dark: nothing too wide, contrast 4.5:1"""
    play(lab.site("lighttpd", "file"), "looks")


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
