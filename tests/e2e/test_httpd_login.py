#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What web servers say about a login: users of their own (REMOTE_USER), and
that the connection is TLS."""

import base64
import hashlib
import json
import os
import ssl
import subprocess

import client
import harness
import pictures
from people import COOKIE, Person, ctl, expect_in_and_out
from tap import expect, expect_equal, expect_in, expect_not_in

# web server, store and database
STACKS = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"),
          ("lighttpd-cgi", "rgw", "pgsql"), ("apache-fcgid", "file", "sqlite"),
          ("nginx", "file", "sqlite"))
TLS_STACKS = (("nginx", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"),
              ("apache-fcgid", "file", "sqlite"))
# a login, and the segment of keys that it gets
USERS = (("ana", "ana"), ("eva@example.org", "eva@example.org"),
         ("tenant_7", "=74enant_7"), ("../ana", "=2E.=2Fana"))
PASSWORD = "vela-trueno-77"
FORGED = ("Remote-User", "REMOTE_USER", "X-Remote-User", "X-Forwarded-User",
          "Auth-User", "Redirect-Remote-User")

APACHE_MODULES = "LoadModule authz_core_module modules/mod_authz_core.so\n"
APACHE_LOGIN = (
    (APACHE_MODULES, APACHE_MODULES + "".join(
        "LoadModule %s_module modules/mod_%s.so\n" % (name, name)
        for name in ("authn_core", "authn_file", "authz_user",
                     "auth_basic"))),
    ("\tRequire all granted\n", "\tAuthType Basic\n\tAuthName tienda\n"
     "\tAuthUserFile \"@RUN@/../users\"\n\tRequire valid-user\n"))
LIGHTTPD_LOGIN = (
    ("server.modules       = ( ",
     'server.modules       = ( "mod_auth", "mod_authn_file", '),
    ("# >>> almacen\n", "# >>> almacen\n"
     'auth.backend = "htpasswd"\n'
     'auth.backend.htpasswd.userfile = "@RUN@/../users"\n'
     'auth.require = ( "" => ( "method" => "basic", "realm" => "tienda",'
     ' "require" => "valid-user" ) )\n'))
NGINX_LOGIN = (
    ("fastcgi_pass unix:@SOCKET@;", "fastcgi_pass unix:@SOCKET@;\n"
     "auth_basic tienda; auth_basic_user_file @RUN@/../users;"),)
LOGIN = {"lighttpd": LIGHTTPD_LOGIN, "lighttpd-cgi": LIGHTTPD_LOGIN,
         "apache-proxy": APACHE_LOGIN, "apache-fcgid": APACHE_LOGIN,
         "nginx": NGINX_LOGIN}

APACHE_TLS = (
    (APACHE_MODULES, APACHE_MODULES
     + "LoadModule ssl_module modules/mod_ssl.so\nSSLEngine on\n"
     'SSLCertificateFile "%(pem)s"\n'),)
NGINX_TLS = (
    ("listen @HOST@:@PORT@;", "listen @HOST@:@PORT@ ssl;\n"
     "ssl_certificate %(pem)s; ssl_certificate_key %(pem)s;"),)


class Site(harness.Site):
    """One whose web server has users of its own."""

    def start(self):
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest())
        with open(os.path.join(self.dir, "users"), "w",
                  encoding="utf-8") as file:
            for name, _ in USERS:
                file.write("%s:{SHA}%s\n" % (name, digest.decode()))
        super().start()


def login_site(lab, stack):
    site = Site(lab, *stack, conf_changes=LOGIN[stack[0]], settings={
        "AUTH": "remote_user", "ENVIRONMENT": "production"})
    lab.sites.append(site)
    lab.at_end(site.stop)
    site.start()
    return site


def basic(name, password=PASSWORD):
    pair = "%s:%s" % (name, password)
    return "Basic " + base64.b64encode(pair.encode()).decode()


def send(site, method, path, name, body=None, **headers):
    """A request with the web server's login, and without a cookie."""
    sent = {"Accept": "application/json", "Authorization": basic(name),
            "Sec-Fetch-Site": "same-origin"}
    sent.update({key.replace("_", "-"): value
                 for key, value in headers.items()})
    return client.Browser(site.url).request(method, site.url + path, body,
                                            sent)


def upload(site, name, **headers):
    kind, body = client.multipart([
        ("file_type", "image"),
        ("file", client.File("a.png", pictures.png(), "image/png"))])
    return send(site, "POST", "/files/upload/direct", name, body,
                Content_Type=kind, **headers)


# The tests


def check_nobody(site):
    browser = site.browser()
    for headers in ({}, {"Authorization": basic("ana", "wrong")},
                    {"Authorization": "Bearer " + PASSWORD},
                    {name: "ana" for name in FORGED}):
        answer = browser.get("/files", headers)
        expect_equal(answer.status, 401, "with %s" % headers)
        expect_in("Basic", answer.header("WWW-Authenticate"), "challenge")
    expect_equal(send(site, "GET", "/login", "ana").status, 404,
                 "a login page of ours")


def check_users(site):
    for name, segment in USERS:
        answer = upload(site, name)
        expect_equal(answer.status, 201, "%s: %r" % (name, answer))
        record = answer.json
        expect_equal(record["owner"], segment, "owner")
        expect(record["key"].startswith("users/%s/image/" % segment),
               record["key"])
        expect_equal(site.rows("SELECT actor, via, tenant_id FROM audit"
                               " WHERE subject = ?", "files/%d"
                               % record["file_id"]),
                     [(name, "server", 1)], "who did it, in the audit log")
        listed = send(site, "GET", "/files/", name).json["files"]
        expect_equal([file["file_id"] for file in listed],
                     [record["file_id"]], "files of " + name)
    expect_equal(upload(site, "ana", Sec_Fetch_Site="cross-site").status, 403,
                 "sent by a page of another site")
    return "/files/%d" % send(site, "GET", "/files", "ana") \
        .json["files"][0]["file_id"]


def check_forged(site, path):
    expect_equal(send(site, "GET", path, "ana").status, 200, "ana's file")
    for name in FORGED:
        answer = send(site, "GET", path, "eva@example.org", **{name: "ana"})
        expect_equal((answer.status, answer.json["detail"]),
                     (403, "Forbidden"), "with the header " + name)


def number_of(site, name):
    """What almacenctl calls a user who has no address of email."""
    users = json.loads(ctl(site, "user", "list", "--json"))["users"]
    return str(next(user["id"] for user in users if user["login"] == name))


def check_token(site, path):
    token = ctl(site, "token", "add", "--user", number_of(site, "ana"),
                "--name", "copia", "--scopes", "read").split()
    token = next(word for word in token if word.startswith("alm_"))
    # eva's login lets it in, the token says who it is
    expect_equal(send(site, "GET", path, "eva@example.org",
                      X_Api_Key=token).status, 200, "with ana's token")
    expect_equal(send(site, "DELETE", path, "ana",
                      X_Api_Key=token).status, 403, "beyond its scope")
    expect_not_in(token, site.log(), "the log")


def test_server_login(lab):
    """F2: REMOTE_USER of a login by the web server says who it is"""
    for stack in STACKS:
        site = login_site(lab, stack)
        check_nobody(site)
        path = check_users(site)
        check_forged(site, path)
        check_token(site, path)
        ctl(site, "user", "disable", number_of(site, "ana"))
        answer = send(site, "GET", path, "ana")
        expect_equal((answer.status, answer.json["error"]),
                     (403, "user_disabled"), "ana, disabled")
        expect_equal(send(site, "GET", "/files", "eva@example.org").status,
                     200, "eva")
        for secret in (PASSWORD, basic("ana").split()[1]):
            expect_not_in(secret, site.log(), "the log")
        site.stop()


def certificate(lab):
    """Key and certificate in one file, and a context that trusts it."""
    path = os.path.join(lab.folder("tls"), "tls.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=e2e", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
         path + ".key", "-out", path], check=True, timeout=30,
        stderr=subprocess.DEVNULL)
    with open(path + ".key", encoding="utf-8") as key, \
            open(path, "a", encoding="utf-8") as both:
        both.write(key.read())
    return path, ssl.create_default_context(cafile=path)


def test_tls(lab):
    """F2 G6: over TLS the cookie of a login is __Host- and Secure"""
    path, context = certificate(lab)
    for stack in TLS_STACKS:
        changes = NGINX_TLS if stack[0] == "nginx" else APACHE_TLS
        site = lab.site(*stack, tls=context, conf_changes=[
            (old, new % {"pem": path}) for old, new in changes],
            settings={"AUTH": "login", "ENVIRONMENT": "production"})
        person = Person(site)
        browser = site.browser()
        answer = person.try_login(browser)
        expect_equal(answer.status, 302, "logging in at " + site.name)
        cookie = next(line for line in answer.cookies if COOKIE in line)
        expect(cookie.startswith("__Host-%s=" % COOKIE), cookie)
        for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            expect_in("; " + attribute, cookie, "attributes")
        expect_not_in("Domain", cookie, "attributes")
        expect_in_and_out(browser, True, "with it")
        kept = browser.cookies[site.url.split("/")[2]]
        kept[COOKIE] = kept.pop("__Host-" + COOKIE)
        expect_in_and_out(browser, False, "by the plain name")
        site.stop()


if __name__ == "__main__":
    harness.main(globals())
