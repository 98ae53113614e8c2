"""Steps of codes: runs are cut, joined and bridged in SQL; a simple model in Python says what must come out."""
import psycopg2
import pytest
from hypothesis import example, given, strategies as st

from database import database, over
from examples import examples
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
SIZES = [80, 1, 20]  # batches side by side
TOTAL = sum(SIZES)
OPEN = ("provisioned", "printed")


class Model:
    """Every counter by itself: its state, and whether it was blocked by itself."""

    def __init__(self):
        self.state = ["provisioned"] * TOTAL
        self.single_block = [False] * TOTAL
        self.lot = [None] * TOTAL
        self.story = [[] for _ in range(TOTAL)]

    def put(self, n, new, single):
        self.state[n] = new
        self.single_block[n] = single and new == "blocked"
        self.story[n].append(new)

    def may(self, n, new):
        """A step of a run lifts no block that a code has by itself."""
        lifts = self.single_block[n] and new in ("commissioned", "consumed")
        return new in FOLLOWS[self.state[n]] and not lifts

    def change_run(self, first, last, new, only=None):
        inside = range(max(first, 0), min(last, TOTAL - 1) + 1)
        going = [n for n in inside if self.may(n, new) and (only is None or self.state[n] in only)]
        already = sum(self.state[n] == new for n in inside)
        refused = len(inside) - already - len(going)
        for n in going:
            # A code that has a row of its own keeps it or joins its run; which, the page cannot tell.
            self.put(n, new, False)
        return len(going), already, refused

    def take_steps(self, codes, new):
        before, results = list(self.state), []
        for n in codes:
            if not 0 <= n < TOTAL:
                results.append(("never_issued", None))
            elif before[n] == new:
                results.append(("already", new))
            elif new not in FOLLOWS[before[n]]:
                results.append(("refused", before[n]))
            elif self.state[n] == new:
                results.append(("already", before[n]))
            else:
                results.append(("changed", before[n]))
                self.put(n, new, True)
        return results

    def check_prints(self, codes):
        before, results = list(self.state), []
        for n in codes:
            if not 0 <= n < TOTAL:
                results.append("never_issued")
            elif before[n] in ("void", "destroyed", "blocked"):
                results.append("refused")
            elif self.state[n] == "provisioned":
                self.put(n, "printed", True)
                results.append("printed")
            else:
                results.append("duplicate")
        return results


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
    return [call(cursor, "batch_make", GTIN, None, 14, "https://x", size, 1 << 40)[0][0] for size in SIZES]


def check(cursor, model):
    """What every reader sees is what the model says, and the rows are as they are meant to be."""
    cursor.execute("""SELECT n, coalesce(i.state, r.state), r.first, r.last, r.lot_handle
        FROM generate_series(0, %s) AS n
        JOIN pub.run AS r ON r.gtin = %s AND n BETWEEN r.first AND r.last
        LEFT JOIN pub.item AS i ON i.gtin = r.gtin AND i.counter = n ORDER BY n""", (TOTAL + 5, GTIN))
    rows = cursor.fetchall()
    assert [(n, state) for n, state, *_ in rows] == list(enumerate(model.state))
    assert [handle != "" for *_, handle in rows] == [lot is not None for lot in model.lot]
    cursor.execute("SELECT first, last, state, since FROM pub.run WHERE gtin = %s ORDER BY first", (GTIN,))
    runs = cursor.fetchall()
    cursor.execute("""SELECT lower(counters), upper(counters) - 1, state::text, since FROM code.run
        WHERE gtin = %s ORDER BY 1""", (GTIN,))
    assert cursor.fetchall() == runs
    cursor.execute("""SELECT count(*) FROM code.run AS a JOIN code.run AS b ON a.gtin = b.gtin
        AND upper(a.counters) = lower(b.counters) AND a.batch_id = b.batch_id AND a.state = b.state
        AND a.lot IS NOT DISTINCT FROM b.lot AND code.day(a.since) = code.day(b.since)""")
    assert cursor.fetchone() == (0,), "neighbours that are alike stand apart"
    cursor.execute("""SELECT count(*) FROM code.run AS r JOIN code.batch AS b ON b.id = r.batch_id
        WHERE NOT int8range(b.first, b.first + b.quantity) @> r.counters""")
    assert cursor.fetchone() == (0,), "a run reaches out of its batch"


CODE = st.integers(-1, TOTAL + 1)
PLACE = st.integers(1, SIZES[0])
STEP = st.one_of(
    st.tuples(st.just("run"), CODE, CODE, st.sampled_from(STATES)),
    st.tuples(st.just("codes"), st.lists(CODE, min_size=1, max_size=40), st.sampled_from(STATES),
              st.sampled_from([None, None, '{"en": "why"}'])),
    # A line at work: in order, with some left out.
    st.tuples(st.just("codes"), st.builds(
        lambda first, length, out: [n for n in range(first, first + length) if n not in out],
        CODE, st.integers(1, 70), st.sets(CODE, max_size=8)), st.sampled_from(["commissioned", "void"]),
        st.just(None)),
    st.tuples(st.just("print"), st.lists(CODE, min_size=1, max_size=20), st.none(), st.none()),
    st.tuples(st.just("lot"), PLACE, PLACE, st.sampled_from(["L1", "L2"])),
    st.tuples(st.just("close"), PLACE, PLACE, st.none()))


def refused_with(cursor, code, function):
    cursor.execute("SAVEPOINT before")
    with pytest.raises(psycopg2.Error) as e:
        function()
    assert e.value.pgcode == code, e.value
    cursor.execute("ROLLBACK TO before")


def apply(cursor, model, batch, closed, step):
    kind, a, b, c = step
    if kind == "run":
        first, last = sorted((a, b))
        first, last = max(first, 0), max(last, 0)
        expected = model.change_run(first, last, c)
        cursor.execute("SELECT changed, already, refused FROM code.change_run(%s, %s, %s, %s)", (GTIN, first, last, c))
        assert cursor.fetchone() == expected
    elif kind == "codes":
        assert samples.take_steps(cursor, GTIN, a, b, c) == model.take_steps(a, b)
    elif kind == "print":
        assert [r for r, *_ in samples.check_prints(cursor, GTIN, a)] == model.check_prints(a)
    elif kind == "lot":
        first, last = sorted((a, b))
        had = set(model.lot[first - 1:last])
        if had - {None, c}:
            return refused_with(cursor, "SY409", lambda: call(cursor, "batch_lot", batch, first, last, c))
        none = model.lot[first - 1:last].count(None)
        assert call(cursor, "batch_lot", batch, first, last, c) == [(none, last - first + 1 - none)]
        model.lot[first - 1:last] = [c] * (last - first + 1)
    else:
        first, last = sorted((a, b))
        if closed >= set(range(first, last + 1)):
            return refused_with(cursor, "SY409", lambda: call(cursor, "batch_close", batch, first, last))
        closed |= set(range(first, last + 1))
        voided, _, _ = model.change_run(first - 1, last - 1, "void", OPEN)
        assert call(cursor, "batch_close", batch, first, last)[0][0] == voided


@examples(100)
@example([("run", 0, 1, "blocked"), ("codes", [0], "commissioned", None), ("run", 0, 0, "blocked"),
          ("run", 0, 0, "commissioned")])
@example([("run", 0, 9, "commissioned"), ("codes", [1], "blocked", None), ("run", 0, 9, "blocked"),
          ("run", 0, 9, "commissioned")])
@given(st.lists(STEP, max_size=12))
def test_codes_are_where_a_simple_model_says(cursor, steps):
    batches = make_batches(cursor)
    model, closed = Model(), set()
    try:
        for step in steps:
            apply(cursor, model, batches[0], closed, step)
            check(cursor, model)
        first = 0
        for batch, size in zip(batches, SIZES):
            rows = call(cursor, "batch_reconcile", batch, None, None)
            got = {s: sum(r[2 + i] for r in rows) for i, s in enumerate(
                ["provisioned", "printed", "commissioned", "consumed", "decommissioned", "blocked", "void", "destroyed"])}
            assert got == {s: model.state[first:first + size].count(s) for s in FOLLOWS}
            assert sum(r[1] for r in rows) == size
            for n in range(first, first + size):
                cursor.execute("SELECT state::text FROM code.story(%s, %s, %s) WHERE lot IS NULL", (GTIN, first, n))
                assert [s for (s,) in cursor.fetchall()] == model.story[n]
            first += size
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
        cursor.execute("UPDATE pub.run SET since = since - interval '2 days' WHERE state = 'commissioned'")
        cursor.execute("SELECT FROM code.change_run(%s, 3, 4, 'commissioned')", (GTIN,))
        cursor.execute("SELECT first, last, state FROM pub.run WHERE gtin = %s AND state = 'commissioned' "
                       "ORDER BY 1", (GTIN,))
        assert cursor.fetchall() == [(0, 2, "commissioned"), (3, 4, "commissioned")]
        cursor.execute("SELECT FROM code.change_run(%s, 0, 6, 'blocked')", (GTIN,))
        cursor.execute("SELECT first, last FROM pub.run WHERE gtin = %s AND state = 'blocked'", (GTIN,))
        assert cursor.fetchall() == [(0, 6)]
        # Nor does a code that follows a run of another day join it.
        samples.take_steps(cursor, GTIN, [10], "commissioned")
        cursor.execute("UPDATE pub.item SET since = since - interval '2 days'")
        samples.take_steps(cursor, GTIN, list(range(11, 30)), "commissioned")
        cursor.execute("SELECT counter FROM pub.item WHERE gtin = %s", (GTIN,))
        assert cursor.fetchall() == [(10,)]
    finally:
        cursor.connection.rollback()


def test_every_step_that_changed_something_is_kept(cursor):
    make_batches(cursor)
    try:
        cursor.execute("SELECT FROM code.change_run(%s, 0, 6, 'commissioned')", (GTIN,))
        cursor.execute("SELECT FROM code.change_run(%s, 0, 6, 'commissioned')", (GTIN,))
        samples.take_steps(cursor, GTIN, [2], "blocked", '{"en": "torn"}')
        cursor.execute("SELECT positions::text, state::text, reason FROM code.event ORDER BY id")
        assert cursor.fetchall() == [("{[0,7)}", "commissioned", None), ("{[2,3)}", "blocked", {"en": "torn"})]
    finally:
        cursor.connection.rollback()


@pytest.mark.parametrize("sql", [
    "DELETE FROM code.event", "UPDATE code.event SET positions = '{[0,1)}'", "UPDATE code.event SET state = 'consumed'",
    "UPDATE code.event SET at = at - interval '1 day'", "UPDATE code.event SET by = 'x'", "TRUNCATE code.event",
    "DELETE FROM code.closing", "UPDATE code.closing SET voided = 0"])
def test_a_record_only_grows(cursor, sql):
    batch = make_batches(cursor)[0]
    try:
        samples.take_steps(cursor, GTIN, [1, 2], "void")
        call(cursor, "batch_close", batch, None, None)
        with pytest.raises(psycopg2.Error, match="only added"):
            cursor.execute(sql)
    finally:
        cursor.connection.rollback()


def test_a_stolen_code_stays_blocked_when_its_batch_is_put_into_use(cursor):
    """Also a whole roll of them, which would make a run."""
    make_batches(cursor)
    try:
        samples.take_steps(cursor, GTIN, [2], "blocked", '{"en": "stolen"}')
        samples.take_steps(cursor, GTIN, list(range(5, 35)), "blocked")
        cursor.execute("SELECT * FROM code.change_run(%s, 0, 44, 'commissioned')", (GTIN,))
        assert cursor.fetchall() == [(14, 0, 31, "blocked")]
        cursor.execute("SELECT state, reason FROM pub.item WHERE gtin = %s AND counter = 2", (GTIN,))
        assert cursor.fetchall() == [("blocked", {"en": "stolen"})]
        assert samples.take_steps(cursor, GTIN, [2, 5], "commissioned") == [("changed", "blocked")] * 2
    finally:
        cursor.connection.rollback()


def test_readers_are_told(cursor):
    make_batches(cursor)
    try:
        cursor.execute("SELECT epoch FROM pub.gtin WHERE gtin = %s", (GTIN,))
        [(before,)] = cursor.fetchall()
        samples.take_steps(cursor, GTIN, [1], "void")
        cursor.execute("SELECT epoch, tx = pg_current_xact_id() FROM pub.gtin WHERE gtin = %s", (GTIN,))
        assert cursor.fetchall() == [(before + 1, True)]
        samples.take_steps(cursor, GTIN, [1], "void")
        cursor.execute("SELECT epoch FROM pub.gtin WHERE gtin = %s", (GTIN,))
        assert cursor.fetchall() == [(before + 1,)]
    finally:
        cursor.connection.rollback()


def test_a_code_blocked_again_with_a_run_of_another_day_is_lifted_with_it(cursor):
    batches, model = make_batches(cursor), Model()
    try:
        for step in (("run", 0, 9, "blocked"), ("codes", [3], "commissioned", None)):
            apply(cursor, model, batches[0], set(), step)
        for table in ("code.run", "pub.run"):
            cursor.execute(f"UPDATE {table} SET since = since - interval '3 days' WHERE gtin = %s AND state = 'blocked'", (GTIN,))
        for step in (("run", 2, 4, "blocked"), ("run", 0, 9, "commissioned")):
            apply(cursor, model, batches[0], set(), step)
            check(cursor, model)
    finally:
        cursor.connection.rollback()
