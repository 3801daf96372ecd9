# SPDX-License-Identifier: MIT
"""Where objects live, seen by somebody who is not almacen: the S3 server
through rclone and awscli, the file store through the file system.  Also the
relay that makes an S3 server unreachable, slow or silent."""

import os
import select
import socket
import subprocess
import threading

from tap import expect, wait_for

AWS = "/usr/bin/aws"        # never the one of a Python environment in PATH
RCLONE = "/usr/bin/rclone"
REGION = "us-east-1"


class S3:
    """An S3 server and the keys of one user of it."""
    lacks = ()                  # words of tests/s3/lacks.h

    def __init__(self, endpoint, access_key, secret_key):
        self.endpoint = endpoint
        self.access_key = access_key
        self.secret_key = secret_key

    def settings(self, bucket):
        return {"STORE": "s3", "S3_ENDPOINT": self.endpoint,
                "S3_ACCESS_KEY": self.access_key,
                "S3_SECRET_KEY": self.secret_key, "S3_BUCKET": bucket,
                "S3_APPLY_POLICY": "true"}

    def _run(self, command, env, data=None):
        env = dict(env, PATH="/usr/bin:/bin", HOME="/nonexistent",
                   LANG="C.UTF-8")
        done = subprocess.run(command, env=env, input=data, timeout=60,
                              capture_output=True)
        expect(done.returncode == 0, "%s: %s" % (
            " ".join(command), done.stderr.decode("utf-8", "replace")))
        return done.stdout

    def _rclone(self, *arguments, data=None):
        return self._run([RCLONE, "--retries=1", "--low-level-retries=1",
                          *arguments], {
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_CONFIG_E2E_TYPE": "s3",
            "RCLONE_CONFIG_E2E_PROVIDER": "Ceph",
            "RCLONE_CONFIG_E2E_ENDPOINT": self.endpoint,
            "RCLONE_CONFIG_E2E_ACCESS_KEY_ID": self.access_key,
            "RCLONE_CONFIG_E2E_SECRET_ACCESS_KEY": self.secret_key}, data)

    def aws(self, *arguments):
        # (an error of RGW, which has no text, makes awscli say 'NoneType')
        return self._run([AWS, "--endpoint-url", self.endpoint, *arguments], {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true"})

    def keys(self, bucket):
        """The keys of a bucket with their sizes."""
        listing = self._rclone("lsf", "-R", "--files-only", "--format", "sp",
                               "--separator", "\t", "e2e:" + bucket)
        lines = listing.decode().splitlines()
        return {key: int(size) for size, key in
                (line.split("\t", 1) for line in lines)}

    def read(self, bucket, key):
        return self._rclone("cat", "e2e:%s/%s" % (bucket, key))

    def read_with_aws(self, bucket, key, scratch):
        """The bytes and the Content-Type, as awscli sees them."""
        path = os.path.join(scratch, "object")
        kind = self.aws("s3api", "get-object", "--bucket", bucket, "--key",
                        key, "--query", "ContentType", "--output", "text",
                        path)
        with open(path, "rb") as file:
            data = file.read()
        os.unlink(path)
        return data, kind.decode().strip()

    def put(self, bucket, key, data):
        self._rclone("rcat", "e2e:%s/%s" % (bucket, key), data=data)

    def remove_bucket(self, bucket):
        self._rclone("purge", "e2e:" + bucket)


class Swift(S3):
    """OpenStack Swift; what is public is read by its own interface."""

    account = "AUTH_test"
    lacks = ("conditional-put", "post", "signed-hash", "unknown-keys",
             "bucket-settings", "control-characters", "forget-uploads")

    def settings(self, bucket):
        return dict(super().settings(bucket), S3_PROVIDER="swift",
                    S3_APPLY_POLICY="false", S3_PUBLIC_URL="%s/v1/%s/{bucket}"
                    % (self.endpoint, self.account))

    def make_public(self, bucket):
        """The whole bucket: Swift knows no policy for a part of it."""
        self.aws("s3api", "put-bucket-acl", "--bucket", bucket, "--acl",
                 "public-read")


class FileTree:
    """The file store below a data folder."""

    def __init__(self, data_dir):
        self.data_dir = data_dir

    def _bucket_dir(self, bucket):
        return os.path.join(self.data_dir, "objects", bucket)

    def keys(self, bucket):
        top = self._bucket_dir(bucket)
        found = {}
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, top)] = os.path.getsize(path)
        return found

    def read(self, bucket, key):
        with open(os.path.join(self._bucket_dir(bucket), key), "rb") as file:
            return file.read()


class Relay:
    """A TCP relay to the S3 server that can be told to misbehave."""

    def __init__(self, target):
        self.target = target          # (host, port)
        self.listener = None
        self.is_silent = False        # take requests, answer nothing
        self.saw = None               # called with what clients send
        self.links = []
        self.lock = threading.Lock()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    @property
    def endpoint(self):
        return "http://127.0.0.1:%d" % self.port

    def start(self):
        """Let connections through again."""
        self.is_silent = False
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,),
                         daemon=True).start()

    def stop(self):
        """Refuse connections, and cut those that stand."""
        if self.listener is not None:
            # shutdown wakes accept(); close alone does not
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        with self.lock:
            links, self.links = self.links, []
        for link in links:
            link.close()
        wait_for(self._is_closed, "the relay's port is closed")

    def _is_closed(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(self.target, 10)
        except OSError:
            client.close()
            return
        with self.lock:
            self.links += [client, server]
        pairs = {client: server, server: client}
        try:
            while True:
                ready, _, _ = select.select(list(pairs), [], [], 0.2)
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    if self.saw is not None and end is client:
                        self.saw(data)
                    if not self.is_silent:
                        pairs[end].sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            client.close()
            server.close()


def check_same(expected, actual, what):
    """Byte for byte, without printing megabytes."""
    expect(len(actual) == len(expected), "%s: %d bytes, expected %d"
           % (what, len(actual), len(expected)))
    expect(actual == expected, "%s: same length, other bytes" % what)
