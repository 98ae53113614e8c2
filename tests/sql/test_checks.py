"""What the charts are drawn from, against a plain recount in Python: each time zone's own days and hours, products,
lots, countries, first and repeated checks."""
import collections
import datetime as dt
import json
import random
import zoneinfo

import pytest

import samples
from database import database, over, rows, run
from test_visit_counts import come, roll_up

GTIN, OTHER, FOREIGN = samples.GTINS[:3]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Asia/Shanghai", "America/Santiago", "Asia/Beirut",
         "Atlantic/Azores", "Australia/Lord_Howe", "UTC"]
KINDS = {"visit": "visits", "never_issued": "never_issued", "mistyped": "mistyped", "robot": "robots"}
FIGURES = ("visits", "firsts", "never_issued", "mistyped", "robots")
UTC = dt.timezone.utc


def looks():
    """Sums of codes by quarter of an hour, more of them where clocks change."""
    chance = random.Random(7)
    changes = [dt.datetime(2025, m, d, tzinfo=UTC) for m, d in ((3, 30), (10, 26), (3, 9), (11, 2), (4, 6), (9, 7))]
    found = {}
    for _ in range(6000):
        at = chance.choice(changes) + dt.timedelta(hours=36 * chance.random() - 6) if chance.random() < .7 else \
            dt.datetime(2025, 1, 1, tzinfo=UTC) + dt.timedelta(days=365 * chance.random())
        quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        kind = chance.choice(list(KINDS))
        times = chance.randint(1, 5)
        key = (chance.choice((GTIN, OTHER)), quarter, chance.choice(("", "h1", "h2")), chance.choice(("", "CN", "DE")), kind)
        found[key] = (times, chance.randint(0, times) if kind == "visit" else 0)
    return found


LOOKS = looks()


@pytest.fixture(scope="module")
def brand(database):
    connection = database.connect("suyuan_owner")
    fill = over(connection)
    made = samples.make_brand(fill, "a", [GTIN, OTHER])
    other = samples.make_brand(fill, "b", [FOREIGN])
    fill(None, "INSERT INTO code.lot_name VALUES (%s, 'h1', 'LOT-1')", GTIN)
    with connection.cursor() as cursor:
        for (gtin, quarter, lot, country, kind), (times, firsts) in [*LOOKS.items(), (
                (FOREIGN, dt.datetime(2025, 3, 30, tzinfo=UTC), "", "", "visit"), (999, 9))]:
            cursor.execute("INSERT INTO code.check_count VALUES (%s, %s, %s, %s, %s, %s, %s)",
                           (gtin, quarter, lot, country, kind, times, firsts))
        cursor.execute("""SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)
            ::code.check_sum)) FROM code.check_count""")
    return made, other


@pytest.fixture
def console(database, brand):
    connection = database.connect("suyuan_console")
    rows(connection, "SELECT set_config('suyuan.brand', %s, false)", (str(brand[0]),))
    yield over(connection)
    connection.close()


def told(console, zone, first, last, part, gtin=0):
    console(None, "UPDATE trace.brand SET time_zone = %s WHERE id = base.session_brand()", zone)
    return console(None, "SELECT code.checks(%s, %s, %s, %s)", first, last, gtin, part)[0][0]


def recount(zone, first, last, key, gtin=0):
    """{key: figures} of what lies in these days of the zone."""
    place, found = zoneinfo.ZoneInfo(zone), collections.defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for (of, quarter, lot, country, kind), (times, firsts) in LOOKS.items():
        local = quarter.astimezone(place)
        if first <= local.date().isoformat() <= last and gtin in (0, of):
            figures = found[key(local, of, lot, country)]
            figures[KINDS[kind]] += times
            figures["firsts"] += firsts
    return dict(found)


def figures(row):
    assert row["repeated"] == row["visits"] - row["firsts"]
    return {name: row[name] for name in FIGURES}


def with_something(found):
    return {k: v for k, v in found.items() if any(v.values())}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("gtin", [0, GTIN])
def test_days_are_the_zones_own(console, zone, gtin):
    document = told(console, zone, "2025-01-01", "2025-12-31", "day", gtin)
    assert [r["key"] for r in document["rows"]] == [
        (dt.date(2025, 1, 1) + dt.timedelta(days=n)).isoformat() for n in range(365)]
    assert with_something({r["key"]: figures(r) for r in document["rows"]}) == recount(
        zone, "2025-01-01", "2025-12-31", lambda local, *_: local.date().isoformat(), gtin)
    assert figures(document["total"] | {"key": ""}) == {
        name: sum(r[name] for r in document["rows"]) for name in FIGURES}


@pytest.mark.parametrize("zone", ZONES)
def test_days_begin_and_last_as_they_do_there(console, zone):
    place = zoneinfo.ZoneInfo(zone)
    minutes = set()
    for row in told(console, zone, "2025-01-01", "2025-12-31", "day")["rows"]:
        begins = dt.datetime.fromisoformat(row["begins"])
        ends = begins.astimezone(UTC) + dt.timedelta(minutes=row["minutes"])
        before = (begins.astimezone(UTC) - dt.timedelta(seconds=1)).astimezone(place)
        assert begins.astimezone(place).utcoffset() == begins.utcoffset()
        assert begins.astimezone(place).date().isoformat() == row["key"] > before.date().isoformat()
        assert ends.astimezone(place).date() == dt.date.fromisoformat(row["key"]) + dt.timedelta(days=1)
        minutes.add(row["minutes"])
    no_change = zone in ("Asia/Kathmandu", "Asia/Shanghai", "UTC")
    assert minutes == ({1440} if no_change else {1410, 1440, 1470} if "Lord_Howe" in zone else {1380, 1440, 1500})


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26", "2025-03-09", "2025-11-02", "2025-04-06", "2025-09-07", "2025-06-01"])
def test_the_hours_of_a_day_are_all_there_and_the_repeated_one_is_told_apart(console, zone, day):
    place, date = zoneinfo.ZoneInfo(zone), dt.date.fromisoformat(day)
    expected = []
    at = dt.datetime(date.year, date.month, date.day, tzinfo=UTC) - dt.timedelta(days=1)
    while at < dt.datetime(date.year, date.month, date.day, tzinfo=UTC) + dt.timedelta(days=2):
        local = at.astimezone(place)
        hour = (f"{local:%H}", bool(local.fold))
        if local.date() == date and hour not in expected:
            expected.append(hour)
        at += dt.timedelta(minutes=15)
    found = told(console, zone, day, day, "hour")["rows"]
    assert [(r["key"], r["again"]) for r in found] == expected
    assert with_something({(r["key"], r["again"]): figures(r) for r in found}) == recount(
        zone, day, day, lambda local, *_: (f"{local:%H}", bool(local.fold)))
    for row in found:
        begins = dt.datetime.fromisoformat(row["begins"])
        assert begins.utcoffset() == begins.astimezone(place).utcoffset() and begins.date() == date


@pytest.mark.parametrize("zone", ZONES)
def test_hours_of_many_days(console, zone):
    found = told(console, zone, "2025-03-01", "2025-11-30", "hour", OTHER)["rows"]
    assert [r["key"] for r in found if not r["again"]] == [f"{h:02}" for h in range(24)]
    assert with_something({(r["key"], r["again"]): figures(r) for r in found}) == recount(
        zone, "2025-03-01", "2025-11-30", lambda local, *_: (f"{local:%H}", bool(local.fold)), OTHER)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "UTC"])
@pytest.mark.parametrize("first,last", [("2025-01-01", "2025-12-31"), ("2025-03-30", "2025-03-30"), ("2025-03-09", "2025-03-10")])
@pytest.mark.parametrize("gtin", [0, GTIN])
def test_parts_are_summed_over_the_zones_own_days(console, zone, first, last, gtin):
    keys = {"product": lambda _, of, *__: f"{of:014}", "country": lambda *a: a[3],
            "lot": lambda _, of, lot, __: (f"{of:014}", {(GTIN, "h1"): "LOT-1"}.get((of, lot), ""), )}
    for part, key in keys.items():
        merged = collections.defaultdict(collections.Counter)
        for row in told(console, zone, first, last, part, gtin)["rows"]:
            merged[(row["gtin"], row["key"]) if part == "lot" else row["key"]].update(figures(row))
        expected = recount(zone, first, last, key, gtin)
        assert {k: dict(v) for k, v in merged.items() if any(v.values())} == with_something(expected), part


def test_beyond_fifty_the_rest_is_summed(database, brand, console):
    connection = database.connect("suyuan_owner")
    day = dt.datetime(2024, 5, 5, 12, tzinfo=UTC)
    sums = [(GTIN, day, "", chr(65 + n // 26) + chr(65 + n % 26), "visit", n + 1, 0) for n in range(60)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO code.check_count VALUES (%s, %s, %s, %s, %s, %s, %s)", sums)
        cursor.execute("""SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)
            ::code.check_sum)) FROM code.check_count WHERE quarter = %s""", (day,))
    found = told(console, "UTC", "2024-05-01", "2024-05-31", "country")["rows"]
    assert len(found) == 51 and [r["visits"] for r in found[:50]] == list(range(60, 10, -1))
    assert (found[50]["others"], found[50]["key"], found[50]["visits"]) == (True, None, sum(range(1, 11)))


@pytest.mark.parametrize("first,last,gtin,status", [
    ("2025-02-01", "2025-01-01", 0, "SY400"), ("2020-01-01", "2025-01-01", 0, "SY400"), ("1900-01-01", "1900-01-02", 0, "SY400"),
    ("9999-01-01", "9999-01-02", 0, "SY400"), ("2025-01-01", "2025-01-02", FOREIGN, "SY404"), ("2025-01-01", "2025-01-02", 1, "SY404")])
def test_what_cannot_be_shown_is_refused(console, first, last, gtin, status):
    with pytest.raises(Exception) as why:
        told(console, "UTC", first, last, "day", gtin)
    assert why.value.pgcode == status


@pytest.mark.parametrize("zone", ["", "x", "CET", "UTC+3", "A/B3", "Foo/Bar", "europe/berlin", "posix/Europe/Berlin",
                                  "right/Europe/Berlin", "Europe/Berlin ", "Europe/Berlin\n", "'; DROP", "x" * 10**6])
def test_what_is_no_time_zone_is_refused(console, zone):
    with pytest.raises(Exception) as why:
        console(None, "SELECT trace.set_time_zone(%s)", zone)
    assert why.value.pgcode == "SY400"


@pytest.mark.parametrize("zone", ["America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "Asia/Kathmandu", "UTC"])
def test_names_of_time_zones_are_taken(console, zone):
    console(None, "SELECT trace.set_time_zone(%s)", zone)
    assert console(None, "SELECT time_zone FROM trace.brand") == [(zone,)]


# --- counting -----------------------------------------------------------------------------------------

@pytest.fixture
def fresh(brand, run):
    tables = ["inbox.scan", "inbox.recent", "pub.seen", "code.check_count", "code.check_time", "code.check_part", "code.check_often"]
    run("postgres", f"TRUNCATE {', '.join(tables)}")


def test_the_first_look_at_an_item_is_told_from_those_behind(fresh, run):
    for serial, visitor, ago in (("A", 1, "5 h"), ("A", 2, "4 h"), ("B", 1, "3 h")):
        come(run, serial=serial, visitor=visitor, ago=ago)
    roll_up(run)
    come(run, serial="A", visitor=3)
    come(run, serial="C", visitor=3)
    roll_up(run)
    assert run("suyuan_owner", "SELECT sum(times), sum(firsts) FROM code.check_count") == [(5, 3)]
    assert run("suyuan_owner", "SELECT gtin, sum(visits), sum(firsts) FROM code.check_time GROUP BY 1 ORDER BY 1") == [
        (0, 5, 3), (GTIN, 5, 3)]
    assert run("suyuan_owner", "SELECT part, sum(visits), sum(firsts) FROM code.check_part WHERE gtin = 0 GROUP BY 1 ORDER BY 1") \
        == [(part, 5, 3) for part in ("country", "lot", "product")]


def test_an_item_with_a_wrong_pin_before_its_first_visit_is_still_new(fresh, run):
    run("suyuan_owner", "INSERT INTO pub.seen (gtin, serial, pin_tries) VALUES (%s, 'A', 2)", GTIN)
    come(run)
    roll_up(run)
    assert run("suyuan_owner", "SELECT sum(firsts) FROM code.check_count") == [(1,)]


def test_items_looked_at_again_and_again_are_listed_most_first(fresh, console, run):
    for serial, visits in (("A", 2), ("B", 3), ("C", 7)):
        for visitor in range(visits):
            come(run, serial=serial, visitor=visitor, ago=f"{visitor} min")
    roll_up(run)
    come(run, serial="B", visitor=77)
    roll_up(run)
    often = told(console, "Asia/Kathmandu", None, None, "day")["often"]
    assert [(o["serial"], o["visits"]) for o in often] == [("C", 7), ("B", 4)]
    assert all(o["last"].endswith("+05:45") for o in often)


def test_sums_agree_and_are_forgotten_together(fresh, run):
    for n in range(40):
        come(run, serial=f"S{n % 7}", visitor=n, ago=f"{n * 30} h", kind=list(KINDS)[n % 4], country=("CN", "")[n % 2])
    roll_up(run)
    [(detail,)] = run("suyuan_owner", "SELECT sum(times) FROM code.check_count")
    for table in ("check_time", "check_part WHERE part = 'country' AND true"):
        joint = "AND" if "WHERE" in table else "WHERE"
        assert run("suyuan_owner", f"SELECT sum(visits + never_issued + mistyped + robots) FROM code.{table} {joint} gtin = 0") \
            == [(detail,)]
    run("suyuan_jobs", "SELECT * FROM inbox.forget(7, 48, 10)")
    assert run("suyuan_owner", """SELECT count(*) FROM code.check_time WHERE quarter < now() - interval '10 days'""") == [(0,)]
    assert run("suyuan_owner", """SELECT (SELECT sum(times) FROM code.check_count),
        (SELECT sum(visits + never_issued + mistyped + robots) FROM code.check_time WHERE gtin = 0)""")[0][0] == 8 * 1


# --- much ---------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def many(database, brand):
    """Two hundred thousand rows of a year, of three products."""
    fill = over(database.connect("postgres"))
    fill(None, "TRUNCATE code.check_count, code.check_time, code.check_part")
    fill(None, """INSERT INTO code.check_count (gtin, quarter, lot_handle, country, kind, times, firsts)
        SELECT (ARRAY[%s, %s, %s]::bigint[])[1 + n %% 3], timestamptz '2025-01-01 00:00Z' + (n %% 35040) * interval '15 minutes',
            'h' || n %% 29, chr(65 + n %% 26) || chr(65 + n %% 7), 'visit', 1, n %% 2 FROM generate_series(1, 200000) AS n
        ON CONFLICT DO NOTHING""", GTIN, OTHER, FOREIGN)
    fill(None, """SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)::code.check_sum))
        FROM code.check_count GROUP BY date_trunc('month', quarter)""")
    fill(None, "ANALYZE code.check_count, code.check_time, code.check_part")
    return brand


@pytest.mark.parametrize("part", ["day", "hour", "product", "lot", "country"])
@pytest.mark.parametrize("gtin", [0, GTIN])
def test_a_month_reads_its_sums_and_the_edges_of_its_days(many, console, part, gtin):
    """Of the sums by code, those of the 36 hours at both ends that are no whole UTC days; by index."""
    console(None, "UPDATE trace.brand SET time_zone = 'Asia/Kathmandu' WHERE id = base.session_brand()")
    console(None, "BEGIN")
    console(None, "SELECT code.checks('2025-06-01', '2025-06-30', %s, %s)", gtin, part)
    read = dict((name, (seq, fetched)) for name, seq, fetched in console(None, """SELECT relname, seq_tup_read, idx_tup_fetch
        FROM pg_stat_xact_user_tables WHERE schemaname = 'code'"""))
    console(None, "COMMIT")
    assert all(seq == 0 for seq, _ in read.values()), read
    assert read["check_count"][1] <= (0 if part in ("day", "hour") else 96 * 2 * 6)
    assert read["check_time"][1] <= 2 * 31 * 96
