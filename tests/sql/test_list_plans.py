"""Lists of the API find their rows by index: for every line, however many rows its brand has that are not its own."""
import pathlib

import pytest

from database import database, over, run
import samples

MINE, BUSY = samples.GTINS[:2]
TOP = pathlib.Path(__file__).parents[2]
MANY = 20000
LISTS = {"api_batches": "(0, {after}, '', '', 51)", "api_jobs": "({before}, NULL, 51)"}


@pytest.fixture(scope="module")
def brand(database):
    """Thousands of batches and jobs of one GTIN, and none of another; (brand, lines, a batch and a job in the middle)."""
    connection = database.connect("postgres")
    run = over(connection)
    samples.make_key(run)
    brand = samples.make_brand(run, "a", [MINE, BUSY])
    run(None, """INSERT INTO code.batch (id, brand_id, gtin, key_id, serial_length, link_stem, first, quantity, made_by,
            product, made_at)
        SELECT gen_random_uuid(), %s, %s, (SELECT min(key_id) FROM code.serial_key), 14, 'x', n, 1, 'x', '',
            now() - n * interval '1 second' FROM generate_series(1, %s) AS n""", brand, BUSY, MANY)
    run(None, """INSERT INTO job.job (brand_id, gtin, kind, state, ended_at, made_at)
        SELECT %s, %s, 'x', 'done', now(), now() + n * interval '1 ms' FROM generate_series(1, %s) AS n ORDER BY n""", brand, BUSY, MANY)
    lines = {}
    for name, gtins in (("whole", None), ("idle", [MINE]), ("busy", [MINE, BUSY])):
        [(lines[name],)] = run(None, "INSERT INTO code.line (brand_id, name, gtins) VALUES (%s, %s, %s) RETURNING id",
                               brand, name, gtins)
    run(None, "VACUUM ANALYZE")
    [(batch,)] = run(None, "SELECT id FROM code.batch ORDER BY made_at OFFSET %s LIMIT 1", MANY // 2)
    [(job,)] = run(None, "SELECT id FROM job.job ORDER BY id OFFSET %s LIMIT 1", MANY // 2)
    return brand, lines, batch, job


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("line,rows", [("whole", 51), ("idle", 0), ("busy", 51)])
def test_a_list_reads_few_pages(brand, run, line, rows, name, deep):
    of, lines, batch, job = brand
    text = (TOP / f"src/store/sql/{name}.sql").read_text()
    call = f"{name}" + LISTS[name].format(after=f"'{batch}'" if deep else "NULL", before=job if deep else 0)
    run("suyuan_console", "SELECT set_config('suyuan.brand', %s, false), set_config('suyuan.line', %s, false)",
        str(of), str(lines[line]))
    run("suyuan_console", "SET plan_cache_mode = force_generic_plan")
    run("suyuan_console", "DEALLOCATE ALL")
    run("suyuan_console", f"PREPARE {name} AS {text}")
    assert len(run("suyuan_console", f"EXECUTE {call}")) == rows
    [(plan,)] = run("suyuan_console", f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE {call}")
    assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 1000, plan
