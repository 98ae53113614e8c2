"""Records are only added, corrections form chains, shares stay below 100 %, whoever writes."""
import threading

import psycopg2
import pytest

from database import database, over, run
import samples

GTIN = samples.GTINS[0]
ONLY_ADDED = ["trace.product", "trace.facility", "trace.supplier", "trace.material", "trace.lot",
              "trace.material_lot", "trace.lot_input", "trace.step", "trace.inspection", "trace.document",
              "trace.visibility", "code.batch", "code.closing"]


@pytest.fixture(scope="module")
def brand(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    samples.make_key(run)
    mine = samples.make_brand(run, "a", samples.GTINS[:2])
    samples.make_brand(run, "b", samples.GTINS[2:3])
    return mine


@pytest.mark.parametrize("role", ["suyuan_owner", "suyuan_jobs", "suyuan_console", "suyuan_public"])
@pytest.mark.parametrize("table", ONLY_ADDED)
def test_refuses_every_change_of_a_record(brand, run, role, table):
    for sql in (f"UPDATE {table} SET {'brand_id = brand_id' if table != 'code.closing' else 'by = by'}",
                f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(role, sql)


@pytest.mark.parametrize("role", ["suyuan_owner", "suyuan_jobs", "suyuan_console", "suyuan_public"])
def test_the_record_of_steps_is_not_taken_back(brand, run, role):
    """It may grow: test_runs.py."""
    for sql in ("DELETE FROM code.event", "TRUNCATE code.event"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(role, sql)


def test_every_record_table_is_only_added_to(brand, run):
    """A table with the columns of a record has the trigger: one that is added later, too."""
    missing = run("postgres", """
        SELECT c.oid::regclass FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE a.attname = 'replaces' AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_trigger AS t
            WHERE t.tgrelid = c.oid AND t.tgname = 'only_added' AND t.tgenabled = 'O')""")
    assert missing == []


def add(run, code, replaces=None, brand=None, name="x", withdrawn=False):
    [(id_,)] = run("suyuan_owner", """INSERT INTO trace.supplier (brand_id, code, name, replaces, withdrawn)
        VALUES (%s, %s, %s, %s, %s) RETURNING id""", brand, code, '{"en": "%s"}' % name, replaces, withdrawn)
    return id_


def now(run, code):
    return [n["en"] for (n,) in run("suyuan_owner",
                                    "SELECT name FROM trace.supplier_now WHERE code = %s", code)]


def test_a_correction_takes_the_place_of_what_it_names(brand, run):
    first = add(run, "c1", brand=brand, name="old")
    second = add(run, "c1", first, brand, "new")
    assert now(run, "c1") == ["new"]
    third = add(run, "c1", second, brand, "newest")
    assert now(run, "c1") == ["newest"]
    fourth = add(run, "c1", third, brand, "gone", withdrawn=True)
    assert now(run, "c1") == []
    add(run, "c1", fourth, brand, "back")
    assert now(run, "c1") == ["back"]


def test_refuses_a_second_beginning(brand, run):
    add(run, "c2", brand=brand)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        add(run, "c2", brand=brand)


def test_refuses_two_corrections_of_one_record(brand, run):
    first = add(run, "c3", brand=brand)
    add(run, "c3", first, brand)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        add(run, "c3", first, brand)


def test_refuses_a_correction_with_another_key(brand, run):
    first = add(run, "c4", brand=brand)
    with pytest.raises(psycopg2.errors.IntegrityConstraintViolation):
        add(run, "c5", first, brand)


def test_refuses_a_correction_of_another_brands_record(brand, run):
    first = add(run, "c6", brand=brand)
    [(other,)] = run("suyuan_owner", "SELECT id FROM trace.brand WHERE slug = 'b'")
    with pytest.raises(psycopg2.errors.IntegrityError):
        add(run, "c6", first, other)


def test_refuses_a_record_that_corrects_itself_or_a_later_one(brand, run):
    first = add(run, "c7", brand=brand)
    for ahead in (1, 2):
        with pytest.raises(psycopg2.errors.IntegrityError):
            [(last,)] = run("suyuan_owner", "SELECT max(id) FROM trace.supplier")
            add(run, "c7", last + ahead, brand)
    assert first


def test_refuses_records_of_a_gtin_that_is_not_the_brands(brand, run):
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        run("suyuan_owner", "INSERT INTO trace.product (brand_id, gtin, name) VALUES (%s, %s, '{}')",
            brand, samples.GTINS[2])


@pytest.mark.parametrize("sql", [
    "SELECT 9506000134353::base.gtin", "SELECT 0::base.gtin", "SELECT 99506000134352::bigint::base.gtin * 10",
    """SELECT '{"en": 1}'::base.words""", """SELECT '{"en": ""}'::base.words""", "SELECT '[]'::base.words",
    """SELECT '{"not a language": "x"}'::base.words""", "SELECT 'cn'::base.country",
    "SELECT ''::base.lot", "SELECT 'with space'::base.lot", "SELECT '123456789012345678901'::base.lot",
    "SELECT 'infinity'::base.day", "SELECT '10000-01-01'::base.day", "SELECT '0044-03-15 BC'::base.day",
    "SELECT '-infinity'::base.moment", "SELECT 'NaN'::base.number", "SELECT '-Infinity'::base.number",
    "INSERT INTO trace.facility (brand_id, code, name, time_zone) VALUES (1, 'z', '{}', 'Mars/Base')",
])
def test_refuses_values_that_are_none(brand, run, sql):
    with pytest.raises(psycopg2.Error) as caught:
        run("suyuan_owner", sql)
    assert caught.value.pgcode in ("23514", "22003"), caught.value


# --- shares ---

def material(cursor, brand, gtin, position, share, replaces=None):
    cursor.execute("""INSERT INTO trace.material (brand_id, gtin, position, name, share, replaces)
        VALUES (%s, %s, %s, '{"en": "m"}', %s, %s) RETURNING id""", (brand, gtin, position, share, replaces))
    return cursor.fetchone()[0]


def test_shares_over_100_are_refused_at_commit(brand, database):
    connection = database.connect("suyuan_owner")
    connection.autocommit = False
    with connection.cursor() as cursor:
        first = material(cursor, brand, GTIN, 1, "60.5")
        second = material(cursor, brand, GTIN, 2, "40")
        with pytest.raises(psycopg2.errors.CheckViolation, match="100.5 %"):
            connection.commit()
        first = material(cursor, brand, GTIN, 1, "60.5")
        second = material(cursor, brand, GTIN, 2, "40")
        material(cursor, brand, GTIN, 1, "60.0", first)   # corrected in time
        connection.commit()
        cursor.execute("SELECT sum(share) FROM trace.material_now WHERE gtin = %s", (GTIN,))
        assert cursor.fetchone()[0] == 100
        assert second


def test_shares_of_two_sessions_at_once_are_refused(brand, database):
    """Each sees only its own 60 %: without a lock, both would be let in."""
    gtin, results, ready = samples.GTINS[1], [], threading.Barrier(2)

    def insert(position):
        connection = database.connect("suyuan_owner")
        connection.autocommit = False
        with connection.cursor() as cursor:
            material(cursor, brand, gtin, position, "60")
            ready.wait(10)
            try:
                connection.commit()
                results.append("committed")
            except psycopg2.errors.CheckViolation:
                results.append("refused")
    threads = [threading.Thread(target=insert, args=(p,)) for p in (1, 2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert sorted(results) == ["committed", "refused"]
