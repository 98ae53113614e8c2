"""A whole instance for lines to ask, started and started again by the operator's scripts, and the
accidents it can have: any of its processes killed, PostgreSQL crashed."""
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
import psycopg2

import instance as shared
from audit import Audit, compare_codes
from backends import Place
from https import Https
from ledger import STEPS, Ledger, Line
from server import children, kore_parent, wait_until
from shop import gtin
from steps import TOP

GTINS = [gtin(740001 + n) for n in range(4)]
LOTS = ["L1", "L2", "L-3/x"]
CONNECTIONS = 4  # of each worker of the console, at least
POSTGRES_BIN = "/usr/lib/postgresql/15/bin"


class Plant(Place):
    def __init__(self, slug="plant"):
        super().__init__(slug, durable=True)
        self.operator = None
        self.ledger = Ledger(self.folder / "ledger")
        try:
            self.furnish(slug)
            self.up()
        except BaseException:
            self.remove()
            raise

    def suyuan(self, *words, **more):
        """The program that the instance runs; `make kill-10k` builds no other."""
        return super().suyuan(*words, program=TOP / "bin/suyuan", **more)

    def furnish(self, slug):
        for number in GTINS:
            self.shop.record("product", {"gtin": number, "name.en": "Killed tea"})
        self.shop.record("lot", {"gtin": GTINS[0], "lot": LOTS[0], "best_before": "2999-12-31"})
        self.secret = self.shop("line", "add", "pack-1", "--brand", slug, "--rate", 1000000,
                                "--quota", 1 << 40).out.strip()
        with self.database() as cursor:
            cursor.execute("SELECT id FROM code.line WHERE name = 'pack-1'")
            self.line_id = cursor.fetchone()[0]

    def up(self):
        """What an operator types after an accident; again, while PostgreSQL is still recovering."""
        end = time.monotonic() + 60
        while True:
            try:
                self.script("up")
                return
            except subprocess.CalledProcessError as failed:
                why = failed.stderr.decode(errors="replace")
            if time.monotonic() > end:
                raise RuntimeError(f"the instance does not start again: {why}")
            time.sleep(0.1)

    @property
    def port(self):
        return int(self.env["SUYUAN_CONSOLE_URL"].rpartition(":")[2].strip("/"))

    def line(self, name, **more):
        return Line(self.ledger.book(name), self.port, self.secret, **more)

    # --- who is there

    def pid_of(self, name):
        """A running program's, by demo/lib/process.sh: never a number that is somebody else's by now."""
        try:
            pid, start, _ = (self.var / f"run/{name}.pid").read_text().split()
            now = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return int(pid) if now == start else None

    @property
    def postmaster(self):
        return self.pid_of("postgres")

    @property
    def supervisor(self):
        return self.pid_of("console")

    @property
    def parent(self):
        pid = self.supervisor
        return kore_parent(pid) if pid else None

    @property
    def workers(self):
        return children(self.parent) if self.parent else []

    def settled(self):
        """The workers, when all are there with all their connections. One that dies young time and again is
        replaced later and later; a new supervisor knows nothing of that."""
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if workers := self.connected_workers():
                return workers
            time.sleep(0.01)
        self.kill_supervisor()
        self.wait_for_operator()
        return wait_until(self.connected_workers, 20)

    def connected_workers(self):
        workers = self.workers
        with self.superuser() as cursor:
            cursor.execute("SELECT count(*), count(*) FILTER (WHERE state = 'idle') FROM pg_stat_activity "
                           "WHERE usename = 'suyuan_console'")
            there, idle = cursor.fetchone()
        complete = len(workers) == os.cpu_count() and there >= CONNECTIONS * len(workers)
        return workers if complete and there == idle else None

    @contextlib.contextmanager
    def superuser(self):
        """Who sees what everybody does; autocommit."""
        connection = psycopg2.connect(host=shared.socket_folder(self.env["DATABASE_URL"]), user="postgres",
                                      dbname="suyuan")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    # --- accidents; False where there was nobody to have it

    def kill(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, TypeError):
            return False
        return True

    def kill_worker(self):
        workers = self.workers
        return bool(workers) and self.kill(random.choice(workers))

    def kill_parent(self):
        return self.kill(self.parent)

    def kill_supervisor(self):
        return self.operated(lambda: self.kill(self.supervisor))

    def operated(self, accident):
        """And an operator comes, while further accidents happen."""
        if self.operator is not None and self.operator.is_alive():
            return False
        happened = accident()
        self.operator = threading.Thread(target=self.up)
        self.operator.start()
        return happened

    def wait_for_operator(self):
        if self.operator is not None:
            self.operator.join()

    def kill_jobs(self):
        """A worker of the program of long work, or all of it: then an operator comes."""
        crew = self.pid_of("jobs")
        if crew and random.random() < 0.7 and children(crew):
            return self.kill(random.choice(children(crew)))
        return self.operated(lambda: self.kill(crew))

    def kill_backend(self):
        """One that serves the console, or now and then any other child of PostgreSQL's, even one at work
        on recovery."""
        found = children(self.postmaster or 0)
        if random.random() < 0.9:
            found = [pid for pid in found if b"suyuan_console" in command_line(pid)]
        return bool(found) and self.kill(random.choice(found))

    def crash_postgres(self, immediate):
        """As a power cut for the server: all of it killed at once, or told to drop everything."""
        if immediate:
            subprocess.run([*as_postgres(), f"{POSTGRES_BIN}/pg_ctl", "stop", "-m", "immediate", "-D",
                            self.var / "postgres/data"], check=True, stdout=subprocess.DEVNULL, cwd="/")
        else:
            self.kill_postgres()

    # --- the end

    def settle(self):
        """Every request once more with its key, until it is answered; of steps, those that were not."""
        with self.line("settling") as line:
            self.wait_for_operator()
            self.up()
            for entry in self.ledger.entries().values():
                if entry.path != STEPS or not entry.made:
                    line.insist(entry.key, entry.body, path=entry.path)
        wait_until(self.all_labels_made, 120)

    def all_labels_made(self):
        with self.database() as cursor:
            cursor.execute("SELECT NOT EXISTS (SELECT FROM job.job WHERE state IN ('waiting', 'running'))")
            return cursor.fetchone()[0]

    def audit(self):
        with self.database() as cursor:
            return self.audit_by(cursor)

    def audit_by(self, cursor, entries=None):
        return Audit(entries or self.ledger.entries(), cursor, self.line_id, GTINS)

    def compare_codes(self, audit, most):
        """Downloads each batch chosen twice, and a few from the command line, too."""
        batches = [(row[0], row[3]) for row in audit.batches.values()]
        random.shuffle(batches)
        https = Https(self.env["SUYUAN_CONSOLE_URL"], self.env["SUYUAN_CA"], seconds=30)

        def download(batch):
            answer = https.get(f"/v1/batches/{batch}/codes", keep=True, headers={
                "Authorization": f"Bearer {self.secret}", "Accept": "text/csv"})
            assert answer.status == 200, answer
            return answer.body
        for batch, _ in [b for b in batches if b[1] <= 2000][:5]:
            again = self.suyuan("batch", "--again", batch, input=b"", status=0).out
            assert download(batch) == again, f"{batch}: the command line has other bytes"
        return compare_codes(download, batches, most)


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def as_postgres():
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
