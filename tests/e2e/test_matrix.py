#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Who may do what through real web servers: every operation of /openapi.json,
for every kind of caller, on his own files and on those of others.

What must happen is computed from the document (security and scopes) and from
the table in src/web/file_access.h; written down here are only what each
operation wants a file for, and bodies.  An operation that is new fails until
it has a row in PURPOSES or takes nothing in its path.  The same for pages, in
memory: tests/web/test-matrix.c."""

import json
import re
import time

import client
import harness
import pictures
from client import File
from people import COOKIE, Person, ctl
from tap import expect, expect_equal, fail

STACKS = (("lighttpd", "file", "sqlite"), ("apache-proxy", "rgw", "pgsql"))
SETTINGS = {"AUTH": "login", "S3_PUBLIC_PREFIXES": "products/ general/"}
SCOPES = ("read", "write", "admin")
RANKS = ("viewer", "editor", "admin")  # the role that each scope needs
ABSENT = {"file_id": 5, "key": "users/x/image/y"}
# What a file is wanted for, as in the table of file_access.h; "both" must be
# allowed to change it and to use it, an "upload" is nobody's but the sender's.
PURPOSES = {"getFile": "show", "downloadFile": "use", "presignFile": "use",
            "downloadObject": "use", "changeFile": "change",
            "deleteFile": "change", "restoreFile": "change",
            "deleteObject": "change", "shareFile": "both",
            "revokeShares": "both", "confirmUpload": "upload",
            "fileUploaded": "upload"}
# These do not find what is in the trash.
ONLY_LIVE = ("changeFile", "deleteObject")
# What they leave of a thing is another thing.
CONSUMING = ("changeFile", "deleteFile", "restoreFile", "deleteObject")
# Whoever may come gets these, whatever there is.
STATUSES = {"followShare": 404}


class Caller:
    """Somebody, and how he shows who he is."""

    def __init__(self, name, headers, person=None, rank=0, scope=None):
        self.name = name
        self.headers = headers
        self.person = person    # None: nobody knows him, or no longer
        self.rank = rank        # of his role
        self.scope = scope      # of his token; None: a session

    @property
    def is_admin(self):
        return self.rank == 2 and self.scope in (None, "admin")


class Member(Person):
    """Somebody, and the things of his that nobody used up yet."""

    def __init__(self, site, role="editor", tenant=1):
        super().__init__(site, role, tenant)
        self.tenant = tenant
        self.key_id = site.rows("SELECT key_id FROM users WHERE login = ?",
                                self.email)[0][0]
        self.things = {}  # by state
        self._uploader = None

    def session(self):
        """What his browser sends once he has logged in."""
        jar = next(iter(self.log_in().cookies.values()))
        return {"Cookie": "%s=%s" % (COOKIE, jar[COOKIE]),
                "Sec-Fetch-Site": "same-origin"}

    def bearer(self, scope):
        return {"Authorization": "Bearer " + self.token(scope)}

    def thing(self, state):
        """A file in that state; the same one until it is used up."""
        if state == "absent":
            return ABSENT
        if state not in self.things:
            thing = self._make(state)
            thing["row"] = self.row_of(thing)
            self.things[state] = thing
        return self.things[state]

    def row_of(self, thing):
        return self.site.rows("SELECT state, version, object_key, owner"
                              " FROM files WHERE id = ?", thing["file_id"])

    def _make(self, state):
        if state == "pending":
            return self._must("POST", "/get-upload-url", json.dumps(
                {"filename": "a.png", "file_type": "image"}).encode(),
                              "application/json")
        kind, body = client.multipart([
            ("file_type", "image"),
            ("is_public", "true" if state == "public" else "false"),
            ("file", File("a.png", pictures.png(8, 8), "image/png"))])
        file = self._must("POST", "/files/upload/direct", body, kind)
        if state == "trashed":
            self._must("DELETE", "/files/%d" % file["file_id"])
        return file

    def _must(self, method, path, body=None, kind=None):
        if self._uploader is None:
            self._uploader = self.bearer("write")
        headers = dict(self._uploader, Accept="application/json")
        if kind:
            headers["Content-Type"] = kind
        answer = client.Browser().request(method, self.site.url + path, body,
                                          headers)
        expect(answer.status in (200, 201), "%s %s: %r"
               % (method, path, answer))
        return answer.json

    def check_untouched(self):
        """What was not used up is as it was made."""
        for state, thing in self.things.items():
            expect_equal(self.row_of(thing), thing["row"],
                         "a %s file of %s" % (state, self.email))


class World:
    """People of two tenants, and all who may ask."""

    def __init__(self, site):
        added = ctl(site, "tenant", "add", "Otra").split()
        tenant = int(next(word for word in added if word.isdigit()))
        self.site = site
        self.people = {"stranger": Member(site, "admin", tenant),
                       "admin": Member(site, "admin")}
        for name in ("viewer", "editor", "colleague"):
            self.people[name] = Member(site)
        self.callers = self._dead() + self._living()

    def _dead(self):
        site = self.site
        former, disabled = Member(site), Member(site)
        expired, revoked = former.session(), former.bearer("write")
        site.sql("UPDATE sessions SET expires_secs = ?", int(time.time()) - 1)
        token = json.loads(ctl(site, "token", "list", "--user", former.email,
                               "--json"))["tokens"][0]
        ctl(site, "token", "revoke", str(token["id"]), "--user",
            former.email)
        callers = [Caller("anonymous", {}),
                   Caller("a revoked token", revoked),
                   Caller("an expired session", expired),
                   Caller("a disabled user", disabled.session()),
                   Caller("a disabled user's token",
                          disabled.bearer("write"))]
        ctl(site, "user", "disable", disabled.email)
        return callers

    def _living(self):
        people = self.people
        # A viewer has what he sent before he became one.
        for state in ("live", "trashed", "pending"):
            people["viewer"].thing(state)
        ctl(self.site, "user", "role", people["viewer"].email, "viewer")
        callers = [Caller("the " + name, people[name].session(), people[name],
                          rank) for rank, name in enumerate(RANKS)]
        callers.append(Caller("another tenant's admin",
                              people["stranger"].session(),
                              people["stranger"], 2))
        callers += [Caller("an admin's token to " + scope,
                           people["admin"].bearer(scope), people["admin"], 2,
                           scope) for scope in SCOPES]
        return callers


# Requests


def body_of(operation, thing):
    """A body that gets as far as the thing it is about."""
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return client.multipart([
            ("file_type", "image"),
            ("file", File("a.png", pictures.png(8, 8), "image/png"))])
    if not content:
        return None, b""
    values = {"original_filename": "b.png", "filename": "b.png",
              "file_type": "image", "expires_in": 60,
              "key": thing["key"] if thing else "x"}
    known = content["application/json"]["schema"]["properties"]
    return "application/json", json.dumps({
        name: value for name, value in values.items()
        if name in known}).encode()


def path_of(template, thing, person):
    values = {"token": "x"}
    if thing:
        folder, _, name = thing["key"].partition("/")
        values.update(file_id=thing["file_id"], folder=folder,
                      object_name=name if "{folder}" in template
                      else thing["key"])
    if person:
        values["user_id"] = person.key_id
    return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), template)


def send(world, caller, method, url, kind, body):
    headers = dict({"Accept": "application/json"}, **caller.headers)
    if kind:
        headers["Content-Type"] = kind
    return client.Browser(world.site.url).request(
        method.upper(), url, body if method != "get" else None, headers)


# What must happen


def access_of(operation):
    """The scope that a token needs, None where nobody need log in."""
    for way in operation["security"]:
        if way.get("bearer"):
            return way["bearer"][0]
    expect(not operation["security"], "security that says no scope")
    return None


def is_there(name, caller, owner, state, may_change):
    """Whether he learns that there is such a file."""
    if caller.person.tenant != owner.tenant or state in ("absent", "pending"):
        return False
    if state == "trashed":
        return may_change and name not in ONLY_LIVE and \
            PURPOSES[name] in ("show", "change")
    return True


def refusal_of_file(name, caller, owner, state):
    """By the table of file_access.h; 0 where he may."""
    purpose = PURPOSES[name]
    if purpose == "upload":
        return 0 if caller.person is owner and state == "pending" else 404
    may_change = caller.person is owner or (
        caller.is_admin and caller.person.tenant == owner.tenant)
    if not is_there(name, caller, owner, state, may_change):
        # Of keys that would not be his he learns nothing by B4.
        is_his = caller.is_admin or (caller.person is owner and
                                     state not in ("absent", "pending"))
        return 404 if is_his or name != "deleteObject" else 403
    if state == "public" and purpose in ("show", "use"):
        return 0
    return 0 if may_change else 403


def refusal_of_user(caller, owner):
    """B2: everybody has a picture of his own, admins give one to others."""
    if owner.tenant != caller.person.tenant:
        return 404
    if caller.scope == "read":
        return 403
    return 0 if caller.person is owner or caller.is_admin else 403


def refusal(name, operation, caller, owner, state):
    scope = access_of(operation)
    if scope is None:
        return STATUSES.get(name, 0)
    if caller.person is None:
        return 401
    if name == "uploadAvatar":
        return refusal_of_user(caller, owner)
    if caller.rank < SCOPES.index(scope) or (
            caller.scope and SCOPES.index(caller.scope)
            < SCOPES.index(scope)):
        return 403
    return refusal_of_file(name, caller, owner, state) if state else 0


# The matrix


def places_of(name, template):
    """Whose things, in which states, each caller tries."""
    if "{user_id}" in template:
        return [("own", ""), ("colleague", ""), ("stranger", "")]
    if name not in PURPOSES:
        expect(template.find("{") < 0 or name in STATUSES,
               "%s: what is in its path?" % name)
        return [("own", "")]
    if PURPOSES[name] == "upload":
        return [(who, "pending") for who in ("own", "colleague", "stranger")]
    found = [(who, state) for who in ("own", "colleague", "stranger")
             for state in ("live", "trashed")]
    return found + [("colleague", "public"), ("own", "pending"),
                    ("own", "absent")]


def expected_statuses(name, operation, status):
    if status:
        return (status,)
    if PURPOSES.get(name) == "upload":
        return (409,)  # nothing was sent to the URL
    return tuple(int(code) for code in operation["responses"]
                 if code[0] in "23")


def check_cell(world, name, method, template, operation, caller, who, state):
    # Whose login is dead owns nothing: an editor's thing will do.
    mine = caller.person or world.people["editor"]
    owner = mine if who == "own" else world.people[who]
    if who == "stranger" and caller.person is owner:
        owner = world.people["editor"]  # he is the stranger there
    thing = owner.thing(state) if state else None
    status = refusal(name, operation, caller, owner, state)
    kind, body = body_of(operation, thing)
    answer = send(world, caller, method, path_of(template, thing, owner),
                  kind, body)
    if not status and name in CONSUMING:
        del owner.things[state]
    wanted = expected_statuses(name, operation, status)
    if answer.status not in wanted:
        return "%s by %s on %s %s file: %d, expected %s (%r)" % (
            name, caller.name, who, state, answer.status, wanted,
            answer.body[:80])
    if status and name != "followShare" and answer.json["detail"] not in \
            {401: ("Please log in first",), 403: ("Forbidden",),
             404: ("File not found", "There is no such user",
                   "Page not found")}[status]:
        return "%s by %s: %r" % (name, caller.name, answer)
    return None


def check_operation(world, method, template, operation):
    """What was not as it must be, and how many cells there were."""
    wrong = []
    name = operation["operationId"]
    places = places_of(name, template)
    for caller in world.callers:
        for who, state in places if caller.person else places[:1]:
            wrong.append(check_cell(world, name, method, template, operation,
                                    caller, who, state))
    return [text for text in wrong if text], len(wrong)


def test_matrix(site):
    """B16 B17 F1 F2: every operation, by whom, on whose files"""
    world = World(site)
    document = json.loads(site.browser().get("/openapi.json").body)
    wrong, count = [], 0
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            more, tried = check_operation(world, method, site.url + path,
                                          operation)
            wrong += more
            count += tried
    if wrong:
        fail("%d of %d cells:\n%s" % (len(wrong), count, "\n".join(wrong)))
    expect(count > 400, "only %d cells" % count)
    for person in world.people.values():
        person.check_untouched()


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS, settings=SETTINGS)
