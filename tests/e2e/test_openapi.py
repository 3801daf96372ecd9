#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""/openapi.json is true: every operation it describes is called, and what goes
out and comes back is what it says."""

import json
import re
import urllib.parse

import jsonschema

import client
import harness
import pictures
from client import File
from tap import expect, expect_equal, expect_in

STACKS = (("lighttpd", "file"), ("lighttpd", "rgw"),
          ("apache-proxy", "file"), ("apache-proxy", "rgw"))
METHODS = ("get", "put", "post", "patch", "delete")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NOBODY = 5  # no file has this id

FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time")(
    lambda value: not isinstance(value, str) or TIME.fullmatch(value))
FORMATS.checks("int64")(
    lambda value: not isinstance(value, int) or -2**63 <= value < 2**63)


def closed(schema):
    """The same schema, where members that it does not name are wrong."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: closed(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    return schema


class Api:
    """Calls operations by their id and holds both sides to the document."""

    def __init__(self, site):
        self.site = site
        self.document = send(site, "GET", "/openapi.json").json
        self.closed = closed(self.document)
        self.called = set()
        self.operations = {}
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                expect_in(method, METHODS, "method of " + path)
                name = operation["operationId"]
                expect(name not in self.operations, name + " is there twice")
                self.operations[name] = (method, path, operation)

    def resolve(self, value):
        while "$ref" in value:
            target = self.document
            for part in value["$ref"][2:].split("/"):
                target = target[part]
            value = target
        return value

    def validate(self, value, schema, what):
        resolver = jsonschema.RefResolver.from_schema(self.closed)
        validator = jsonschema.Draft202012Validator(
            closed(schema), resolver=resolver, format_checker=FORMATS)
        for problem in validator.iter_errors(value):
            expect(False, "%s: %s at %s of %r" % (
                what, problem.message, list(problem.absolute_path), value))

    def check_parameters(self, operation, where, values, name):
        described = {item["name"]: item
                     for item in operation.get("parameters", ())
                     if item["in"] == where}
        for key, value in values.items():
            expect_in(key, described, "%s: a parameter" % name)
            self.validate(value, described[key]["schema"],
                          "%s: %s" % (name, key))
        for key, item in described.items():
            expect(not item.get("required") or key in values,
                   "%s: %s is not given" % (name, key))

    def check_body(self, operation, kind, value, name):
        content = operation.get("requestBody", {}).get("content", {})
        expect_in(kind, content, name + ": type of the body")
        self.validate(value, content[kind]["schema"], name + ": body")

    def check_answer(self, name, operation, answer):
        responses = operation["responses"]
        what = "%s: %d %s" % (name, answer.status, answer.body[:300])
        expect_in(str(answer.status), responses, what)
        response = self.resolve(responses[str(answer.status)])
        if answer.status < 400:
            for header in response.get("headers", {}):
                expect(answer.header(header), "%s: no %s" % (what, header))
        content = response.get("content")
        if content is None:
            return
        expect_equal(answer.header("Content-Type"), "application/json", what)
        self.validate(answer.json, content["application/json"]["schema"],
                      what)

    def call(self, name, path=None, query=None, status=None, headers=None,
             is_wrong=False, **bodies):
        """One call; bodies is json=, form= or parts= (a list).

        With is_wrong the request need not be as it is described.
        """
        method, template, operation = self.operations[name]
        headers = dict({"Accept": "application/json"}, **(headers or {}))
        if not is_wrong:
            self.check_parameters(operation, "path", path or {}, name)
            self.check_parameters(operation, "query", query or {}, name)
        url = re.sub(r"\{(\w+)\}", lambda found: urllib.parse.quote(
            str((path or {})[found[1]])), template)
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None
        if bodies:
            kind, value, data = encode(**bodies)
            headers["Content-Type"] = kind
            if not is_wrong:
                self.check_body(operation, kind.split(";")[0], value, name)
        answer = send(self.site, method.upper(), url, data, headers)
        self.check_answer(name, operation, answer)
        if status is not None:
            expect_equal(answer.status, status, "%s: %r" % (name, answer))
        if answer.status < 400:
            self.called.add(name)
        return answer


def encode(json_value=None, form=None, parts=None):
    """Content type, the value that a schema describes, bytes."""
    if parts is not None:
        kind, data = client.multipart(parts)
        value = {name: "" if isinstance(item, File) else
                 typed(item) for name, item in parts}
        return kind, value, data
    if form is not None:
        return ("application/x-www-form-urlencoded",
                {name: typed(item) for name, item in form.items()},
                urllib.parse.urlencode(form).encode())
    return "application/json", json_value, json.dumps(json_value).encode()


def typed(text):
    """What a form's text stands for."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdigit() else text


def send(site, method, path, data=None, headers=None):
    return client.Browser(site.url).request(
        method, path if path.startswith("http") else site.url + path, data,
        dict({"Accept": "application/json"}, **(headers or {})))


def png(name="martillo.png", seed=1):
    return File(name, pictures.png(seed=seed), "image/png")


# Each operation, with good and with bad requests


def check_describe(api):
    answer = api.call("describe", status=200)
    again = send(api.site, "GET", "/openapi.json",
                 headers={"If-None-Match": answer.header("ETag")})
    expect_equal((again.status, again.body), (304, b""), "unchanged")
    expect_in("public", answer.header("Cache-Control"), "caching")


def check_uploads(api):
    for name, path, fields in (
            ("upload", {}, []), ("uploadAvatar", {"user_id": "1"}, []),
            ("uploadDirect", {}, [("file_type", "image"),
                                  ("is_public", "false"),
                                  ("athlete_id", "ana")])):
        api.call(name, path, parts=fields + [("file", png())],
                 headers={"Idempotency-Key": name})
        api.call(name, path, parts=[("file", png()), ("more", "x")],
                 headers={"Idempotency-Key": name}, status=409,
                 is_wrong=True)
        api.call(name, path, parts=fields, status=400, is_wrong=True)
        api.call(name, path, json_value={}, status=415, is_wrong=True)
        api.call(name, path, parts=fields + [
            ("file", File("a.png", b"<html>", "image/png"))], status=415)
    api.call("uploadAvatar", {"user_id": "nobody"},
             parts=[("file", png())], status=404)


def put(ticket, data):
    headers = {name: value for name, value in ticket["headers"].items()
               if name.lower() != "content-length"}
    answer = client.Browser().request(ticket["method"], ticket["upload_url"],
                                      data, headers)
    expect_equal(answer.status, 200, "PUT: %r" % answer)


def check_direct_uploads(api):
    wanted = {"original_filename": "a.png", "file_type": "image"}
    api.call("presignUpload", form=wanted, status=200)
    api.call("presignUpload", json_value=dict(wanted, method="POST"))
    api.call("presignUpload", json_value={}, status=400, is_wrong=True)
    api.call("presignUpload", json_value=dict(wanted, file_type="x"),
             status=400, is_wrong=True)
    ticket = api.call("presignUpload", json_value=dict(
        wanted, is_public=False, athlete_id=None, content_type="image/png",
        size=len(pictures.png())), status=200).json
    path = {"file_id": ticket["file_id"]}
    api.call("confirmUpload", path, status=409)
    put(ticket, pictures.png())
    api.call("confirmUpload", path, status=200)
    api.call("confirmUpload", {"file_id": NOBODY}, status=404)
    for name in ("getUploadUrl", "apiGetUploadUrl"):
        ticket = api.call(name, json_value={
            "filename": "a.png", "file_type": "image"}, status=200).json
        api.call(name, json_value={}, status=400, is_wrong=True)
    word = {"key": ticket["key"], "file_type": "image"}
    api.call("fileUploaded", json_value=word, status=409)
    put(ticket, pictures.png())
    api.call("fileUploaded", json_value=word, status=200)
    api.call("fileUploaded", json_value=dict(word, key="temp/x"), status=404)


def check_downloads(api, record):
    path = {"file_id": record["file_id"]}
    api.call("downloadObject", {"object_name": record["key"]}, status=200)
    api.call("downloadObject", {"object_name": "uploads/no"}, status=404)
    api.call("downloadFile", path, status=200)
    api.call("downloadFile", path, headers={"Accept": "text/html"},
             status=302)
    api.call("presignFile", path, {"expires_in": 60}, status=200)
    api.call("presignFile", path, {"expires_in": 0}, status=400,
             is_wrong=True)
    for name in ("downloadFile", "presignFile"):
        api.call(name, {"file_id": NOBODY}, status=404)


def check_shares(api, record):
    path = {"file_id": record["file_id"]}
    api.call("shareFile", path, form={"expires_in": "60"}, status=200)
    link = api.call("shareFile", path, json_value={"expires_in": None},
                    status=200).json["url"]
    token = link.rsplit("/", 1)[1]
    api.call("followShare", {"token": token}, status=302)
    api.call("shareFile", path, json_value={"expires_in": "x"}, status=400,
             is_wrong=True)
    api.call("revokeShares", path, status=200)
    api.call("followShare", {"token": token}, status=404)
    for name in ("shareFile", "revokeShares"):
        api.call(name, {"file_id": NOBODY}, status=404)


def check_records(api, record):
    path = {"file_id": record["file_id"]}
    api.call("listFiles", status=200)
    page = api.call("listFiles", query={"limit": 1, "file_type": "document"},
                    status=200).json
    if page.get("next_cursor"):
        api.call("listFiles", query={"limit": 1,
                                     "cursor": page["next_cursor"],
                                     "file_type": "document"}, status=200)
    api.call("listFiles", query={"limit": "x"}, status=400, is_wrong=True)
    answer = api.call("getFile", path, status=200)
    api.call("getFile", {"file_id": NOBODY}, status=404)
    tag = {"If-Match": answer.header("ETag")}
    api.call("changeFile", path, headers=tag, status=200,
             json_value={"original_filename": "otro.pdf",
                         "athlete_id": "ana", "alt_text": "Un plano",
                         "tags": ["plano", "casa"]})
    api.call("changeFile", path, headers=tag, status=412,
             json_value={"alt_text": "Otro"})
    api.call("changeFile", path, json_value={"is_public": "x"}, status=400,
             is_wrong=True)
    api.call("changeFile", {"file_id": NOBODY}, status=404,
             json_value={"alt_text": "Otro"})
    api.call("deleteFile", path, headers=tag, status=412)
    api.call("deleteFile", path, status=200)
    api.call("downloadFile", path, status=404)
    api.call("restoreFile", path, status=200)
    api.call("getFile", path, status=200)
    api.call("deleteFile", path, {"hard_delete": True}, status=200)
    api.call("restoreFile", path, status=404)


def check_quota(api):
    before = api.call("getQuota", status=200).json
    api.call("upload", parts=[("file", png(seed=9))])
    after = api.call("getQuota", status=200).json
    expect_equal(after["used_files"], before["used_files"] + 1, "files")
    expect(after["used_bytes"] > before["used_bytes"], "bytes")


def check_object(api):
    key = api.call("upload", parts=[("file", png(seed=8))]).json[
        "object_name"]
    folder, _, name = key.partition("/")
    api.call("deleteObject", {"folder": folder, "object_name": name},
             status=200)
    expect(key not in api.site.keys(), "the object is still there")


# The tests


def check_schema(api, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    for part in schema.get("properties", {}).values():
        check_schema(api, part)
    api.resolve(schema)


def test_document(site):
    """B17: the document is one of OpenAPI 3.1"""
    api = Api(site)
    document = api.document
    expect_equal(document["openapi"], "3.1.0", "version")
    expect_equal(document["servers"], [{"url": site.url}], "servers")
    for name in ("title", "version"):
        expect(document["info"][name], "info has no " + name)
    hidden = [re.sub(r"\{\w+\}", "{}", path) for path in document["paths"]]
    expect_equal(len(hidden), len(set(hidden)),
                 "paths that differ by more than names")
    for name, (_, path, operation) in api.operations.items():
        expect(operation["summary"] and not
               operation["summary"].endswith("."), "summary of " + name)
        captures = re.findall(r"\{(\w+)\}", path)
        expect_equal([item["name"] for item in operation["parameters"]
                      if item["in"] == "path"], captures,
                     "path parameters of " + name)
        expect(any(status[0] in "23" for status in operation["responses"]),
               name + " never succeeds")
        for status, response in operation["responses"].items():
            expect(re.fullmatch("[2-5][0-9][0-9]", status), status)
            expect(api.resolve(response)["description"],
                   "%s %s has no description" % (name, status))
        for item in operation["parameters"]:
            check_schema(api, item["schema"])
        for content in operation.get("requestBody", {}).get(
                "content", {}).values():
            check_schema(api, content["schema"])
        for way in operation["security"]:
            for scheme in way:
                expect_in(scheme, document["components"]["securitySchemes"],
                          "scheme of " + name)
    for schema in document["components"]["schemas"].values():
        check_schema(api, schema)


def test_every_operation(site):
    """B17: every operation is called and does as it is described"""
    api = Api(site)
    check_describe(api)
    check_uploads(api)
    check_direct_uploads(api)
    record = api.call("uploadDirect", parts=[
        ("file_type", "document"),
        ("file", File("plano.pdf", PDF, "application/pdf"))],
        status=201).json
    check_downloads(api, record)
    check_shares(api, record)
    check_records(api, record)
    check_quota(api)
    check_object(api)
    expect_equal(sorted(set(api.operations) - api.called), [],
                 "operations that were not called")


def test_security(lab):
    """B17 F2: what wants a login says so, and the rest does not"""
    site = lab.site(settings={"AUTH": "login"})
    api = Api(site)
    for name, (method, path, operation) in sorted(api.operations.items()):
        answer = send(site, method.upper(), re.sub(
            r"\{\w*id\}", str(NOBODY), re.sub(r"\{\w+[a-hj-z]\}", "x", path)),
            b"" if method != "get" else None)
        api.check_answer(name, operation, answer)
        expect_equal(answer.status == 401, bool(operation["security"]),
                     "%s: %r" % (name, answer))


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)
