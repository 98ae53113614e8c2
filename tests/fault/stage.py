"""What the tests of faults play on: a private PostgreSQL with two brands and very many lots, lookup servers on
it, and the client of load.c, which judges every answer.

    with Stage(lots=50) as stage, stage.place.server("release") as server:
        seen = stage.load(server, seconds=2, connections=8, fresh=50)
        assert seen["failed"] == 0
"""
import dataclasses
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("http", "lib", "bench")]
sys.path.insert(0, str(HERE.parent))

import machine
from backends import Place
from server import TOP
from shop import gtin

PROGRAM = TOP / "build/release/fault/load"
SECRET = "CANARY"
# Two brands that must never be taken for each other.
BRANDS = {"first": "Firstling Tea", "second": "Second Silk"}

# Splits the one run of a batch among lots; what the lots' documents say comes from the records.
SPLIT = """
WITH whole AS (DELETE FROM pub.run WHERE gtin = %(gtin)s RETURNING *)
INSERT INTO pub.run (gtin, first, last, key_id, serial_length, lot_handle, state, since)
SELECT w.gtin, w.first + i * %(each)s, w.first + (i + 1) * %(each)s - 1, w.key_id, w.serial_length,
       trace.lot_handle(w.gtin, l.lot), w.state, w.since
FROM whole AS w, unnest(%(lots)s::text[]) WITH ORDINALITY AS l (lot, n), LATERAL (SELECT l.n - 1) AS x (i)
"""


@dataclasses.dataclass
class Line:
    """One code and what must be said of it."""
    code: object
    lot: str
    name: str  # of the product

    @property
    def path(self):
        return self.code.path


def build():
    """The client, if it is not there yet."""
    subprocess.run(["make", "-j2", "fault-programs"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)


def put_first(pid):
    """The session of this process comes before whatever else the machine does; whether that could be had. Linux
    shares processors among sessions first, so that a process's own priority says little."""
    try:
        pathlib.Path(f"/proc/{pid}/autogroup").write_text("-15\n")
    except OSError:
        return False
    return True


class Stage:
    def __init__(self, lots=50, each=1, first=False):
        build()
        self.first = first and put_first("self")
        cores = machine.cores()
        self.server_core, self.client_core = cores or (None, None)
        self.place = Place("first")
        self.runs = 0
        try:
            self.prefer(self.place.postmaster)
            self.lines = [line for number, slug in enumerate(BRANDS) for line in self.fill(number, slug, lots, each)]
        except BaseException:
            self.place.remove()
            raise
        self.paths = self.write_paths("codes", self.lines)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.place.remove()

    def prefer(self, pid):
        if self.first:
            put_first(pid)

    # --- records and codes

    def fill(self, number, slug, lots, each):
        """A brand's product with so many lots; every private field holds a secret of its own."""
        from shop import Shop
        place, number = self.place, gtin(730001 + number)
        shop = place.shop if slug == "first" else Shop(place.suyuan, place.folder, slug, en="Other & Sons")
        setattr(self, slug, shop)
        setattr(self, f"{slug}_gtin", number)
        names = [f"{slug.upper()}-{i:05d}" for i in range(lots)]
        shop.record("product", {"gtin": number, "name.en": BRANDS[slug], "description.en": f"{SECRET}-{slug}-text",
                                "internal_note": f"{SECRET}-{slug}-note", "unit_cost": "31337.42",
                                "ingredients.en": f"{BRANDS[slug]} leaves"})
        shop.record("lot", *({"gtin": number, "lot": lot, "best_before": "2999-12-31",
                              "internal_note": f"{SECRET}-{lot}"} for lot in names))
        shop("policy", "show", "--brand", slug, "product.name", "product.ingredients", "lot.number", "lot.best_before")
        codes = shop.codes(number, lots * each)
        with place.database() as cursor:
            cursor.execute(SPLIT, {"gtin": int(number), "each": each, "lots": names})
            cursor.execute("SELECT pub.touch(ARRAY[%s]::bigint[])", [int(number)])
        return [Line(code, names[i // each], BRANDS[slug]) for i, code in enumerate(codes)]

    def write_paths(self, name, lines, verdict="active"):
        """A file for load.c: every code must be genuine, and of its own lot."""
        path = self.place.folder / name
        path.write_text("".join(f"{line.path}\t{verdict}\t\"{line.lot}\"\n" for line in lines))
        return path

    def forged(self, count):
        """Codes that nobody issued, in the same shape."""
        lines = []
        for line in self.lines[:count]:
            serial = line.code.serial
            for other in "ZYXWVT":
                forged = serial[:-3] + other + serial[-2:]
                if forged != serial and forged not in {known.code.serial for known in self.lines}:
                    lines.append(f"{line.path.removesuffix(serial)}{forged}\tnever_issued\t\n")
                    break
        path = self.place.folder / "forged"
        path.write_text("".join(lines))
        return path

    # --- asking

    def begin(self, server, paths=None, **options):
        """Starts the client; wait for it with `ended`."""
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        command = [PROGRAM, *words, f"--secret={SECRET}", server.port, paths or self.paths]
        if self.client_core is not None:
            command = machine.pinned(self.client_core, command)
        self.runs += 1
        log = open(self.place.folder / f"load-{self.runs}.log", "wb")
        return subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=log), pathlib.Path(log.name)

    @staticmethod
    def ended(running, seconds=400):
        process, log = running
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        told = log.read_text(errors="replace")[:6000]
        assert process.returncode == 0, told
        return {**json.loads(out), "told": told}

    def load(self, server, paths=None, **options):
        """Asks, and returns what load.c printed, and as "told" what it said of failures."""
        return self.ended(self.begin(server, paths, **options))

    def pin(self, server):
        """The server on a processor of its own, as far as there is one."""
        if self.server_core is None:
            return
        for pid in server.processes():
            subprocess.run(["taskset", "--all-tasks", "--pid", "--cpu-list", str(self.server_core), str(pid)],
                           check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_faultless(seen, failed=0):
    """What holds whatever is broken: no wrong verdict, nothing private, no 500, and every 503 says when to come back."""
    statuses = set(map(int, seen["status"])) - {200, 404, 503}
    assert seen["wrong"] == 0 and seen["leaks"] == 0 and seen["curt"] == 0 and not statuses, seen
    assert failed is None or seen["failed"] <= failed, seen
    return seen
