"""One measurement: a client asks for some seconds; what the servers used meanwhile is counted."""
import dataclasses
import json
import os
import statistics
import subprocess
import time

import machine
from servers import HERE, LOGS, PROGRAMS, TOP, BenchError, run

KEPT_CONNECTIONS, FRESH_CONNECTIONS = 64, 32

# As a phone's browser asks.
HEADERS = [
    "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8",
    "Upgrade-Insecure-Requests: 1",
]


# As a program asks for the same fields; nobody looks, so no visit is counted.
JSON_HEADERS = [h if not h.startswith("Accept: ") else "Accept: application/json" for h in HEADERS]


@dataclasses.dataclass
class Answers:
    """What a client saw."""
    done: int
    seconds: float
    bytes: int
    failed: int
    refused: int = 0  # answers with a status of 400 or more
    resumed: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    tls: str = ""


@dataclasses.dataclass
class Result:
    """One measurement."""
    answers: Answers
    cpu: dict  # group -> seconds
    client: float  # seconds of CPU
    others: float = 0.0  # share of the server's processor that somebody else had

    @property
    def rate(self):
        return self.answers.done / self.answers.seconds

    def cpu_us(self, group=None):
        """Microseconds of CPU for each request, of one group or all."""
        seconds = self.cpu[group] if group else sum(self.cpu.values())
        return seconds * 1e6 / self.answers.done


def ask(core, command, request=None, env=None):
    """Runs a client on its processor; what it saw and the CPU it used."""
    said, used = ask_raw(machine.pinned(core, command), request, env)
    return Answers(**said), used


def ask_raw(command, request=None, env=None):
    """Runs a client; its JSON and the CPU it used."""
    with open(LOGS / "client.log", "wb") as errors:
        client = subprocess.Popen([str(c) for c in command], cwd=TOP,
                                  env={**os.environ, **(env or {})}, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        try:
            client.stdin.write(request or b"")
            client.stdin.close()
            said = client.stdout.read().decode()
            _, status, used = os.wait4(client.pid, 0)
            client.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            client.kill()
            client.wait()
            raise
    last = said.strip().rpartition("\n")[2].removeprefix("JSON ")
    if client.returncode != 0 or not last.startswith("{"):
        raise BenchError(f"{command[0]} ended with {client.returncode}:\n{said}"
                         f"{(LOGS / 'client.log').read_text()}")
    return json.loads(last), used.ru_utime + used.ru_stime


def identity_page(url, ca):
    """The page as it is before it is compressed."""
    return run(["curl", "--silent", "--show-error", "--fail", "--cacert", ca, "--header", HEADERS[0], "--header",
                HEADERS[1], url])


def headers_for(codings):
    """The same of a client that takes other codings."""
    return [f"Accept-Encoding: {codings}" if h.startswith("Accept-Encoding:") else h for h in HEADERS]


def kept(core, url, seconds, paths=None, headers=HEADERS):
    """Requests over connections that are kept: by wrk."""
    fields = [a for h in headers for a in ("--header", h)]
    env = {"BENCH_PATHS": str(paths)} if paths else {}
    return ask(core, ["wrk", "--threads", "1", "--connections", KEPT_CONNECTIONS, "--duration",
                      f"{seconds}s", "--script", HERE / "paths.lua", *fields, url], env=env)


def fresh(core, port, path, seconds, resume):
    """One request a connection."""
    request = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *HEADERS,
                           "Connection: close", "", ""])
    options = ["--resume"] if resume else []
    return ask(core, [PROGRAMS / "fresh", *options, "127.0.0.1", port, "localhost",
                      FRESH_CONNECTIONS, seconds], request.encode())


@dataclasses.dataclass
class Side:
    """One line of a table: how it is asked, and whose CPU counts."""
    name: str
    client: object  # round -> (Answers, seconds of CPU)
    groups: object  # () -> {name: processes}
    check: object  # Answers -> what is wrong, or None
    prepare: object = None  # () -> None, before each measurement
    settle: object = None  # () -> None, after each, so that nothing of it is left for the next
    elsewhere: frozenset = frozenset()  # groups that do not run on the server's processor
    results: list = dataclasses.field(default_factory=list)

    def measure(self, turn, core):
        if self.prepare:
            self.prepare()
        groups = self.groups()
        before = {name: machine.cpu_seconds(pids) for name, pids in groups.items()}
        busy, began = machine.busy_seconds(core), time.monotonic()
        answers, client = self.client(turn)
        wall, busy = time.monotonic() - began, machine.busy_seconds(core) - busy
        cpu = {name: machine.cpu_seconds(pids) - before[name] for name, pids in groups.items()}
        if self.settle:
            self.settle()
        if answers.failed or answers.done == 0:
            raise BenchError(f"{self.name}: {answers.failed} of {answers.failed + answers.done} "
                             "requests failed")
        if wrong := self.check(answers):
            raise BenchError(f"{self.name}: {wrong}")
        result = Result(answers, cpu, client)
        result.others = max(0.0, (busy - self.core_seconds(result)) / wall)
        self.results.append(result)

    def core_seconds(self, result):
        """What it used of the server's processor."""
        return sum(s for name, s in result.cpu.items() if name not in self.elsewhere)

    def spread(self, value):
        """Median, least and most of the rounds."""
        values = [value(r) for r in self.results]
        return statistics.median(values), min(values), max(values)

    def median(self, value):
        return self.spread(value)[0]


def take_turns(sides, rounds, core, say):
    for turn in range(rounds):
        for side in sides:
            say(f"round {turn + 1} of {rounds}: {side.name}")
            side.measure(turn, core)


def ratio(side, other, value, other_value=None):
    """Of two sides in the same round, the median over the rounds: what disturbs one round disturbs
    both."""
    other_value = other_value or value
    return statistics.median(value(a) / other_value(b)
                             for a, b in zip(side.results, other.results))
