#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`almacenctl sweep` after kill -9 in the midst of uploads, beside uploads that
run, without doing anything, and with a database of yesterday."""

import concurrent.futures
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import time

import botocore.config
import botocore.session

import harness
import httpd
import pictures
import shop
from objects import check_same
from tap import expect, expect_equal, expect_in, wait_for
from test_direct import ask, confirm, confirmed, put

STACKS = (("lighttpd", "file"), ("lighttpd", "rgw"))
KILLS = 6
UPLOADERS = 6
MIB = 1024 * 1024
# small parts, so that a picture of 12 MiB travels in three
SETTINGS = {"S3_PART_SIZE": "5m", "MAX_UPLOAD_SIZE": str(16 * MIB),
            "SWEEP_GRACE": "60", "WORKERS": "2"}
DAYS = 2 * 86400


def ready(site):
    """The stack's site with small parts, started again if it is down."""
    if site.settings.get("S3_PART_SIZE") != "5m" or not httpd.program_pids(
            site):
        site.restart(**SETTINGS)
    return site


def sweep(site, *words):
    done = site.lab.run_ctl("--env-file", site.env_file, "sweep", "--json",
                            *words)
    expect_equal(done.returncode, 0, "sweep: %s" % done.stderr.decode())
    return json.loads(done.stdout)


def let_time_pass(site):
    """As if all that waits had waited long enough."""
    site.sql("UPDATE files SET url_expires_secs = 1 WHERE state = 'pending'"
             " AND url_expires_secs > 1")
    site.sql("UPDATE files SET expires_secs = 1 WHERE state = 'pending'")
    site.sql("UPDATE outbox SET due_secs = 1 WHERE due_secs > 1")
    site.sql("UPDATE outbox SET until_secs = 1 WHERE until_secs > 1")


def unfinished(site):
    """Uploads in parts that the server still holds."""
    if site.s3 is None:
        top = os.path.join(site.data, "objects", ".parts")
        return [name for _, _, names in os.walk(top) for name in names]
    client = botocore.session.get_session().create_client(
        "s3", region_name="us-east-1", endpoint_url=site.s3.endpoint,
        aws_access_key_id=site.s3.access_key,
        aws_secret_access_key=site.s3.secret_key,
        config=botocore.config.Config(s3={"addressing_style": "path"}))
    listed = client.list_multipart_uploads(Bucket=site.bucket)
    return [upload["Key"] for upload in listed.get("Uploads", [])]


def live(site):
    return {key: size for key, size in site.rows(
        "SELECT object_key, size_bytes FROM files WHERE state = 'live'")}


def check_settled(site):
    """Every object has its live row, every live row its object, and nothing
    else is anywhere."""
    expect_equal(dict(site.keys()), live(site), "objects and live rows")
    expect_equal(unfinished(site), [], "unfinished uploads")
    for table in ("outbox", "multipart_uploads"):
        expect_equal(site.rows("SELECT count(*) FROM " + table), [(0,)],
                     table)
    expect_equal(site.rows("SELECT count(*) FROM files WHERE state ="
                           " 'pending'"), [(0,)], "pending rows")


def check_products(site):
    """Every product's picture is where its page says."""
    for (product, key) in site.rows(
            "SELECT p.id, f.object_key FROM products p JOIN files f"
            " ON f.id = p.image_file_id"):
        expect_in(key, site.keys(), "picture of product %d" % product)


# Uploads.

class Uploaders:
    """People at work: products with small and large pictures, replaced ones,
    direct uploads that are confirmed, forgotten, or never sent."""

    def __init__(self, site):
        self.site = site
        self.is_over = False
        self.done = 0
        self.broken = []            # answers and errors nobody wants
        self.numbers = itertools.count()
        self.small = pictures.png(60, 40, 90000)
        self.large = pictures.png(size=12 * MIB)

    def product(self, picture):
        answer = shop.create(self.site.browser(), None,
                             shop.picture_file(picture))
        return shop.created_id(answer)

    def replace(self):
        browser = self.site.browser()
        product = shop.create_product(browser, None,
                                      shop.picture_file(self.small))
        path = "/products/%d/edit" % product
        response, form = shop.open_form(browser, path)
        answer = browser.submit(response, form, {}, {
            "image": shop.picture_file(pictures.png(61, 40, 80000))})
        shop.expect_redirect(answer, "replace")

    def direct(self):
        confirmed_one = ask(self.site, file_type="image")
        expect_equal(put(confirmed_one, self.small), 200, "PUT")
        confirmed(self.site, confirmed_one)

    def forget(self):
        expect_equal(put(ask(self.site), self.small), 200, "PUT")
        ask(self.site)

    def _work(self, _number):
        while not self.is_over:
            number = next(self.numbers)
            try:
                (lambda: self.product(self.large),
                 lambda: self.product(self.small), self.replace,
                 self.direct, self.forget)[number % 5]()
                self.done += 1
            except Exception as problem:  # a killed program among others
                self.broken.append(problem)
                time.sleep(0.05)

    @contextlib.contextmanager
    def at_work(self):
        with concurrent.futures.ThreadPoolExecutor(UPLOADERS) as pool:
            jobs = [pool.submit(self._work, n) for n in range(UPLOADERS)]
            try:
                yield self
            finally:
                self.is_over = True
        for job in jobs:
            job.result()


def kill_program(site):
    """All its processes; the web server may start new ones at once."""
    killed = httpd.program_pids(site)
    expect(killed, "no process to kill")
    for pid in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not killed & httpd.program_pids(site), "they are dead")


def make_a_mess(site, kills):
    """Kill the program again and again while people upload."""
    for _ in range(kills):
        ready(site)
        uploaders = Uploaders(site)
        with uploaders.at_work():
            wait_for(lambda: uploaders.done > 0, "an upload", 20)
            time.sleep(random.uniform(0.05, 0.8))
            kill_program(site)
    return live(site)


# The tests.

def test_killed(site):
    """A6 I2 I3: kill -9 while people upload, then a sweep: no orphan is left"""
    before = make_a_mess(site, KILLS)
    expect(before, "nothing was uploaded at all")
    pending = site.rows("SELECT count(*) FROM files WHERE state = 'pending'")
    expect(pending[0][0] > 0, "nothing was left behind: %s" % pending)
    let_time_pass(site)
    counts = sweep(site)["counts"]
    expect(counts["pending"]["mended"] > 0, "nothing mended: %s" % counts)
    expect_equal(sum(count["failed"] for count in counts.values()), 0,
                 "failures of %s" % counts)
    after = live(site)
    expect_equal({key: after.get(key) for key in before}, before,
                 "what was live")
    let_time_pass(site)             # what a URL could have brought back
    sweep(site)
    check_settled(site)
    check_products(site)
    expect_equal(sweep(site)["counts"]["pending"]["found"], 0, "a third time")


def test_beside_uploads(site):
    """A6: sweeps, forced ones too, while people upload: no upload fails"""
    ready(site)
    uploaders = Uploaders(site)
    sweeps = 0
    with uploaders.at_work():
        end = time.monotonic() + 8
        while time.monotonic() < end:
            wait_for(lambda: live(site), "something live", 20)
            sweep(site, *(["--force"] if sweeps % 2 else []))
            sweeps += 1
    expect_equal(uploaders.broken, [], "uploads that failed")
    expect(uploaders.done >= 5 and sweeps >= 3, "%d uploads, %d sweeps"
           % (uploaders.done, sweeps))
    check_products(site)
    objects = site.keys()
    for key, size in live(site).items():
        expect_equal(objects.get(key), size, "size of " + key)


def snapshot(site):
    """All that a sweep could change."""
    return dict(site.keys()), unfinished(site), site.database.dump()


def test_dry_run(site):
    """A dry run tells, and changes neither bucket nor database"""
    make_a_mess(site, 2)
    let_time_pass(site)
    before = snapshot(site)
    told = sweep(site, "--dry-run")
    expect(told["dry_run"], "dry_run")
    expect({item["action"] for item in told["items"]} <=
           {"would_mend", "reported"}, "actions: %s" % told["items"][:5])
    after = snapshot(site)
    for what, old, new in zip(("objects", "uploads", "database"), before,
                              after):
        expect(old == new, what + " changed")
    forced = sweep(site, "--dry-run", "--force")
    expect(forced["counts"]["pending"]["mended"] == 0, "mended")
    expect(snapshot(site) == before, "a forced dry run changes something")
    done = sweep(site)
    expect_equal(done["counts"]["pending"]["mended"],
                 told["counts"]["pending"]["found"], "pending, as told")
    let_time_pass(site)
    sweep(site)
    check_settled(site)


def test_two_at_once(site):
    """Two sweeps at once do what one does"""
    make_a_mess(site, 1)
    let_time_pass(site)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(lambda _: sweep(site), range(3)))
    for report in reports:
        expect_equal([name for name, count in report["counts"].items()
                      if count["failed"]], [], "failures")
    let_time_pass(site)
    sweep(site)
    check_settled(site)


# The file store can make objects old.

def make_old(site):
    top = os.path.join(site.data, "objects", site.bucket)
    for folder, _, names in os.walk(top):
        for name in names:
            then = time.time() - DAYS
            os.utime(os.path.join(folder, name), (then, then))


def restore(site, copy):
    site.stop()
    for name in ("almacen.db", "almacen.db-wal", "almacen.db-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(site.data, name))
    if copy is not None:
        path = os.path.join(site.data, "almacen.db")
        shutil.copyfile(copy, path)
        harness.give_away(path)


def test_restored_database(lab):
    """I17: with a database of yesterday newer objects go only when forced"""
    site = lab.site("lighttpd", "file", settings=SETTINGS)
    browser = site.browser()
    picture = pictures.png(30, 20, 5000)
    shop.create_product(browser, None, shop.picture_file(picture))
    copy = os.path.join(lab.folder("backup"), "almacen.db")
    site.sql("VACUUM INTO ?", copy)
    old = set(site.keys())
    for _ in range(3):
        shop.create_product(browser, None, shop.picture_file(picture))
    record = ask(site)
    put(record, picture)
    confirmed(site, record)
    site.stop()
    strange = os.path.join(site.data, "objects", site.bucket, "theirs.txt")
    with open(strange, "w", encoding="utf-8") as file:
        file.write("of another program\n")
    make_old(site)
    newer = set(site.keys()) - old
    restore(site, copy)
    report = sweep(site)
    expect_equal({item["key"] for item in report["items"]
                  if item["action"] == "reported"}, newer, "reported")
    expect_equal(set(site.keys()), old | newer, "objects")
    restore(site, None)
    done = lab.run_ctl("--env-file", site.env_file, "sweep", "--force")
    expect_equal(done.returncode, 1, "status without a database")
    expect_in("not there", done.stderr.decode(), "message")
    expect(not os.path.exists(site.data + "/almacen.db"), "one was made")
    site.start()                    # makes an empty one
    site.stop()
    done = lab.run_ctl("--env-file", site.env_file, "sweep", "--force")
    expect_equal(done.returncode, 1, "status with an empty database")
    expect_in("knows no live file", done.stderr.decode(), "message")
    expect_equal(set(site.keys()), old | newer, "objects")
    restore(site, copy)
    sweep(site, "--force")
    expect_equal(set(site.keys()), old | {"theirs.txt"}, "after force")
    check_same(picture, site.read(next(iter(old))), "the old picture")


def test_output(lab):
    """sweep: one line at the end, the log on request, no secret"""
    site = lab.site("lighttpd", "file", settings=SETTINGS)
    put(ask(site), pictures.png(30, 20, 5000))
    shop.create_product(site.browser(), None,
                        shop.picture_file(pictures.png()))
    let_time_pass(site)
    base = ("--env-file", site.env_file, "sweep")
    dry = lab.run_ctl(*base, "--dry-run").stdout.decode().splitlines()
    expect_equal(dry[-1], "sweep: 1 to mend, 0 to look at; nothing was"
                 " changed; 2 objects", "last line of a dry run")
    expect_in("would_mend  pending", dry[0], "first line")
    done = lab.run_ctl(*base, "--log")
    lines = done.stdout.decode().splitlines()
    expect_equal(len(lines), 1, "lines of %s" % lines)
    expect_in("sweep: 1 mended, 0 failed, 0 to look at", lines[0], "line")
    expect_in("kind=pending action=mended key=", done.stderr.decode(), "log")
    done = lab.run_ctl(*base)
    expect_equal(done.stderr.decode(), "", "silence")
    expect_equal(confirm(site, {"file_id": 1})[0], 404, "no such file")


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
