"""A part of the report: cold lookups beside those who could do the same: PostgreSQL's own client, and a
service on Fastify, pg and ioredis."""
import statistics

import machine
import measure
import report
import steady
from servers import FOLDER, GTIN, HERE, LOT, BenchError, Process, run

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
ROWS = 10**6
PGBENCH_CLIENTS = 8
CONNECTIONS = 256  # of those who ask for pages; customers are many
# The sides take turns quickly: in some seconds a machine's own speed may swing by a third.
TURNS, SECONDS = 9, 1
# Of a turn.
PAGES, PROGRAMS, PG, FASTIFY = range(4)
# What the issue promised.
PGBENCH_LEAST, FASTIFY_LEAST = 0.8, 5.0
# Codes are drawn by chance: of the millions asked so far a few come again, which is a reload.
COUNTED_LEAST = 0.995

# As many items of the batch with a row of their own; a step of a code writes just that.
ITEMS = f"""
INSERT INTO pub.item (gtin, counter, state, since)
    SELECT {GTIN}, r.first + ((r.last - r.first + 1) / {ROWS}) * n, 'commissioned', now()
    FROM generate_series(0, {ROWS - 1}) AS n, (SELECT first, last FROM pub.run WHERE gtin = {GTIN}
        ORDER BY last - first DESC LIMIT 1) AS r ON CONFLICT DO NOTHING;
VACUUM ANALYZE pub.item;
"""

# A row for each code, as a service without computed codes has it.
TABLE = f"""
CREATE SCHEMA bench_peer;
CREATE TABLE bench_peer.product (gtin bigint PRIMARY KEY, document jsonb NOT NULL);
INSERT INTO bench_peer.product VALUES ({GTIN}, '{{"name": "x"}}');
CREATE TABLE bench_peer.item (gtin bigint NOT NULL, serial text COLLATE "C" NOT NULL, lot text NOT NULL,
    state text NOT NULL, since timestamptz NOT NULL, reason jsonb, PRIMARY KEY (gtin, serial));
INSERT INTO bench_peer.item SELECT {GTIN}, upper(substr(md5(random()::text || n), 1, 14)), '{LOT}',
    'commissioned', now() FROM generate_series(1, {ROWS}) AS n;
VACUUM ANALYZE bench_peer.item;
"""


def redis_place(url):
    """Password and socket of unix://:PASSWORD@PATH."""
    password, _, path = url.removeprefix("unix://:").partition("@")
    return password, path


class Fastify:
    """The service, on the server's processor."""

    def __init__(self, bench, port):
        self.bench, self.folder = bench, HERE / "fastify"
        tls = bench.suyuan.var / "tls"
        env = bench.suyuan.instance.env
        self.url = f"https://localhost:{port}"
        self.env = {"PEER_PORT": str(port), "PEER_CERTIFICATE": str(tls / "server.crt"),
                    "PEER_KEY": str(tls / "server.key"), "DATABASE_URL": env["DATABASE_URL"],
                    "NODE_ENV": "production"}
        self.env["REDIS_PASSWORD"], self.env["REDIS_PATH"] = redis_place(env["REDIS_URL"])

    def install(self):
        if not (self.folder / "node_modules/fastify").exists():
            run(["npm", "--prefix", self.folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], seconds=300)

    def start(self, path, ca):
        self.server = Process("fastify", self.bench.server_core, ["node", self.folder / "server.mjs"], self.env)
        self.server.wait(self.url + path, ca)


class Peers:
    def __init__(self, bench):
        self.bench, self.rounds, self.counted = bench, [], []
        self.env = bench.suyuan.instance.env
        self.psql(ITEMS)
        self.psql(TABLE)
        self.fastify = Fastify(bench, bench.nginx.port_as_it_comes + 4)
        self.fastify.install()
        try:
            self.prepare()
            self.take_turns()
        finally:
            if hasattr(self.fastify, "server"):
                self.fastify.server.stop()
            self.psql("DROP SCHEMA bench_peer CASCADE; DROP SCHEMA IF EXISTS bench_pg CASCADE;")
            for file in FOLDER.glob("peer.*"):
                file.unlink()

    def psql(self, text):
        return self.bench.suyuan.psql(text)

    def redis(self, *command):
        password, path = redis_place(self.env["REDIS_URL"])
        return run(["redis-cli", "-s", path, "-x", *command[:-1]], {"REDISCLI_AUTH": password}, text=command[-1])

    def prepare(self):
        # Our page for an item of that lot, with holes where the item's own stands.
        serial = self.bench.path.rpartition("/")[2]
        page = measure.identity_page(self.bench.suyuan.url + self.bench.path, self.bench.suyuan.ca)
        self.redis("SET", f"bench:lot:{GTIN}:{LOT}", page.replace(serial, "@SERIAL@"))
        paths = [f"/01/{GTIN}/21/{s}" for s in self.psql(
            f"SELECT serial FROM bench_peer.item ORDER BY md5(serial) LIMIT {ROWS}").split()]
        (FOLDER / "peer.1").write_text("\n".join(paths) + "\n")
        run([PGBENCH, "--initialize", "--scale", ROWS // 100000, "--quiet", self.database()], seconds=300)
        self.fastify.start(paths[0], self.bench.suyuan.ca)

    def database(self):
        """The same database, in a schema of its own."""
        self.psql("CREATE SCHEMA IF NOT EXISTS bench_pg;")
        url = self.env["DATABASE_URL"]
        return url + ("&" if "?" in url else "?") + "options=-csearch_path%3Dbench_pg"

    # --- measuring ---

    def take_turns(self):
        for turn in range(TURNS):
            self.bench.prepare(self.bench.client_core)()
            pages, programs = self.pages(turn), self.programs(turn)
            self.bench.prepare(self.bench.server_core)()
            pg = self.pgbench()
            self.bench.prepare(self.bench.client_core)()
            self.rounds.append((pages, programs, pg, self.fastify_rate()))

    def codes(self, turn):
        """Some that nobody asked before."""
        self.bench.suyuan.codes("issued", self.bench.batch, 90000 * SECONDS, FOLDER / f"peer.codes.{turn}.", 1)
        return FOLDER / f"peer.codes.{turn}.1"

    def pages(self, turn):
        """Through the server, the store on the client's processor."""
        paths = self.codes(turn)
        self.bench.suyuan.count_visits()
        before = self.visits()
        answers = self.ask(self.bench.suyuan.url, paths)
        counting = self.bench.suyuan.count_visits()
        self.counted.append((self.visits() - before, answers["done"], counting))
        return self.rate("suyuand", answers)

    def programs(self, turn):
        return self.rate("suyuand", self.ask(self.bench.suyuan.url, self.codes(turn), measure.JSON_HEADERS))

    def visits(self):
        return int(self.psql("SELECT coalesce(sum(visits), 0) FROM pub.seen;"))

    def ask(self, url, paths, headers=measure.HEADERS):
        """As many as are answered. The client shares a processor with PostgreSQL, as pgbench's own does: it has to
        cost as little, and wrk with a script costs half as much again as paced."""
        command, head = steady.paced(self.bench.client_core, url.rpartition(":")[2], CONNECTIONS, "most", SECONDS,
                                     paths, headers)
        return measure.ask_raw(command, head)[0]

    def fastify_rate(self):
        return self.rate("fastify", self.ask(self.fastify.url, FOLDER / "peer.1"))

    @staticmethod
    def rate(name, answers):
        if answers["failed"] or answers["refused"]:
            raise BenchError(f"{name}: {answers['failed']} failed, {answers['refused']} refused")
        return answers["done"] / answers["seconds"]

    def pgbench(self):
        said = run(machine.pinned(self.bench.client_core, [
            PGBENCH, "--select-only", "--protocol=prepared", f"--client={PGBENCH_CLIENTS}", "--jobs=1",
            "--no-vacuum", f"--time={SECONDS}", self.database()]), seconds=120)
        [tps] = [line.split()[2] for line in said.splitlines() if line.startswith("tps = ")]
        return float(tps)

    # --- the report ---

    def ratio(self, side, other):
        return statistics.median(r[side] / r[other] for r in self.rounds)

    def row(self, name, i):
        values = [r[i] for r in self.rounds]
        beside = ["" if i in (side, PAGES, PROGRAMS) else f"{self.ratio(side, i):.2f}" for side in (PAGES, PROGRAMS)]
        return [name, f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})", *beside]

    def text(self):
        rows = [self.row(name, i) for name, i in (
            ("suyuand, pages over TLS", PAGES), ("suyuand, JSON over TLS", PROGRAMS),
            ("pgbench -S, prepared, bare rows", PG), ("Fastify, pg, ioredis, pages over TLS", FASTIFY))]
        return (f"## Cold lookups beside others\n\nOne processor for who answers, one for who asks; {CONNECTIONS} kept "
                f"connections; {TURNS} turns of {SECONDS} s, medians (least–most). suyuand: codes of a batch of a billion, "
                f"{ROWS:,} of its items with a row of their own, each code asked once, PostgreSQL and Redis beside the "
                f"client, so that both processors are used, as pgbench uses them. Each look at a page is a first visit, "
                f"counted while others are answered, which goes first; the last "
                f"{max(c[2] for c in self.counted):.1f} s after the end at the latest, before the next began. "
                f"pgbench: scale {ROWS // 100000}, {PGBENCH_CLIENTS} connections on a unix socket. Fastify: a row for each "
                f"of {ROWS:,} codes, the page a finished text from Redis, both beside the client, too; Node "
                f"{machine.version(['node', '--version'])}.\n\n" +
                report.table(["", "a second", "pages are × as fast", "JSON"], rows))

    def expected(self):
        counted = min(c[0] / c[1] for c in self.counted)
        return [self.at_least("cold lookups, pages / pgbench -S", self.ratio(PAGES, PG), PGBENCH_LEAST),
                self.at_least("cold lookups, JSON / pgbench -S", self.ratio(PROGRAMS, PG), PGBENCH_LEAST),
                ["first visits counted of those pages", f"{counted:.4f}", f"≥ {COUNTED_LEAST}",
                 counted >= COUNTED_LEAST],
                self.at_least("cold lookups, pages / Fastify service", self.ratio(PAGES, FASTIFY), FASTIFY_LEAST)]

    @staticmethod
    def at_least(name, found, least):
        return [name, f"{found:.2f}", f"≥ {least}", found >= least]
