"""A part of the report: codes through the API to the client's disk, beside rows in a table."""
import contextlib
import http.client
import json
import os
import ssl
import statistics
import subprocess
import time
import urllib.parse
import uuid

import limits
import machine
import report
from servers import FOLDER, GTIN, BenchError, Process, run

PSQL = "/usr/lib/postgresql/15/bin/psql"
CODES, MANY = 10**6, 10**9
TURNS, BATCHES, ASKED, DOWNLOADS = 5, 50, 1000, 2
# What the issue promised.
SECONDS_MOST, P99_MOST, BATCH_MOST = 1.0, 20, 10

# What a service with a row for each code must do at least.
TABLE = f"""
CREATE SCHEMA bench;
CREATE TABLE bench.code (id bigint PRIMARY KEY, gtin bigint NOT NULL, serial text NOT NULL UNIQUE);
CREATE UNLOGGED TABLE bench.made AS
    SELECT n AS id, upper(substr(md5(random()::text || n), 1, 14)) AS serial FROM generate_series(1, {CODES}) AS n;
"""


class Api:
    """One kept connection of a packaging line."""

    def __init__(self, url, ca, key):
        place = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=30,
                                                      context=ssl.create_default_context(cafile=ca))
        self.headers = {"Authorization": f"Bearer {key}"}

    def ask(self, method, path, status, body=None, **headers):
        """What was answered, and the milliseconds it took."""
        began = time.perf_counter()
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        took = 1000 * (time.perf_counter() - began)
        if answer.status != status:
            raise BenchError(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        return text, took

    def batch(self, quantity):
        body = json.dumps({"gtin": GTIN, "quantity": quantity})
        text, took = self.ask("POST", "/v1/batches", 201, body,
                              **{"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex})
        return json.loads(text)["codes"], took


class Times:
    """Milliseconds of many small requests."""

    def __init__(self, taken):
        self.taken = sorted(taken)

    def at(self, share):
        return self.taken[min(len(self.taken) - 1, int(share * len(self.taken)))]


class Downloads:
    def __init__(self, bench):
        self.bench, self.url, self.ca = bench, bench.suyuan.instance.env["SUYUAN_CONSOLE_URL"], bench.suyuan.ca
        self.file = FOLDER / "codes.csv"
        config = bench.suyuan.config
        self.console = Process("console", bench.server_core, ["bin/suyuand", "console", "--config", config])
        try:
            self.console.wait(self.url + "/assets/icon.svg", self.ca)
            self.key = run(["bin/suyuan", "--config", config, "line", "add", f"bench-{uuid.uuid4().hex[:12]}",
                            "--brand", "qingping", "--rate", 1000000, "--quota", 10**12]).strip()
            self.measure()
        finally:
            self.console.stop()
            self.file.unlink(missing_ok=True)

    def measure(self):
        api = self.api = Api(self.url, self.ca, self.key)
        self.wait_for_database()
        self.batches = Times([api.batch(MANY)[1] for _ in range(BATCHES)])
        self.billion = api.batch(MANY)[0]
        self.rows = self.insert_rows()
        self.turns = [self.download_once() for _ in range(TURNS)]
        self.forms = [(name, *self.fetch(self.path + query, headers)) for name, query, headers in (
            ("CSV, compressed", "", ["Accept-Encoding: gzip"]), ("NDJSON", "?format=ndjson", []),
            ("addresses only", "?format=txt", []))]
        self.alone = self.ask_many()
        with self.downloading():
            self.beside = self.ask_many()
        self.profile = limits.profile(self.console.worker, self.profiled)

    def wait_for_database(self):
        for _ in range(100):
            with contextlib.suppress(BenchError):
                self.api.ask("GET", "/v1/batches?limit=1", 200)
                return
            time.sleep(0.05)
        raise BenchError("the console has no database")

    # --- codes ---

    def curl(self, path, file, headers=()):
        fields = [a for h in (f"Authorization: Bearer {self.key}", *headers) for a in ("--header", h)]
        return machine.pinned(self.bench.client_core, [
            "curl", "--silent", "--show-error", "--fail", "--cacert", self.ca, "--output", file,
            "--write-out", "%{size_download}", *fields, self.url + path])

    def fetch(self, path, headers=()):
        """Seconds and bytes to a file, the program's start included."""
        self.file.unlink(missing_ok=True)
        began = time.monotonic()
        size = int(run(self.curl(path, self.file, headers)))
        return time.monotonic() - began, size

    def download_once(self):
        """Asking for the codes and having them: the whole, the batch, until they are synced, CPU."""
        cpu, own = machine.cpu_seconds(self.console.pids), os.times()
        began = time.monotonic()
        self.path, made = self.api.batch(CODES)
        seconds, size = self.fetch(self.path)
        whole = time.monotonic() - began
        now = os.times()
        with open(self.file, "rb") as file:
            os.fsync(file.fileno())
        lines = int(run(["wc", "-l", self.file]).split()[0])
        if lines != CODES + 1:
            raise BenchError(f"{lines} lines instead of {CODES + 1}")
        return {"whole": whole, "made": made / 1000, "fetched": seconds, "bytes": size,
                "synced": time.monotonic() - began,
                "server": machine.cpu_seconds(self.console.pids) - cpu,
                "client": now.children_user + now.children_system - own.children_user - own.children_system}

    def median(self, name):
        return statistics.median(turn[name] for turn in self.turns)

    # --- rows ---

    def sql(self, text):
        """Seconds, the program's start included."""
        began = time.monotonic()
        run([PSQL, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", text,
             self.bench.suyuan.instance.env["DATABASE_URL"]])
        return time.monotonic() - began

    def insert_rows(self):
        self.sql(TABLE)
        seconds = self.sql(f"INSERT INTO bench.code SELECT id, {int(GTIN)}, serial FROM bench.made")
        self.sql("DROP SCHEMA bench CASCADE")
        return seconds

    # --- meanwhile ---

    def ask_many(self):
        path = self.billion.removesuffix("/codes")
        return {name: Times([self.api.ask("GET", asked, 200)[1] for _ in range(ASKED)])
                for name, asked in (("without the database", "/assets/icon.svg"), ("a batch's row", path))}

    @contextlib.contextmanager
    def downloading(self):
        """Clients that take a billion codes and have the lowest priority for it."""
        running = [subprocess.Popen(["nice", "-n", "19", *self.curl(self.billion, "/dev/null")],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                   for _ in range(DOWNLOADS)]
        try:
            yield
            if any(one.poll() is not None for one in running):
                raise BenchError("a download ended early")
        finally:
            for one in running:
                one.kill()
                one.wait()

    def profiled(self, seconds):
        with self.downloading():
            time.sleep(seconds)
        return None, None

    # --- the report ---

    def text(self):
        bytes_each = self.median("bytes") / CODES
        rows = [["codes as CSV through the API", f"{self.median('whole'):.2f}",
                 f"{self.least('whole'):.2f}–{self.most('whole'):.2f}", f"{CODES / self.median('whole'):,.0f}"],
                ["… until the client's disk has them (fsync)", f"{self.median('synced'):.2f}",
                 f"{self.least('synced'):.2f}–{self.most('synced'):.2f}",
                 f"{CODES / self.median('synced'):,.0f}"],
                *([f"… {name}, the batch there already", f"{seconds:.2f}", "", f"{CODES / seconds:,.0f}"]
                  for name, seconds, _ in self.forms),
                ["random serials into a table, two unique indexes", f"{self.rows:.2f}", "",
                 f"{CODES / self.rows:,.0f}"]]
        small = [[name, f"{self.alone[name].at(0.5):.2f}", f"{self.alone[name].at(0.99):.2f}",
                  f"{self.beside[name].at(0.5):.2f}", f"{self.beside[name].at(0.99):.2f}"]
                 for name in self.alone]
        return (f"## A million codes to the client's disk\n\n" +
                report.table(["", "seconds", "least–most", "codes/s"], rows) +
                f"\n\nAsking for the batch and downloading it, {bytes_each:.0f} bytes a code; CPU: "
                f"{self.median('server'):.2f} s of the worker, {self.median('client'):.2f} s of curl and the rest of "
                f"the client. Its time is in: {limits.profile_text(self.profile)}; of Suyuan most in: "
                f"{limits.functions_text(self.profile, {'Suyuan', 'Kore'}) or 'not measured'}.\n\n"
                f"A batch of {MANY:,} codes is made in {self.batches.at(0.5):.1f} ms (p99 "
                f"{self.batches.at(0.99):.1f}), request to answer, committed.\n\n"
                f"Other requests while {DOWNLOADS} clients download, ms:\n\n" +
                report.table(["", "p50 alone", "p99 alone", "p50 beside", "p99 beside"], small))

    def least(self, name):
        return min(turn[name] for turn in self.turns)

    def most(self, name):
        return max(turn[name] for turn in self.turns)

    def expected(self):
        """Rows of the table of expectations: name, measured, bound, met."""
        whole, p99 = self.median("whole"), max(times.at(0.99) for times in self.beside.values())
        made = self.batches.at(0.5)
        return [("a million codes to the client's disk, s", f"{whole:.2f}", f"≤ {SECONDS_MOST}",
                 whole <= SECONDS_MOST),
                ("inserting as many rows / that", f"{self.rows / whole:.1f}", "> 1", self.rows > whole),
                ("p99 of other requests meanwhile, ms", f"{p99:.1f}", f"< {P99_MOST}", p99 < P99_MOST),
                ("a batch of a billion codes, ms", f"{made:.1f}", f"≤ {BATCH_MOST}", made <= BATCH_MOST)]
