"""What can go wrong with a lookup server, each scene on a Stage, in small or in full measure.

A scene fails (AssertionError) where something is wrong: a verdict, a 500, a private byte, a request that had
to be answered. What depends on the machine it only measures: it returns rows for the table of faults.py."""
import contextlib
import dataclasses
import json
import os
import signal
import statistics
import subprocess
import threading
import time

import psycopg2

from stage import SECRET, is_faultless  # first: it says where the others are
import instance
import machine
from backends import Redis, soon
from liar import KINDS, Liar
from server import TOP, cpu_seconds, status_of, wait_until
from steps import alive
from wire import Wire


@dataclasses.dataclass
class Row:
    what: str
    goal: str
    measured: str
    met: bool


def at_most(what, value, most, unit="ms"):
    return Row(what, f"at most {most} {unit}", f"{value:.1f} {unit}", value <= most)


def none(what, value, of):
    return Row(what, "0", f"{value} of {of}", value == 0)


def few(what, value, of):
    """Like none(), where a machine that stands still for a second is reason enough: answers of 503."""
    return Row(what, "none", f"{value} of {of}", value == 0)


def summed(rows_of):
    """What several runs of the client saw, together."""
    return {k: sum(s[k] for s in rows_of) for k in ("asked", "done", "right", "busy", "wrong", "failed", "leaks")}


def errors_500(seen):
    return sum(n for status, n in seen["status"].items() if int(status) >= 500 and int(status) != 503)


def ready(stage, server, line=None):
    stage.prefer(server.process.pid)
    line = line or stage.lines[0]
    soon(lambda: server.get(line.path).status, lambda status: status == 200, 15)


class During:
    """Requests that go on while something happens."""

    def __init__(self, stage, server, **options):
        self.stage, self.server, self.options = stage, server, options

    def __enter__(self):
        self.running = self.stage.begin(self.server, **self.options)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.running[0].kill()
        self.seen = self.stage.ended(self.running) if kind is None else None


# --- PostgreSQL ------------------------------------------------------------------------------------

def kept_lines(stage, count=20):
    return stage.write_paths("kept", stage.lines[:count])


def recovery(stage, server, since):
    """Seconds until codes that nobody asked for are right again, many times in a row: whichever worker answers."""
    lines, good = iter(stage.lines[100:] * 20), 0
    while good < 16:
        good = good + 1 if server.get(next(lines).path).status == 200 else 0
        if good == 1:
            back = time.monotonic()
        assert time.monotonic() - since < 15, "not back"
    return back - since


@contextlib.contextmanager
def hung(place):
    with place.postgres_hung():
        yield


@contextlib.contextmanager
def stopped(place):
    pg_ctl(place, "stop", "-m", "immediate")
    try:
        yield
    finally:
        place.start_postgres()


def pg_ctl(place, *words):
    """As an administrator does; PostgreSQL runs as whom its data belong to."""
    main = place.postmaster
    program = os.path.join(os.path.dirname(os.readlink(f"/proc/{main}/exe")), "pg_ctl")
    data = os.readlink(f"/proc/{main}/cwd")
    owner = os.stat(data).st_uid
    subprocess.run([program, "-D", data, *words], check=True, user=owner if os.getuid() == 0 else None,
                   cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
    wait_until(lambda: not alive(main), 10)


@contextlib.contextmanager
def out_of_connections(place):
    """Somebody else has taken them all, and the servers' are cut."""
    taken = []

    def take_all():
        with contextlib.suppress(psycopg2.OperationalError):
            while len(taken) < 2000:
                taken.append(psycopg2.connect(place.env["DATABASE_URL"]))
    try:
        take_all()
        with psycopg2.connect(f"host={socket_folder(place)} user=postgres dbname=suyuan") as root:
            with root.cursor() as cursor:
                for _ in range(3):  # and whoever was quicker than we are
                    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                   " WHERE usename = 'suyuan_public'")
                    take_all()
        yield
    finally:
        for connection in taken:
            connection.close()


def socket_folder(place):
    return instance.socket_folder(place.env["DATABASE_URL"])


def postgresql_away(stage, how, seconds, rate):
    """Pages that were asked before, and codes that were not, while it is away and when it is back."""
    with stage.place.server("release", workers=2) as server:
        ready(stage, server)
        is_faultless(stage.load(server, kept_lines(stage), seconds=1, connections=16, fresh=25))
        with how(stage.place):
            with During(stage, server, paths=stage.write_paths("unseen", stage.lines[100:200]), seconds=seconds,
                        rate=max(20, rate // 10), connections=64, fresh=25) as unseen:
                kept = is_faultless(stage.load(server, kept_lines(stage), seconds=seconds, rate=rate, connections=32,
                                               fresh=25))
            is_faultless(unseen.seen)
            forged = stage.load(server, stage.forged(30), requests=30, connections=4)
            assert forged["wrong"] == 0 and forged["leaks"] == 0 and forged["failed"] == 0, forged
        back = recovery(stage, server, time.monotonic())
        after = is_faultless(stage.load(server, requests=len(stage.lines), seconds=20, connections=8))
    assert kept["right"] > 0
    name = how.__name__.replace("_", " ")
    whole = summed([kept, unseen.seen, after])
    return [none(f"PostgreSQL {name}: answers of 500", errors_500(kept) + errors_500(unseen.seen), whole["done"]),
            few(f"PostgreSQL {name}: kept pages that were not shown", kept["busy"], kept["asked"]),
            few(f"PostgreSQL {name}: and when it was back", after["busy"], after["asked"]),
            at_most(f"PostgreSQL {name}: kept pages, p99", kept["p99_ms"], 50),
            at_most(f"PostgreSQL {name}: back after", back, 5, "s")]


def postgresql_restarted(stage, times, seconds):
    """Under load, cold codes and warm ones."""
    with stage.place.server("release", workers=2, cache_seconds=1, cache_memory_mb=1) as server:
        ready(stage, server)
        with During(stage, server, seconds=seconds, rate=300, connections=64, fresh=25) as load:
            for _ in range(times):
                time.sleep(seconds / (times + 1) / 2)
                pg_ctl(stage.place, "stop", "-m", "fast")
                stage.place.start_postgres()
                back = time.monotonic()
                since = recovery(stage, server, back)
        is_faultless(load.seen)
    return [none("PostgreSQL restarted: answers of 500", errors_500(load.seen), load.seen["done"]),
            at_most("PostgreSQL restarted: back after", since, 5, "s")]


def postgresql_slow(stage, delay, requests):
    """Every answer takes its time: late, but right."""
    with Wire(stage.place.env["PUBLIC_DATABASE_URL"], delay=delay) as wire:
        with stage.place.server("release", workers=2, public_database_url=wire.url) as server:
            ready(stage, server)
            seen = is_faultless(stage.load(server, requests=requests, seconds=60, connections=64, fresh=25))
    return [few(f"PostgreSQL slow by {delay * 1000:.0f} ms each way: answers of 503", seen["busy"], seen["asked"]),
            at_most(f"PostgreSQL slow by {delay * 1000:.0f} ms each way: p99", seen["p99_ms"], delay * 8000 + 100)]


def postgresql_torn(stage, requests):
    """The connection ends in the middle of answers, again and again."""
    with Wire(stage.place.env["PUBLIC_DATABASE_URL"]) as wire:
        with stage.place.server("release", workers=2, public_database_url=wire.url, cache_seconds=1,
                                cache_memory_mb=1) as server:
            ready(stage, server)
            wire.cut_after = (3000, 30000)
            for pid in public_backends(stage.place):
                os.kill(pid, signal.SIGTERM)
            seen = is_faultless(stage.load(server, requests=requests, seconds=60, rate=500, connections=32, fresh=25))
            wire.cut_after = None
            since = recovery(stage, server, time.monotonic())
            assert wire.cuts > 5, wire.cuts
    return [none(f"PostgreSQL's answers torn {wire.cuts} times: wrong verdicts", seen["wrong"], seen["done"]),
            none("PostgreSQL's answers torn: answers of 500", errors_500(seen), seen["done"]),
            at_most("PostgreSQL's answers torn: back after", since, 5, "s")]


def public_backends(place):
    with place.database() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'suyuan_public'")
        return [pid for pid, in cursor.fetchall()]


# --- Redis -----------------------------------------------------------------------------------------

SMALL_MEMORY = {"cache_seconds": 1, "cache_memory_mb": 1}  # so that every lookup asks Redis


def redis_lies(stage, requests, rate, between):
    """Every kind of bad answer, beside the values of an epoch in which more was shown."""
    with Liar(between) as liar:
        stage.first.show("product.description")
        stage.second.show("product.description")
        with stage.place.server("release", workers=2, redis_url=liar.url, **SMALL_MEMORY) as server:
            ready(stage, server)
            shown = stage.load(server, requests=len(stage.lines), seconds=30, connections=8)
            assert shown["leaks"] == shown["done"] > 0, "nothing private was planted"
            stage.first.hide("product.description")
            stage.second.hide("product.description")
            time.sleep(1.5)
            is_faultless(stage.load(server, requests=len(stage.lines), seconds=30, connections=8))
            assert any(SECRET.encode() in values[0] for values in liar.history.values())
            liar.honest = False
            workers = server.workers
            seen = is_faultless(stage.load(server, requests=requests, seconds=300, rate=rate, connections=32, fresh=10))
            assert server.workers == workers, server.errors()
    told = [n for name, n in liar.told.items()]
    assert len(KINDS) >= 200
    return [none("Redis lies: private bytes in answers", seen["leaks"], seen["done"]),
            none("Redis lies: wrong verdicts of real codes", seen["wrong"], seen["done"]),
            none("Redis lies: answers of 500 or none", errors_500(seen) + seen["failed"], seen["asked"]),
            few("Redis lies: answers of 503", seen["busy"], seen["done"]),
            Row("Redis lies: kinds told", "200", f"{sum(n > 0 for n in told)} of {len(KINDS)}, {sum(told)} lies",
                sum(n > 0 for n in told) >= 200)]


@contextlib.contextmanager
def redis_stopped(redis):
    redis.kill()
    yield
    redis.start()


@contextlib.contextmanager
def redis_hung(redis):
    with redis.hung():
        yield


@contextlib.contextmanager
def redis_flushed(redis):
    stop = threading.Event()

    def flush():
        while not stop.wait(0.02):
            redis.client.flushall()
    thread = threading.Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def redis_away(stage, how, seconds):
    with Redis() as redis, stage.place.server("release", workers=2, redis_url=redis.url, **SMALL_MEMORY) as server:
        ready(stage, server)
        is_faultless(stage.load(server, seconds=1, connections=8))
        with how(redis):
            seen = is_faultless(stage.load(server, seconds=seconds, rate=300, connections=32, fresh=25))
        soon(lambda: (stage.load(server, requests=50, connections=2), redis.client.dbsize())[1], lambda n: n > 0, 10)
    name = how.__name__.replace("_", " ").replace("redis", "Redis")
    return [few(f"{name}: answers of 503", seen["busy"], seen["asked"]),
            at_most(f"{name}: cold lookups, p99", seen["p99_ms"], 200)]


def redis_slow(stage, seconds):
    """Just within its deadline, and just not."""
    rows = []
    for kind in ("the truth 15 ms late", "the truth 25 ms late"):
        with Liar() as liar, stage.place.server("release", workers=2, redis_url=liar.url, **SMALL_MEMORY) as server:
            ready(stage, server)
            liar.honest, liar.harmless, liar.breaking = False, [KINDS[kind]], [KINDS[kind]]
            seen = is_faultless(stage.load(server, seconds=seconds, rate=200, connections=32, fresh=25))
            rows.append(few(f"Redis slow ({kind}): answers of 503", seen["busy"], seen["asked"]))
            rows.append(at_most(f"Redis slow ({kind}): cold lookups, p99", seen["p99_ms"], 300))
    return rows


# --- changes ---------------------------------------------------------------------------------------

class Watcher(threading.Thread):
    """Asks a node for a page all the time, over several connections; remembers when it last said what."""

    def __init__(self, node, path, connections=6):
        super().__init__(daemon=True)
        self.clients = [node.client() for _ in range(connections)]
        self.path, self.stop = path, threading.Event()
        self.last = {}  # what it showed -> when it was last asked for that
        self.rounds = 0
        self.start()

    def run(self):
        while not self.stop.wait(0.002):
            for client in self.clients:
                asked = time.monotonic()
                answer = client.get(self.path, b"Accept: application/json\r\n")
                self.last[answer.status, "leaves" in answer.text, "Sharp edges" in answer.text] = asked
            self.rounds += 1

    def end(self):
        self.stop.set()
        self.join(10)
        for client in self.clients:
            client.close()


def changes(stage, count):
    """Hides, shows, recalls and their ends on two nodes, with Redis down."""
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(Redis())
        nodes = [stack.enter_context(stage.place.server("release", redis_url=redis.url, workers=2)) for _ in range(2)]
        line = stage.lines[7]
        for node in nodes:
            ready(stage, node, line)
        redis.kill()
        watchers = [Watcher(node, line.path) for node in nodes]
        stack.callback(lambda: [w.end() for w in watchers])
        took = [one_change(stage, watchers, line, number) for number in range(count)]
    rows = []
    for what, times in zip(("from the command's end", "from its start"), zip(*took)):
        times = sorted(times)
        rows += [at_most(f"Redis down: {count} hides and recalls until two nodes show them, {what}, longest",
                         times[-1] * 1000, 1000),
                 at_most(f"Redis down: the same, {what}, p99", times[min(count - 1, int(count * 0.99))] * 1000, 1000),
                 at_most(f"Redis down: the same, {what}, median", statistics.median(times) * 1000, 1000)]
    return rows


def one_change(stage, watchers, line, number):
    """Seconds from when the command was done, and from when it began, to when the last old answer was asked for."""
    gtin = stage.first_gtin
    words, shown, alarm = [
        (("policy", "hide", "--gtin", gtin, "product.ingredients"), False, False),
        (("policy", "show", "--gtin", gtin, "product.ingredients"), True, False),
        (("recall", "start", "--gtin", gtin, "--lot", line.lot, "--reason", "und=Sharp edges"), True, True),
        (("recall", "end", "--gtin", gtin, "--lot", line.lot), True, False)][number % 4]
    began = time.monotonic()
    stage.place.suyuan(*words, status=0, program=TOP / "bin/suyuan")
    done = time.monotonic()
    rounds = [w.rounds for w in watchers]
    new = (200, shown, alarm)
    end = done + 10
    # Until every connection of every node has twice said nothing else.
    while True:
        time.sleep(0.01)
        old = max((at for w in watchers for what, at in list(w.last.items()) if what != new), default=0)
        quiet = time.monotonic() - max(old, done)
        if quiet > 0.4 and all(w.rounds > r + 2 for w, r in zip(watchers, rounds)):
            return max(0.0, old - done), max(0.0, old - began)
        assert time.monotonic() < end and all(w.is_alive() for w in watchers), (words, [w.last for w in watchers])


# --- processes -------------------------------------------------------------------------------------

def frozen_worker(stage, seconds):
    """One of two is stopped: new connections are the other one's."""
    with stage.place.server("release", workers=2) as server:
        ready(stage, server)
        rows = []
        for victim in list(server.workers):
            os.kill(victim, signal.SIGSTOP)
            try:
                seen = is_faultless(stage.load(server, seconds=seconds, rate=100, connections=32, fresh=100))
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGCONT)
            rows.append(few("a frozen worker: new connections answered with 503", seen["busy"], seen["asked"]))
            rows.append(at_most("a frozen worker: new connections, p99", seen["p99_ms"], 200))
            ready(stage, server)
    return rows


def frozen_for_good(stage):
    """It is replaced."""
    with stage.place.server("release", workers=2) as server:
        ready(stage, server)
        victim, since = server.workers[0], time.monotonic()
        os.kill(victim, signal.SIGSTOP)
        wait_until(lambda: not alive(victim) and len(server.workers) == 2, 30)
        ready(stage, server)
        return [at_most("a worker frozen for good: replaced after", time.monotonic() - since, 20, "s")]


def killed(stage, who, seconds):
    """A worker, Kore's parent or the supervisor, under load; what was under way is lost, nothing else."""
    with stage.place.server("release", workers=2) as server:
        ready(stage, server)
        everybody = server.processes()
        with During(stage, server, seconds=seconds, rate=200, connections=16, fresh=50, patience=5000) as load:
            time.sleep(seconds / 2)
            victim = {"worker": server.workers[0], "parent": server.parent, "supervisor": server.process.pid}[who]
            os.kill(victim, signal.SIGKILL)
            since = time.monotonic()
            if who == "supervisor":
                wait_until(lambda: not any(alive(p) for p in everybody[1:]), 5)
                server.process.wait(5)
                server.start()
            else:
                wait_until(lambda: not alive(victim), 5)
            ready(stage, server)
            back = time.monotonic() - since
        seen = is_faultless(load.seen, failed=None)
        is_faultless(stage.load(server, requests=200, connections=8, fresh=50))
    # Only who was connected to it loses anything; while nobody listens, everybody does.
    rows = [at_most(f"{who} killed: serving again after", back, 5, "s")]
    if who != "supervisor":
        rows.append(Row(f"{who} killed: requests lost", "at most one a connection (16)", f"{seen['failed']} of {seen['asked']}",
                        seen["failed"] <= 16))
    return rows


# --- deploys ---------------------------------------------------------------------------------------

def deploys(stage, count, every):
    """Under load of kept and fresh connections, SIGUSR2 again and again; every answer must come."""
    with stage.place.server("release", workers=2) as server:
        ready(stage, server)
        files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        first = server.processes()
        took = []
        with During(stage, server, seconds=int(every * (count + 1)), connections=32, fresh=50) as load:
            for _ in range(count):
                time.sleep(every / 2)
                parent, since = server.parent, time.monotonic()
                server.process.send_signal(signal.SIGUSR2)
                wait_until(lambda: not alive(parent), 30)
                took.append(time.monotonic() - since)
                server.processes()
        seen = is_faultless(load.seen)
        assert server.process.pid == first[0] and not any(map(alive, first[1:]))
        assert len(os.listdir(f"/proc/{server.process.pid}/fd")) == files
        assert server.errors().count("the older server finishes") == count, server.errors()
        wait_until(lambda: len(server.processes()) == len(first))
    return [none(f"{count} deploys under load: requests that failed", seen["failed"], seen["asked"]),
            few("deploys: answers of 503", seen["busy"], seen["asked"]),
            at_most("deploys: p99 of all requests", seen["p99_ms"], 200),
            Row("deploys: a change took", "", f"{min(took):.1f} to {max(took):.1f} s", True)]


# --- too slow, too many ----------------------------------------------------------------------------

LIMITS = {"handshake_seconds": 3, "header_seconds": 4, "body_seconds": 6, "send_seconds": 5, "keepalive_seconds": 5}
# The longest each kind of slow client may live, in s; who takes an answer bit by bit may go on.
LIVES = {"mute": 3, "hello": 3, "silent": 4, "head": 4, "body": 6}


def slow_clients(stage, count, seconds, rate, connections=10000):
    with stage.place.server("release", workers=2, connections=connections, **LIMITS) as server:
        ready(stage, server)
        command = [TOP / "build/release/fault/slow", f"--connections={count}", "--sources=250",
                   f"--seconds={seconds + 3}", server.port, stage.lines[0].path]
        if stage.client_core is not None:
            command = machine.pinned(stage.client_core, command)
        # They share a processor with those whose time is taken, who come first.
        slow = subprocess.Popen(["nice", "-n", "4", *map(str, command)], stdout=subprocess.PIPE)
        try:
            time.sleep(2)
            # Where there is no room, kept connections go, too; whoever was about to use one asks again.
            seen = stage.load(server, seconds=seconds, rate=rate, connections=128, fresh=50, sources=20)
            is_faultless(seen, failed=seen["raced"] if connections < count else 0)
            memory = max(int(status_of(w)["VmRSS"].split()[0]) for w in server.workers) / 1024
            kinds = json.loads(slow.communicate(timeout=60)[0])
        finally:
            slow.kill()
            slow.wait()
        ready(stage, server)
    where = f"{count} slow connections" + (f", room for {connections * 2}" if connections < count else "")
    standing = sum(k["standing"] for k in kinds.values())
    rows = [at_most(f"{where}: requests of others, p99", seen["p99_ms"], 200),
            Row(f"{where}: standing at the end", f"at least {min(count, connections * 2) * 9 // 10}", f"{standing}, after {sum(k['opened'] for k in kinds.values())}",
                standing >= min(count, connections * 2) * 9 // 10),
            Row(f"{where}: memory of a worker", "at most 200 MiB", f"{memory:.0f} MiB", memory <= 200)]
    for kind, life in LIVES.items():
        longest = kinds[kind]["longest_ms"] / 1000
        rows.append(Row(f"{where}: longest life of \"{kind}\" (limit {life} s)", f"at most {life + 2} s", f"{longest:.1f} s, "
                        f"{kinds[kind]['cut']} cut", longest <= life + 2))
    return rows


class Throttled:
    """The share of a processor that a worker may use, so that the client can offer five times as much."""

    def __init__(self, pid, percent):
        self.pid, self.percent = pid, percent

    def __enter__(self):
        done = subprocess.run(["chrt", "--deadline", "--sched-runtime", str(self.percent * 100000), "--sched-deadline",
                               "10000000", "--sched-period", "10000000", "--pid", "0", str(self.pid)],
                              stderr=subprocess.DEVNULL)
        self.works = done.returncode == 0
        return self

    def __exit__(self, *_):
        if self.works:
            subprocess.run(["chrt", "--other", "--pid", "0", str(self.pid)], stderr=subprocess.DEVNULL)


def too_many(stage, seconds):
    """More than a server can do, or the client: neither harms it."""
    with stage.place.server("release", workers=1) as server:
        ready(stage, server)
        workers = server.workers
        seen = is_faultless(stage.load(server, seconds=seconds, connections=1500, fresh=100, rate=20000, patience=3000),
                            failed=None)
        assert server.workers == workers and seen["right"] > 0, server.errors()
        ready(stage, server)
    return [none("too many requests: answers of 500", errors_500(seen), seen["done"])]


def overload(stage, seconds, percent=5):
    """Five times what it can do, every request on a connection of its own."""
    with stage.place.server("release", workers=1) as server:
        ready(stage, server)
        worker = server.workers[0]
        with Throttled(worker, percent) as throttled:
            if not throttled.works:
                return [Row("five-fold overload", "", "not measured: the right to SCHED_DEADLINE is missing", False)]
            peaks = [is_faultless(stage.load(server, seconds=seconds, connections=n, fresh=100, patience=30000))
                     for n in (64, 256, 1024)]
            peak = max(p["right"] / p["seconds"] for p in peaks)
            rate = int(5 * peak)
            used = cpu_seconds(worker)
            seen = is_faultless(stage.load(server, seconds=seconds * 2, connections=8000, fresh=100, rate=rate,
                                           patience=5000), failed=None)
            used = (cpu_seconds(worker) - used) / seen["seconds"]
            memory = int(status_of(worker)["VmRSS"].split()[0]) / 1024
        assert server.workers == [worker], server.errors()
        since = time.monotonic()
        ready(stage, server)
        after = time.monotonic() - since
    good = seen["right"] / (seconds * 2) / peak * 100
    return [Row(f"overload: {rate} fresh connections a second, {peak:.0f} possible with {percent} % of a processor "
                f"({used * 100:.0f} % used): goodput", "at least 90 % of the peak", f"{good:.0f} %", good >= 90),
            none("overload: answers of 500", errors_500(seen), seen["done"]),
            Row("overload: memory of the worker", "at most 400 MiB", f"{memory:.0f} MiB", memory <= 400),
            at_most("overload: serving everybody again after", after, 5, "s")]
