"""What stands for a lot where the public role can read (trace.lot_handle)."""
import re

import pytest

from database import database, run
import samples
from samples import call

A, A2, B, NOBODY = samples.GTINS


@pytest.fixture(scope="module")
def brands(database):
    connection = database.connect("suyuan_owner")

    def run(_role, sql, *values):
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
    samples.make_key(run)
    return samples.make_brand(run, "a", [A, A2]), samples.make_brand(run, "b", [B])


def handle(run, gtin, lot, role="suyuan_owner"):
    return run(role, "SELECT trace.lot_handle(%s, %s)", gtin, lot)[0][0]


def test_is_twenty_characters_that_stay_the_same(brands, run):
    first = handle(run, A, "L1")
    assert re.fullmatch("[A-Za-z0-9+/]{20}", first)
    assert handle(run, A, "L1") == first == handle(run, A, "L1", "suyuan_jobs")


def test_differs_by_lot_by_gtin_and_by_key(brands, run):
    lots = [f"L{i}" for i in range(500)]
    handles = {handle(run, gtin, lot) for gtin in (A, A2, B) for lot in lots}
    assert len(handles) == 1500
    before = handle(run, A, "L1")
    run("suyuan_owner", "BEGIN")
    run("suyuan_owner", "UPDATE trace.brand SET lot_key = DEFAULT WHERE slug = 'a'")
    assert handle(run, A, "L1") != before
    run("suyuan_owner", "ROLLBACK")


def test_every_brand_has_a_key_of_its_own(brands, run):
    assert run("suyuan_owner", """SELECT count(DISTINCT lot_key), min(length(lot_key)), max(length(lot_key))
        FROM trace.brand""") == [(2, 32, 32)]


def test_no_lot_is_empty_and_nobodys_gtin_has_none(brands, run):
    assert handle(run, A, "") == "" and handle(run, A, None) == ""
    assert handle(run, NOBODY, "L1") is None and handle(run, NOBODY, "") is None


def test_a_console_computes_none_of_another_brand(brands, run):
    run("suyuan_console", "SELECT set_config('suyuan.brand', %s, false)", str(brands[0]))
    assert handle(run, A, "L1", "suyuan_console") == handle(run, A, "L1")
    assert handle(run, B, "L1", "suyuan_console") is None
    assert run("suyuan_console", "SELECT count(lot_key) FROM trace.brand") == [(1,)]


def test_a_run_leads_to_the_document_and_the_recall_of_its_lot(brands, database, run):
    """As the lookup servers go, whoever made the run: a batch, a step, a cut in the middle."""
    run("suyuan_owner", "INSERT INTO trace.lot (brand_id, gtin, lot, best_before) VALUES (%s, %s, 'L1', '2030-01-01')",
        brands[0], A)
    run("suyuan_owner", "INSERT INTO trace.visibility (brand_id, field, visible) VALUES (%s, 'lot.best_before', true)",
        brands[0])
    with database.connect("suyuan_jobs").cursor() as cursor:
        call(cursor, "project_lot", [A], ["L1"])
        [(batch,)] = call(cursor, "batch_make", A, "L1", 14, "https://x", 10, 1 << 40)
        call(cursor, "batch_make", A, None, 14, "https://x", 10, 1 << 40)
        call(cursor, "change_batch", batch, "commissioned", None, None, None)
        cursor.execute("SELECT * FROM code.change_run(%s, 4, 5, 'blocked')", (A,))
    with database.connect("suyuan_owner").cursor() as cursor:
        samples.halt(cursor, brands[0], samples.lot_choice(A, "L1"))
    for counter, of_lot in ((0, True), (4, True), (9, True), (10, False)):
        with database.connect("suyuan_public").cursor() as cursor:
            [item] = call(cursor, "lookup_items", [A], [counter], ["K0000000000001"])
            [found] = call(cursor, "lookup_documents", A, item[5])
        assert (item[5] != "", found[3] is not None, found[5] is not None) == (of_lot,) * 3, counter
