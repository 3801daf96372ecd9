# SPDX-License-Identifier: MIT
"""Direct uploads: asking for a URL, and saying that the bytes are there."""

import concurrent.futures
import http.client
import json
import urllib.parse

import measure
import pictures
from driver import Load, processes_of

FIRST_CONFIRMS = 400
PRESIGN = "/files/upload/presigned"


class Caller:
    """Requests of one client, on one connection for each server; headers
    go to the site, not to S3."""

    def __init__(self, headers=None):
        self._connections = {}
        self._headers = headers or {}

    def request(self, method, url, body, headers):
        parts = urllib.parse.urlsplit(url)
        connection = self._connections.setdefault(
            parts.netloc, http.client.HTTPConnection(parts.netloc, timeout=60))
        connection.request(method, parts.path + "?" + parts.query, body,
                           headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def json(self, url, values):
        headers = dict(self._headers, **{"Content-Type": "application/json"})
        status, body = self.request("POST", url, json.dumps(values).encode(),
                                    headers)
        return status, json.loads(body)


def ticket_fields(picture):
    return {"original_filename": "photo.png", "file_type": "image",
            "content_type": "image/png", "size": len(picture)}


def upload_directly(site, caller, picture):
    """A picture in the bucket that waits for its confirmation; its path."""
    status, ticket = caller.json(site.url + PRESIGN, ticket_fields(picture))
    if status != 200:
        raise RuntimeError("%d: %s" % (status, ticket))
    status, text = caller.request(ticket["method"], ticket["upload_url"],
                                  picture, ticket["headers"])
    if status != 200:
        raise RuntimeError("PUT: %d %s" % (status, text[:200]))
    return "/files/%d/confirm-upload" % ticket["file_id"]


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def confirm_each(site, paths, clients, headers=None):
    """Confirm each upload once; what Load.run() tells."""
    def work(own):
        caller, found = Caller(headers), []
        for path in own:
            start = measure.now()
            status, _ = caller.json(site.url + path, {})
            found.append((status, 1000 * (measure.now() - start)))
        return found

    cpu_of = processes_of(site)
    before = {name: measure.cpu_seconds(pids())
              for name, pids in cpu_of.items()}
    start = measure.now()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        answers = sum(pool.map(work, [paths[i::clients]
                                      for i in range(clients)]), [])
    seconds = measure.now() - start
    result = {name: 1000 * (measure.cpu_seconds(pids()) - before[name])
              / len(paths) for name, pids in cpu_of.items()}
    times = [ms for _, ms in answers]
    result.update({"p%d" % p: percentile(times, p) for p in (50, 90, 99)})
    good = sum(status == 200 for status, _ in answers)
    return dict(result, rate=good / seconds, bad=len(answers) - good, lost=0)


def bench(site, hello, table, options, bodies):
    picture = pictures.photo(10_000)
    fields = ticket_fields(picture)
    jobs = (("presign", PRESIGN, bodies.json("presign", **fields)),
            ("presign (B13)", "/get-upload-url", bodies.json(
                "presign-temp", filename="photo.png", file_type="image",
                size=len(picture))))
    done = upload_directly(site, Caller(), picture)
    Caller().json(site.url + done, {})
    jobs += (("confirm again", done, bodies.json("confirm")),)
    for clients in options.clients:
        load = Load(options.seconds, clients)
        floor = load.run(hello.url + PRESIGN, jobs[0][2](200),
                         processes_of(hello))
        table.row("hello, POST JSON", clients, floor)
        for name, path, arguments in jobs:
            found = load.run(site.url + path, arguments(200),
                             processes_of(site))
            table.row("**%s**" % name, clients, found, floor)
        caller = Caller()  # servers close what was idle during the others
        paths = [upload_directly(site, caller, picture)
                 for _ in range(FIRST_CONFIRMS)]
        table.row("**confirm 10 KB**", clients,
                  confirm_each(site, paths, clients), floor)
