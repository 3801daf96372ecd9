#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`almacenctl doctor` against a real S3 server with one thing wrong at a time:
that check alone complains, and what it prints mends it."""

import email.utils
import http.client
import http.server
import json
import os
import re
import secrets
import shlex
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import botocore.config
import botocore.session

import faults
import fault_proxy
import harness
from fault_proxy import FaultProxy
from tap import Skip, expect, expect_equal, expect_in, expect_not_in

ORIGIN = "https://shop.example"
SECONDS_MAX = 20
LEFT = ("temp/doctor/", "products/doctor/")


def botocore_client(lab):
    if not lab.s3.endpoint.startswith("http://127.0.0.1:"):
        raise Skip("the S3 server is not on loopback")
    return botocore.session.get_session().create_client(
        "s3", region_name="us-east-1", endpoint_url=lab.s3.endpoint,
        aws_access_key_id=lab.s3.access_key,
        aws_secret_access_key=lab.s3.secret_key,
        config=botocore.config.Config(s3={"addressing_style": "path"}))


class Patient:
    """An installation with a bucket of its own, well when it is new."""

    def __init__(self, lab):
        self.lab = lab
        self.s3 = botocore_client(lab)
        self.bucket = "doctor-" + secrets.token_hex(4)
        self.data = lab.folder("doctor", self.bucket)
        self.env = dict(lab.s3.settings(self.bucket), DATA_DIR=self.data,
                        ENVIRONMENT="development", AUTH="open",
                        TEMP_DIR=lab.folder("doctor", "temp"))
        for words in ("bucket create --public", "bucket lifecycle --apply",
                      "bucket cors --apply --origin " + ORIGIN):
            self.run(*words.split())

    def run(self, *words):
        done = self.lab.run_ctl(*words, env=self.env)
        expect_equal(done.returncode, 0, "%s: %s" % (
            " ".join(words), done.stderr.decode()))
        return done.stdout.decode()

    def diagnose(self, *words):
        """The checks by name; none of them may have taken long."""
        start = time.monotonic()
        done = self.lab.run_ctl("doctor", "--json", "--origin", ORIGIN,
                                *words, env=self.env)
        expect(time.monotonic() - start < SECONDS_MAX, "doctor took %d s" % (
            time.monotonic() - start))
        report = json.loads(done.stdout)
        expect_equal(done.returncode, 0 if report["ok"] else 1,
                     "exit status (%s)" % done.stderr.decode())
        expect_not_in(self.env["S3_SECRET_KEY"], done.stdout.decode(),
                      "output")
        return {check["name"]: check for check in report["checks"]}

    def expect_only(self, name=None, state="bad", text="", fix=""):
        """Nothing complains but this one; what it says to do."""
        checks = self.diagnose()
        # the program, which makes it, is not what is looked at here
        expect_equal(checks.pop("database")["state"], "warning", "database")
        found = {check["name"]: check for check in checks.values()
                 if check["state"] in ("bad", "warning")}
        expect_equal({key: check["state"] for key, check in found.items()},
                     {name: state} if name else {},
                     "complaints (%s)" % found)
        self.expect_clean()
        if not name:
            return ""
        expect_in(text, found[name]["text"], "text of " + name)
        expect_in(fix, found[name]["fix"], "fix of " + name)
        return found[name]["fix"]

    def expect_clean(self):
        """No object and no upload of a check is left."""
        try:
            keys = self.lab.s3.keys(self.bucket)
        except Exception:
            return  # there is no bucket
        expect(not [key for key in keys if key.startswith(LEFT)],
               "left: %s" % list(keys))
        listed = self.s3.list_multipart_uploads(Bucket=self.bucket)
        expect_equal(listed.get("Uploads", []), [], "uploads left")

    def apply(self, fix):
        """Do what it says: a command of ours, a setting, or one of the
        shell."""
        command = re.split(r"  \(", fix)[0]
        words = shlex.split(command)
        setting = re.fullmatch(r"([A-Z][A-Z0-9_]+)=(\S+)", command)
        if words[0] == "almacenctl":
            self.run(*words[1:])
        elif setting:
            self.env[setting[1]] = setting[2]
        else:
            command = command.replace(" -o USER", "")
            subprocess.run(["/bin/sh", "-c", command], check=True, timeout=10)

    def expect_mended(self, *seen, **more):
        """It complains as told, its fix is applied, and all is well."""
        self.apply(self.expect_only(*seen, **more))
        self.expect_only()


# The way to the server.

def test_well(lab):
    """doctor: nothing is said of what is well, and nothing is left behind"""
    patient = Patient(lab)
    patient.expect_only()
    text = patient.run("doctor", "--origin", ORIGIN)
    expect_in("✓ bucket and keys    ", text, "text")
    expect_in("0 to mend, 1 to think about.", text, "last line")


def test_nobody_there(lab):
    """doctor: a wrong port, a host without a name"""
    patient = Patient(lab)
    good = patient.env["S3_ENDPOINT"]
    for endpoint, text in (("http://127.0.0.1:9", "nobody answers at "
                            "127.0.0.1:9"),
                           ("http://x.invalid", "no name server knows")):
        patient.env["S3_ENDPOINT"] = endpoint
        patient.expect_only("endpoint", text=text, fix="S3_ENDPOINT")
        checks = patient.diagnose()
        for name in ("clock", "access", "put", "presigned_get", "private",
                     "lifecycle", "delete"):
            expect_equal(checks[name]["state"], "skipped", name)
        expect_equal(checks["clock"]["text"], "needs: endpoint", "cause")
    patient.env["S3_ENDPOINT"] = good
    patient.expect_only()


def test_no_s3(lab):
    """doctor: an endpoint that is a web page, a server that is away"""
    patient = Patient(lab)
    site = lab.site("lighttpd", "file")
    patient.env["S3_ENDPOINT"] = site.url
    patient.expect_only("endpoint", text="no S3 server", fix="S3_ENDPOINT")
    site.stop()
    patient.expect_only("endpoint", text="nobody answers",
                        fix="S3_ENDPOINT")


class TlsRelay:
    """The S3 server behind TLS with a certificate nobody has signed."""

    def __init__(self, lab):
        folder = lab.folder("tls")
        self.cert = os.path.join(folder, "cert.pem")
        key = os.path.join(folder, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", key, "-out", self.cert, "-days", "2", "-subj",
             "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost"],
            check=True, capture_output=True, timeout=30)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, key)
        target = urllib.parse.urlsplit(lab.s3.endpoint)
        self.target = (target.hostname, target.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.authority = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        lab.at_end(self.listener.close)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        try:
            client.settimeout(10)
            with self.context.wrap_socket(client, server_side=True) as near, \
                    socket.create_connection(self.target, 10) as far:
                threading.Thread(target=self._pump, args=(far, near),
                                 daemon=True).start()
                self._pump(near, far)
        except OSError:
            client.close()

    @staticmethod
    def _pump(source, sink):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_tls(lab):
    """doctor: TLS to a plain port, plain to a TLS port, unknown authority"""
    patient = Patient(lab)
    plain = patient.env["S3_ENDPOINT"]
    patient.env["S3_ENDPOINT"] = plain.replace("http:", "https:")
    patient.expect_mended("endpoint", text="speaks no TLS",
                          fix="S3_ENDPOINT=" + plain)
    relay = TlsRelay(lab)
    patient.env["S3_ENDPOINT"] = "http://" + relay.authority
    fix = patient.expect_only("endpoint", text="speaks only TLS",
                              fix="S3_ENDPOINT=https://" + relay.authority)
    patient.apply(fix)
    fix = patient.expect_only("endpoint", text="certificate",
                              fix="S3_CA_FILE=/path/to/ca.pem")
    patient.apply(fix.replace("/path/to/ca.pem", relay.cert))
    patient.expect_only()
    patient.env["S3_CA_FILE"] = "/nonexistent/ca.pem"
    patient.expect_only("endpoint", text="certificate",
                        fix="cannot be read")


def changing(change):
    """A fault that passes on what `change` has done to the request."""
    def fault(exchange):
        change(exchange.request)
        fault_proxy.pass_on(exchange)
    return fault


def proxy_to(lab):
    target = urllib.parse.urlsplit(lab.s3.endpoint)
    proxy = FaultProxy((target.hostname, target.port))
    lab.at_end(proxy.close)
    return proxy


def test_clock(lab):
    """doctor: a clock that is wrong"""
    patient = Patient(lab)
    proxy = proxy_to(lab)

    def dated(seconds):
        def fault(exchange):
            answer = exchange.ask_server()
            answer.headers = [header for header in answer.headers
                              if header[0].lower() != "date"]
            answer.headers.append(("Date", email.utils.formatdate(
                time.time() + seconds, usegmt=True)))
            exchange.send(answer)
        return fault

    patient.env["S3_ENDPOINT"] = proxy.endpoint
    for seconds, state, text in ((7200, "bad", "s behind"),
                                 (-7200, "bad", "s ahead"),
                                 (300, "warning", "s behind")):
        proxy.recover()
        proxy.add(dated(seconds))
        patient.expect_only("clock", state, text=text, fix="set-ntp")
    proxy.recover()
    patient.expect_only()


def test_addressing(lab):
    """doctor: a server that knows no virtual hosts"""
    patient = Patient(lab)
    proxy = proxy_to(lab)
    host = "localhost:%d" % proxy.port

    def forget_bucket(request):
        if request.headers["host"].startswith(patient.bucket):
            request.headers["host"] = host

    proxy.add(changing(forget_bucket))
    patient.env.update(S3_ENDPOINT="http://" + host, S3_ADDRESSING="virtual")
    patient.expect_mended("addressing", text="by its path it does",
                          fix="S3_ADDRESSING=path")


# Who may do what.

def test_keys(lab):
    """doctor: an unknown access key, a secret that does not fit"""
    patient = Patient(lab)
    good = dict(patient.env)
    patient.env["S3_ACCESS_KEY"] = "NOBODYKNOWSTHISONE00"
    patient.expect_only("access", text="InvalidAccessKeyId",
                        fix="S3_ACCESS_KEY")
    patient.env = dict(good, S3_SECRET_KEY="of/something+else")
    patient.expect_only("access", text="SignatureDoesNotMatch",
                        fix="S3_SECRET_KEY")
    patient.env = good
    patient.expect_only()


def test_bucket(lab):
    """doctor: a bucket that is not there, and is created"""
    patient = Patient(lab)
    patient.env.update(S3_BUCKET=patient.bucket + "-2")
    patient.bucket += "-2"
    fix = patient.expect_only("access", text="NoSuchBucket",
                              fix="almacenctl bucket create")
    patient.apply(fix)
    checks = patient.diagnose()
    expect_equal(checks["access"]["state"], "ok", "access")
    expect_equal(checks["put"]["state"], "ok", "put")


def deny(patient, action):
    policy = json.loads(patient.run("bucket", "policy"))
    arn = "arn:aws:s3:::" + patient.bucket
    policy["Statement"].append({
        "Sid": "No", "Effect": "Deny", "Principal": {"AWS": "*"},
        "Action": action, "Resource": [arn, arn + "/*"]})
    patient.s3.put_bucket_policy(Bucket=patient.bucket,
                                 Policy=json.dumps(policy))


def test_rights(lab):
    """doctor: a key that may not list, put or delete; its policy mends it"""
    patient = Patient(lab)
    for action, name in (("s3:ListBucket", "access"),
                         ("s3:PutObject", "put"),
                         ("s3:AbortMultipartUpload", "multipart")):
        deny(patient, action)
        checks = patient.diagnose()
        complaints = [key for key, check in checks.items()
                      if check["state"] == "bad"]
        expect_equal(complaints, [name], "complaints without " + action)
        expect_in("AccessDenied", checks[name]["text"], "text")
        document = checks[name]["fix"].partition(": ")[2]
        allowed = json.loads(document)["Statement"]
        expect_in(action, allowed[0]["Action"], "what is to be allowed")
        allowed[0]["Principal"] = {"AWS": "*"}
        patient.s3.put_bucket_policy(Bucket=patient.bucket,
                                     Policy=json.dumps({
                                         "Version": "2012-10-17",
                                         "Statement": allowed}))
        expect_equal(patient.diagnose()[name]["state"], "ok", name)
        patient.run("bucket", "policy", "--apply")
        for upload in patient.s3.list_multipart_uploads(
                Bucket=patient.bucket).get("Uploads", []):
            patient.s3.abort_multipart_upload(
                Bucket=patient.bucket, Key=upload["Key"],
                UploadId=upload["UploadId"])
    patient.expect_only()


# What the server can do.

def test_abilities(lab):
    """doctor: conditions not honoured, no POST, checksums not checked"""
    patient = Patient(lab)
    proxy = proxy_to(lab)
    patient.env.update(S3_ENDPOINT=proxy.endpoint)

    def taken(name):
        """What has this header is taken as it is."""
        def fault(exchange):
            if name in exchange.request.headers:
                exchange.read_body()
                exchange.send(fault_proxy.Answer(200, [("ETag", '"e"')]))
            else:
                fault_proxy.pass_on(exchange)
        return fault

    for fault, method, name, fix in (
            (taken("if-none-match"), "PUT", "conditional",
             "S3_CONDITIONAL_WRITE=false"),
            (faults.status(501, "NotImplemented"), "POST", "post",
             "S3_FORM_POST=false")):
        proxy.recover()
        proxy.add(fault, method=method,
                  query="^$" if method == "POST" else None)
        patient.expect_mended(name, fix=fix)
        del patient.env[fix.partition("=")[0]]
    patient.env["S3_CHECKSUM"] = "sha256"
    proxy.recover()
    proxy.add(taken("x-amz-checksum-sha256"), method="PUT", key="^temp/",
              after=1)  # the first one is to be there
    patient.expect_mended("checksum", text="does not check",
                          fix="S3_CHECKSUM=none")


# Browsers.

def test_presign(lab):
    """doctor: a presign endpoint that is wrong, a proxy that rewrites Host"""
    patient = Patient(lab)
    patient.env["S3_PRESIGN_ENDPOINT"] = "http://127.0.0.1:9"
    patient.env["S3_PUBLIC_URL"] = lab.s3.endpoint
    patient.expect_only("presigned_get", text="nobody answers",
                        fix="S3_PRESIGN_ENDPOINT")
    proxy = proxy_to(lab)

    def rename(request):
        request.headers["host"] = "rgw.internal"

    proxy.add(changing(rename))
    patient.env["S3_PRESIGN_ENDPOINT"] = proxy.endpoint
    patient.expect_only("presigned_get", text="SignatureDoesNotMatch",
                        fix="must pass Host")
    proxy.recover()
    patient.expect_only()


def test_cors(lab):
    """doctor: no CORS, another site's, ETag not exposed, headers refused"""
    patient = Patient(lab)
    good = patient.s3.get_bucket_cors(Bucket=patient.bucket)["CORSRules"]
    patient.s3.delete_bucket_cors(Bucket=patient.bucket)
    patient.expect_mended("cors", text="may not upload",
                          fix="almacenctl bucket cors --origin " + ORIGIN)
    for change, text in (
            ({"AllowedOrigins": ["https://other.example"]},
             "may not upload"),
            ({"ExposeHeaders": ["x-amz-request-id"]}, "may not read ETag"),
            ({"AllowedMethods": ["GET"]}, "may not"),
            ({"AllowedHeaders": ["x-other"]}, "may not")):
        patient.s3.put_bucket_cors(
            Bucket=patient.bucket,
            CORSConfiguration={"CORSRules": [dict(good[0], **change)]})
        patient.expect_mended("cors", text=text, fix="--apply")


def test_public(lab):
    """doctor: a public prefix that is not, a wrong S3_PUBLIC_URL"""
    patient = Patient(lab)
    patient.s3.delete_bucket_policy(Bucket=patient.bucket)
    patient.expect_mended("public", text="AccessDenied",
                          fix="almacenctl bucket policy --apply")
    for url in (lab.s3.endpoint + "/no-such-bucket", "http://127.0.0.1:9",
                "http://cdn.invalid"):
        patient.env.update(S3_PUBLIC_URL=url, S3_PUBLIC_URL_IS_BUCKET="true")
        patient.expect_only("public", fix="S3_PUBLIC_URL: ")
    del patient.env["S3_PUBLIC_URL"]
    patient.expect_only()


def test_private(lab):
    """doctor: a bucket that is public by accident, by policy or by ACL"""
    patient = Patient(lab)
    arn = "arn:aws:s3:::" + patient.bucket
    for action, text in (("s3:GetObject", "read private objects"),
                         ("s3:ListBucket", "list the bucket"),
                         ("s3:PutObject", "write to the bucket")):
        policy = json.loads(patient.run("bucket", "policy"))
        policy["Statement"].append({
            "Sid": "All", "Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": action, "Resource": [arn, arn + "/*"]})
        patient.s3.put_bucket_policy(Bucket=patient.bucket,
                                     Policy=json.dumps(policy))
        patient.expect_mended("private", text=text,
                              fix="almacenctl bucket policy --apply")
    patient.s3.put_bucket_acl(Bucket=patient.bucket, ACL="public-read")
    fix = patient.expect_only("private", text="list the bucket")
    command = re.search(r"aws (s3api [^)]*)", fix)[1]
    lab.s3.aws(*command.split())
    patient.expect_only()


def test_lifecycle(lab):
    """doctor: no rules for what nobody finishes"""
    patient = Patient(lab)
    patient.s3.delete_bucket_lifecycle(Bucket=patient.bucket)
    patient.expect_mended("lifecycle", "warning", text="unfinished uploads",
                          fix="almacenctl bucket lifecycle --apply")


# This machine.

def test_machine(lab):
    """doctor: no DATA_DIR, settings for all to read, or for nobody"""
    patient = Patient(lab)
    patient.env["DATA_DIR"] = os.path.join(patient.data, "deep")
    fix = patient.diagnose()["folders"]["fix"]
    patient.apply(fix)
    patient.expect_only()
    path = os.path.join(patient.data, "secret.env")
    with open(path, "w", encoding="utf-8") as file:
        file.write("S3_SECRET_KEY=%s\n" % patient.env["S3_SECRET_KEY"])
    os.chmod(path, 0o644)
    harness.give_away(path)
    secret = patient.env.pop("S3_SECRET_KEY")
    report = json.loads(lab.run_ctl("--env-file", path, "doctor", "--json",
                                    env=patient.env).stdout)
    check = next(check for check in report["checks"]
                 if check["name"] == "secret_files")
    expect_equal(check["state"], "warning", "state")
    patient.apply(check["fix"])
    expect_equal(os.stat(path).st_mode & 0o777, 0o640, "mode")
    patient.env["S3_SECRET_KEY"] = secret
    patient.env["S3_BUCKET_NAME"] = ""
    patient.env["MAX_FILE_SIZE"] = "very large"
    checks = patient.diagnose()
    expect_equal(checks["settings"]["state"], "bad", "settings")
    expect_in("MAX_FILE_SIZE", checks["settings"]["text"], "text")


# The file store.

def site_checks(lab, site, *words):
    done = lab.run_ctl("--env-file", site.env_file, "doctor", "--json",
                       *words)
    report = json.loads(done.stdout)
    return {check["name"]: check for check in report["checks"]}


def test_file_store(lab):
    """doctor: the file store through the web server, as browsers see it"""
    site = lab.site("lighttpd", "file")
    site.restart(BASE_URL=site.url, SECRET_KEY="k" * 32)
    os.chmod(site.env_file, 0o640)
    checks = site_checks(lab, site)
    for name, check in checks.items():
        expect(check["state"] in ("ok", "skipped"), "%s: %s" % (name, check))
    for name in ("put", "presigned_get", "presigned_put", "post", "cors",
                 "public", "private", "delete", "database"):
        expect_equal(checks[name]["state"], "ok", name)
    cors = site_checks(lab, site, "--origin", ORIGIN)["cors"]
    expect_equal(cors["state"], "bad", "cors of another site")
    expect_equal(cors["fix"], "CORS_ORIGINS=" + ORIGIN, "fix")
    site.restart(CORS_ORIGINS=ORIGIN)
    cors = site_checks(lab, site, "--origin", ORIGIN)["cors"]
    expect_equal(cors["state"], "ok", "cors: %s" % cors)
    site.stop()
    for name, wanted in (("presigned_get", "bad"), ("public", "bad"),
                         ("presigned_put", "skipped")):
        check = site_checks(lab, site)[name]
        expect_equal(check["state"], wanted, name)
    expect_equal(list(site.keys()), [], "objects left")


# People and programs.

class NoAuthorization:
    """A proxy that passes requests on without their Authorization."""

    def __init__(self, port):
        self.port = port
        handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {
            "do_GET": lambda asked: self.pass_on(asked),
            "log_message": lambda *_: None})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def pass_on(self, asked):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=10)
        connection.request("GET", asked.path,
                           headers={"Accept": asked.headers["Accept"]})
        answer = connection.getresponse()
        body = answer.read()
        asked.send_response(answer.status)
        challenge = answer.getheader("WWW-Authenticate")
        if challenge:
            asked.send_header("WWW-Authenticate", challenge)
        asked.end_headers()
        asked.wfile.write(body)
        connection.close()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def test_login(lab):
    """doctor: nobody to log in, no TLS, a web server that keeps tokens back"""
    site = lab.site("apache-proxy", settings={
        "AUTH": "login", "SECRET_KEY": "k" * 32})
    site.restart(BASE_URL=site.url)
    checks = site_checks(lab, site)
    expect_equal(checks["login"]["state"], "ok", "login on this machine")
    expect_equal(checks["authorization"]["state"], "ok", "tokens: %s"
                 % checks["authorization"])
    expect_equal(checks["people"]["state"], "warning", "nobody is there")
    expect_in("[AUTH] No user can log in yet: almacenctl user add",
              site.log(), "what the program says at its start")
    done = lab.run_ctl("--env-file", site.env_file, "user", "add",
                       "ana@example.com", "--role", "admin", "--generate")
    expect_equal(done.returncode, 0, "user add: %s" % done.stderr)
    check = site_checks(lab, site)["people"]
    expect_equal(check["state"], "ok", "people: %s" % check)
    site.restart(BASE_URL="http://192.0.2.1/x")
    check = site_checks(lab, site)["login"]
    expect_equal(check["state"], "warning", "login without TLS")
    expect_in("BASE_URL=https://192.0.2.1/x", check["fix"], "fix")
    relay = NoAuthorization(site.port)
    lab.at_end(relay.close)
    site.restart(BASE_URL=relay.url)
    check = site_checks(lab, site)["authorization"]
    expect_equal(check["state"], "warning", "without the header")
    expect_in("CGIPassAuth On", check["fix"], "fix")
    expect_in("X-Api-Key", check["fix"], "fix")


if __name__ == "__main__":
    harness.main(globals())
