# SPDX-License-Identifier: MIT
"""Web servers for sites, started by scripts/serve-httpd from the templates
in httpd-conf, as an installation would have them; and their processes."""

import glob
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SERVE = os.path.join(TOP, "scripts", "serve-httpd")
CONF_DIR = os.path.join(TOP, "httpd-conf")
START_SECONDS = 40


class StartFailed(Exception):
    """What scripts/serve-httpd said."""


def _run_dir(site):
    return os.path.join(site.dir, "run")


def _conf_dir(site):
    """The folder of the template, changed as the site wants it."""
    name = {"lighttpd": "lighttpd-fcgi"}.get(site.server, site.server)
    with open(os.path.join(CONF_DIR, name + ".conf"),
              encoding="utf-8") as file:
        text = file.read()
    for old, new in site.conf_changes:
        if old not in text:
            raise StartFailed("%s.conf has no %s" % (name, old))
        text = text.replace(old, new)
    path = os.path.join(site.dir, "conf")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name + ".conf"), "w",
              encoding="utf-8") as file:
        file.write(text)
    return path


def start(site, user):
    """Start the site's web server, and the program where it does not."""
    settings = ["ALMACEN=" + site.program, "ENV_FILE=" + site.env_file,
                "PORT=%d" % site.port, "PREFIX=" + site.base,
                "CONF_DIR=" + _conf_dir(site)]
    if os.geteuid() == 0:
        settings.append("USER=" + user)
    # its output is a file: a pipe would stay open as long as the servers
    said_path = os.path.join(site.dir, "serve-httpd.log")
    with open(said_path, "wb") as said:
        done = subprocess.run([SERVE, "start", site.server, _run_dir(site),
                               *settings], stdin=subprocess.DEVNULL,
                              stdout=said, stderr=said, timeout=START_SECONDS)
    with open(said_path, encoding="utf-8", errors="replace") as said:
        text = said.read()
    if done.returncode != 0:
        raise StartFailed(text)
    site.roots = {int(words[1]) for words in map(str.split, text.splitlines())
                  if len(words) == 2 and words[1].isdigit()}


def stop(site):
    if site.roots:
        subprocess.run([SERVE, "stop", _run_dir(site)], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       timeout=60)
        site.roots = set()


def logs(site):
    """What the web server and the program log to."""
    return sorted(glob.glob(os.path.join(_run_dir(site), "log", "*.log")))


# Processes.

def _parents():
    """Each process and its parent."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8",
                      errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(name)] = int(fields[1])
    return found


def is_running(pid):
    return pid in _parents()


def _runs_program(site, pid):
    try:
        return os.readlink("/proc/%d/exe" % pid) == site.program
    except OSError:
        return False


def program_pids(site):
    """Every process of the program that belongs to this site: they name its
    settings, as an argument or in the environment."""
    found = set()
    for pid in _parents():
        if not _runs_program(site, pid):
            continue
        for part in ("cmdline", "environ"):
            try:
                with open("/proc/%d/%s" % (pid, part), "rb") as file:
                    if site.env_file.encode() in file.read():
                        found.add(pid)
            except OSError:
                pass
    return found


def server_pids(site):
    """The processes of the web server."""
    parents = _parents()
    found = set(site.roots)
    while True:
        more = {pid for pid, parent in parents.items()
                if parent in found and pid not in found}
        if not more:
            return found - program_pids(site)
        found |= more


def program_pid(site):
    """The first process of the program: the one whose parent is another."""
    parents = _parents()
    pids = program_pids(site)
    return next(pid for pid in pids if parents.get(pid) not in pids)


def worker_pids(site):
    return sorted(program_pids(site) - {program_pid(site)})
