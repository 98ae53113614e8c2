"""The two sides: an instance of Suyuan with one lookup worker, and nginx with the same bytes."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import instance
import machine
from instance import TOP

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = TOP / "build/bench"
PROGRAMS = TOP / "build/release/bench"
LOGS = FOLDER / "log"

# Of the sample brand (demo/brand).
GTIN, LOT = "09506000134352", "QP260406A"

# Debian's, which is not on every user's PATH.
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

PSQL = "/usr/lib/postgresql/15/bin/psql"
COUNTED_WITHIN = 120  # seconds, for all visits that wait

# As src/web/tls.c, in its order.
CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

# Headers that a server makes itself for each answer.
OWN_HEADERS = {"date", "content-length", "content-type", "connection", "server", "content-encoding"}


STORE_COUNTS = """
SELECT d.xact_commit, t.idx_scan + t.seq_scan
FROM pg_stat_database AS d, pg_stat_user_tables AS t
WHERE d.datname = current_database() AND t.schemaname = 'pub' AND t.relname = 'run'
"""


class BenchError(Exception):
    """Something without which there are no figures."""


def run(command, env=None, seconds=120, text=None):
    """What a command that reads `text` says; if it fails, all it says is told."""
    ended = subprocess.run([str(c) for c in command], cwd=TOP, env={**os.environ, **(env or {})},
                           input=text or "", stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=seconds,
                           start_new_session=True)
    if ended.returncode != 0:
        raise BenchError(f"{pathlib.Path(command[0]).name} {' '.join(map(str, command[1:]))} "
                         f"ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


class Process:
    """A server started here, pinned to a processor, in a session of its own."""

    def __init__(self, name, core, command, env=None):
        self.name = name
        self.log = LOGS / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                machine.pinned(core, command), cwd=TOP, env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True)

    @property
    def pids(self):
        return machine.family(self.process.pid)

    @property
    def worker(self):
        """The process that used most: the one that answers."""
        return max(self.pids, key=lambda pid: machine.cpu_seconds([pid]))

    def wait(self, url, ca):
        for _ in range(200):
            if self.process.poll() is not None:
                break
            if fetch_status(url, ca) == 200:
                return
            time.sleep(0.05)
        raise BenchError(f"{self.name} does not answer {url}:\n{self.log.read_text()[-2000:]}")

    def stop(self):
        pids = self.pids
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            for pid in pids:
                if machine.alive(pid):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()


def fetch_status(url, ca):
    ended = subprocess.run(["curl", "--silent", "--max-time", "2", "--cacert", str(ca), "--output",
                            "/dev/null", "--write-out", "%{http_code}", url],
                           stdout=subprocess.PIPE, text=True)
    return int(ended.stdout or 0)


class Suyuan:
    """The private PostgreSQL and Redis of demo/instance with the sample brand, a batch of a billion
    codes, and one `suyuand lookup`."""

    def __init__(self, core, port_base):
        self.core = core
        self.var = FOLDER / "var"
        self.env = instance.command_env(self.var, port_base)
        self.server = None

    def start(self):
        self.wipe()
        run(machine.pinned(self.core, ["demo/instance", "up"]), self.env, 300)
        self.instance = instance.read(self.var)
        self.ca = self.instance.env["SUYUAN_CA"]
        self.url = self.instance.env["SUYUAN_LOOKUP_URL"]
        self.end_servers()
        self.postgres, self.redis = self.program("postgres"), self.program("redis")
        self.config = FOLDER / "suyuan.conf"
        self.config.write_text(self.instance.config.read_text() +
                               "workers = 1\nconnections = 12000\n")
        self.config.chmod(0o600)
        self.server = Process("lookup", self.core,
                              ["bin/suyuand", "lookup", "--config", self.config])
        self.server.wait(self.url + "/assets/icon.svg", self.ca)

    def program(self, name):
        """The process of a program of the instance."""
        # Its exit status tells that not all of them run.
        said = subprocess.run([instance.SCRIPT, "status"], env=self.env, text=True,
                              stdout=subprocess.PIPE).stdout
        found = re.search(rf"^{name} runs, process (\d+)", said, re.M)
        return int(found[1]) if found else None

    def end_servers(self):
        """The instance's own servers: they would have a worker for every processor."""
        pids = [pid for name in ("lookup", "console") if (pid := self.program(name))]
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        for _ in range(300):
            if not any(machine.alive(pid) for pid in pids):
                return
            time.sleep(0.05)
        raise BenchError("the servers of demo/instance do not end")

    def stop(self):
        if self.server:
            self.server.stop()
        self.wipe()

    def wipe(self):
        if self.var.exists():
            run(["demo/instance", "wipe"], self.env, 120)

    def codes(self, *arguments):
        return run([PROGRAMS / "codes", self.config, *arguments], seconds=300)

    def make_batch(self, quantity):
        """A batch that left the line: its id, and what making and commissioning it took."""
        began = time.monotonic()
        batch = self.codes("make", GTIN, LOT, quantity).strip()
        made = time.monotonic()
        run(["bin/suyuan", "--config", self.config, "commission", "--batch", batch])
        return batch, made - began, time.monotonic() - made

    def place_store(self, *cores):
        """PostgreSQL and Redis to these processors."""
        for pid in machine.family(self.postgres) + machine.family(self.redis):
            with contextlib.suppress(ProcessLookupError):  # one that vacuums has just ended
                os.sched_setaffinity(pid, set(cores))

    def psql(self, text):
        """What PostgreSQL says to these statements of its owner."""
        return run([PSQL, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
                    self.instance.env["DATABASE_URL"]], text=text, seconds=300)

    def count_visits(self):
        """Waits until every visit is counted, so that nobody else is measured beside that work; how long."""
        began = time.monotonic()
        while time.monotonic() < began + COUNTED_WITHIN:
            time.sleep(0.6)  # a worker sends what it saw after half a second
            if self.psql("SELECT EXISTS (SELECT FROM inbox.scan);").strip() == "f":
                return time.monotonic() - began
        raise BenchError(f"visits still wait to be counted after {COUNTED_WITHIN} s")

    def groups(self):
        """Name -> processes, for the CPU's account."""
        return {"suyuand": self.server.pids, "PostgreSQL": machine.family(self.postgres),
                "Redis": machine.family(self.redis)}

    def store_counts(self, unasked):
        """What PostgreSQL has done so far: transactions, for whomever, and lookups of a counter
        in the runs of codes. It publishes these at the end of a transaction a second after the
        last time: so the worker is made to ask once more."""
        time.sleep(1.2)
        fetch_status(self.url + unasked, self.ca)
        time.sleep(0.2)
        return [int(n) for n in self.psql(STORE_COUNTS).split("|")]


class Page:
    """One answer of a server, as it comes over the wire."""

    def __init__(self, url, ca, request_headers):
        head = FOLDER / "page.head"
        body = FOLDER / "page.body"
        fields = [a for h in request_headers for a in ("--header", h)]
        run(["curl", "--silent", "--show-error", "--fail", "--cacert", ca, "--dump-header", head,
             "--output", body, *fields, url])
        self.head = head.read_bytes()
        self.body = body.read_bytes()
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        self.headers = [line.split(": ", 1) for line in lines if line]

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name), None)

    @property
    def size(self):
        return len(self.head) + len(self.body)


class Nginx:
    """Serves one page from a file, with one worker."""

    def __init__(self, core, port_base):
        self.core = core
        self.folder = FOLDER / "nginx"
        self.port, self.port_as_it_comes = port_base + 445, port_base + 446
        self.port_static = port_base + 449
        self.url = f"https://localhost:{self.port}"
        self.url_static = f"https://localhost:{self.port_static}"
        self.server = None

    def start(self, page, plain, zipped, path, suyuan):
        """The page as a browser gets it, and as it is beside its gzip."""
        shutil.rmtree(self.folder, ignore_errors=True)
        name = path.lstrip("/")
        for file, body in ((f"www/{name}", page.body), (f"static/{name}", plain.body),
                           (f"static/{name}.gz", zipped.body)):
            (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / file).write_bytes(body)
        tls = suyuan.var / "tls"
        conf = self.folder / "nginx.conf"
        conf.write_text(fill((HERE / "nginx.conf.in").read_text(), {
            "USER": "user root;" if os.getuid() == 0 else "",
            "FOLDER": str(self.folder),
            "CERTIFICATE": str(tls / "server.crt"), "KEY": str(tls / "server.key"),
            "CIPHERS": CIPHERS,
            "CONTENT_TYPE": page.header("content-type"),
            "HEADERS": "\n".join(f'\tadd_header {name} {quoted(value)};'
                                 for name, value in page.headers
                                 if name.lower() not in OWN_HEADERS),
            "PORT": str(self.port), "PORT_AS_IT_COMES": str(self.port_as_it_comes),
            "PORT_STATIC": str(self.port_static)}))
        self.server = Process("nginx", self.core,
                              [NGINX, "-p", self.folder, "-e", self.folder / "error.log", "-c",
                               conf])
        self.server.wait(self.url + path, suyuan.ca)

    def groups(self):
        return {"nginx": self.server.pids}

    def stop(self):
        if self.server:
            self.server.stop()


def fill(template, values):
    return re.sub(r"@([A-Z_]+)@", lambda m: values[m[1]], template)


def quoted(value):
    """For nginx: `$` begins a variable and cannot be escaped."""
    if "$" in value:
        raise BenchError(f"nginx cannot send the header value {value}")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
