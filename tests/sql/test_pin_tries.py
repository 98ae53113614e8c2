"""PINs in the database: what the lookup servers' role may do with the one function it has, and what stays."""
import psycopg2
import pytest

import samples
from database import database, over, refused, run

TEA, OTHER = samples.GTINS[:2]
LENGTH = 14
TRY = "SELECT outcome, tries, opened IS NOT NULL FROM pub.pin_try(%s, %s, %s, %s)"


@pytest.fixture(scope="module")
def shop(database):
    """Ten codes before the GTIN had PINs and ten after."""
    owner = over(database.connect("suyuan_owner"))
    samples.make_brand(owner, "a", [TEA, OTHER])
    samples.make_key(owner)
    make(owner, TEA)
    owner("suyuan_owner", "SELECT code.pin_on(%s, 6::smallint, false)", TEA)
    make(owner, TEA)
    make(owner, OTHER)
    return database


def make(owner, gtin):
    owner("suyuan_owner", "SELECT code.make_batch(%s, NULL, %s, 'HTTPS://A', 10, 1000)", gtin, LENGTH)


def serial(counter):
    return f"0{counter:013d}"


def attempt(run, counter, right, gtin=TEA, text=None):
    return run("suyuan_public", TRY, gtin, counter, serial(counter) if text is None else text, right)[0]


def steps(run, counter):
    return [s for s, in run("suyuan_owner", "SELECT step FROM code.pin_event WHERE serial = %s ORDER BY id", serial(counter))]


def test_wrong_ones_count_to_five_and_then_nothing_does(shop, run):
    assert [attempt(run, 10, False) for _ in range(6)] == [
        ("wrong", 1, False), ("wrong", 2, False), ("wrong", 3, False), ("wrong", 4, False),
        ("locked", 5, False), ("locked", 5, False)]
    assert attempt(run, 10, True) == ("locked", 5, False)
    assert steps(run, 10) == ["locked"]


def test_the_right_one_is_the_first_once(shop, run):
    assert attempt(run, 11, False) == ("wrong", 1, False)
    assert attempt(run, 11, True) == ("right", 1, True)
    assert attempt(run, 11, True) == attempt(run, 11, False) == ("opened", 1, True)
    assert steps(run, 11) == ["opened"]


@pytest.mark.parametrize("counter, gtin, text", [
    (9, TEA, None), (20, TEA, None), (12, TEA, "0" * 13), (12, TEA, ""), (-1, TEA, None), (2**62, TEA, None),
    (3, OTHER, None), (12, samples.GTINS[3], None)])
def test_codes_without_a_pin_leave_no_trace(shop, run, counter, gtin, text):
    before = run("suyuan_owner", "SELECT count(*) FROM pub.seen")
    assert attempt(run, counter, True, gtin, text) == ("none", 0, False)
    assert run("suyuan_owner", "SELECT count(*) FROM pub.seen") == before


def test_unlocking_gives_five_more_and_is_written_down(shop, run):
    for _ in range(5):
        attempt(run, 13, False)
    assert run("suyuan_owner", "SELECT code.pin_unlock(%s, %s)", TEA, serial(13)) == [(True,)]
    assert attempt(run, 13, False) == ("wrong", 1, False)
    assert run("suyuan_owner", "SELECT code.pin_unlock(%s, %s)", TEA, serial(14)) == [(False,)]
    assert run("suyuan_owner", "SELECT code.pin_unlock(%s, %s)", TEA, serial(11)) == [(False,)]
    assert steps(run, 13) == ["locked", "unlocked"] and steps(run, 11) == ["opened"]


def test_digits_stay_once_labels_may_be_printed(shop, run):
    with pytest.raises(psycopg2.Error) as caught:
        run("suyuan_owner", "SELECT code.pin_on(%s, 8::smallint, false)", TEA)
    assert caught.value.pgcode == "SY409"
    run("suyuan_owner", "SELECT code.pin_off(%s)", TEA)
    assert attempt(run, 15, True) == ("none", 0, False)
    assert run("suyuan_owner", "SELECT first FROM code.pin_on(%s, 6::smallint, false)", TEA) == [(10,)]
    assert attempt(run, 15, True) == ("right", 0, True)


def test_events_are_only_added(shop, run):
    assert refused(run, "suyuan_owner", "DELETE FROM code.pin_event")
    assert refused(run, "suyuan_owner", "UPDATE code.pin_event SET step = 'off'")


@pytest.mark.parametrize("role", ["suyuan_public", "suyuan_console", "suyuan_jobs"])
def test_nobody_else_turns_pins_on_or_unlocks(shop, run, role):
    for call in ("code.pin_on(%s, 6::smallint, true)", "code.pin_off(%s)", "code.pin_unlock(%s, 'x')"):
        assert refused(run, role, f"SELECT {call}", TEA), (role, call)


@pytest.mark.parametrize("role", ["suyuan_console", "suyuan_jobs"])
def test_only_the_lookup_servers_try(shop, run, role):
    assert refused(run, role, TRY, TEA, 12, serial(12), True)
