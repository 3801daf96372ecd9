#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""almacenctl: its answers as JSON, its exit status, and its signatures held
against an independent signer and a real S3 server."""

import base64
import datetime
import hashlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request

import client
import harness
import pictures
from objects import REGION
from tap import Skip, expect, expect_equal, expect_in, expect_not_in

ACCEPTED, REFUSED, USAGE = 0, 1, 2
KEYS = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE",
        "S3_SECRET_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
MOMENT = datetime.datetime(2013, 5, 24, 0, 0, 0)


def run(lab, *arguments, status=ACCEPTED, env=None, data=None):
    """Run almacenctl and hold its exit status; the text it prints."""
    done = lab.run_ctl(*arguments, env=env, data=data)
    expect_equal(done.returncode, status, "exit status of %s (%s)" % (
        " ".join(arguments), done.stderr.decode("utf-8", "replace")))
    return done.stdout.decode("utf-8")


def run_json(lab, *arguments, **options):
    return json.loads(run(lab, *arguments, **options))


def write_file(lab, name, data):
    path = os.path.join(lab.folder("ctl"), name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def test_usage(lab):
    """Exit status 2 for wrong usage; -h and -V work"""
    run(lab, status=USAGE)
    run(lab, "no-such-command", status=USAGE)
    run(lab, "sign", status=USAGE)
    run(lab, "check-form", "--no-such-option", status=USAGE)
    expect_in("check-form", run(lab, "-h"), "help")
    expect_in("almacen", run(lab, "-V"), "version")


def test_config(lab):
    """G1 F6: config shows value and source of every setting, no secret"""
    secret = "not-for-the-eye-of-anybody"
    text = run(lab, "config", env=dict(
        KEYS, S3_SECRET_KEY=secret, ENVIRONMENT="development"))
    expect_not_in(secret, text, "output of config")
    for name in ("S3_ENDPOINT", "S3_SECRET_KEY", "MAX_UPLOAD_SIZE",
                 "DATABASE_URL", "THREADS"):
        expect_in(name, text, "output of config")
    line = next(line for line in text.splitlines()
                if "MAX_UPLOAD_SIZE" in line)
    expect_in("2097152", line, "default")


def line_of(text, name):
    return next(line for line in text.splitlines()
                if line.startswith(name))


def test_config_aliases(lab):
    """Decision 1: S3_* before R2_* before AWS_*; the source is named"""
    env = {"AWS_ACCESS_KEY_ID": "FROMAWS", "AWS_SECRET_ACCESS_KEY": "s"}
    line = line_of(run(lab, "config", env=env), "S3_ACCESS_KEY")
    expect_in("FROMAWS", line, "AWS name")
    expect_in("AWS_ACCESS_KEY_ID", line, "source")
    env.update(R2_ACCESS_KEY_ID="FROMR2", R2_SECRET_ACCESS_KEY="s")
    expect_in("FROMR2", line_of(run(lab, "config", env=env),
                                "S3_ACCESS_KEY"), "R2 beats AWS")
    env.update(S3_ACCESS_KEY="FROMS3", S3_SECRET_KEY="s")
    expect_in("FROMS3", line_of(run(lab, "config", env=env),
                                "S3_ACCESS_KEY"), "S3 beats R2")
    path = write_file(lab, "some.env", b"S3_BUCKET=fromfile\nTHREADS=7\n")
    text = run(lab, "--env-file", path, "config",
               env={"THREADS": "9"})
    expect_in("fromfile", line_of(text, "S3_BUCKET"), "value of the file")
    expect_in("9", line_of(text, "THREADS"), "the environment wins")


def test_config_secret_file(lab):
    """F6: NAME_FILE reads a secret from a file"""
    path = write_file(lab, "secret.txt", b"hidden-in-a-file\n")
    text = run(lab, "config", env={"S3_ACCESS_KEY": "A",
                                   "S3_SECRET_KEY_FILE": path})
    expect_not_in("hidden-in-a-file", text, "output of config")
    expect_in("S3_SECRET_KEY_FILE", line_of(text, "S3_SECRET_KEY"), "source")


def test_config_refuses(lab):
    """Decision 8: bad settings are refused with a text that names them"""
    for env, name in (({"AUTH": "open"}, "AUTH"),
                      ({"ENVIRONMENT": "production", "AUTH": "open"}, "AUTH"),
                      ({"THREADS": "0"}, "THREADS"),
                      ({"S3_ACCESS_KEY": "only"}, "S3_SECRET_KEY")):
        done = lab.run_ctl("config", env=env)
        expect_equal(done.returncode, REFUSED, "exit status for %s" % env)
        expect_in(name, done.stderr.decode(), "message")


def test_check_form(lab):
    """check-form prints the parts of a body with their hashes"""
    picture = pictures.png()
    content_type, body = client.multipart([
        ("name", "Ñandú"), ("image", client.File("a b.png", picture,
                                                 "image/png"))])
    got = run_json(lab, "check-form", "--content-type", content_type,
                   data=body)
    parts = got["parts"]
    expect_equal([part["name"] for part in parts], ["name", "image"],
                 "names")
    expect_equal([part["filename"] for part in parts], [None, "a b.png"],
                 "file names")
    expect_equal(parts[1]["size"], len(picture), "size")
    expect_equal(parts[1]["type"], "image/png", "type")
    expect_equal(parts[1]["sha256"], hashlib.sha256(picture).hexdigest(),
                 "SHA-256")
    path = write_file(lab, "body.bin", body)
    expect_equal(run_json(lab, "check-form", "--content-type", content_type,
                          path), got, "the same from a file")


def test_check_form_refuses(lab):
    """check-form prints a refusal as JSON with exit status 1"""
    content_type, body = client.multipart([("name", "x"), ("sku", "y")])
    for wrong_type, wrong_body in (
            (content_type, body[:-10]), ("multipart/form-data", body),
            ("text/plain", body), (content_type, b""),
            (content_type, body.replace(b'name="sku"',
                                        b'name="sku"; name="z"'))):
        got = run_json(lab, "check-form", "--content-type", wrong_type,
                       data=wrong_body, status=REFUSED)
        expect("parts" not in got and got, "refusal is %s" % got)


def vectors():
    """Cases of other parsers' test suites, when they are at hand."""
    for folder in (os.environ.get("ALMACEN_VECTORS"),
                   os.path.join(harness.TOP, "../shared/vectors")):
        path = os.path.join(folder or "/nonexistent", "multipart.jsonl")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return [json.loads(line) for line in file if line.strip()]
    raise Skip("no multipart.jsonl in $ALMACEN_VECTORS")


def test_check_form_vectors(lab):
    """check-form refuses what other parsers' suites refuse, same parts else"""
    for case in vectors():
        body = base64.b64decode(case["body_b64"])
        done = lab.run_ctl("check-form", "--content-type",
                           case["content_type"], data=body)
        expect_in(done.returncode, (ACCEPTED, REFUSED), "exit status of "
                  + case["id"])
        got = json.loads(done.stdout)
        if case["verdict"] == "reject":
            expect_equal(done.returncode, REFUSED, case["id"])
        elif b"content-transfer-encoding" in body.lower():
            continue  # RFC 7578 section 4.7: senders do not, we do not decode
        elif done.returncode == ACCEPTED and case["parts"] is not None:
            expect_equal([(part["size"], part["sha256"])
                          for part in got["parts"]],
                         [(part["len"], part["sha256"])
                          for part in case["parts"]], case["id"])


def test_check_file(lab):
    """check-file prints the verdict on a picture"""
    path = write_file(lab, "photo.png", pictures.png(120, 80))
    got = run_json(lab, "check-file", path)
    expect_equal((got["accepted"], got["type"], got["width"],
                  got["height"]), (True, "image/png", 120, 80), "verdict")
    for name, data in (("a.jpg", pictures.jpeg()), ("a.gif", pictures.gif()),
                       ("a.webp", pictures.webp())):
        got = run_json(lab, "check-file", write_file(lab, name, data))
        expect(got["accepted"], "%s: %s" % (name, got))
    path = write_file(lab, "upload.tmp", pictures.png())
    got = run_json(lab, "check-file", path, "--name", "x.png", "--type",
                   "image/png", "--kind", "image")
    expect(got["accepted"], "with name and type: %s" % got)


def test_check_file_refuses(lab):
    """check-file refuses what is no whole picture, with a reason"""
    whole = pictures.png()
    for name, data in (("a.png", pictures.PDF), ("b.png", whole[:-5]),
                       ("c.jpg", whole), ("d.png", b""),
                       ("e.svg", pictures.SVG), ("f.png", pictures.HTML),
                       ("g.jpg", pictures.jpeg()[:-2]),
                       ("h.gif", pictures.gif()[:-1]),
                       ("i.webp", pictures.webp()[:-4]),
                       ("big.jpg", bytes(3 << 20))):
        got = run_json(lab, "check-file", write_file(lab, name, data),
                       status=REFUSED)
        expect(not got["accepted"] and got["reason"], "%s: %s" % (name, got))


def frozen_signer(presign=False):
    """Debian's botocore at a frozen clock."""
    try:
        from botocore import auth, credentials
    except ImportError:
        raise Skip("python3-botocore is not installed") from None

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return MOMENT

    auth.datetime.datetime = Frozen
    keys = credentials.Credentials(KEYS["S3_ACCESS_KEY"],
                                   KEYS["S3_SECRET_KEY"])
    if presign:
        return auth.S3SigV4QueryAuth(keys, "s3", REGION, expires=300)
    return auth.S3SigV4Auth(keys, "s3", REGION)


URLS = ("http://127.0.0.1:9000/uploads/plain.txt",
        "http://s3.example.com/uploads/a%20b/%C3%B1and%C3%BA.png",
        "https://uploads.s3.example.com/x/y.png?versionId=3&a=b%2Fc",
        "http://127.0.0.1:7480/uploads?list-type=2&prefix=products%2F",
        "https://s3.example.com:8443/uploads/%2B%3D%26%25")


def test_sign(lab):
    """A11: header signatures are those of an independent signer"""
    signer = frozen_signer()
    from botocore.awsrequest import AWSRequest
    for method in ("GET", "PUT", "DELETE"):
        for url in URLS:
            got = run_json(lab, "sign", "--method", method, "--url", url,
                           "--date", "20130524T000000Z", "--payload-hash",
                           hashlib.sha256(b"").hexdigest(), env=KEYS)
            request = AWSRequest(method=method, url=url, data=b"")
            signer.add_auth(request)
            wanted = request.headers["Authorization"].split("Signature=")[1]
            expect_equal(got["signature"], wanted, "signature of %s %s (%s)"
                         % (method, url, got))


def test_presign(lab):
    """A6: presigned URLs are those of an independent signer"""
    signer = frozen_signer(presign=True)
    from botocore.awsrequest import AWSRequest
    for url in URLS:
        got = run_json(lab, "sign", "--method", "GET", "--url", url,
                       "--date", "20130524T000000Z", "--presign", "300",
                       env=KEYS)
        request = AWSRequest(method="GET", url=url)
        signer.add_auth(request)
        wanted = dict(urllib.parse.parse_qsl(
            urllib.parse.urlsplit(request.url).query))
        signed = dict(urllib.parse.parse_qsl(
            urllib.parse.urlsplit(got["url"]).query))
        expect_equal(signed, wanted, "query of " + url)


def fetch(method, url, data=None, headers=None):
    request = urllib.request.Request(url, data=data, method=method,
                                     headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def s3_env(lab):
    return {"S3_ENDPOINT": lab.s3.endpoint, "STORE": "s3",
            "S3_ACCESS_KEY": lab.s3.access_key,
            "S3_SECRET_KEY": lab.s3.secret_key}


def test_presigned_round(lab):
    """A6 A7: presigned PUT, GET and DELETE work on a real S3 server"""
    env = dict(s3_env(lab), S3_BUCKET="e2e-presigned")
    run(lab, "bucket", "create", env=env)
    key = "carpeta/ñandú +&?#%41 '~.txt"

    def presigned(method):
        return run_json(lab, "sign", "--method", method, "--endpoint",
                        lab.s3.endpoint, "--bucket", "e2e-presigned",
                        "--key", key, "--presign", "60", env=env)["url"]

    expect_equal(fetch("PUT", presigned("PUT"), b"hola")[0], 200, "PUT")
    expect_equal(fetch("GET", presigned("GET")), (200, b"hola"), "GET")
    expect_equal(lab.s3.read("e2e-presigned", key), b"hola", "rclone")
    url = presigned("GET")
    expect_equal(fetch("GET", url[:-1] + ("0" if url[-1] != "0" else "1"))[0],
                 403, "GET with a changed signature")
    expect_equal(fetch("DELETE", presigned("DELETE"))[0], 204, "DELETE")
    expect_equal(fetch("GET", presigned("GET"))[0], 404, "GET afterwards")


def test_bucket_commands(lab):
    """A2 A10: bucket create and policy on a real S3 server"""
    env = dict(s3_env(lab), S3_BUCKET="e2e-bucket-ctl")
    run(lab, "bucket", "create", env=env)
    run(lab, "bucket", "create", env=env)
    lab.s3.put("e2e-bucket-ctl", "products/a.txt", b"open")
    lab.s3.put("e2e-bucket-ctl", "users/1/a.txt", b"closed")
    public = lab.s3.endpoint + "/e2e-bucket-ctl/products/a.txt"
    private = lab.s3.endpoint + "/e2e-bucket-ctl/users/1/a.txt"
    shown = run_json(lab, "bucket", "policy", env=env)
    statement = shown["Statement"][0]
    expect_equal(statement["Resource"],
                 ["arn:aws:s3:::e2e-bucket-ctl/products/*"], "resource")
    expect_equal(statement["Principal"], {"AWS": "*"}, "principal")
    expect_equal(fetch("GET", public)[0], 403, "before the policy")
    run(lab, "bucket", "policy", "--apply", env=env)
    expect_equal(fetch("GET", public), (200, b"open"), "public key")
    expect_equal(fetch("GET", private)[0], 403, "private key")
    run(lab, "bucket", "create", status=REFUSED, env=dict(
        env, S3_SECRET_KEY="wrong"))
    run(lab, "bucket", "create", status=REFUSED, env=dict(
        env, S3_ENDPOINT="http://127.0.0.1:9"))


if __name__ == "__main__":
    harness.main(globals())
