"""`suyuan migrate`: once, again, several at once, interrupted, and against a record that does not fit."""
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from database import database, empty, top
from patience import soon
from samples import call


@pytest.fixture
def fresh(empty):
    """A database with nothing in it; the same name for the whole module."""
    empty.administer(f"DROP DATABASE {empty.name} WITH (FORCE)")
    empty.administer(f"CREATE DATABASE {empty.name} OWNER suyuan_owner")
    return empty


def rows(database, sql):
    connection = database.connect("suyuan_owner")
    with connection.cursor() as cursor:
        cursor.execute(sql)
        result = cursor.fetchall() if cursor.description else None
    connection.close()
    return result


def count(database):
    return len(database.suyuan("migrate", "--status", "--json").json_lines)


def waiting(database):
    lines = database.suyuan("migrate", "--status", "--json").json_lines
    return [line["number"] for line in lines if line["applied_at"] is None]


def test_applies_everything_then_has_nothing_to_do(fresh):
    assert len(waiting(fresh)) == count(fresh) > 5
    assert f"{count(fresh)} of {count(fresh)} migrations applied" in fresh.suyuan("migrate").out
    assert waiting(fresh) == []
    before = rows(fresh, "SELECT * FROM base.migration ORDER BY number")
    assert "nothing to do" in fresh.suyuan("migrate").out
    assert rows(fresh, "SELECT * FROM base.migration ORDER BY number") == before


def test_looking_changes_nothing(fresh):
    fresh.suyuan("migrate", "--status")
    assert rows(fresh, "SELECT to_regnamespace('base')") == [(None,)]


def test_several_at_once_do_the_work_once(fresh):
    with ThreadPoolExecutor(4) as pool:
        outs = [f.result().out for f in [pool.submit(fresh.suyuan, "migrate") for _ in range(4)]]
    assert sum("nothing to do" not in out for out in outs) == 1
    assert rows(fresh, "SELECT count(*) FROM base.migration") == [(count(fresh),)]


@pytest.mark.parametrize("change,word", [
    ("UPDATE base.migration SET sha256 = sha256('x') WHERE number = 2", "another content"),
    ("UPDATE base.migration SET name = '0002_other.sql' WHERE number = 2", "another content"),
    ("DELETE FROM base.migration WHERE number = 2", "skips migration 2"),
    ("INSERT INTO base.migration SELECT max(number) + 1, '9999_new.sql', sha256('x') FROM base.migration",
     "does not know"),
])
def test_refuses_a_record_that_does_not_fit(fresh, change, word):
    fresh.suyuan("migrate")
    rows(fresh, change)
    done = fresh.suyuan("migrate", status=1)
    assert word in done.err
    fresh.suyuan("migrate", "--status", status=1)


def test_says_file_and_line_of_what_failed_and_leaves_nothing_half(fresh):
    # In the way of the first migration: it makes base and trace, in this order.
    rows(fresh, "CREATE SCHEMA trace")
    done = fresh.suyuan("migrate", status=1)
    assert "migrations/0001_house.sql:" in done.err and "42P06" in done.err, done.err
    assert rows(fresh, "SELECT to_regnamespace('base')") == [(None,)]
    rows(fresh, "DROP SCHEMA trace")
    fresh.suyuan("migrate")


def test_killed_in_the_middle_it_can_go_on(fresh):
    superuser = fresh.connect("postgres")
    superuser.autocommit = False
    # The row-security migration waits here, long after others were committed.
    superuser.cursor().execute("LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE")
    process = subprocess.Popen([top.suyuan_program(), "--config", fresh.config, "migrate"],
                               stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: rows(fresh, "SELECT count(*) FROM pg_locks WHERE NOT granted") != [(0,)])
    finally:
        process.kill()
        process.wait()
    superuser.rollback()
    wait_for(lambda: rows(fresh, """SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'suyuan' AND datname = current_database()""") == [(0,)])
    left = waiting(fresh)
    assert 0 < len(left) < count(fresh)
    assert rows(fresh, "SELECT count(*) FROM pg_policy") == [(0,)]
    fresh.suyuan("migrate")
    assert waiting(fresh) == []


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_unreachable_database_is_told_apart(fresh, tmp_path):
    config = tmp_path / "conf"
    config.write_text("database_url = postgresql://suyuan_owner:secretword@%2Fnowhere/suyuan\n")
    done = top.run_suyuan("--config", config, "migrate", status=4)
    assert "cannot be reached" in done.err and "secretword" not in done.err


def test_refuses_to_make_tables_for_another_owner(fresh, tmp_path):
    """Row security is forced: the tables of any other owner would be empty to everybody."""
    config = tmp_path / "conf"
    config.write_text(f"database_url = {fresh.superuser_url}{fresh.name}\n")
    done = top.run_suyuan("--config", config, "migrate", status=1)
    assert "suyuan_owner" in done.err and "postgres" in done.err
    assert rows(fresh, "SELECT to_regnamespace('base')") == [(None,)]


def test_stands_in_nobodys_way_while_another_holds_what_it_needs(fresh):
    """It waits a moment, lets go of the queue, tries again, and is whole when the other has gone."""
    holder = fresh.connect("suyuan_owner")
    holder.autocommit = False
    holder.cursor().execute("CREATE SCHEMA base")  # as the first migration does
    process = subprocess.Popen([top.suyuan_program(), "--config", fresh.config, "migrate"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        told = process.stderr.readline()
        assert "0001_house.sql waits for what another session" in told
        queue = """SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
            WHERE a.datname = current_database() AND NOT l.granted"""
        for waiting in ([(1,)], [(0,)]):
            soon(lambda: rows(fresh, queue), lambda found: found == waiting, 20)
    finally:
        holder.rollback()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0 and err == "", (out, err)
    assert f"{count(fresh)} of {count(fresh)} migrations applied" in out


def test_waits_longer_than_a_lookup_only_for_what_gives_way_only_then(fresh):
    """A vacuum does, to who has waited for deadlock_timeout."""
    def patience(cursor, tries):
        return call(cursor, "migration_patience", tries)[0][0]
    asking = fresh.connect("suyuan_owner").cursor()
    assert {patience(asking, tries) for tries in range(20)} == {"500ms"}
    vacuum = fresh.connect("suyuan_owner")
    vacuum.autocommit = False
    vacuum.cursor().execute("CREATE TABLE public.large (); LOCK TABLE public.large IN SHARE UPDATE EXCLUSIVE MODE")
    assert [tries for tries in range(20) if patience(asking, tries) != "500ms"] == [9, 19]
    patience(asking, 9)
    asking.execute("SELECT current_setting('lock_timeout')::interval > current_setting('deadlock_timeout')::interval")
    assert asking.fetchall() == [(True,)]
    vacuum.rollback()
