# SPDX-License-Identifier: MIT
"""A small browser: requests, cookies, multipart bodies, and what a page
says (its forms, pictures and text)."""

import http.client
import json
import secrets
import socket
import urllib.parse
from html.parser import HTMLParser

TIMEOUT_SECONDS = 30


class File:
    """A file of a form: its name, its bytes and the type it declares."""

    def __init__(self, name, data, content_type):
        self.name = name
        self.data = data
        self.content_type = content_type


def multipart(fields, boundary=None):
    """The content type and body of multipart/form-data.

    fields is a list of (name, str or File); a File of None stands for the
    file control that a person left empty.
    """
    boundary = boundary or "----e2e" + secrets.token_hex(12)
    body = bytearray()
    for name, value in fields:
        body += ("--%s\r\nContent-Disposition: form-data; name=\"%s\""
                 % (boundary, name)).encode()
        if value is None:
            value = File("", b"", "application/octet-stream")
        if isinstance(value, File):
            body += ("; filename=\"%s\"\r\nContent-Type: %s"
                     % (value.name, value.content_type)).encode()
            body += b"\r\n\r\n" + value.data + b"\r\n"
        else:
            body += b"\r\n\r\n" + str(value).encode() + b"\r\n"
    body += ("--%s--\r\n" % boundary).encode()
    return "multipart/form-data; boundary=" + boundary, bytes(body)


class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get").lower()
        self.enctype = attributes.get("enctype", "")
        self.values = {}   # what a browser would send, files left out
        self.files = []    # names of file controls
        self.options = {}  # values of each select

    def add_input(self, attributes):
        name = attributes.get("name")
        kind = attributes.get("type", "text").lower()
        if not name or kind in ("submit", "button", "reset", "image"):
            return
        if kind == "file":
            self.files.append(name)
        elif kind not in ("checkbox", "radio") or "checked" in attributes:
            self.values[name] = attributes.get("value", "")


class Page(HTMLParser):
    """The forms, pictures, links and visible text of a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.forms = []
        self.images = []   # attributes of each img
        self.links = []    # href of each a
        self.lang = ""
        self._text = []
        self._select = None
        self._area = None
        self._hidden = 0
        self.feed(text)
        self.close()
        self.text = " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        form = self.forms[-1] if self.forms else None
        if tag == "html":
            self.lang = attributes.get("lang", "")
        elif tag == "form":
            self.forms.append(Form(attributes))
        elif tag == "img":
            self.images.append(attributes)
        elif tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag in ("script", "style", "title"):
            self._hidden += 1
        elif tag == "input" and form:
            form.add_input(attributes)
        elif tag == "select" and form:
            self._select = attributes.get("name", "")
            form.options[self._select] = []
        elif tag == "option" and form and self._select is not None:
            value = attributes.get("value", "")
            form.options[self._select].append(value)
            if "selected" in attributes or self._select not in form.values:
                form.values[self._select] = value
        elif tag == "textarea" and form:
            self._area = attributes.get("name", "")
            form.values[self._area] = ""

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag in ("script", "style", "title"):
            self._hidden -= 1

    def handle_data(self, data):
        if self._area is not None and self.forms:
            self.forms[-1].values[self._area] += data
        elif not self._hidden:
            self._text.append(data)

    def form_with(self, field):
        """The form that has this field, or None."""
        for form in self.forms:
            if field in form.values or field in form.files:
                return form
        return None

    def form_to(self, ending):
        """The form whose action ends so, or None."""
        for form in self.forms:
            if form.action.split("?")[0].endswith(ending):
                return form
        return None


class Response:
    def __init__(self, url, raw, body):
        self.url = url
        self.status = raw.status
        self.headers = raw.headers
        self.body = body
        self.cookies = raw.headers.get_all("Set-Cookie") or []

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def page(self):
        return Page(self.text)

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name, "")

    def __repr__(self):
        return "<%s %d %r>" % (self.url, self.status, self.body[:300])


class Browser:
    """Requests to any URL; keeps cookies by host as a browser does."""

    def __init__(self, base="", language=None, address=None, tls=None):
        self.base = base.rstrip("/")
        self.language = language
        self.address = address  # of ours, from which it asks
        self.tls = tls          # a context of ssl, for https
        self.cookies = {}  # by host and port, then by name

    def _jar(self, netloc):
        return self.cookies.setdefault(netloc, {})

    def _keep_cookies(self, netloc, response):
        for line in response.cookies:
            pair, _, attributes = line.partition(";")
            name, _, value = pair.strip().partition("=")
            gone = "max-age=0" in attributes.lower().replace(" ", "")
            if gone:
                self._jar(netloc).pop(name, None)
            else:
                self._jar(netloc)[name] = value

    def _connect(self, parts):
        options = {"timeout": TIMEOUT_SECONDS, "source_address":
                   (self.address, 0) if self.address else None}
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc,
                                               context=self.tls, **options)
        return http.client.HTTPConnection(parts.netloc, **options)

    def request(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        sent = {"Accept": "text/html,*/*;q=0.8", "Connection": "close"}
        if self.language:
            sent["Accept-Language"] = self.language
        jar = self._jar(parts.netloc)
        if jar:
            sent["Cookie"] = "; ".join("%s=%s" % item for item in jar.items())
        sent.update(headers or {})
        connection = self._connect(parts)
        try:
            target = parts.path or "/"
            if parts.query:
                target += "?" + parts.query
            connection.request(method, target, body=body, headers=sent)
            raw = connection.getresponse()
            response = Response(url, raw, raw.read())
        finally:
            connection.close()
        self._keep_cookies(parts.netloc, response)
        return response

    def _origin(self):
        parts = urllib.parse.urlsplit(self.base)
        return "%s://%s" % (parts.scheme, parts.netloc)

    def get(self, url, headers=None):
        return self.request("GET", self.at(url), headers=headers)

    def head(self, url, headers=None):
        return self.request("HEAD", self.at(url), headers=headers)

    def at(self, path):
        """A path of the application below its mount point."""
        if path.startswith("http"):
            return path
        return self.base + path

    def post(self, url, fields, headers=None):
        """POST as curl -F does."""
        content_type, body = multipart(fields)
        headers = dict(headers or {}, **{"Content-Type": content_type})
        return self.request("POST", self.at(url), body, headers)

    def post_urlencoded(self, url, fields, headers=None):
        headers = dict(headers or {}, **{
            "Content-Type": "application/x-www-form-urlencoded"})
        return self.request("POST", self.at(url),
                            urllib.parse.urlencode(fields), headers)

    def submit(self, response, form, changes=None, files=None):
        """Send a form of the page `response` as a browser does.

        files holds a File, or a list of them, by the name of its control.
        """
        values = dict(form.values, **(changes or {}))
        fields = list(values.items())
        for name in form.files:
            chosen = (files or {}).get(name)
            fields += [(name, one) for one in
                       (chosen if isinstance(chosen, list) else [chosen])]
        target = urllib.parse.urljoin(response.url, form.action)
        headers = {"Origin": self._origin(), "Sec-Fetch-Site": "same-origin"}
        if form.enctype == "multipart/form-data":
            content_type, body = multipart(fields)
        else:
            content_type = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(values)
        headers["Content-Type"] = content_type
        return self.request(form.method.upper(), target, body, headers)

    def follow(self, response):
        """Open where a redirect leads."""
        return self.request("GET", urllib.parse.urljoin(
            response.url, response.header("Location")))


def send_raw(base, data, wait_seconds=10.0, half_close=True):
    """Send bytes as they are; all that comes back until the peer closes.

    With half_close the sending side ends after the bytes, as when a client
    goes away.
    """
    parts = urllib.parse.urlsplit(base)
    with socket.create_connection((parts.hostname, parts.port),
                                  wait_seconds) as connection:
        connection.settimeout(wait_seconds)
        answer = bytearray()
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while True:
                piece = connection.recv(65536)
                if not piece:
                    break
                answer += piece
        except (ConnectionError, socket.timeout):
            pass
        return bytes(answer)


def send_and_leave(base, data):
    """Send bytes and close without a look at the answer."""
    parts = urllib.parse.urlsplit(base)
    with socket.create_connection((parts.hostname, parts.port),
                                  TIMEOUT_SECONDS) as connection:
        try:
            connection.sendall(data)
        except ConnectionError:
            pass  # the server had enough before


def raw_request(base, method, path, headers, body):
    """The bytes of an HTTP/1.1 request with exactly these headers."""
    parts = urllib.parse.urlsplit(base)
    lines = ["%s %s%s HTTP/1.1" % (method, parts.path.rstrip("/"), path),
             "Host: " + parts.netloc, "Connection: close"]
    lines += ["%s: %s" % item for item in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status_of(answer):
    """The status of a raw answer, or 0 when the connection just closed."""
    line = answer.split(b"\r\n", 1)[0].split(b" ")
    if len(line) < 2 or not line[0].startswith(b"HTTP/1."):
        return 0
    return int(line[1])
