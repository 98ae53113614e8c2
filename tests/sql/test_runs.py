"""Steps of codes: ranges are cut and merged in SQL; a simple model in Python says what must come out."""
import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from database import database, over
import samples
from samples import call

GTIN = samples.GTINS[0]
FOLLOWS = {
    "provisioned": {"printed", "commissioned", "destroyed", "void", "blocked"},
    "printed": {"commissioned", "destroyed", "void", "blocked"},
    "commissioned": {"consumed", "decommissioned", "destroyed", "void", "blocked"},
    "consumed": {"decommissioned", "destroyed", "blocked"},
    "decommissioned": {"destroyed", "blocked"},
    "blocked": {"commissioned", "consumed", "decommissioned", "destroyed", "void"},
    "destroyed": set(), "void": set(),
}
STATES = [s for s in FOLLOWS if s != "provisioned"]
SIZES = [7, 1, 5]  # batches side by side
TOTAL = sum(SIZES)


class Model:
    """Every counter by itself."""

    def __init__(self):
        self.batch = [i for i, size in enumerate(SIZES) for _ in range(size)]
        self.run = ["provisioned"] * TOTAL
        self.item = {}

    def state(self, n):
        return self.item.get(n, self.run[n])

    def may(self, n, new):
        """A step of a run lifts no block that a code has by itself."""
        lifts = self.item.get(n) == "blocked" and new in ("commissioned", "consumed")
        return new in FOLLOWS[self.state(n)] and not lifts

    def change_run(self, first, last, new):
        inside = range(max(first, 0), min(last, TOTAL - 1) + 1)
        changed = sum(self.may(n, new) for n in inside)
        refused = sum(new != self.state(n) and not self.may(n, new) for n in inside)
        for n in inside if changed else []:
            if n in self.item and self.may(n, new):
                self.item[n] = new
            if new in FOLLOWS[self.run[n]]:
                self.run[n] = new
        return changed, refused

    def change_item(self, n, new):
        old = self.state(n)
        if old == new:
            return 0, 0
        if new not in FOLLOWS[old]:
            return 0, 1
        self.item[n] = new
        return 1, 0

    def runs(self):
        """(first, last, state) with neighbours of one batch and state together."""
        result = []
        for n in range(TOTAL):
            if result and result[-1][2] == self.run[n] and self.batch[n - 1] == self.batch[n]:
                result[-1] = (result[-1][0], n, self.run[n])
            else:
                result.append((n, n, self.run[n]))
        return result


@pytest.fixture(scope="module")
def cursor(database):
    connection = database.connect("suyuan_owner")
    cursor = connection.cursor()
    run = over(connection)
    samples.make_key(run)
    samples.make_brand(run, "a", samples.GTINS)
    connection.autocommit = False
    return cursor


def make_batches(cursor):
    for size in SIZES:
        call(cursor, "batch_make", GTIN, None, 14, "https://x", size, 1 << 40)


def check(cursor, model):
    cursor.execute("SELECT first, last, state FROM pub.run WHERE gtin = %s ORDER BY first", (GTIN,))
    assert cursor.fetchall() == model.runs()
    cursor.execute("""SELECT lower(counters), upper(counters) - 1, state::text FROM code.run
        WHERE gtin = %s ORDER BY 1""", (GTIN,))
    assert cursor.fetchall() == model.runs()
    for table in ("pub.item", "code.item"):
        cursor.execute(f"SELECT counter, state::text FROM {table} WHERE gtin = %s", (GTIN,))
        assert dict(cursor.fetchall()) == model.item


STEP = st.one_of(
    st.tuples(st.just("run"), st.integers(0, TOTAL + 1), st.integers(0, TOTAL + 1), st.sampled_from(STATES)),
    st.tuples(st.just("item"), st.integers(0, TOTAL - 1), st.just(0), st.sampled_from(STATES)))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=12))
def test_runs_are_what_a_simple_model_says(cursor, steps):
    make_batches(cursor)
    model = Model()
    try:
        for kind, a, b, state in steps:
            if kind == "run":
                first, last = sorted((a, b))
                expected = model.change_run(first, last, state)
                cursor.execute("SELECT changed, refused FROM code.change_run(%s, %s, %s, %s)",
                               (GTIN, first, last, state))
            else:
                expected = model.change_item(a, state)
                cursor.execute("SELECT changed, refused FROM code.change_item(%s, %s, %s)", (GTIN, a, state))
            assert cursor.fetchone() == expected
            check(cursor, model)
    finally:
        cursor.connection.rollback()


def test_the_table_of_steps_is_the_one_in_the_database(cursor):
    for old in FOLLOWS:
        for new in FOLLOWS:
            cursor.execute("SELECT code.may_follow(%s, %s)", (old, new))
            assert cursor.fetchone()[0] == (new in FOLLOWS[old]), (old, new)


def test_pieces_of_different_days_stay_apart(cursor):
    """The page says since when: merging two days would make one of them a lie."""
    make_batches(cursor)
    try:
        cursor.execute("SELECT FROM code.change_run(%s, 0, 2, 'commissioned')", (GTIN,))
        cursor.execute("UPDATE code.run SET since = since - interval '2 days' WHERE state = 'commissioned'")
        cursor.execute("SELECT FROM code.change_run(%s, 3, 4, 'commissioned')", (GTIN,))
        cursor.execute("SELECT first, last, state FROM pub.run WHERE gtin = %s AND state = 'commissioned' "
                       "ORDER BY 1", (GTIN,))
        assert cursor.fetchall() == [(0, 2, "commissioned"), (3, 4, "commissioned")]
        cursor.execute("SELECT FROM code.change_run(%s, 0, 6, 'blocked')", (GTIN,))
        cursor.execute("SELECT first, last FROM pub.run WHERE gtin = %s AND state = 'blocked'", (GTIN,))
        assert cursor.fetchall() == [(0, 6)]
    finally:
        cursor.connection.rollback()


def test_every_step_that_changed_something_is_kept(cursor):
    make_batches(cursor)
    try:
        cursor.execute("SELECT FROM code.change_run(%s, 0, 6, 'commissioned')", (GTIN,))
        cursor.execute("SELECT FROM code.change_run(%s, 0, 6, 'commissioned')", (GTIN,))
        cursor.execute("""SELECT FROM code.change_item(%s, 2, 'blocked', '{"en": "torn"}')""", (GTIN,))
        cursor.execute("SELECT counters::text, state::text, reason FROM code.event ORDER BY id")
        assert cursor.fetchall() == [("[0,7)", "commissioned", None), ("[2,3)", "blocked", {"en": "torn"})]
    finally:
        cursor.connection.rollback()


def test_a_stolen_code_stays_blocked_when_its_batch_is_put_into_use(cursor):
    make_batches(cursor)
    try:
        cursor.execute("""SELECT FROM code.change_item(%s, 2, 'blocked', '{"en": "stolen"}')""", (GTIN,))
        cursor.execute("SELECT * FROM code.change_run(%s, 0, 6, 'commissioned')", (GTIN,))
        assert cursor.fetchall() == [(6, 1, "blocked")]
        cursor.execute("SELECT state, reason FROM pub.item WHERE gtin = %s", (GTIN,))
        assert cursor.fetchall() == [("blocked", {"en": "stolen"})]
        cursor.execute("SELECT * FROM code.change_item(%s, 2, 'commissioned')", (GTIN,))
        assert cursor.fetchall() == [(1, 0, None)]
    finally:
        cursor.connection.rollback()


def test_refuses_a_step_of_a_code_never_issued(cursor):
    make_batches(cursor)
    with pytest.raises(psycopg2.errors.NoDataFound):
        cursor.execute("SELECT FROM code.change_item(%s, %s, 'void')", (GTIN, TOTAL))
    cursor.connection.rollback()


def test_readers_are_told(cursor):
    make_batches(cursor)
    try:
        cursor.execute("SELECT epoch FROM pub.gtin WHERE gtin = %s", (GTIN,))
        [(before,)] = cursor.fetchall()
        cursor.execute("SELECT FROM code.change_item(%s, 1, 'void')", (GTIN,))
        cursor.execute("SELECT epoch, tx = pg_current_xact_id() FROM pub.gtin WHERE gtin = %s", (GTIN,))
        assert cursor.fetchall() == [(before + 1, True)]
        cursor.execute("SELECT FROM code.change_item(%s, 1, 'void')", (GTIN,))
        cursor.execute("SELECT epoch FROM pub.gtin WHERE gtin = %s", (GTIN,))
        assert cursor.fetchall() == [(before + 1,)]
    finally:
        cursor.connection.rollback()
