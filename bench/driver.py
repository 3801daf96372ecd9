# SPDX-License-Identifier: MIT
"""What all jobs of bench/run share: the load of wrk, bodies of requests, and
the tables of Markdown."""

import json
import os
import subprocess

import client
import httpd
import measure
import pictures
import shop

HERE = os.path.dirname(os.path.abspath(__file__))
SKU_MARK = "@SKU-OF-24-CHARACTERS@@@"


class Load:
    """wrk with bench/load.lua; how long and how many clients."""

    def __init__(self, seconds, clients):
        self.seconds = seconds
        self.clients = clients

    def run(self, url, arguments, cpu_of, headers=None):
        """Drive url; what wrk found, with CPU ms per request by name."""
        lines = ["%s: %s" % item for item in (headers or {}).items()]
        before = {name: measure.cpu_seconds(pids())
                  for name, pids in cpu_of.items()}
        done = subprocess.run(
            ["wrk", "-t", str(min(2, self.clients)), "-c", str(self.clients),
             "-d", "%ds" % self.seconds, "--timeout", "30s", "-s",
             os.path.join(HERE, "load.lua"), url, "--", *arguments],
            check=True, capture_output=True, text=True, timeout=120,
            env=dict(os.environ, LOAD_HEADERS="\n".join(lines)))
        line = [one for one in done.stdout.splitlines()
                if one.startswith("RESULT ")]
        if not line:
            raise RuntimeError("wrk said: " + done.stdout + done.stderr)
        found = json.loads(line[0][len("RESULT "):])
        found["rate"] = found["good"] / found["seconds"]
        answered = max(1, found["good"] + found["bad"])
        for name, pids in cpu_of.items():
            used = measure.cpu_seconds(pids()) - before[name]
            found[name] = 1000 * used / answered
        return found


def write(lab, name, data):
    path = os.path.join(lab.dir, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


class Bodies:
    """Form bodies with a mark where each request puts its own SKU."""

    def __init__(self, lab):
        self.lab = lab
        self.serial = 0

    def product(self, size):
        fields = dict(shop.fields(sku=SKU_MARK))
        picture = shop.picture_file(pictures.photo(size), "photo.png")
        kind, body = client.multipart(list(fields.items())
                                      + [("image", picture)])
        return self._arguments("product-%d" % size, kind, body)

    def peer(self, size):
        picture = shop.picture_file(pictures.photo(size), "photo.png")
        kind, body = client.multipart([("file", picture)])
        return self._arguments("peer-%d" % size, kind, body)

    def json(self, name, **values):
        return self._arguments(name, "application/json",
                               json.dumps(values).encode())

    def _arguments(self, name, kind, body):
        path = write(self.lab, name, body)

        def arguments(status):
            self.serial += 1
            return ["post", str(status), path, kind, "B%d" % self.serial]
        return arguments


class Table:
    HEAD = ("job", "clients", "req/s", "p50 ms", "p90 ms", "p99 ms",
            "web server CPU ms", "program CPU ms", "CPU × hello", "bad")

    def __init__(self, title):
        print("\n### %s\n\n| %s |\n|%s" % (title, " | ".join(self.HEAD),
                                          "---|" * len(self.HEAD)))

    @staticmethod
    def row(job, clients, found, floor=None):
        front = found.get("front", 0.0)
        program = found.get("program", 0.0)
        ratio = "–"
        if floor:
            base = floor.get("front", 0.0) + floor.get("program", 0.0)
            if base > 0:
                ratio = "%.1f (+%.2f ms)" % ((front + program) / base,
                                            front + program - base)
        print("| %s | %d | %.0f | %.2f | %.2f | %.2f | %s | %s | %s | %d |"
              % (job, clients, found["rate"], found["p50"], found["p90"],
                 found["p99"],
                 "%.3f" % front if "front" in found else "–",
                 "%.3f" % program if "program" in found else "–",
                 ratio, found["bad"] + found["lost"]), flush=True)


def processes_of(site):
    return {"front": lambda: httpd.server_pids(site),
            "program": lambda: httpd.program_pids(site)}
