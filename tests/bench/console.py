#!/usr/bin/python3
"""How quickly the console's pages answer a brand with 1,000,000 items and 100,000 lots, and how long the job takes
that shows a field of all of them.

    tests/bench/console.py [--times N] [--products N] [--keep]      `make bench-console`

Starts an instance of its own, fills it, walks every page as the brand's admin and asks each N times, one after the
other. Prints p50, p99 and the longest of each kind of page. Then a field is shown: its job is followed from a second
browser, its worker is killed on the way, and hidden again in the middle, which must win at once. Ends with 1 when a p99
is above 100 ms, or the progress that is told was not true."""
import argparse
import os
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / part) for part in ("lib", "http", "")]
import conftest  # noqa: E402
import crawl  # noqa: E402
import instance  # noqa: E402
from https import Https  # noqa: E402
from people import Person  # noqa: E402
from shop import gtin as gtin_of  # noqa: E402
from steps import TOP, run_logged  # noqa: E402

VAR = TOP / "build/bench/console"
LOG = TOP / "build/bench/log/console.log"
BRAND, PRODUCTS, LOTS, GOAL_MS = "large", 100, 1000, 100
# Documents, about what a second makes: a job says how far it is every half second.
TOLD_LATE_MOST = 10000

FILL = """
SET suyuan.by = 'user:bench';
INSERT INTO trace.facility (brand_id, code, name, country, place, time_zone)
SELECT b.id, 'F' || n, jsonb_build_object('en', 'Works ' || n), 'CN', '{"en": "Anxi"}', 'Asia/Shanghai'
FROM trace.brand AS b, generate_series(1, 20) AS n WHERE slug = 'large';
INSERT INTO trace.supplier (brand_id, code, name, country)
SELECT b.id, 'S' || n, jsonb_build_object('en', 'Grower ' || n), 'CN'
FROM trace.brand AS b, generate_series(1, 200) AS n WHERE slug = 'large';
INSERT INTO trace.product (brand_id, gtin, name, description)
SELECT brand_id, gtin, jsonb_build_object('en', 'Product ' || gtin, 'zh-CN', '产品 ' || gtin), '{"en": "Tea"}'
FROM trace.gtin_owner WHERE gtin = ANY (%(gtins)s);
INSERT INTO trace.lot (brand_id, gtin, lot, facility, produced_on, best_before, quantity, unit)
SELECT brand_id, gtin, 'L' || to_char(n, 'FM00000'), 'F' || 1 + n %% 20, date '2024-01-01' + n %% 900,
    date '2027-01-01' + n %% 900, 100, 'kg'
FROM trace.gtin_owner, generate_series(1, %(lots)s) AS n WHERE gtin = ANY (%(gtins)s);
INSERT INTO trace.material_lot (brand_id, supplier, material, lot, name, country, received_on)
SELECT b.id, 'S' || 1 + n %% 200, 'leaf', 'M' || n, '{"en": "Tea leaves"}', 'CN', date '2024-01-01' + n %% 900
FROM trace.brand AS b, generate_series(1, 20000) AS n WHERE slug = 'large';
INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity, unit)
SELECT brand_id, gtin, lot, 'S' || 1 + m %% 200, 'leaf', 'M' || m, 50, 'kg'
FROM (SELECT *, 1 + (id * 7919) %% 20000 AS m FROM trace.lot WHERE gtin = ANY (%(gtins)s)) AS l;
INSERT INTO trace.step (brand_id, gtin, lot, position, name, facility, started_at, ended_at, operator)
SELECT brand_id, gtin, lot, p, jsonb_build_object('en', 'Step ' || p), facility, produced_on + p * interval '2 h',
    produced_on + p * interval '3 h', 'operator ' || p
FROM trace.lot, generate_series(1, 2) AS p WHERE gtin = ANY (%(gtins)s);
INSERT INTO trace.inspection (brand_id, gtin, lot, test_code, test, value, unit, upper_limit, verdict, measured_at)
SELECT brand_id, gtin, lot, 'T' || t, jsonb_build_object('en', 'Test ' || t), 1, 'mg/kg', 2, 'pass', produced_on + interval '1 day'
FROM trace.lot, generate_series(1, 2) AS t WHERE gtin = ANY (%(gtins)s);
-- Ten batches a product, one a lot; every one of their 1,000,000 items has a row of its own.
SELECT code.make_batch(gtin, 'L' || to_char(n, 'FM00000'), 14, 'https://example.com', 1000, 1099511627776)
FROM unnest(%(gtins)s) AS gtin, generate_series(1, 10) AS n;
INSERT INTO pub.item (gtin, counter, state, since)
SELECT gtin, c, 'consumed', now() FROM unnest(%(gtins)s) AS gtin, generate_series(0, 9999) AS c;
INSERT INTO code.event (gtin, first, positions, state)
SELECT b.gtin, b.first, int4multirange(int4range(p, p + 10)), 'consumed' FROM code.batch AS b, generate_series(0, 990, 10) AS p
WHERE b.gtin = ANY (%(gtins)s);
INSERT INTO pub.seen (gtin, serial, visits, first_at)
SELECT gtin, 'S' || c, 1 + c %% 30, now() - c * interval '1 minute' FROM unnest(%(gtins)s) AS gtin, generate_series(0, 9999) AS c;
INSERT INTO code.check_count (gtin, quarter, lot_handle, country, kind, times)
SELECT gtin, date_trunc('hour', now()) - h * interval '1 hour', trace.lot_handle(gtin, 'L' || to_char(1 + h %% 10, 'FM00000')),
    country, kind, 1 + h %% 9
FROM unnest(%(gtins)s) AS gtin, generate_series(1, 1000) AS h, unnest('{CN,DE,US}'::text[]) AS country,
    unnest('{visit,never_issued,robot}'::text[]) AS kind;
SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)::code.check_sum))
FROM code.check_count WHERE gtin = ANY (%(gtins)s);
INSERT INTO code.check_often (gtin, serial, visits, last_at)
SELECT gtin, serial, visits, first_at FROM pub.seen WHERE visits > 20 AND gtin = ANY (%(gtins)s);
"""


def fill(db, products):
    gtins = [int(gtin_of(500000 + n)) for n in range(products)]
    instance_run("brand", "add", BRAND, "--name", "en=Large Brand", "--name", "zh-CN=大品牌")
    for at in range(0, products, 50):
        instance_run("brand", "own", BRAND, *(f"{g:014d}" for g in gtins[at:at + 50]))
    with db.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                since = time.monotonic()
                cursor.execute(statement, {"gtins": gtins, "lots": LOTS} if "%(" in statement else
                               {"none": None} if "%%" in statement else None)
                print(f"  {time.monotonic() - since:6.1f} s  {' '.join(statement.split())[:70]}", file=sys.stderr)
        cursor.execute("VACUUM ANALYZE")


def instance_run(*words):
    return conftest.run_suyuan(*words, status=0, var=VAR, program=TOP / "bin/suyuan")


def measure(person, times):
    pages, others = crawl.walk(person.page, most=200, of_a_kind=1)
    rows = []
    for path in [*pages, *others]:
        spent = []
        for _ in range(times):
            since = time.perf_counter()
            answer = person.console.get(path, person.headers(), keep=True)
            spent.append((time.perf_counter() - since) * 1000)
        spent.sort()
        rows.append((path, answer.status, spent[len(spent) // 2], spent[min(len(spent) - 1, int(len(spent) * 0.99))],
                     spent[-1], len(answer.body)))
    return sorted(rows, key=lambda r: -r[3])


def publish(person, choices):
    """Gives what was answered, and how long that took in ms."""
    answer = person.ask("PUT", "/v1/fields", {"choices": choices})
    assert answer.status == 200, answer.text
    since = time.perf_counter()
    answer = person.ask("POST", "/v1/fields/publish", {})
    assert answer.status in (200, 202), answer.text
    return answer, (time.perf_counter() - since) * 1000


def shown(db, key):
    """Documents of lots that have this member."""
    with db.cursor() as cursor:
        cursor.execute("""SELECT count(*) FROM pub.lot AS l JOIN trace.gtin_owner AS o USING (gtin)
            JOIN trace.brand AS b ON b.id = o.brand_id WHERE b.slug = %s AND l.document ? %s""", (BRAND, key))
        return cursor.fetchone()[0]


def follow(second, db, job, key, until=None):
    """The job as its page tells it, until it ends or `until` part of it is done: (seconds, done, total, faults)."""
    since, last, faults = time.monotonic(), 0, []
    while True:
        there = shown(db, key) if key else None
        told = second.get(f"/v1/jobs/{job}").json
        for path in (f"/jobs/{job}", "/fields"):
            page = second.page(path)
            if told["state"] == "running" and 10 * told["done"] < 9 * told["total"] and str(told["total"]) not in page.text:
                faults.append(f"{path} does not tell of it: {page.status}")
        if told["done"] < last and told["state"] == "running":
            faults.append(f"{told['done']} after {last}")
        if there is not None and there > told["done"] + TOLD_LATE_MOST:
            faults.append(f"{told['done']} are told, {there} are there")
        last = told["done"]
        if told["state"] in ("done", "failed", "cancelled") or until is not None and last >= until * told["total"]:
            return time.monotonic() - since, last, told["total"], told["state"], faults
        time.sleep(0.5)


def kill_worker():
    """As the kernel ends it when memory is out; the job's next worker takes it over."""
    parent = (VAR / "run/jobs.pid").read_text().split()[0]
    for pid in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def show_lots(person, second, db):
    """One line an outcome; gives what was wrong."""
    answer, ms = publish(person, {"lot.number": "show"})
    spent, _, total, state, faults = follow(second, db, answer.json["job"], "lot")
    there = shown(db, "lot")
    print(f"a field of {there:,} lots shown: answered in {ms:.0f} ms, a job of {total:,} documents {state} in {spent:.1f} s")
    answer, _ = publish(person, {"lot.quantity": "show"})
    job = answer.json["job"]
    _, done, total, _, more = follow(second, db, job, None, until=0.3)
    faults += more
    kill_worker()
    hidden, ms = publish(person, {"lot.quantity": "hide"})
    with db.cursor() as cursor:
        cursor.execute("""SELECT count(*) FROM pub.hide AS h JOIN trace.brand AS b ON b.id = h.brand_id
            WHERE b.slug = %s AND h.field = 'lot.quantity'""", (BRAND,))
        denied = cursor.fetchone() == (1,)
    print(f"hidden again at {done:,} of {total:,}: denied on reading in {ms:.0f} ms")
    spent, *_, state, more = follow(second, db, hidden.json["job"], None)
    faults += more + ([] if denied else ["not denied at once"]) + (["still shown"] if shown(db, "quantity") else [])
    print(f"its documents are without it {spent:.1f} s later")
    return faults


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--times", type=int, default=100)
    arguments.add_argument("--products", type=int, default=PRODUCTS, help="each with 1,000 lots and 10,000 items")
    arguments.add_argument("--keep", action="store_true", help="leave the instance running")
    asked = arguments.parse_args()
    env = instance.command_env(VAR, instance.free_port_base())
    up = run_logged([instance.SCRIPT, "up"], LOG, 300, env)
    if up != 0:
        sys.exit(f"no instance ({up}): see {LOG}")
    try:
        settings = instance.read(VAR).env
        db = conftest.connected(settings["DATABASE_URL"])
        with db.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM trace.brand WHERE slug = %s", (BRAND,))
            if cursor.fetchone() == (0,):
                fill(db, asked.products)
        person = Person(Https(settings["SUYUAN_CONSOLE_URL"], settings["SUYUAN_CA"], 60), db, BRAND, "admin")
        rows = measure(person, asked.times)
        untrue = show_lots(person, Person(person.console, db, BRAND, "viewer"), db)
    finally:
        if not asked.keep:
            run_logged([instance.SCRIPT, "wipe"], LOG, 120, env)
    print(f"{'page':<60} {'status':>6} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'bytes':>8}")
    for path, status, p50, p99, longest, size in rows:
        print(f"{path:<60.60} {status:>6} {p50:8.1f} {p99:8.1f} {longest:8.1f} {size:8}")
    slow = [r for r in rows if r[3] > GOAL_MS]
    print(f"{asked.products * LOTS:,} lots, {asked.products * 10000:,} items; {len(rows)} kinds of page, {asked.times} times each; {len(slow)} above {GOAL_MS} ms")
    for fault in untrue:
        print("not true:", fault)
    return 1 if slow or untrue else 0


if __name__ == "__main__":
    sys.exit(main())
