# SPDX-License-Identifier: MIT
"""TAP output, expectations, and the loop that runs the tests of one file.

A test is a function whose name starts with "test_" and whose first docstring
line is its title, which begins with the ids of the requirements it shows
("E3 E7: ...").  The name of its only parameter says what it is given: "site"
runs it once on each stack of the file, "lab" runs it once.
"""

import inspect
import os
import signal
import sys
import time
import traceback

SECONDS_PER_TEST = int(os.environ.get("E2E_TEST_SECONDS", "90"))


class Failure(Exception):
    """An expectation that did not hold."""


class Skip(Exception):
    """The machine lacks what the test needs; the text says what."""


def fail(text):
    raise Failure(text)


def shorten(value, limit=600):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[:limit] + "…"


def expect(condition, text):
    if not condition:
        fail(text)


def expect_equal(actual, expected, what):
    if actual != expected:
        fail("%s: got %s, expected %s"
             % (what, shorten(actual), shorten(expected)))


def expect_in(part, whole, what):
    if part not in whole:
        fail("%s: %s is not in %s" % (what, shorten(part), shorten(whole)))


def expect_not_in(part, whole, what):
    if part in whole:
        fail("%s: %s is in %s" % (what, shorten(part), shorten(whole)))


def wait_for(condition, what, seconds=10.0):
    """The first true value of condition(), asked again until time is up."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail("%s: not within %g s" % (what, seconds))
        time.sleep(0.05)


class Tap:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.count = 0
        self.failed = 0

    def _line(self, text):
        print(text, file=self.out, flush=True)

    def ok(self, title):
        self.count += 1
        self._line("ok %d - %s" % (self.count, title))

    def skip(self, title, reason):
        self.count += 1
        self._line("ok %d - %s # SKIP %s" % (self.count, title, reason))

    def not_ok(self, title, details):
        self.count += 1
        self.failed += 1
        self._line("not ok %d - %s" % (self.count, title))
        for line in details.rstrip().splitlines():
            self._line("#   " + line)

    def note(self, text):
        self._line("# " + text)

    def plan(self):
        self._line("1..%d" % self.count)


def _timed_out(_signal, _frame):
    raise Failure("not finished within %d s" % SECONDS_PER_TEST)


def title_of(function):
    doc = inspect.getdoc(function) or function.__name__
    return doc.splitlines()[0]


def describe(problem):
    """What failed and where, without the frames of this module."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__)
              if frame.filename != __file__]
    where = "".join("\n  at %s:%d in %s" % (os.path.basename(frame.filename),
                                            frame.lineno, frame.name)
                    for frame in frames[-4:])
    text = str(problem) or type(problem).__name__
    if not isinstance(problem, Failure):
        text = "%s: %s" % (type(problem).__name__, text)
    return text + where


def run_test(tap, title, function, argument, more=None):
    """Run one test within its time; `more` gives text to add to a failure."""
    signal.signal(signal.SIGALRM, _timed_out)
    signal.alarm(SECONDS_PER_TEST)
    try:
        function(argument)
    except Skip as reason:
        tap.skip(title, str(reason))
    except Exception as problem:  # whatever it is, the next test still runs
        signal.alarm(0)
        tap.not_ok(title, describe(problem) + "\n" + (more() if more else ""))
    else:
        tap.ok(title)
    finally:
        signal.alarm(0)


def collect(namespace):
    """The tests of a module, in the order in which they were written."""
    functions = [value for name, value in namespace.items()
                 if name.startswith("test_") and inspect.isfunction(value)]
    return sorted(functions, key=lambda f: f.__code__.co_firstlineno)


def wants(function):
    return next(iter(inspect.signature(function).parameters))
