#!/usr/bin/python3
"""Kills whatever serves, asks or stores while several lines ask for batches, then has everything asked again
and compares. As a program:

    tests/fault/killing.py [--kills N] [--crashes N] [--seconds S] [--lines N] [--codes N]

prints what was done and found; its exit status is 0 only if nothing was lost, double, half or unrecorded."""
import argparse
import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE.parent, HERE.parent / "lib", HERE.parent / "http"):
    sys.path.insert(0, str(folder))
from ledger import DONE, READS, STEPS
from plant import GTINS, LOTS, Plant

# Who is killed, and how often of a hundred.
VICTIMS = {"client": 25, "worker": 33, "parent": 14, "supervisor": 8, "backend": 14, "jobs": 6}
LONG = 4  # seconds


class Load:
    """Several clients that ask until they are killed, and are started again."""

    def __init__(self, plant, lines):
        self.plant, self.lines = plant, lines

    def __enter__(self):
        self.clients = {f"line-{n}": self.start(f"line-{n}") for n in range(self.lines)}
        return self

    def __exit__(self, *_):
        for client in self.clients.values():
            client.kill()
            client.wait()
            client.stderr.close()

    def start(self, name):
        return subprocess.Popen(
            [sys.executable, HERE / "ledger.py", name, "--ledger", self.plant.ledger.folder, "--port",
             str(self.plant.port), "--gtins", ",".join(GTINS), "--lots", ",".join(LOTS)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "LINE_KEY": self.plant.secret})

    def check(self):
        """A client ends of itself only over an answer that should not be."""
        for client in self.clients.values():
            assert client.poll() is None, client.stderr.read().decode()[-2000:]

    def kill_client(self):
        name = random.choice(list(self.clients))
        self.clients[name].kill()
        assert self.clients[name].wait() < 0
        self.clients[name].stderr.close()
        self.clients[name] = self.start(name)
        return True


class Killing:
    """What was done to a plant, and what came of it."""

    def __init__(self, plant, lines=4):
        self.plant, self.lines = plant, lines
        self.done, self.start = collections.Counter(), time.monotonic()
        self.confirmed = 0, self.start  # answers, and when the last came

    def wait_a_moment(self):
        """Mostly until more was confirmed, so that there is somebody to hurt."""
        if random.random() < 0.3:
            time.sleep(random.uniform(0, 0.3))
            return
        ledger = self.plant.ledger
        wanted, end = ledger.confirmed() + random.randint(1, 15), time.monotonic() + 1.5
        while ledger.confirmed() < wanted and time.monotonic() < end:
            time.sleep(0.003)
        time.sleep(random.uniform(0, 0.01))

    def victim(self):
        """Who is next. Where nothing was confirmed for long the operator starts all anew, for what dies
        young comes back later and later, and PostgreSQL killed while it recovers stays away."""
        made = self.plant.ledger.confirmed()
        if made > self.confirmed[0]:
            self.confirmed = made, time.monotonic()
        elif time.monotonic() > self.confirmed[1] + LONG:
            self.confirmed = made, time.monotonic()
            return "supervisor"
        return random.choices(list(VICTIMS), VICTIMS.values())[0]

    def kill(self, kills, seconds):
        """So many kills, or as many as the seconds allow."""
        end = time.monotonic() + seconds
        with Load(self.plant, self.lines) as load:
            while self.done.total() < kills and time.monotonic() < end:
                load.check()
                self.wait_a_moment()
                name = self.victim()
                act = load.kill_client if name == "client" else getattr(self.plant, f"kill_{name}")
                self.done[name] += act()
                self.show("kills")
            load.check()
            self.answers_again()

    def crash(self, crashes, seconds):
        """PostgreSQL crashes under load, in both ways by turns, and is started again."""
        end = time.monotonic() + seconds
        with Load(self.plant, self.lines) as load:
            for number in range(crashes):
                if time.monotonic() > end:
                    break
                self.wait_a_moment()
                self.plant.crash_postgres(immediate=number % 2 == 1)
                self.plant.up()
                self.done["crash"] += 1
                self.show("crashes")
                self.answers_again()
                load.check()

    def show(self, what):
        if sys.stderr.isatty():
            print(f"\r{self.done.total()} {what}, {self.plant.ledger.confirmed()} answers ", end="", file=sys.stderr,
                  flush=True)

    def answers_again(self):
        """A batch is made now, not only asked for."""
        with self.plant.line("again") as line:
            line.insist(f"again-{time.monotonic_ns()}", {"gtin": GTINS[0], "quantity": 1})

    def finish(self, codes_compared):
        """Every request is asked again, and all is compared; figures by name."""
        seconds = time.monotonic() - self.start
        requests = self.plant.ledger.entries().values()
        figures = {
            **self.done, "seconds": round(seconds, 1), "requests": len(requests),
            "of_these_steps": sum(e.path == STEPS for e in requests),
            "of_these_readings": sum(e.path == READS for e in requests), "tries": sum(e.asked for e in requests),
            "unanswered": sum(e.silences for e in requests),
            "told_to_ask_again": sum(status not in DONE for e in requests for status, _ in e.answers),
            "unconfirmed_at_the_end": sum(not e.made for e in requests)}
        self.plant.settle()
        self.audited = self.plant.audit()
        batches, codes = self.plant.compare_codes(self.audited, codes_compared)
        return {
            **figures, "batches": len(self.audited.batches),
            "codes": sum(row[3] for row in self.audited.batches.values()), "label_jobs": len(self.audited.jobs),
            "batches_compared_by_code": batches, "codes_compared": codes, **self.audited.counts}


def table(figures):
    return "\n".join(f"{name.replace('_', ' '):<26}{number:>16,}" for name, number in figures.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, usual in (("kills", 0), ("crashes", 0), ("seconds", 3600), ("lines", 4), ("codes", 200000)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    a = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plant = Plant("kill")
    try:
        killing = Killing(plant, a.lines)
        if a.kills > 0:
            killing.kill(a.kills, a.seconds)
        if a.crashes > 0:
            killing.crash(a.crashes, a.seconds)
        figures = killing.finish(a.codes)
        print(table(figures))
        for kind, findings in killing.audited.found.items():
            for words in findings[:20]:
                print(f"{kind}: {words}")
        return 1 if any(killing.audited.found.values()) else 0
    finally:
        plant.remove()


if __name__ == "__main__":
    sys.exit(main())
