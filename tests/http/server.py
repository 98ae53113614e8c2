"""A `suyuand` of a test's own, on a free port, and a client that sees every byte.

    with Server(build="probe", header_seconds=1) as server:
        answer = server.client().ask("GET /assets/icon.svg HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")

Builds: "release" is what ships; "probe" is the same with the addresses of src/web/probe.c; "asan" has
those and the sanitizers. Stopping checks that nothing was left behind and nothing went wrong unseen."""
import dataclasses
import http.client
import inspect
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from instance import free_port
from patience import Limit
from steps import alive

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
HOST = b"Host: localhost\r\n"
WENT_WRONG = ("sandbox violation", "AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion")


def program(build):
    path = TOP / ("bin" if build == "release" else f"build/{build}/bin") / "suyuand"
    if not path.exists():  # `tests/run` builds them; this is for a suite run by hand
        target = "bin/suyuand" if build == "release" else f"build/{build}/bin/suyuand"
        subprocess.run(["make", "-j2", f"VARIANT={build}", target], cwd=TOP, check=True,
                       stdout=subprocess.DEVNULL)
    return path


def make_certificate(folder, name="tls", key="ec", common_name="localhost"):
    """A self-signed certificate for localhost and 127.0.0.1: NAME.crt and NAME.key."""
    kind = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] if key == "ec" else ["rsa:2048"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "2", "-subj", f"/CN={common_name}",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
        check=True, stderr=subprocess.DEVNULL)


def children(pid):
    try:
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_admin(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"suyuand\0admin\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def kore_parent(supervisor):
    """The process between a supervisor and its workers; None while there is none."""
    return next((pid for pid in children(supervisor) if not is_admin(pid)), None)


def source_of(function):
    try:
        return inspect.getsource(function).strip()
    except (OSError, TypeError):
        return repr(function)


def wait_until(what, seconds=5.0):
    """Waits until what() is true; returns its value, or fails."""
    limit = Limit(seconds)
    while True:
        value = what()
        if value:
            return value
        assert not limit.is_over(), f"not within {limit.passed():.1f} s: {source_of(what)}"
        time.sleep(0.02)


def unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


UNVERIFIED = unverified()


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict  # lower-case names; the last one of a name
    body: bytes
    raw_head: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One TLS connection."""

    def __init__(self, port, context=None, name="localhost", seconds=30, receive_buffer=None, source=None):
        plain = socket.socket()
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source is not None:
            plain.bind((source, 0))
        plain.settimeout(seconds)
        plain.connect(("127.0.0.1", port))
        self.socket = (context or UNVERIFIED).wrap_socket(plain, server_hostname=name)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def half_close(self):
        """Says FIN, and goes on listening."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def _more(self):
        piece = self.socket.recv(65536)
        self.buffer += piece
        return bool(piece)

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                raise EOFError(self.buffer)
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
        return int(lines[0].split()[1]), headers, head

    def answer(self, to_head=False):
        """The next answer; interim ones (1xx) are returned too."""
        status, headers, raw = self.head()
        length = 0 if to_head or status < 200 else int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            if not self._more():
                raise EOFError(f"{len(self.buffer)} of {length} bytes")
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body, raw)

    def ask(self, data, to_head=False):
        self.send(data)
        return self.answer(to_head)

    def get(self, path, headers=b""):
        return self.ask(b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n")

    def is_closed(self, seconds=3):
        """Does the server end the connection, with nothing more to say?"""
        self.socket.settimeout(seconds)
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except TimeoutError:
            return False
        except (ConnectionError, ssl.SSLError):
            return True


class Server:
    def __init__(self, build="probe", program_name="lookup", certificate="ec", stdout=None, forgive=(),
                 folder=None, **settings):
        self.build, self.name, self.forgive = build, program_name, forgive
        self.temporary = tempfile.TemporaryDirectory(prefix="suyuan-ground-") if folder is None else None
        self.folder = pathlib.Path(folder or self.temporary.name)
        self.folder.chmod(0o755)
        self.stdout = stdout
        self.port, self.admin_port = free_port(), free_port()
        if certificate:
            make_certificate(self.folder, key=certificate)
        self.settings = {f"{program_name}_port": self.port, f"{program_name}_admin_port": self.admin_port, "tls_certificate": self.folder / "tls.crt",
                         "tls_key": self.folder / "tls.key", "run_folder": self.folder / "run",
                         "workers": 1, "drain_seconds": 5,
                         "public_database_url": "postgresql:///none?host=/nonexistent", **settings}
        self.write_settings()
        self.process, self.seen = None, set()

    def write_settings(self):
        lines = [f"{name} = {value}\n" for name, value in self.settings.items()]
        (self.folder / "suyuan.conf").write_text("".join(lines))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process is not None:
                self.stop(check=kind is None)
        finally:
            if self.temporary is not None:
                self.temporary.cleanup()

    def start(self, ready=True):
        self.out = open(self.folder / "out", "ab") if self.stdout is None else self.stdout
        self.err = open(self.folder / "err", "ab")
        self.process = subprocess.Popen(
            [program(self.build), self.name, "--config", self.folder / "suyuan.conf"], stdout=self.out,
            stderr=self.err, stdin=subprocess.DEVNULL, start_new_session=True)
        if ready:
            wait_until(self.is_ready, 20)
        return self

    def is_ready(self):
        assert self.process.poll() is None, self.errors()
        try:
            with self.client(seconds=5) as client:
                ready = client.get("/assets/icon.svg").status == 200
        except (OSError, EOFError):
            return False
        self.processes()
        return ready

    def client(self, **more):
        return Client(self.port, **more)

    def get(self, path, **more):
        with self.client(**more) as client:
            return client.get(path)

    def ask(self, data, to_head=False):
        with self.client() as client:
            return client.ask(data, to_head)

    @property
    def parent(self):
        """Kore's parent."""
        return wait_until(lambda: kore_parent(self.process.pid))

    @property
    def admin(self):
        """The process of the admin port."""
        return wait_until(lambda: [pid for pid in children(self.process.pid) if is_admin(pid)])[0]

    def ask_admin(self, path, method="GET", seconds=5):
        """Status, headers and text from the admin port."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=seconds)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    @property
    def workers(self):
        return children(self.parent)

    def processes(self):
        """Every process of the server now alive: supervisor, Kore's parent, workers, admin."""
        found = [self.process.pid]
        for pid in found:
            found += children(pid)
        found.sort(key=is_admin)
        self.seen.update(found)
        return found

    def log(self):
        """The lines of the request log, each of which must be JSON."""
        return [json.loads(line) for line in (self.folder / "out").read_text().splitlines()]

    def log_of(self, seconds=3, **wanted):
        """Waits for a log line with these members."""
        return wait_until(lambda: [line for line in self.log() if wanted.items() <= line.items()], seconds)

    def errors(self):
        return (self.folder / "err").read_text(errors="replace")

    def stop(self, check=True, seconds=20):
        """SIGTERM; with `check`, it must end well and leave nothing behind."""
        self.processes()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.process = None
        if not check:
            return status
        assert status == 0, (status, self.errors())
        wait_until(lambda: not any(map(alive, self.seen)), 3)
        everything = self.errors() + (self.folder / "out").read_text(errors="replace") \
            if self.stdout is None else self.errors()
        for sign in WENT_WRONG:
            assert sign in self.forgive or sign not in everything, everything[-4000:]
        return status


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def socket_count(pid):
    links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    return sum(link.startswith("socket:") for link in links)
