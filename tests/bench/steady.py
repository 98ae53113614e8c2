"""Parts of the report: latency at 70 % of what the server can do, and the memory of idle connections."""
import os
import signal
import subprocess
import time

import machine
import measure
import report
from servers import FOLDER, LOGS, PROGRAMS, TOP, BenchError

SHARE = 0.7
CONNECTIONS = measure.KEPT_CONNECTIONS
IDLE = 10_000


def paced(core, port, connections, rate, seconds, paths, headers=measure.HEADERS):
    """The command of a client at a steady rate, and what it reads."""
    head = "\r\n".join([f"Host: localhost:{port}", *headers, "", ""])
    return machine.pinned(core, [PROGRAMS / "paced", "127.0.0.1", port, "localhost", connections, rate, seconds,
                                 paths]), head.encode()


class Latency:
    """Hot and cold, and nginx with the same page, each at its share of its own best rate."""

    def __init__(self, bench):
        self.bench, self.rows = bench, []
        ours, theirs = bench.suyuan.url.rpartition(":")[2], bench.nginx.port
        for name, side, port, cold in (("hot", bench.hot, ours, False), ("hot, nginx", bench.hot_nginx, theirs, False),
                                       ("cold, all on one processor", bench.cold_here, ours, True)):
            self.measure(name, int(SHARE * side.median(lambda r: r.rate)), port, cold)

    def measure(self, name, rate, port, cold):
        seconds = max(5, self.bench.seconds)
        paths = FOLDER / "hot.1"
        if cold:
            self.bench.suyuan.codes("issued", self.bench.batch, int(rate * seconds * 1.1), FOLDER / "paced.", 1)
            paths = FOLDER / "paced.1"
        self.bench.prepare(self.bench.server_core)()
        command, head = paced(self.bench.client_core, port, CONNECTIONS, rate, seconds, paths)
        answers, _ = measure.ask_raw(command, head)
        if answers["failed"] or answers["refused"]:
            raise BenchError(f"{name}: {answers['failed']} failed, {answers['refused']} refused")
        self.rows.append((name, rate, answers))
        if cold:
            paths.unlink()

    def text(self):
        rows = [[name, f"{rate:,}", f"{a['done'] / a['seconds']:,.0f}",
                 *(f"{a[p]:.2f}" for p in ("p50_ms", "p99_ms", "p999_ms", "slowest_ms"))]
                for name, rate, a in self.rows]
        return (f"## Latency at {100 * SHARE:.0f} % of the best rate\n\nRequests begin by the clock over {CONNECTIONS} kept "
                f"connections, whatever the server does; a latency counts from when its request was due.\n\n" +
                report.table(["", "offered/s", "answered/s", "p50 ms", "p99 ms", "p99.9 ms", "slowest ms"], rows))

    def expected(self):
        return []


class Idle:
    """What a worker's memory grows by when ten thousand clients have asked once and stay."""

    def __init__(self, bench):
        self.bench = bench
        self.rows = [(name, *self.grow(worker, port)) for name, worker, port in (
            ("suyuand", bench.suyuan.server.worker, bench.suyuan.url.rpartition(":")[2]),
            ("nginx", bench.nginx.server.worker, bench.nginx.port))]

    def grow(self, worker, port):
        before = resident(worker)
        command, head = paced(self.bench.client_core, port, IDLE, 0, 0, FOLDER / "hot.1")
        with open(LOGS / "idle.log", "wb") as errors:
            client = subprocess.Popen(list(map(str, command)), cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=errors, start_new_session=True)
        try:
            client.stdin.write(head)
            client.stdin.close()
            said = client.stdout.readline()
            if b'"failed":0' not in said:
                raise BenchError(f"idle: {said.decode()}{(LOGS / 'idle.log').read_text()}")
            time.sleep(1)
            return before, resident(worker)
        finally:
            os.killpg(client.pid, signal.SIGTERM)
            client.wait()
            time.sleep(1)

    def text(self):
        rows = [[name, f"{before / 1024:.1f}", f"{after / 1024:.1f}", f"{(after - before) / IDLE:.1f}"]
                for name, before, after in self.rows]
        return (f"## {IDLE:,} idle connections\n\nResident memory of the one worker; the kernel's own for the sockets is "
                f"not counted on either side.\n\n" +
                report.table(["", "before, MiB", "with them, MiB", "KiB a connection"], rows))

    def expected(self):
        return []


def resident(pid):
    """KiB."""
    with open(f"/proc/{pid}/status") as status:
        [line] = [line for line in status if line.startswith("VmRSS:")]
    return int(line.split()[1])
