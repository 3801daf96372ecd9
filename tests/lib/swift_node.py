#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""usage: swift_node.py ETC ADDRESS

The four servers of OpenStack Swift in one process, from the four files
NAME-server.conf in ETC; start-swift.sh writes them and starts this.  The
proxy listens where its file says, the others on ADDRESS.  The rings, which
tell the proxy where they are, are made first.
"""

import json
import os
import signal
import socket
import sys

from swift.common import utils

utils.eventlet_monkey_patch()

import eventlet  # noqa: E402 pylint: disable=wrong-import-position
import eventlet.wsgi  # noqa: E402 pylint: disable=wrong-import-position
from swift.common import wsgi  # noqa: E402 pylint: disable=C0413
from swift.common.ring import RingBuilder  # noqa: E402 pylint: disable=C0413

BACKENDS = {"object": 6200, "container": 6201, "account": 6202}
RING_POWER = 2          # four partitions, all of them on the one device
QUEUED_CONNECTIONS = 512


class Cache:
    """Stands for memcached, without which there is no authentication.  The
    proxy itself drops what it changes, and there is no other."""

    def __init__(self):
        self.texts = {}

    def get(self, key, **_options):
        return json.loads(self.texts.get(key, "null"))

    def set(self, key, value, **_options):
        self.texts[key] = json.dumps(value)

    def delete(self, key, **_options):
        self.texts.pop(key, None)

    def incr(self, key, delta=1, **_options):
        value = (self.get(key) or 0) + delta
        self.set(key, value)
        return value


def with_cache(app):
    cache = Cache()

    def call(environ, start_response):
        environ["swift.cache"] = cache
        return app(environ, start_response)

    return call


def write_ring(etc, name, address):
    builder = RingBuilder(RING_POWER, 1, 0)
    place = {"ip": address, "port": BACKENDS[name]}
    builder.add_dev(dict(
        place, region=1, zone=1, device="disk", weight=1,
        **{"replication_" + key: value for key, value in place.items()}))
    builder.rebalance()
    builder.get_ring().save(os.path.join(etc, name + ".ring.gz"))


def serve(etc, name, place):
    """Load the server that ETC describes and let it answer at place."""
    conf = os.path.join(etc, name + "-server.conf")
    app = wsgi.loadapp(conf, global_conf={"log_name": name})
    if name == "proxy":
        app = with_cache(app)
    listener = eventlet.listen(place, backlog=QUEUED_CONNECTIONS)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    eventlet.spawn_n(eventlet.wsgi.server, listener, app,
                     log=utils.NullLogger(), socket_timeout=60,
                     protocol=wsgi.SwiftHttpProtocol,
                     capitalize_response_headers=False)


def main():
    etc, address = os.path.abspath(sys.argv[1]), sys.argv[2]
    # nothing has to outlive the machine's power
    os.fsync = os.fdatasync = lambda _fd: None
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    utils.set_swift_dir(etc)
    utils.validate_configuration()
    for name in BACKENDS:
        write_ring(etc, name, address)
    for name, port in BACKENDS.items():
        serve(etc, name, (address, port))
    proxy = utils.readconf(os.path.join(etc, "proxy-server.conf"),
                           "app:proxy-server")
    serve(etc, "proxy", (proxy["bind_ip"], int(proxy["bind_port"])))
    while True:
        eventlet.sleep(3600)


if __name__ == "__main__":
    main()
