"""Counting visits in the database: what the inbox takes, how it is rolled up, what is forgotten when."""
import threading

import psycopg2
import pytest

import samples
from database import database, over, refused, run

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


def come(run, serial="A", visitor=1, ago="0 s", kind="visit", gtin=GTIN, country="", times=1, lot=""):
    run("suyuan_public", """INSERT INTO inbox.scan (at, gtin, serial, visitor, kind, country, times, lot_handle)
        VALUES (now() - %s::interval, %s, %s, %s, %s, %s, %s, %s)""", ago, gtin, serial if kind == "visit" else "",
        visitor if kind == "visit" else None, kind, country, times, lot)


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
    assert run("suyuan_owner", "SELECT hour <= now() FROM code.check_count") == [(True,)]


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


def test_sums_are_by_hour_lot_and_country(run):
    come(run, visitor=1, country="CN", lot="one")
    come(run, visitor=2, country="CN", lot="two")
    come(run, visitor=3, country="CN", lot="one", ago="25 hours")
    roll_up(run)
    assert sums(run, "lot_handle", "country") == [("one", "CN", 2), ("two", "CN", 1)]
    assert run("suyuan_owner", "SELECT count(*) FROM code.check_count") == [(3,)]
    assert run("suyuan_owner", "SELECT count(*) FROM code.check_count WHERE hour <> date_trunc('hour', hour)") == [(0,)]


def test_what_is_nobodys_is_dropped(run):
    come(run, gtin=NOBODYS)
    assert roll_up(run) == 1
    assert seen(run, gtin=NOBODYS) == 0 and sums(run, "gtin") == []


def test_takes_no_more_than_it_is_told(run):
    for visitor in range(7):
        come(run, visitor=visitor)
    assert [roll_up(run, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert seen(run) == 7


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
    for _ in range(50):
        if roll_up(run) == 100:
            break
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


@pytest.mark.parametrize("columns,values", [
    ("gtin, kind", "1, 'other'"), ("gtin, kind, times", "1, 'robot', 0"), ("gtin, kind, times", "1, 'robot', 1000001"),
    ("gtin, kind", "1, 'visit'"), ("gtin, kind, serial", "1, 'visit', 'A'"), ("gtin, kind, country", "1, 'robot', 'cn'"),
    ("gtin, kind, country", "1, 'robot', 'CHN'"), ("gtin, kind, serial", "1, 'robot', repeat('A', 21)"),
    ("gtin, kind, at", "1, 'robot', 'infinity'"), ("gtin, kind, lot_handle", "1, 'robot', repeat('A', 21)"),
    ("gtin, kind, serial, visitor, times", "1, 'visit', 'A', 1, 2"), ("kind", "'robot'")])
def test_the_inbox_refuses(run, columns, values):
    with pytest.raises(psycopg2.IntegrityError):
        run("suyuan_public", f"INSERT INTO inbox.scan ({columns}) VALUES ({values})")


# --- forgetting ------------------------------------------------------------------------------------

def forget(run, scan_days=7, visitor_hours=48, check_days=400):
    return run("suyuan_jobs", "SELECT * FROM inbox.forget(%s, %s, %s)", scan_days, visitor_hours, check_days)[0]


def test_everything_is_forgotten_when_its_time_is_over(run):
    for days in (1, 6, 8):
        come(run, ago=f"{days} days", visitor=days)
    for hours in (1, 47, 49):
        run("suyuan_owner", "INSERT INTO inbox.recent VALUES (%s, 'A', %s, now() - %s * interval '1 hour')", GTIN, hours, hours)
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


def test_a_rush_after_quiet_days_is_counted(database, run):
    """The counter's plan is from when the queue was empty; it must not compare every row with every other."""
    run("postgres", "ANALYZE inbox.scan")
    connection = database.connect("suyuan_jobs")
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        for _ in range(2):
            cursor.execute("SELECT inbox.roll_up(5000, %s::interval)", (APART,))
        run("suyuan_public", """INSERT INTO inbox.scan (gtin, kind)
            SELECT %s, 'robot' FROM generate_series(1, 30000)""", GTIN)
        cursor.execute("SET statement_timeout = '6s'")
        cursor.execute("SELECT inbox.roll_up(5000, %s::interval)", (APART,))
        assert cursor.fetchone() == (5000,)
    connection.close()
