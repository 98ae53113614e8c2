"""The two queries of a lookup find their rows by index, however many codes there are."""
import pathlib

import pytest

from database import database, database as unfilled, over, run
import samples
from samples import call

GTIN = samples.GTINS[0]
TOP = pathlib.Path(__file__).parents[2]


# web/db.c, one_plan.
AS_SERVERS_DO = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off"


@pytest.fixture(scope="module")
def full(database):
    """A GTIN with thousands of runs and items, among others."""
    connection = database.connect("postgres")
    run = over(connection)
    brand = samples.make_brand(run, "a", samples.GTINS)
    run(None, "INSERT INTO pub.gtin (gtin, brand_id, issued) SELECT g, %s, 10^6 FROM unnest(%s::bigint[]) AS g",
        brand, samples.GTINS)
    run(None, "INSERT INTO pub.gtin (gtin, brand_id) SELECT n, 1000 + n FROM generate_series(1, 20000) AS n")
    run(None, """INSERT INTO pub.run SELECT g, n * 10, n * 10 + 9, 0, 14, 'L', 'commissioned', now()
        FROM generate_series(1, 5000) AS n, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, """INSERT INTO pub.item SELECT g, n * 7, 'consumed', now()
        FROM generate_series(1, 5000) AS n, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, """INSERT INTO pub.foreign_item SELECT g, 'F-' || n, 'L', 'consumed', now()
        FROM generate_series(1, 5000) AS n, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, """INSERT INTO pub.seen (gtin, serial, visits) SELECT g, 'F-' || n, 1
        FROM generate_series(1, 5000) AS n, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, """INSERT INTO pub.lot SELECT g, 'L' || n, '{"lot": "x"}'
        FROM generate_series(1, 5000) AS n, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, """INSERT INTO pub.link SELECT g, CASE WHEN n & 1 = 0 THEN 'L' || n ELSE '' END,
        CASE WHEN n & 1 = 0 THEN '' ELSE 'F-' || n END, n, 't', 'h', 'x', '', '', '', '', true
        FROM generate_series(1, 10000) AS n, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, "INSERT INTO pub.link_lot SELECT g, sha256(n::text::bytea), 'L' || n FROM generate_series(1, 5000) AS n, "
        "unnest(%s::bigint[]) AS g", samples.GTINS)
    for table in ("brand", "product"):
        run(None, f"INSERT INTO pub.{table} SELECT n, '{{}}' FROM generate_series(1, 20000) AS n "
            "ON CONFLICT DO NOTHING")
    run(None, "INSERT INTO pub.recall SELECT n, '', now(), '{}' FROM generate_series(1, 5000) AS n")
    run(None, "INSERT INTO pub.halt SELECT n, 1, 'held', now(), NULL FROM generate_series(1, 5000) AS n")
    run(None, """INSERT INTO pub.halt_part SELECT g, n, p, CASE p WHEN 1 THEN 'L' || n END,
        CASE p WHEN 2 THEN int8range(n * 10, n * 10 + 9) END, CASE p WHEN 3 THEN 'F-' || n END
        FROM generate_series(1, 5000) AS n, generate_series(1, 3) AS p, unnest(%s::bigint[]) AS g""", samples.GTINS)
    run(None, "UPDATE pub.gtin SET has_halts = true WHERE gtin = ANY (%s)", samples.GTINS)
    run(None, "INSERT INTO pub.hide SELECT n, 0, 'lot.number', 1 FROM generate_series(1, 5000) AS n")
    run(None, "VACUUM ANALYZE")
    return database


@pytest.mark.parametrize("name,arguments", [
    ("lookup_items", f"(ARRAY[{GTIN}, {GTIN}], ARRAY[25004, 7], ARRAY['K0000000000001', 'F-2500'])"),
    ("lookup_foreign", f"({GTIN}, 'F-2500')"), ("lookup_documents", f"({GTIN}, 'L77')"), ("lookup_gtins", "(0, 100)"),
    ("lookup_links", f"({GTIN}, 'L77', 'F-2501', -1, 0)")])
def test_reads_by_index_and_few_pages(full, run, name, arguments):
    text = (TOP / f"src/store/sql/{name}.sql").read_text()
    run("suyuan_public", AS_SERVERS_DO)
    run("suyuan_public", f"PREPARE {name} AS {text}")
    run("suyuan_public", f"EXECUTE {name}{arguments}")
    [(plan,)] = run("suyuan_public", f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE {name}{arguments}")
    nodes = []

    def walk(node):
        nodes.append(node)
        for child in node.get("Plans", []):
            walk(child)
    walk(plan[0]["Plan"])
    scanned = [n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan"]
    assert set(scanned) <= {"instance"}  # which has one row
    assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 45
    assert not [n for n in nodes if n.get("Rows Removed by Filter", 0) > 10]


@pytest.mark.parametrize("name,parameters", [("lookup_items", 3), ("lookup_foreign", 2), ("lookup_documents", 2)])
def test_a_plan_made_while_nothing_was_there_reads_by_index(unfilled, name, parameters):
    """A worker keeps the plan it began with, until somebody analyzes the table that has grown since."""
    unfilled.connect("postgres").cursor().execute("VACUUM ANALYZE")  # it is known to be empty
    with unfilled.connect("suyuan_public").cursor() as cursor:
        cursor.execute(AS_SERVERS_DO)
        cursor.execute(f"PREPARE {name} AS " + (TOP / f"src/store/sql/{name}.sql").read_text())
        cursor.execute(f"EXPLAIN EXECUTE {name}({', '.join(['NULL'] * parameters)})")
        plan = "\n".join(line for line, in cursor.fetchall())
    assert "Seq Scan" not in plan and "Hash" not in plan and "Merge" not in plan, plan
