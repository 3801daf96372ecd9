#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""usage: run.py --build DIR --out DIR [SUITE...]

Run the end-to-end suites (products, pages, ...; all by default), two at a
time on one S3 server and one PostgreSQL, each into OUT/SUITE.tap.  Exit status 0 when all ran;
whether their tests held stands in the TAP."""

import argparse
import concurrent.futures
import glob
import os
import subprocess
import sys
import time

import harness

SUITE_SECONDS = 900
AT_ONCE = 2
# the long ones first, so that both lanes end about together
ORDER = ("products", "bad_input", "pages", "faults", "browser", "processes",
         "swift")


def known_suites():
    names = [os.path.basename(path)[len("test_"):-len(".py")] for path in
             sorted(glob.glob(os.path.join(os.path.dirname(
                 os.path.abspath(__file__)), "test_*.py")))]
    return sorted(names, key=lambda name: (
        ORDER.index(name) if name in ORDER else len(ORDER), name))


def add_failure(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write("not ok - %s\n" % text)


def run_suite(name, out, env):
    """Run one suite; whatever happens to it ends up in its TAP file."""
    path = os.path.join(out, name + ".tap")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "test_%s.py" % name)
    start = time.monotonic()
    with open(path, "wb") as tap:
        process = subprocess.Popen(
            ["/usr/bin/python3", script], env=env, stdout=tap,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            process.wait(SUITE_SECONDS)
        except subprocess.TimeoutExpired:
            process.terminate()  # it cleans up after itself
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    failed = sum(line.startswith("not ok") for line in lines)
    if process.returncode not in (0, 1) or not any(
            line.startswith("1..") for line in lines) or (
            process.returncode == 1 and not failed):
        add_failure(path, "%s: ended with status %s before its plan"
                    % (name, process.returncode))
        failed += 1
    passed = sum(line.startswith("ok") and "# SKIP" not in line
                 for line in lines)
    return name, passed, failed, time.monotonic() - start


def show_failures(path):
    """Each failed test with what it said."""
    shown = False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("not ok"):
                shown = True
            elif not line.startswith("#"):
                shown = False
            if shown:
                print("    " + line.rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("suites", nargs="*")
    options = parser.parse_args()
    suites = options.suites or known_suites()
    os.makedirs(options.out, exist_ok=True)
    os.environ["E2E_BUILD"] = os.path.abspath(options.build)
    lab = harness.Lab()
    try:
        env = dict(os.environ, E2E_STAGE=lab.stage, E2E_S3=" ".join(
            (lab.s3.endpoint, lab.s3.access_key, lab.s3.secret_key)),
                   E2E_PGSQL=lab.pgsql.socket_dir)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [pool.submit(run_suite, name, options.out, env)
                    for name in suites]
            for job in concurrent.futures.as_completed(jobs):
                name, passed, failed, seconds = job.result()
                print("  e2e/%s: %d passed, %d failed, %.0f s"
                      % (name, passed, failed, seconds), flush=True)
                if failed:
                    show_failures(os.path.join(options.out, name + ".tap"))
    finally:
        lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
