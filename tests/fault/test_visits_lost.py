"""Counting never costs a page: workers killed, PostgreSQL hung or killed, the counting process killed;
and what was answered is counted all the same, once."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import psycopg2
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
import instance as shared
from backends import Place
from server import children, wait_until
from shop import gtin
from steps import TOP, alive

TEA = gtin(715001)
# Visitors from one number to another look at a code.
COME = """INSERT INTO inbox.scan (visitor, age, gtin, serial, lot_handle, kind, country, times)
    SELECT v, array_fill(0, n), array_fill(%s::bigint, n), array_fill(%s::text, n), array_fill(''::text, n),
        array_fill('visit'::text, n), array_fill(''::text, n), array_fill(1, n)
    FROM (SELECT array_agg(i) AS v, ARRAY[count(*)::integer] AS n FROM generate_series(%s::bigint, %s) AS i) AS s"""
RING = 8192  # visits that wait in a worker at most


@pytest.fixture(scope="module")
def place():
    place = Place("lostvisits", durable=True)
    place.shop.record("product", {"gtin": TEA, "name.en": "Counted tea"})
    place.shop.show("product.name")
    place.suyuan("jobs", "--once", status=0)  # there are keys
    yield place
    place.remove()


@pytest.fixture
def code(place):
    return place.shop.codes(TEA)[0]


def request(code, number):
    """A look of another visitor each."""
    return (f"GET {code.path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
            f"User-Agent: Mozilla/5.0 (Linux; Android 14; Phone {number})\r\n\r\n")


def warm(node, code):
    """Until the page comes out of the worker's memory."""
    wait_until(lambda: node.ask(request(code, "none").replace("GET", "HEAD"), to_head=True).status == 200)


def counted(place, code):
    place.suyuan("jobs", "--once", status=0)
    with place.database() as cursor:
        cursor.execute("SELECT visits FROM pub.seen WHERE gtin = %s AND serial = %s", [int(code.gtin), code.serial])
        return (cursor.fetchone() or [0])[0]


def waiting(place):
    with place.database() as cursor:
        cursor.execute("SELECT coalesce(sum(looks), 0) FROM inbox.scan")
        return cursor.fetchone()[0]


def test_what_killed_workers_answered_is_counted_by_those_that_replace_them(place, code):
    answered = asked = 0
    with place.server("release", workers=1) as node:
        warm(node, code)
        for _ in range(3):  # more deaths of young ones in a row make the next wait longer
            with node.client() as client:
                kill_at = time.monotonic() + random.uniform(0.1, 0.6)
                while time.monotonic() < kill_at:
                    asked += 1
                    answered += client.ask(request(code, asked)).status == 200
                os.kill(node.workers[0], signal.SIGKILL)
            wait_until(node.is_ready)
            warm(node, code)
        wait_until(lambda: waiting(place) >= answered)
    assert answered > 100
    assert counted(place, code) == answered == asked


def test_what_was_seen_just_before_an_orderly_end_is_counted(place, code):
    for build in ("release", "asan"):
        node = place.server(build, workers=1).start()
        warm(node, code)
        with node.client() as client:
            for i in range(50):
                assert client.ask(request(code, f"{build} {i}")).status == 200
        node.stop()
    assert counted(place, code) == 100


def test_pages_are_answered_while_postgresql_is_away_and_counted_afterwards(place, code):
    with place.server("release", workers=1) as node:
        warm(node, code)
        with node.client() as client, place.postgres_hung():
            begun = time.monotonic()
            for i in range(301):
                assert client.ask(request(code, i)).status == 200, i
                time.sleep(0.01)
            assert time.monotonic() - begun > 2.5  # long enough that memory is stale and the sending late
        wait_until(lambda: waiting(place) >= 301, 10)
        time.sleep(0.6)
    assert counted(place, code) == 301


def test_what_is_too_much_is_lost_and_told_and_counting_goes_on(place, code):
    flood = RING + 1000
    with place.server("release", workers=1) as node:
        warm(node, code)
        with node.client() as client:
            assert client.ask(request(code, "first")).status == 200
            time.sleep(0.8)
            place.signal_postgres(signal.SIGSTOP)
            try:
                for i in range(flood):
                    assert client.ask(request(code, i)).status == 200, i
            finally:
                place.resume_postgres()
            lines = node.log_of(level="warning")
            assert sum("were lost on the way" in line.get("message", "") for line in lines) == 1
            wait_until(lambda: waiting(place) >= RING, 15)
            time.sleep(1)
            assert client.ask(request(code, "last")).status == 200
            time.sleep(1)
    assert RING <= counted(place, code) <= RING + 1024 + 2  # and a piece that was on its way


def test_a_counting_process_killed_at_any_moment_loses_nothing_and_counts_nothing_twice(place, code):
    environment = shared.command_env(place.var)
    total, piece, done = 40000, 500, threading.Event()

    def feed():
        connection = psycopg2.connect(place.env["PUBLIC_DATABASE_URL"])
        connection.autocommit = True
        with connection.cursor() as cursor:
            for first in range(0, total, piece):
                cursor.execute(COME, [int(code.gtin), code.serial, first + 1, first + piece])
        connection.close()
        done.set()
    feeder = threading.Thread(target=feed)
    feeder.start()
    kills = 0
    while not done.is_set() or kills < 6:
        program = subprocess.Popen([TOP / "bin/suyuan", "jobs", "--workers", "1"], env=environment, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0.05, 0.5))
        seen = [program.pid, *children(program.pid)]
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        wait_until(lambda: not any(map(alive, seen)))
        kills += 1
    feeder.join()
    wait_until(lambda: counted(place, code) == total and waiting(place) == 0, 60)
    with place.database() as cursor:
        cursor.execute("""SELECT count(*) FROM generate_series(1, %s) AS visitor
            JOIN inbox.recent ON who = inbox.who(%s, %s, visitor)""", [total, int(code.gtin), code.serial])
        assert cursor.fetchone() == (total,)


def test_the_process_that_counts_is_replaced_and_goes_on_when_the_database_does(place, code):
    program = subprocess.Popen([TOP / "bin/suyuan", "jobs", "--workers", "1"], env=shared.command_env(place.var),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        counter = wait_until(lambda: [p for p in children(program.pid) if comm(p) == "suyuan visits"])[0]
        os.kill(counter, signal.SIGKILL)
        add(place, code, 1)
        wait_until(lambda: visits(place, code) == 1, 10)
        with psycopg2.connect(f"host={shared.read(place.var).sockets} user=postgres dbname=suyuan") as superuser:
            superuser.cursor().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                       " WHERE application_name = 'suyuan visits'")
        add(place, code, 2)
        wait_until(lambda: visits(place, code) == 2, 15)
    finally:
        program.terminate()
        assert program.wait(10) == 0
        program.stdout.close()


def test_changes_are_sealed_while_a_long_queue_of_visits_is_left_to_rest(place, code):
    """The longer a piece took, here because somebody held the table, the longer is the rest after it."""
    with psycopg2.connect(f"host={shared.read(place.var).sockets} user=postgres dbname=suyuan") as superuser:
        cursor = superuser.cursor()
        for first in range(1, 25000, 1000):
            cursor.execute(COME, [int(code.gtin), code.serial, first, first + 999])
        superuser.commit()
        cursor.execute("LOCK TABLE trace.halt_check IN SHARE MODE")
        program = subprocess.Popen([TOP / "bin/suyuan", "jobs", "--workers", "1"], env=shared.command_env(place.var),
                                   stdin=subprocess.DEVNULL)
        try:
            wait_until(lambda: ask(place, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0, 10)
            time.sleep(1.5)
            superuser.commit()
            wait_until(lambda: ask(place, "SELECT count(*) FROM pub.seen WHERE serial = %s", code.serial) == 1, 10)
            cursor.execute("INSERT INTO audit.entry (action, object) VALUES ('insert', 'while it rests')")
            superuser.commit()
            wait_until(lambda: waiting(place) == 0, 30)
            # Sealed long before the rest, of 6 s at least, was over.
            assert ask(place, """SELECT clock_timestamp() - s.sealed_at > interval '2 s' FROM audit.seal AS s
                JOIN audit.entry AS e ON e.id = s.entry_id WHERE e.object = 'while it rests'""")
        finally:
            superuser.rollback()
            program.terminate()
            assert program.wait(10) == 0
    assert counted(place, code) == 25000


def ask(place, query, *values):
    with psycopg2.connect(f"host={shared.read(place.var).sockets} user=postgres dbname=suyuan") as superuser:
        cursor = superuser.cursor()
        cursor.execute(query, values)
        return cursor.fetchone()[0]


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def add(place, code, visitor):
    with place.database() as cursor:
        cursor.execute(COME, [int(code.gtin), code.serial, visitor, visitor])


def visits(place, code):
    with place.database() as cursor:
        cursor.execute("SELECT visits FROM pub.seen WHERE gtin = %s AND serial = %s", [int(code.gtin), code.serial])
        return (cursor.fetchone() or [0])[0]
