# SPDX-License-Identifier: MIT
"""An HTTP proxy between a program and an S3 server that misbehaves to order.

    proxy = FaultProxy(("127.0.0.1", 7480))
    proxy.add(faults.status(503, "SlowDown"), method="PUT", times=2)
    ... run the program with the endpoint proxy.endpoint ...
    proxy.requests("PUT")           # what came, in order
    proxy.close()

A rule applies to the requests that match it, as often as it says, and what no
rule applies to is passed on.  The Host header is passed on as it came, since
it is signed; the server behind it checks every signature.  A fault is a
function of one Exchange (faults.py).  Requests and answers are held whole in
memory: this is for objects of some megabytes.
"""

import http.client
import re
import select
import socket
import struct
import threading
import time
import urllib.parse

HEAD_BYTES_MAX = 256 * 1024
SERVER_SECONDS = 60


class Gone(Exception):
    """The connection to the program has ended, by it or by us."""


class Link:
    """The connection to the program."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.request = None         # the one it is about
        self._buffer = b""

    def wait(self, seconds=None):
        """True when there is something to read, or the end."""
        if self._buffer:
            return True
        try:
            return bool(select.select([self.sock], [], [], seconds)[0])
        except (OSError, ValueError):
            raise Gone from None

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except (OSError, ValueError):
            raise Gone from None
        if not data:
            raise Gone
        self._buffer += data

    def read(self, count):
        while len(self._buffer) < count:
            self._more()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def read_head(self):
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise Gone
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def send(self, data):
        self.request.is_answered = True
        try:
            self.sock.sendall(data)
        except (OSError, ValueError):
            raise Gone from None

    def close(self):
        """End it in order: the program reads what was sent, and the end."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.sock.close()

    def wake(self):
        """End it, from another thread than the one that serves it."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def reset(self):
        """End it with a reset: what was sent may be lost as well."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.sock.close()


class Request:
    """What the program asked for."""

    def __init__(self, head):
        lines = head.split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.path, _, self.query = self.target.partition("?")
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.time = time.monotonic()
        self.has_fault = False
        self.is_first = True        # of its connection
        self.is_answered = False    # by a byte at least

    @property
    def key(self):
        """The key behind "/BUCKET/", decoded."""
        return urllib.parse.unquote(self.path).lstrip("/").partition("/")[2]

    @property
    def length(self):
        return int(self.headers.get("content-length", "0"))

    def __repr__(self):
        return "%s %s" % (self.method, self.target)


class Answer:
    """What the server, or a fault in its place, says."""

    def __init__(self, status, headers=(), body=b"", reason=None):
        self.status = status
        self.reason = reason or http.client.responses.get(status, "Unknown")
        self.headers = list(headers)
        self.body = body

    def header(self, name):
        return next((value for key, value in self.headers
                     if key.lower() == name.lower()), None)

    @property
    def head(self):
        headers = list(self.headers)
        if self.header("Content-Length") is None and self.status not in (
                204, 304):
            headers.append(("Content-Length", str(len(self.body))))
        lines = ["HTTP/1.1 %d %s" % (self.status, self.reason)]
        lines += ["%s: %s" % header for header in headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


class Exchange:
    """One request and what a fault may do with it."""

    def __init__(self, proxy, link, request):
        self.proxy = proxy
        self.link = link
        self.request = request

    def read_body(self, count=None):
        """The body, or its first bytes; a client that waits is told to go
        on."""
        if self.request.headers.get("expect", "").lower() == "100-continue":
            self.link.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.link.read(
            self.request.length if count is None else count)

    def ask_server(self):
        """Let the server do the work, and see its answer."""
        return self.proxy.ask_server(self.request, self.read_body())

    def send(self, answer):
        is_head = self.request.method == "HEAD"
        self.link.send(answer.head + (b"" if is_head else answer.body))

    def wait_for_end(self, seconds=None):
        """Until the program hangs up, the time is over, or we shut down."""
        end = time.monotonic() + seconds if seconds is not None else None
        while not self.proxy.is_closed:
            left = 0.2 if end is None else min(0.2, end - time.monotonic())
            if left <= 0:
                return
            if self.link.wait(left):
                self.link.read(1)

    def close(self):
        self.link.close()
        raise Gone

    def reset(self):
        self.link.reset()
        raise Gone


def pass_on(exchange):
    exchange.send(exchange.ask_server())


class Rule:
    """Which requests a fault is for: all, when nothing is said."""

    def __init__(self, fault, method=None, key=None, query=None, times=None,
                 after=0):
        self.fault = fault
        self.method = method
        self.key = key and re.compile(key)
        self.query = query and re.compile(query)
        self.left = times           # None: without end
        self.after = after          # requests to pass on before

    def matches(self, request):
        if request is None:         # nothing of it is read yet
            return not (self.method or self.key or self.query)
        return ((self.method in (None, request.method))
                and (not self.key or self.key.search(request.key))
                and (not self.query or self.query.search(request.query)))

    def take(self, request):
        """True when it is this rule's turn; counts."""
        if self.left == 0 or not self.matches(request):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


class FaultProxy:
    def __init__(self, target):
        self.target = target        # (host, port)
        self.is_closed = False
        self.seen = []
        self._rules = []
        self._links = set()
        self._lock = threading.Lock()
        self._listener = None
        self.port = 0
        self.listen()

    @property
    def endpoint(self):
        return "http://127.0.0.1:%d" % self.port

    # Scripting.

    def add(self, fault, **which):
        """A fault for the requests that a Rule of these words matches."""
        with self._lock:
            self._rules.append(Rule(fault, **which))

    def recover(self):
        """No more faults, and no more connections of the time before."""
        with self._lock:
            self._rules = []
        self._cut()
        if self._listener is None:
            self.listen()

    def forget(self):
        with self._lock:
            self.seen = []

    def requests(self, method=None, query=None):
        """What came since forget(), and matches."""
        with self._lock:
            return [r for r in self.seen if method in (None, r.method)
                    and (query is None or re.search(query, r.query))]

    def faults(self):
        """The requests that met a fault."""
        return [r for r in self.requests() if r.has_fault]

    def attempts(self):
        """How often the program tried what met a fault.  A request that finds
        a kept connection dead goes out once more, which is not its doing: it
        could not know."""
        return len([r for r in self.faults()
                    if r.is_first or r.is_answered])

    def signatures(self):
        """Every signature that passed: none may be found anywhere else."""
        found = set()
        for request in self.requests():
            text = request.headers.get("authorization", "") + "&" + \
                request.query
            found |= set(re.findall("Signature=([0-9a-f]{64})", text))
        return found

    # Connections.

    def listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,),
                         daemon=True).start()

    def refuse(self):
        """Refuse connections, and cut those that stand, until recover()."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            listener.close()
        self._cut()

    def close(self):
        self.is_closed = True
        self.refuse()

    def _cut(self):
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            link.wake()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            link = Link(client)
            with self._lock:
                self._links.add(link)
            threading.Thread(target=self._serve, args=(link,),
                             daemon=True).start()

    def _serve(self, link):
        try:
            while link.wait():
                self._serve_one(link)
        except Gone:
            pass
        finally:
            with self._lock:
                self._links.discard(link)
            link.sock.close()

    def _serve_one(self, link):
        blind = self._fault_for(None)
        if blind is not None:
            blind(Exchange(self, link, None))
        request = Request(link.read_head())
        request.is_first = link.request is None
        link.request = request
        fault = self._fault_for(request)
        request.has_fault = fault is not None
        with self._lock:
            self.seen.append(request)
        (fault or pass_on)(Exchange(self, link, request))

    def _fault_for(self, request):
        """What is done to a request; before it is read only by those rules
        that need nothing of it."""
        with self._lock:
            for rule in self._rules:
                if getattr(rule.fault, "is_blind", False) != (
                        request is None):
                    continue
                if rule.take(request):
                    return rule.fault
        return None

    def ask_server(self, request, body):
        """Send it as it came, but for what concerns one connection alone."""
        lines = ["%s %s HTTP/1.1" % (request.method, request.target)]
        lines += ["%s: %s" % (name, value)
                  for name, value in request.headers.items()
                  if name not in ("expect", "connection")]
        lines.append("connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        try:
            with socket.create_connection(self.target,
                                          SERVER_SECONDS) as server:
                server.sendall(head + body)
                return self._read_answer(server, request)
        except (OSError, http.client.HTTPException):
            raise Gone from None    # the server's own refusal to listen

    @staticmethod
    def _read_answer(server, request):
        response = http.client.HTTPResponse(server, method=request.method)
        response.begin()
        return Answer(response.status, [
            (name, value) for name, value in response.getheaders()
            if name.lower() not in ("connection", "transfer-encoding")],
            response.read(), response.reason)


class Recorder:
    """Another host: what reaches it is kept, and answered 200."""

    def __init__(self):
        self.received = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(2)
                try:
                    self.received += client.recv(1 << 20) or b"(connected)"
                    client.sendall(Answer(200).head)
                except OSError:
                    self.received += b"(connected)"

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
