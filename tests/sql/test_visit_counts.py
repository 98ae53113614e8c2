"""Counting visits in the database: what the inbox takes, how it is rolled up, what is forgotten when."""
import threading

import psycopg2
import pytest

import samples
from database import database, empty as unmigrated, over, refused, run
from patience import soon
from steps import TOP

GTIN, OTHER, NOBODYS = *samples.GTINS[:2], samples.GTINS[3]
APART = "30 minutes"


@pytest.fixture(scope="module")
def brands(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    return [samples.make_brand(run, slug, [gtin]) for slug, gtin in (("a", GTIN), ("b", OTHER))]


@pytest.fixture(autouse=True)
def empty(brands, run):
    run("postgres", "TRUNCATE inbox.scan, inbox.recent, pub.seen, code.check_count, pub.visitor_key")


COLUMNS = "age, gtin, serial, lot_handle, visitor, kind, country, times"
ARRAYS = "%s::integer[], %s::bigint[], %s, %s, %s::bigint[], %s, %s, %s::integer[]"


def send(run, **columns):
    """A row as a lookup worker sends it: of each column an array."""
    run("suyuan_public", f"INSERT INTO inbox.scan ({COLUMNS}) VALUES ({ARRAYS})",
        *(columns[name] for name in COLUMNS.split(", ")))


def look(serial="A", visitor=1, kind="visit", gtin=GTIN, country="", times=1, lot="", age=0):
    return {"age": age, "gtin": gtin, "serial": serial if kind == "visit" else "", "lot_handle": lot,
            "visitor": visitor if kind == "visit" else None, "kind": kind, "country": country, "times": times}


def send_looks(run, looks):
    send(run, **{name: [l[name] for l in looks] for name in COLUMNS.split(", ")})


def come(run, ago="0 s", **more):
    [(age,)] = run("postgres", "SELECT (extract(epoch FROM %s::interval) * 1000)::bigint", ago)
    send_looks(run, [look(age=max(-2**31, min(age, 2**31 - 1)), **more)])


def roll_up(run, most=1000):
    return run("suyuan_jobs", "SELECT inbox.roll_up(%s, %s::interval)", most, APART)[0][0]


def seen(run, serial="A", gtin=GTIN):
    rows = run("suyuan_public", "SELECT visits FROM pub.seen WHERE gtin = %s AND serial = %s", gtin, serial)
    return rows[0][0] if rows else 0


def sums(run, *columns):
    names = ", ".join(columns)
    return run("suyuan_jobs", f"SELECT {names}, sum(times)::integer FROM code.check_count GROUP BY {names} ORDER BY {names}")


def test_visitors_are_counted_and_the_inbox_is_empty_then(run):
    for visitor in (1, 2, 3):
        come(run, visitor=visitor)
    come(run, serial="B")
    assert roll_up(run) == 4 and roll_up(run) == 0
    assert (seen(run), seen(run, "B"), seen(run, "C")) == (3, 1, 0)
    assert run("suyuan_owner", "SELECT count(*) FROM inbox.scan") == [(0,)]


def test_a_row_that_was_sent_twice_counts_once(run):
    for _ in range(3):
        come(run)
    roll_up(run)
    come(run)  # and one that comes after the others were counted
    roll_up(run)
    assert seen(run) == 1 and sums(run, "kind") == [("visit", 1)]


def test_visitors_items_and_gtins_are_told_apart(run):
    for gtin in (GTIN, OTHER):
        for visitor in (0, 1, GTIN ^ OTHER, -1):
            for serial in ("A", "a", "B"):
                come(run, gtin=gtin, visitor=visitor, serial=serial)
    assert roll_up(run) == 24
    assert run("suyuan_owner", "SELECT sum(visits)::integer, count(*) FROM pub.seen") == [(24, 6)]


def test_a_visitor_counts_again_after_the_time(run):
    come(run, ago="80 min")
    come(run, ago="60 min")  # a reload
    come(run, ago="20 min")
    roll_up(run)
    assert seen(run) == 2
    come(run, ago="5 min")
    roll_up(run)
    assert seen(run) == 2


def test_rows_that_come_late_or_out_of_order_are_no_second_visit(run):
    come(run)
    roll_up(run)
    come(run, ago="10 min")
    roll_up(run)
    assert seen(run) == 1


def test_the_first_visit_is_the_earliest_whenever_it_comes(run):
    come(run, visitor=1)
    roll_up(run)
    come(run, visitor=2, ago="3 days")
    roll_up(run)
    assert run("suyuan_owner", "SELECT first_at BETWEEN now() - interval '3 days 1 min' AND now() - interval '3 days'"
               " FROM pub.seen") == [(True,)]


def test_a_row_from_the_future_is_of_now(run):
    come(run, ago="-400 days")
    roll_up(run)
    assert run("suyuan_owner", "SELECT first_at <= now() FROM pub.seen") == [(True,)]
    assert run("suyuan_owner", "SELECT quarter <= now() FROM code.check_count") == [(True,)]


def test_tries_and_robots_are_sums_and_no_visits(run):
    come(run, kind="never_issued", times=500)
    come(run, kind="never_issued", times=1, country="FR")
    come(run, kind="mistyped")
    come(run, kind="robot", times=3)
    roll_up(run)
    assert sums(run, "kind", "country") == [("mistyped", "", 1), ("never_issued", "", 500), ("never_issued", "FR", 1),
                                            ("robot", "", 3)]
    assert run("suyuan_owner", "SELECT count(*) FROM pub.seen") == [(0,)]
    assert run("suyuan_owner", "SELECT count(*) FROM inbox.recent") == [(0,)]


def test_sums_are_by_quarter_of_an_hour_lot_and_country(run):
    come(run, visitor=1, country="CN", lot="one")
    come(run, visitor=2, country="CN", lot="two")
    come(run, visitor=3, country="CN", lot="one", ago="25 hours")
    roll_up(run)
    assert sums(run, "lot_handle", "country") == [("one", "CN", 2), ("two", "CN", 1)]
    assert run("suyuan_owner", "SELECT count(*) FROM code.check_count") == [(3,)]
    assert run("suyuan_owner", "SELECT count(*) FROM code.check_count WHERE quarter <> date_bin('15 minutes', quarter, '2000-01-01 00:00Z')") == [(0,)]


def test_what_is_nobodys_is_dropped(run):
    come(run, gtin=NOBODYS)
    assert roll_up(run) == 1
    assert seen(run, gtin=NOBODYS) == 0 and sums(run, "gtin") == []


def test_takes_no_more_rows_than_it_must(run):
    for visitor in range(7):
        come(run, visitor=visitor)
    assert [roll_up(run, 3) for _ in range(4)] == [3, 3, 1, 0]
    send_looks(run, [look(visitor=n) for n in range(10, 15)])
    come(run, visitor=20)
    assert [roll_up(run, 3) for _ in range(3)] == [5, 1, 0]
    assert seen(run) == 13


def test_many_looks_in_a_row_are_as_many_rows(run):
    send_looks(run, [look(visitor=n % 50, serial=f"S{n % 3}") for n in range(1000)] +
               [look(kind="robot", times=n) for n in range(1, 11)])
    assert roll_up(run, 1) == 1010
    assert sums(run, "kind") == [("robot", 55), ("visit", 150)]
    assert [seen(run, f"S{n}") for n in range(3)] == [50, 50, 50]


def test_no_page_is_made_anew_because_somebody_looked(run, brands):
    run("suyuan_jobs", "SELECT pub.know_gtins(ARRAY[%s]::bigint[])", GTIN)
    before = run("suyuan_owner", "SELECT epoch, tx::text FROM pub.gtin WHERE gtin = %s", GTIN)
    come(run)
    roll_up(run)
    assert run("suyuan_owner", "SELECT epoch, tx::text FROM pub.gtin WHERE gtin = %s", GTIN) == before


def test_nothing_is_lost_or_counted_twice_when_it_is_ended_in_the_middle(database, run):
    for visitor in range(100):
        come(run, visitor=visitor)
    connection = database.connect("suyuan_jobs")
    connection.autocommit = False
    connection.cursor().execute("SELECT inbox.roll_up(1000, '30 minutes')")
    assert roll_up(run) is None  # one at a time
    connection.close()  # as when the process is killed before it commits
    # The server has to notice first that its client is gone.
    soon(lambda: roll_up(run), lambda counted: counted == 100, 10)
    assert seen(run) == 100 and roll_up(run) == 0


def test_many_who_count_at_once_count_each_visit_once(database, run):
    for visitor in range(300):
        come(run, visitor=visitor, serial=f"S{visitor % 10}")
    connections = [database.connect("suyuan_jobs") for _ in range(6)]

    def work(connection):
        cursor = connection.cursor()
        for _ in range(60):
            cursor.execute("SELECT inbox.roll_up(7, '30 minutes')")
    threads = [threading.Thread(target=work, args=(c,)) for c in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while roll_up(run):
        pass
    assert run("suyuan_owner", "SELECT sum(visits)::integer FROM pub.seen") == [(300,)]


def test_a_pin_that_is_tried_meanwhile_is_not_in_the_way(run):
    run("suyuan_owner", "INSERT INTO pub.seen (gtin, serial, pin_tries) VALUES (%s, 'A', 2)", GTIN)
    come(run)
    roll_up(run)
    assert run("suyuan_owner", "SELECT visits, pin_tries FROM pub.seen") == [(1, 2)]


WRONG = [
    {"kind": "other"}, {"kind": None}, {"kind": "robot", "times": 0}, {"kind": "robot", "times": 1000001},
    {"kind": "robot", "times": None}, {"serial": ""}, {"serial": None}, {"visitor": None}, {"times": 2}, {"times": -1},
    {"country": "cn"}, {"country": "CHN"}, {"country": None}, {"country": "C\n"}, {"serial": "A" * 21},
    {"serial": "\u0394" * 21}, {"lot_handle": "A" * 21}, {"lot_handle": None}, {"gtin": None}, {"gtin": -1},
    {"age": None}]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_dropped_and_the_rest_counted(run, wrong):
    send_looks(run, [look(visitor=1), look(visitor=7) | ({"visitor": None, "serial": ""} if "kind" in wrong else {}) | wrong,
                     look(visitor=2)])
    assert roll_up(run) == 3 and roll_up(run) == 0
    assert seen(run) == 2 and sums(run, "kind") == [("visit", 2)]


def test_numbers_at_their_ends_are_counted_or_dropped(run):
    ends = [-2**31, 2**31 - 1]
    send_looks(run, [look(visitor=v, age=a) for v in (-2**63, 2**63 - 1) for a in ends])
    send_looks(run, [look(gtin=g) for g in (-2**63, 2**63 - 1, 0)] + [look(kind="robot", times=t) for t in ends])
    assert roll_up(run) == 9
    assert seen(run) == 4 and sums(run, "kind") == [("visit", 4)]
    assert run("suyuan_owner", "SELECT bool_and(first_at <= now()) FROM pub.seen") == [(True,)]


@pytest.mark.parametrize("name,value", [
    ("age", "{}"), ("age", "{{0,0},{0,0}}"), ("serial", "{A}"), ("serial", "{}"), ("serial", "{{A,B},{C,D}}"),
    ("serial", "[-5:-4]={A,B}"), ("visitor", "{1,2,3,4,5}"), ("kind", "{NULL}"), ("times", "{}"),
    ("lot_handle", "{" + ",".join(["x"] * 3000) + "}")])
def test_arrays_of_other_shapes_are_no_harm(run, name, value):
    good = {n: "{" + ",".join([str(v)] * 2) + "}" for n, v in
            {"age": 0, "gtin": GTIN, "serial": "A", "lot_handle": "x", "visitor": 5, "kind": "visit", "country": '""',
             "times": 1}.items()}
    columns = good | {name: value}
    run("suyuan_public", f"INSERT INTO inbox.scan ({COLUMNS}) VALUES (%s)" % ", ".join(["%s"] * 8),
        *(columns[n] for n in COLUMNS.split(", ")))
    come(run, serial="Z")
    assert roll_up(run) == 3 and roll_up(run) == 0
    assert seen(run, "Z") == 1


@pytest.mark.parametrize("columns", [
    {"gtin": []}, {"gtin": [1] * 1025}, {"gtin": None}, {"serial": None}, {"age": None}, {"times": None},
    {"serial": ["A" * 200000]}, {"country": ["CN"] * 30000}])
def test_the_inbox_refuses(run, columns):
    good = {name: [value] for name, value in look().items()}
    with pytest.raises(psycopg2.IntegrityError):
        send(run, **good | columns)
    assert run("suyuan_owner", "SELECT count(*) FROM inbox.scan") == [(0,)]


def test_what_waited_in_the_inbox_before_it_took_arrays_is_counted(unmigrated):
    """The migration from single rows, with more of them there than go into one."""
    owner = over(unmigrated.connect("suyuan_owner"))
    for file in sorted((TOP / "migrations").glob("*.sql")):
        if file.name.startswith("0018"):
            samples.make_brand(owner, "a", [GTIN])
            owner("suyuan_owner", "INSERT INTO inbox.recent VALUES (%s, 'A', 2, now()), (%s, 'A', 3, now())", GTIN, OTHER)
            owner("suyuan_owner", """INSERT INTO inbox.scan (at, gtin, serial, visitor, kind, country)
                SELECT now() - interval '25 days' * (n %% 2), %s, 'A', n, 'visit', 'CN' FROM generate_series(1, 3000) AS n
                UNION ALL SELECT now(), %s, '', NULL, 'robot', ''""", GTIN, GTIN)
        owner("suyuan_owner", file.read_text())
    assert owner("suyuan_owner", "SELECT looks FROM inbox.scan ORDER BY id") == [(1024,), (477,)]
    assert owner("suyuan_owner", "SELECT inbox.roll_up(5000, '30 minutes')") == [(1501,)]
    assert owner("suyuan_owner", "SELECT visits FROM pub.seen") == [(1499,)]  # one had been counted
    assert owner("suyuan_owner", "SELECT kind, country, times FROM code.check_count ORDER BY 1") == [
        ("robot", "", 1), ("visit", "CN", 1499)]


# --- forgetting ------------------------------------------------------------------------------------

def forget(run, scan_days=7, visitor_hours=48, check_days=400):
    return run("suyuan_jobs", "SELECT * FROM inbox.forget(%s, %s, %s)", scan_days, visitor_hours, check_days)[0]


def test_everything_is_forgotten_when_its_time_is_over(run):
    for days in (1, 6, 8):
        come(run, visitor=days)
        run("suyuan_owner", "UPDATE inbox.scan SET at = now() - %s * interval '1 day' WHERE visitor = ARRAY[%s::bigint]",
            days, days)
    for hours in (1, 47, 49):
        run("suyuan_owner", "INSERT INTO inbox.recent VALUES (%s, now() - %s * interval '1 hour')", hours, hours)
    for days in (-1, 0, 1, 2, 3):
        run("suyuan_owner", "INSERT INTO pub.visitor_key VALUES ((now() AT TIME ZONE 'UTC')::date - %s,"
            " decode(repeat('00', 16), 'hex'))", days)
    for days in (0, 399, 401):
        run("suyuan_owner", "INSERT INTO code.check_count VALUES (%s, now() - %s * interval '1 day', '', '', 'visit', 1)",
            GTIN, days)
    assert forget(run) == (1, 1, 2, 1)
    assert forget(run) == (0, 0, 0, 0)
    assert run("suyuan_owner", "SELECT (SELECT count(*) FROM inbox.scan), (SELECT count(*) FROM inbox.recent),"
               " (SELECT count(*) FROM pub.visitor_key), (SELECT count(*) FROM code.check_count)") == [(2, 2, 3, 2)]


def test_sums_are_kept_for_ever_where_that_is_wanted(run):
    run("suyuan_owner", "INSERT INTO code.check_count VALUES (%s, '2001-01-01', '', '', 'visit', 1)", GTIN)
    assert forget(run, check_days=0)[3] == 0 and forget(run)[3] == 1


def test_keys_are_made_for_today_and_tomorrow_and_stay_as_they_are(run):
    run("suyuan_jobs", "SELECT inbox.make_visitor_keys()")
    keys = run("suyuan_public", "SELECT day - (now() AT TIME ZONE 'UTC')::date, key::text FROM pub.visitor_key ORDER BY 1")
    assert [d for d, _ in keys] == [0, 1] and keys[0][1] != keys[1][1]
    run("suyuan_jobs", "SELECT inbox.make_visitor_keys()")
    assert keys == run("suyuan_public",
                       "SELECT day - (now() AT TIME ZONE 'UTC')::date, key::text FROM pub.visitor_key ORDER BY 1")


def test_the_console_sees_its_brands_sums_and_nobody_who_looked(run, brands):
    come(run)
    come(run, gtin=OTHER)
    roll_up(run)
    run("suyuan_console", "SELECT set_config('suyuan.brand', %s, false)", str(brands[0]))
    assert run("suyuan_console", "SELECT gtin, times FROM code.check_count") == [(GTIN, 1)]
    for sql in ("SELECT FROM inbox.scan", "SELECT FROM inbox.recent", "SELECT FROM pub.visitor_key",
                "SELECT inbox.roll_up(1, '1 s')", "INSERT INTO code.check_count DEFAULT VALUES"):
        assert refused(run, "suyuan_console", sql), sql


@pytest.mark.parametrize("items", (1, 30000))
def test_a_rush_after_quiet_days_is_counted(database, run, items):
    """The counter's plan is from when few came; it must not compare every row with every other."""
    connection = database.connect("suyuan_jobs")
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        for quiet in range(3):
            send_looks(run, [look(visitor=-1, serial=f"Q{quiet}-{n}") for n in range(500 if quiet == 0 else 5)])
            cursor.execute("SELECT inbox.roll_up(5000, %s::interval)", (APART,))
            if quiet == 0:
                run("postgres", "ANALYZE")
        for row in range(30):
            send_looks(run, [look(visitor=n, serial=f"S{(row * 1000 + n) % items}") for n in range(1000)])
        cursor.execute("SET statement_timeout = '10s'")
        cursor.execute("SELECT inbox.roll_up(30000, %s::interval)", (APART,))
        assert cursor.fetchone() == (30000,)
    connection.close()
    assert run("suyuan_owner", "SELECT count(*), sum(visits)::integer FROM pub.seen WHERE serial LIKE 'S%%'") == [
        (items, max(items, 1000))]


def test_no_plan_of_the_counter_compares_each_with_each(run):
    """Which plan a rush meets depends on what was there when it was made: none may be slow by its nature."""
    [(settings,)] = run("suyuan_owner", "SELECT proconfig FROM pg_proc WHERE oid = 'inbox.roll_up(integer, interval)'::regprocedure")
    assert {"enable_nestloop=off", "enable_seqscan=off"} <= set(settings)
