# SPDX-License-Identifier: MIT
"""Processor time and memory of process trees, from /proc."""

import os
import threading
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.05


def _stat(pid):
    """The fields of /proc/PID/stat after the name, or None."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8",
                  errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def tree(roots):
    """The processes in roots and all that descend from them."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(int(name))
            if fields:
                parents[int(name)] = int(fields[1])
    found = {pid for pid in roots if pid in parents}
    while True:
        more = {pid for pid, parent in parents.items()
                if parent in found and pid not in found}
        if not more:
            return found
        found |= more


def cpu_seconds(pids):
    """What these processes used, with the children they waited for."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS_PER_SECOND


def _status_kb(pid, name):
    try:
        with open("/proc/%d/status" % pid, encoding="utf-8") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def peak_rss_bytes(pids):
    """The highest resident size of each process, added up."""
    return 1024 * sum(_status_kb(pid, "VmHWM") for pid in pids)


def pss_bytes(pids):
    total = 0
    for pid in pids:
        try:
            with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file
                             if line.startswith("Pss:"))
        except OSError:
            pass
    return total * 1024


class PssPeak:
    """The highest PSS of some processes while a block runs."""

    def __init__(self, pids):
        self.pids = pids
        self.bytes = pss_bytes(pids)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self._is_over.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, pss_bytes(self.pids))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()


def load_average():
    return os.getloadavg()[0]


def now():
    return time.monotonic()
