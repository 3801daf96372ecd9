# SPDX-License-Identifier: MIT
"""Presigned URLs and POST forms as they were issued, and altered in each of
their parts.

A Grant is what somebody was permitted; url_alterations() and
form_alterations() give pairs of a name and a Grant that differs in one
respect, which no server may take."""

import base64
import dataclasses
import http.client
import json
import urllib.parse

BOUNDARY = "----tamper7d81c0"


@dataclasses.dataclass(frozen=True)
class Grant:
    """One permitted request."""
    method: str
    url: str
    headers: tuple = ()         # pairs, to be sent exactly so
    fields: tuple = None        # pairs of a form, before its file
    body: bytes = b""
    host: str = None            # another Host than the URL's
    name: str = "photo.png"     # of the form's file
    behind: tuple = ()          # fields behind the file

    def change(self, **values):
        return dataclasses.replace(self, **values)

    @property
    def parts(self):
        return urllib.parse.urlsplit(self.url)

    @property
    def query(self):
        """Pairs of the query, still encoded."""
        return [tuple(pair.partition("=")[::2])
                for pair in self.parts.query.split("&") if pair]

    def with_query(self, pairs):
        query = "&".join("%s=%s" % pair for pair in pairs)
        return self.change(url=self.parts._replace(query=query).geturl())

    def with_path(self, path):
        return self.change(url=self.parts._replace(path=path).geturl())

    def with_header(self, name, value):
        """value None: without it."""
        rest = tuple(pair for pair in self.headers
                     if pair[0].lower() != name.lower())
        return self.change(headers=rest if value is None else
                           rest + ((name, value),))

    def with_field(self, name, value):
        """The first field of that name gets another value; None: none."""
        fields = list(self.fields)
        at = [field[0] for field in fields].index(name)
        fields[at:at + 1] = [] if value is None else [(name, value)]
        return self.change(fields=tuple(fields))

    def field(self, name):
        return dict(self.fields)[name]


def grant_of(issued, body=b""):
    """From the JSON of almacenctl presign or of the HTTP API."""
    fields = issued.get("fields")
    return Grant(issued["method"], issued.get("url") or issued["upload_url"],
                 tuple(issued.get("headers", {}).items()),
                 tuple(fields.items()) if fields else None, body)


# Sending.

def form_body(grant):
    """multipart/form-data: the fields, the file, and what is behind it."""
    parts = []
    for name, value in grant.fields:
        parts.append('--%s\r\nContent-Disposition: form-data; name="%s"\r\n'
                     '\r\n%s\r\n' % (BOUNDARY, name, value))
    text = "".join(parts).encode()
    if grant.body is not None:
        text += ('--%s\r\nContent-Disposition: form-data; name="file"; '
                 'filename="%s"\r\nContent-Type: application/octet-stream\r\n'
                 '\r\n' % (BOUNDARY, grant.name)).encode()
        text += grant.body + b"\r\n"
    for name, value in grant.behind:
        text += ('--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
                 '%s\r\n' % (BOUNDARY, name, value)).encode()
    return text + ("--%s--\r\n" % BOUNDARY).encode()


def send(grant):
    """Status and body of the answer.  Content-Length is always the truth."""
    parts = grant.parts
    headers = [pair for pair in grant.headers
               if pair[0].lower() != "content-length"]
    body = grant.body
    if grant.fields is not None:
        body = form_body(grant)
        headers.append(("Content-Type", "multipart/form-data; boundary="
                        + BOUNDARY))
    if grant.method in ("PUT", "POST"):
        headers.append(("Content-Length", str(len(body))))
    else:
        body = b""
    connection = http.client.HTTPConnection(parts.hostname, parts.port,
                                            timeout=30)
    try:
        target = parts.path + ("?" + parts.query if parts.query else "")
        connection.putrequest(grant.method, target, skip_host=True,
                              skip_accept_encoding=True)
        connection.putheader("Host", grant.host or parts.netloc)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        try:
            connection.send(body)
        except OSError:
            pass    # refused before all of it was read
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (ConnectionError, http.client.BadStatusLine):
        return 400, b"(the connection was cut)"
    finally:
        connection.close()


# URLs.

def _other_char(text, at=-1):
    other = "0" if text[at] != "0" else "1"
    return text[:at] + other + (text[at + 1:] if at != -1 else "")


def _place_alterations(grant, other_bucket):
    """Method, key, bucket and host."""
    for method in ("GET", "PUT", "DELETE", "POST", "HEAD"):
        if method != grant.method:
            yield "method " + method, grant.change(method=method)
    path = grant.parts.path
    folder, _, name = path.rpartition("/")
    yield "a longer key", grant.with_path(path + "x")
    yield "a shorter key", grant.with_path(path[:-1])
    yield "another key", grant.with_path(folder + "/other")
    yield "a key below", grant.with_path(path + "/x")
    yield "a doubled slash", grant.with_path(folder + "//" + name)
    yield "another bucket", grant.with_path(other_bucket(path))
    port = grant.parts.port
    for host in ("localhost:%d" % port, "127.0.0.1", "evil.example",
                 "127.0.0.1:%d" % (port + 1)):
        yield "host " + host, grant.change(host=host)


def _changed_values(name, value):
    """Other values of one of the X-Amz-... parameters."""
    if name == "X-Amz-Expires":
        return (str(int(value) + 1), "604800", "0", "-1", "")
    if name == "X-Amz-Date":
        return (value[:-2] + ("0Z" if value[-2] != "0" else "1Z"),
                "20200101T000000Z", "")
    if name == "X-Amz-Credential":
        parts = value.split("%2F")
        return ("%2F".join([_other_char(parts[0])] + parts[1:]),
                "%2F".join([parts[0], "20200101"] + parts[2:]),
                "%2F".join(parts[:2] + ["eu-west-9"] + parts[3:]),
                "%2F".join(parts[:3] + ["iam"] + parts[4:]), "")
    if name == "X-Amz-SignedHeaders":
        # (a name that no header has is an empty one to some)
        return ("host;x-amz-acl" if value == "host" else "host", "")
    if name == "X-Amz-Signature":
        return (_other_char(value), _other_char(value, 0), value[:-1], "")
    return (_other_char(value), "")


def _query_alterations(grant):
    query = grant.query
    for i, (name, value) in enumerate(query):
        rest = query[:i] + query[i + 1:]
        yield "no " + name, grant.with_query(rest)
        for other in _changed_values(name, value):
            yield ("%s=%s" % (name, other), grant.with_query(
                query[:i] + [(name, other)] + query[i + 1:]))
            if other:
                yield ("a second %s=%s" % (name, other), grant.with_query(
                    query + [(name, other)]))
    for name, value in (("acl", ""), ("tagging", ""), ("uploads", ""),
                        ("uploadId", "1"), ("versionId", "null"),
                        ("partNumber", "1"), ("x-id", "PutObject"),
                        ("response-content-type", "text%2Fhtml"),
                        ("response-content-disposition", "inline")):
        yield "extra ?" + name, grant.with_query(query + [(name, value)])
    yield "no query", grant.with_query([])


def _header_alterations(grant):
    """Each signed header: another value, and none."""
    for name, value in grant.headers:
        lower = name.lower()
        if lower == "content-length":
            yield "a longer body", grant.change(body=grant.body + b"x")
            yield "a shorter body", grant.change(body=grant.body[:-1])
            yield "no body", grant.change(body=b"")
            continue
        other = {"content-type": "text/html",
                 "if-none-match": '"0123"'}.get(lower, value + "x")
        yield "another " + name, grant.with_header(name, other)
        yield "no " + name, grant.with_header(name, None)


def url_alterations(grant, other_bucket):
    """other_bucket(path) leads to the same key elsewhere."""
    yield from _place_alterations(grant, other_bucket)
    yield from _query_alterations(grant)
    yield from _header_alterations(grant)


# Headers that the signature does not cover, and that S3 refuses.
UNSIGNED = (("x-amz-acl", "public-read"), ("x-amz-meta-owner", "somebody"),
            ("x-amz-storage-class", "GLACIER"), ("x-amz-tagging", "a=b"),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
            ("x-amz-website-redirect-location", "https://evil.example/"),
            ("x-amz-copy-source", None))


def unsigned_alterations(grant, copy_source):
    for name, value in UNSIGNED:
        yield ("unsigned " + name, grant.with_header(
            name, copy_source if value is None else value))


# Forms.

def policy_of(grant):
    return json.loads(base64.b64decode(next(
        value for name, value in grant.fields if name.lower() == "policy")))


def _wider_policy(grant):
    """The policy with what a thief would like in it."""
    policy = policy_of(grant)
    policy["conditions"].append(["starts-with", "$x-amz-meta-owner", ""])
    return base64.b64encode(json.dumps(policy).encode()).decode()


def _field_alterations(grant):
    for name, value in grant.fields:
        yield "no field " + name, grant.with_field(name, None)
        yield "another " + name, grant.with_field(
            name, {"content-type": "text/html", "success_action_status":
                   "200"}.get(name.lower(), _other_char(value)))
        yield "an empty " + name, grant.with_field(name, "")
    name = next(name for name, _ in grant.fields if name.lower() == "policy")
    yield "a wider policy", grant.with_field(name, _wider_policy(grant))
    key = grant.field("key")
    for other in (key + "x", "other", "${filename}", key + "/${filename}",
                  "../" + key):
        yield "key " + other, grant.with_field("key", other)
        yield "a second key", grant.change(
            fields=grant.fields + (("key", other),))
        yield "a first key", grant.change(
            fields=(("key", other),) + grant.fields)


EXTRA_FIELDS = (("acl", "public-read"), ("x-amz-meta-owner", "somebody"),
                ("x-amz-storage-class", "GLACIER"),
                ("tagging", "<Tagging/>"),
                ("success_action_redirect", "https://evil.example/"),
                ("redirect", "https://evil.example/"),
                ("x-amz-website-redirect-location", "https://evil.example/"),
                ("Content-Encoding", "gzip"), ("nonsense", "1"))


def form_alterations(grant, other_bucket):
    yield from _field_alterations(grant)
    for field in EXTRA_FIELDS:
        yield "extra field " + field[0], grant.change(
            fields=grant.fields + (field,))
    yield "another bucket", grant.with_path(other_bucket(grant.parts.path))
    yield "method PUT", grant.change(method="PUT")
    yield "no file", grant.change(body=None)
    low, high = next(condition[1:] for condition in
                     policy_of(grant)["conditions"]
                     if "content-length-range" in condition)
    yield "a file too large", grant.change(body=b"x" * (high + 1))
    if low > 0:
        yield "a file too small", grant.change(body=b"x" * (low - 1))
