"""What an operator does to a server that serves: a new certificate, checking first, reading its log."""
import hashlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from server import Server, make_certificate, program, wait_until
from steps import TOP

PICTURE = "/assets/icon.svg"


# --- new certificates under load ---------------------------------------------------------------

def served(port):
    """SHA-256 of the certificate that a new connection gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as tls:
        return hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()


def fingerprint(path):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(path.read_text())).hexdigest()


class Load:
    """Requests over kept connections and over new ones, until told to end; any failure is kept."""

    def __init__(self, server):
        self.server, self.done, self.failed, self.ended = server, 0, [], threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(kept,)) for kept in (True, True, False)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)

    def run(self, kept):
        try:
            clients = [self.server.client() for _ in range(10)] if kept else []
            while not self.ended.is_set():
                for client in clients or [self.server.client()]:
                    assert client.get(PICTURE).status == 200
                    with self.lock:
                        self.done += 1
                    if not kept:
                        client.close()
                time.sleep(0.002)
            for client in clients:
                client.close()
        except (OSError, EOFError, AssertionError) as e:
            self.failed.append(e)


def test_certificates_change_under_load_and_nothing_is_dropped():
    with Server(build="release", workers=2) as server:
        pairs = [f"pair{i}" for i in range(3)]
        for name in pairs:
            make_certificate(server.folder, name)

        def put(certificate, key):
            """As tools for renewal do: each file in one step."""
            for kind, name in (("crt", certificate), ("key", key)):
                shutil.copy(server.folder / f"{name}.{kind}", server.folder / "draft")
                (server.folder / "draft").rename(server.folder / f"tls.{kind}")
            said = server.errors().count("certificate and key")
            server.process.send_signal(signal.SIGUSR1)
            wait_until(lambda: server.errors().count("certificate and key") == said + 1)

        with Load(server) as load:
            current = fingerprint(server.folder / "tls.crt")
            for turn in range(20):
                name = pairs[turn % 3]
                if turn % 4 == 3:  # a key of another
                    put(name, pairs[(turn + 1) % 3])
                    assert "stay as they are: tls_key" in server.errors().splitlines()[-1]
                else:
                    put(name, name)
                    current = fingerprint(server.folder / f"{name}.crt")
                wait_until(lambda: {served(server.port) for _ in range(4)} == {current})
            wait_until(lambda: load.done >= 2000 or load.failed, 60)
        assert load.failed == [] and load.done >= 2000
        _, _, text = server.ask_admin("/metrics")
        assert 'suyuan_certificate_loads_total{result="taken"} 16' in text  # the start's, too
        assert 'suyuan_certificate_loads_total{result="refused"} 5' in text


def check(server, **more):
    return subprocess.run([program("release"), server.name, "--config", server.folder / "suyuan.conf", "--check"],
                          capture_output=True, text=True, timeout=20)


def test_settings_and_certificate_can_be_checked_beforehand():
    with Server(build="release") as server:
        assert check(server).returncode == 0
        make_certificate(server.folder, "other")
        shutil.copy(server.folder / "other.key", server.folder / "tls.key")
        done = check(server)
        assert done.returncode == 1 and "tls_key" in done.stderr
        assert server.get(PICTURE).status == 200  # what runs has not noticed
        (server.folder / "suyuan.conf").write_text("lookup_port = 99999\n")
        done = check(server)
        assert done.returncode == 1 and "suyuan.conf:1:" in done.stderr


def test_files_with_secrets_that_everybody_may_read_are_named():
    with Server(build="release") as server:
        key, conf = server.folder / "tls.key", server.folder / "suyuan.conf"
        for path in (key, conf):
            path.chmod(0o640)
        assert "warning" not in check(server).stderr
        for path in (key, conf):
            path.chmod(0o644)
            assert f"every user of this machine may read {path}" in check(server).stderr
            path.chmod(0o600)


# --- the log -----------------------------------------------------------------------------------

def documented():
    """The fields of suyuand(8): of a request's line, and of the others."""
    page = (TOP / "man/suyuand.8").read_text()
    section = page.partition(".SH FIELDS OF THE LOG")[2].partition(".SH ")[0]
    request, _, other = section.partition(".PP\n")
    return [set(re.findall(r"^\.B (\w+)$", part, re.M)) for part in (request, other)]


def test_the_manual_explains_every_field_of_the_log():
    request, other = documented()
    with Server(build="release") as server:
        server.get(PICTURE)
        server.get("/nothing-here")
        server.ask("NONSENSE\r\n\r\n")
        server.process.send_signal(signal.SIGUSR1)
        server.log_of(message="new certificate in use")
        wait_until(lambda: sum("route" in line for line in server.log()) >= 3)
        for line in server.log():
            if "route" in line:
                assert set(line) == request, line
            else:
                assert set(line) <= other, line
