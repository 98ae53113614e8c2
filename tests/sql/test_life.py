"""What the life of a million codes costs, in rows and in pages read, and that lines at work together lose nothing."""
import random
import re
import threading

import psycopg2
import pytest

from database import database, over
import samples
from samples import call, check_prints, take_steps

MILLION = 10 ** 6
LIMIT = 200_000  # bytes for a batch of a million with a thousand rejects
USED = iter(samples.GTINS[:2] * 20)


@pytest.fixture(scope="module")
def owner(database):
    connection = database.connect("suyuan_owner")
    samples.make_key(over(connection))
    samples.make_brand(over(connection), "a", samples.GTINS)
    cursor = connection.cursor()
    # Tables that are in use: every table has its first pages, which a batch does not pay for.
    for gtin in samples.GTINS:
        batch, first = make(cursor, gtin, 2000)
        for n in range(0, 200, 2):
            take_steps(cursor, gtin, [first + n], "void")
        call(cursor, "change_batch", batch, "commissioned", None, None, None)
        call(cursor, "batch_close", batch, None, None)
    vacuum(cursor)
    return cursor


def make(cursor, gtin, quantity, lot=None):
    [(batch,)] = call(cursor, "batch_make", gtin, lot, 14, "https://x", quantity, 1 << 40)
    cursor.execute("SELECT first FROM code.batch WHERE id = %s", (batch,))
    return batch, cursor.fetchone()[0]


def vacuum(cursor):
    """What autovacuum does every minute; a test's minute is shorter."""
    for table in ("code.run", "code.event", "pub.run", "pub.item", "pub.gtin"):
        cursor.execute(f"VACUUM {table}")


def size(cursor):
    cursor.execute("""SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'p', 'm')
        AND relnamespace IN ('code'::regnamespace, 'pub'::regnamespace)""")
    return int(cursor.fetchone()[0])


def counts(cursor, batch):
    rows = call(cursor, "batch_reconcile", batch, None, None)
    assert sum(r[1] for r in rows) == sum(sum(r[2:]) for r in rows)
    return {"commissioned": sum(r[4] for r in rows), "void": sum(r[8] for r in rows)}


# --- what it costs --------------------------------------------------------------------------------


def commission(cursor, batch, **_):
    call(cursor, "change_batch", batch, "commissioned", None, None, None)


def rejects_by_list(cursor, gtin, rejects, **_):
    assert take_steps(cursor, gtin, rejects, "void").count(("changed", "provisioned")) in (0, len(rejects))


def rejects_by_list_with_a_reason(cursor, gtin, rejects, **_):
    take_steps(cursor, gtin, rejects, "void", '{"en": "Torn"}')


def rejects_one_by_one(cursor, gtin, rejects, **_):
    for i, n in enumerate(rejects):
        take_steps(cursor, gtin, [n], "void")
        if i % 500 == 499:
            vacuum(cursor)


def codes_by_file(cursor, gtin, first, rejects, **_):
    """What left the line, in slices of ten thousand; the rejects are in none."""
    out = set(rejects)
    for start in range(first, first + MILLION, 10_000):
        take_steps(cursor, gtin, [n for n in range(start, start + 10_000) if n not in out], "commissioned")
        if start % 100_000 == 0:
            vacuum(cursor)


def the_rest_by_closing(cursor, batch, **_):
    call(cursor, "batch_close", batch, None, None)


@pytest.mark.parametrize("ways", [
    (rejects_by_list, commission), (commission, rejects_by_list), (rejects_one_by_one, commission),
    (commission, rejects_one_by_one), (commission, rejects_by_list_with_a_reason),
    # The rejects stand alone twice: as codes left behind, and as void ones.
    (codes_by_file, the_rest_by_closing)], ids=lambda ways: "-".join(w.__name__ for w in ways))
def test_a_million_codes_with_a_thousand_rejects_are_small(owner, ways):
    gtin = next(USED)
    before = size(owner)
    batch, first = make(owner, gtin, MILLION)
    rejects = random.Random(1).sample(range(first, first + MILLION), 1000)
    for way in ways:
        way(cursor=owner, gtin=gtin, batch=batch, first=first, rejects=rejects)
    grown = size(owner) - before
    assert counts(owner, batch) == {"commissioned": MILLION - 1000, "void": 1000}
    assert grown < (LIMIT if codes_by_file not in ways else 1.5 * LIMIT), grown


def in_order(codes):
    return codes


def backwards(codes):
    """A roll that was wound again."""
    return codes[::-1]


def shuffled_by_hundreds(codes):
    """Cameras and cartons: nearly in order."""
    result = []
    for start in range(0, len(codes), 100):
        part = codes[start:start + 100]
        random.Random(start).shuffle(part)
        result += part
    return result


@pytest.mark.parametrize("step,order", [("print check", in_order), ("commissioned", backwards),
                                        ("commissioned", shuffled_by_hundreds)])
def test_a_line_that_works_code_by_code_leaves_no_row_a_code(owner, step, order):
    """Some are thrown away on the way: as small as by the batch."""
    quantity, gtin = 1500, next(USED)
    vacuum(owner)
    batch, first = make(owner, gtin, quantity)
    rejects = {first + 350, first + 850, first + 1350}
    before = size(owner)
    for i, n in enumerate(order(list(range(first, first + quantity)))):
        if n in rejects:
            take_steps(owner, gtin, [n], "void")
        elif step == "commissioned":
            assert take_steps(owner, gtin, [n], step) == [("changed", "provisioned")]
        else:
            assert check_prints(owner, gtin, [n]) == [("printed", "printed", n - first + 1)]
        if i % 500 == 499:
            vacuum(owner)
    owner.execute("SELECT count(*) FROM code.run WHERE batch_id = %s", (batch,))
    runs = owner.fetchone()[0]
    owner.execute("SELECT count(*) FROM pub.item WHERE gtin = %s AND counter >= %s", (gtin, first))
    items = owner.fetchone()[0]
    owner.execute("SELECT count(*) FROM code.event WHERE gtin = %s AND first = %s", (gtin, first))
    events = owner.fetchone()[0]
    assert runs <= 4 and items <= 40 and events <= 20, (runs, items, events)
    assert size(owner) - before < LIMIT


# --- pages read -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(owner, database):
    """A GTIN with two hundred thousand runs and fifty thousand items."""
    gtin = samples.GTINS[2]
    superuser = database.connect("postgres").cursor()
    for _ in range(2):
        batch, first = make(owner, gtin, 200_000)
        superuser.execute("DELETE FROM code.run WHERE batch_id = %s", (batch,))
        superuser.execute("DELETE FROM pub.run WHERE gtin = %s AND first = %s", (gtin, first))
        superuser.execute("""
            WITH run AS (INSERT INTO code.run (gtin, counters, batch_id, state)
                SELECT %s, int8range(%s + n * 2, %s + n * 2 + 2), %s,
                    (CASE WHEN n %% 2 = 0 THEN 'provisioned' ELSE 'printed' END)::code.state
                FROM generate_series(0, 99999) AS n RETURNING counters, state, since)
            INSERT INTO pub.run SELECT %s, lower(counters), upper(counters) - 1, 0, 14, '', state::text, since FROM run""",
                          (gtin, first, first, batch, gtin))
    superuser.execute("""INSERT INTO pub.item SELECT %s, %s + n * 2, 'blocked', now() FROM generate_series(0, 49999) AS n""",
                      (gtin, first))
    superuser.execute("ANALYZE code.run, pub.run, pub.item")
    return gtin, batch, first


def pages(cursor, function):
    """Pages of tables and indexes that the connection read."""
    def read():
        cursor.execute("SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()")
        cursor.execute("""SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))
            FROM pg_statio_user_tables""")
        return int(cursor.fetchone()[0])
    before = read()
    function()
    return read() - before


def test_steps_find_their_rows_by_index_among_many_runs(owner, many):
    gtin, batch, first = many
    spread = random.Random(2).sample(range(first, first + 200_000, 4), 100)
    one = pages(owner, lambda: take_steps(owner, gtin, [first + 100_000], "void"))
    hundred = pages(owner, lambda: take_steps(owner, gtin, spread, "void"))
    prints = pages(owner, lambda: check_prints(owner, gtin, [n + 1 for n in spread]))
    places = pages(owner, lambda: call(owner, "change_batch", batch, "commissioned", None, 500, 600))
    assert one < 1500 and hundred < 15_000 and prints < 30_000 and places < 15_000, (one, hundred, prints, places)
    assert pages(owner, lambda: call(owner, "batch_reconcile", batch, 1000, 1100)) < 3000


def test_a_plan_made_when_the_tables_were_empty_serves_when_they_are_full(database):
    """Connections live for weeks, and so do the plans of functions."""
    connection = database.connect("suyuan_owner")
    cursor = connection.cursor()
    [gtin] = samples.GTINS[3:4]
    batch, first = make(cursor, gtin, 60_000)
    cursor.execute("SET plan_cache_mode = force_generic_plan")
    for n in range(0, 12, 2):
        take_steps(cursor, gtin, [first + n], "void")
    other = database.connect("suyuan_owner").cursor()
    take_steps(other, gtin, list(range(first + 20, first + 40_000, 3)), "void")
    used = pages(cursor, lambda: take_steps(cursor, gtin, [first + 50_000], "void"))
    assert used < 1500, used


# --- lines at work together -----------------------------------------------------------------------


def test_two_lines_in_opposite_order_do_not_wait_for_ever(owner, database):
    """Lists of two GTINs, ranges and print checks that overlap: every code ends where its steps lead."""
    gtins = samples.GTINS[:2]
    made = [make(owner, gtin, 400) for gtin in gtins]
    failures = []

    def work(seed):
        rnd, cursor = random.Random(seed), database.connect("suyuan_jobs").cursor()
        try:
            for _ in range(15):
                order = [0, 1] if seed % 2 else [1, 0]
                start = rnd.randrange(0, 350)
                counters = [(gtins[i], made[i][1] + n) for i in order for n in range(start, start + 50)]
                rnd.shuffle(counters)
                columns = [g for g, _ in counters], [c for _, c in counters]
                listed, read = samples.printed(*columns), samples.read(*columns)
                rnd.choice([
                    lambda: call(cursor, "code_checks", *read),
                    lambda: call(cursor, "code_steps", *listed, "commissioned", None),
                    lambda: call(cursor, "change_batch", made[order[0]][0], "commissioned", None, start + 1, start + 50)])()
        except psycopg2.Error as e:
            # A range of which nothing may change is refused; nothing else may happen.
            if e.pgcode != "SY409":
                failures.append(e)
    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    for gtin, (batch, first) in zip(gtins, made):
        take_steps(owner, gtin, list(range(first, first + 400)), "commissioned")
        assert counts(owner, batch) == {"commissioned": 400, "void": 0}
        owner.execute("""SELECT count(*) FROM code.run AS r WHERE r.batch_id = %s AND NOT EXISTS (SELECT FROM pub.run AS p
            WHERE p.gtin = r.gtin AND p.first = lower(r.counters) AND p.last = upper(r.counters) - 1
            AND p.state = r.state::text AND p.since = r.since)""", (batch,))
        assert owner.fetchone() == (0,)


# --- an older house -------------------------------------------------------------------------------


def test_the_record_of_an_older_house_is_taken_over(empty_of_nine):
    """Events that reached over two batches become a row of each."""
    cursor, migrate = empty_of_nine
    run = over(cursor.connection)
    samples.make_key(run)
    samples.make_brand(run, "a", samples.GTINS[:1])
    for quantity in (5, 7):
        call(cursor, "batch_make", samples.GTINS[0], None, 14, "https://x", quantity, 1 << 40)
    cursor.execute("SELECT FROM code.change_run(%s, 3, 8, 'commissioned')", (samples.GTINS[0],))
    cursor.execute("SELECT FROM code.change_item(%s, 4, 'blocked', '{\"en\": \"x\"}')", (samples.GTINS[0],))
    migrate()
    cursor.execute("SELECT first, positions::text, state::text, reason FROM code.event ORDER BY id")
    assert cursor.fetchall() == [(0, "{[3,5)}", "commissioned", None), (5, "{[0,4)}", "commissioned", None),
                                 (0, "{[4,5)}", "blocked", {"en": "x"})]
    cursor.execute("SELECT state::text FROM code.story(%s, 0, 4)", (samples.GTINS[0],))
    assert cursor.fetchall() == [("commissioned",), ("blocked",)]
    assert take_steps(cursor, samples.GTINS[0], [4, 0], "commissioned") == [
        ("changed", "blocked"), ("changed", "provisioned")]


@pytest.fixture
def empty_of_nine(database, instance, tmp_path):
    """A database as migration 9 left it, and what brings it up to date."""
    from database import Database
    house = Database(instance, tmp_path)
    files = sorted((samples_top() / "migrations").glob("*.sql"))
    connection = house.connect("suyuan_owner")
    for file in files[:9]:
        connection.cursor().execute(file.read_text())
    yield connection.cursor(), lambda: [connection.cursor().execute(f.read_text()) for f in files[9:]]
    house.drop()


def samples_top():
    import pathlib
    return pathlib.Path(__file__).parents[2]
