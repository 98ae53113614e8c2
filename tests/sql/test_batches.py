"""Batches: counters without gap or overlap whoever asks, the same bytes for ever, nothing half made."""
import csv
import io
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

import samples
from database import database, run, top
from samples import call

G1, G2, G3, G4 = samples.GTINS


@pytest.fixture(scope="module")
def ready(database):
    database.suyuan("key", "init")
    database.suyuan("key", "add")
    database.suyuan("brand", "add", "a", "--name", "en=A")
    database.suyuan("brand", "own", "a", *samples.GTINS)
    return database


def batch(database, *arguments, **more):
    return database.suyuan("batch", *arguments, **more)


def codes(text):
    return [row["url"] for row in csv.DictReader(io.StringIO(text))]


def test_makes_codes_and_gives_the_same_again(ready, tmp_path):
    out = tmp_path / "codes.csv"
    made = batch(ready, "--gtin", G1, "--quantity", 5000, "--out", out, "--json").json
    assert made["quantity"] == 5000 and made["gtin"] == f"{G1:014d}"
    text = out.read_bytes()
    assert len(set(codes(text.decode()))) == 5000
    assert batch(ready, "--again", made["id"]).out.encode() == text.replace(b"\r\n", b"\n")
    assert os.stat(out).st_mode & 0o777 == 0o600
    # What the codes are of may change; what was printed stays.
    ready.suyuan("brand", "set", "a", "--name", "en=B")
    ready.suyuan("key", "add")
    again = tmp_path / "again.csv"
    batch(ready, "--again", made["id"], "--out", again)
    assert again.read_bytes() == text


def test_product_and_dates_are_those_of_the_day_it_was_made(ready, run, tmp_path):
    [(brand,)] = run("suyuan_owner", "SELECT id FROM trace.brand WHERE slug = 'a'")
    run("suyuan_owner", """INSERT INTO trace.product (brand_id, gtin, name)
        VALUES (%s, %s, '{"en": "Old", "zh-CN": "旧"}')""", brand, G2)
    run("suyuan_owner", """INSERT INTO trace.lot (brand_id, gtin, lot, produced_on, best_before)
        VALUES (%s, %s, 'L', '2026-01-02', '2027-01-02')""", brand, G2)
    out = tmp_path / "a.csv"
    made = batch(ready, "--gtin", G2, "--lot", "L", "--quantity", 2, "--out", out, "--json").json
    [row, _] = csv.DictReader(io.StringIO(out.read_text()))
    assert (row["product"], row["produced"], row["expiry"], row["batch"]) == (
        "旧", "2026-01-02", "2027-01-02", "L")
    run("suyuan_owner", """INSERT INTO trace.product (brand_id, gtin, name, replaces)
        SELECT brand_id, gtin, '{"en": "New"}', id FROM trace.product_now WHERE gtin = %s""", G2)
    again = tmp_path / "b.csv"
    batch(ready, "--again", made["id"], "--out", again)
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("arguments,word", [
    (["--gtin", 9506000134353, "--quantity", 1], "check digit"),
    (["--gtin", G1, "--quantity", 0], "--quantity"),
    (["--gtin", G1, "--quantity", 1000000001], "--quantity"),
    (["--gtin", G1, "--quantity", 1, "--length", 9], "--length"),
    (["--gtin", G1, "--quantity", 1, "--lot", "two words"], "--lot"),
    (["--gtin", G1, "--quantity", 1, "--lot", "x" * 21], "--lot"),
    (["--gtin", G1], "--quantity"),
    (["--gtin", G1, "--quantity", 1, "--json"], "--out"),
])
def test_refuses_a_wrong_command_line_and_makes_nothing(ready, run, arguments, word):
    before = run("suyuan_owner", "SELECT count(*) FROM code.batch")
    assert word in batch(ready, *arguments, status=2).err
    assert run("suyuan_owner", "SELECT count(*) FROM code.batch") == before


def test_refuses_a_gtin_nobody_owns(ready):
    assert "no brand owns" in batch(ready, "--gtin", "03017620422003", "--quantity", 1, status=1).err


def test_refuses_lengths_that_could_be_guessed(ready, run):
    before = run("suyuan_owner", "SELECT * FROM code.gtin_counter WHERE gtin = %s", G3)
    done = batch(ready, "--gtin", G3, "--quantity", 1000000000, "--length", 10, status=1)
    assert "guess" in done.err, done.err
    assert run("suyuan_owner", "SELECT * FROM code.gtin_counter WHERE gtin = %s", G3) == before
    assert run("suyuan_owner", "SELECT count(*) FROM code.batch WHERE gtin = %s", G3) == [(0,)]


def test_refuses_more_codes_than_there_are_counters(ready, run):
    run("suyuan_owner", "INSERT INTO code.gtin_counter VALUES (%s, 1099511627776 - 5)", G3)
    done = batch(ready, "--gtin", G3, "--quantity", 6, "--length", 20, status=1)
    assert "counter" in done.err, done.err
    batch(ready, "--gtin", G3, "--quantity", 5, "--length", 20)


def test_a_file_that_cannot_be_written_makes_no_batch(ready, run, tmp_path):
    before = run("suyuan_owner", "SELECT count(*) FROM code.batch")
    batch(ready, "--gtin", G1, "--quantity", 1, "--out", tmp_path / "no" / "x.csv", status=1)
    assert run("suyuan_owner", "SELECT count(*) FROM code.batch") == before


def test_a_batch_whose_output_was_lost_is_there(ready, run):
    """Standard output is full: the batch was committed before, is listed, and can be had again."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [top.suyuan_program(), "--config", ready.config, "batch", "--gtin", str(G1), "--quantity", "100000"],
            stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "--again" in done.stderr
    last = batch(ready, "--list", "--json").json_lines[-1]
    assert last["quantity"] == 100000 and last["id"] in done.stderr
    assert len(codes(batch(ready, "--again", last["id"]).out)) == 100000


def test_a_connection_lost_while_committing_is_told_as_that(ready, run):
    """Nobody can know then whether the batch was made; saying "no" could mean making it twice."""
    run("postgres", """CREATE FUNCTION code.slow() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'""")
    run("postgres", """CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON code.batch
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION code.slow()""")
    run("postgres", "GRANT EXECUTE ON FUNCTION code.slow() TO PUBLIC")
    try:
        process = subprocess.Popen(
            [top.suyuan_program(), "--config", ready.config, "batch", "--gtin", str(G1), "--quantity", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(400):
            if run("postgres", """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND query = 'COMMIT' AND state = 'active'"""):
                break
            time.sleep(0.05)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 4 and "batch --list" in err and "no batch was made" not in err
    finally:
        run("postgres", "DROP TRIGGER slow ON code.batch")
        run("postgres", "DROP FUNCTION code.slow()")


def test_fifty_at_once_leave_no_gap_and_no_overlap(ready, run):
    start = threading.Barrier(10)

    def allocate(_):
        connection = ready.connect("suyuan_jobs")
        with connection.cursor() as cursor:
            start.wait(20)
            ids = [call(cursor, "batch_make", G4, None, 14, "https://x", 1 + n, 1 << 40)[0][0] for n in range(5)]
        connection.close()
        return ids
    with ThreadPoolExecutor(10) as pool:
        ids = [i for some in pool.map(allocate, range(10)) for i in some]
    assert len(set(ids)) == 50
    rows = run("suyuan_owner", "SELECT first, quantity FROM code.batch WHERE gtin = %s ORDER BY first", G4)
    position = 0
    for first, quantity in rows:
        assert first == position
        position += quantity
    assert position == 10 * (1 + 2 + 3 + 4 + 5)
    assert run("suyuan_owner", "SELECT next FROM code.gtin_counter WHERE gtin = %s", G4) == [(position,)]
    assert run("suyuan_owner", "SELECT issued FROM pub.gtin WHERE gtin = %s", G4) == [(position,)]
    assert run("suyuan_owner", "SELECT sum(last - first + 1) FROM pub.run WHERE gtin = %s", G4) == [(position,)]


def test_the_database_refuses_two_owners_of_a_counter(ready):
    """Two sessions insert overlapping batches by hand, the second before the first has committed."""
    one, two = ready.connect("suyuan_jobs"), ready.connect("suyuan_jobs")
    one.autocommit = two.autocommit = False
    insert = """INSERT INTO code.batch (brand_id, gtin, key_id, serial_length, link_stem, first, quantity)
        SELECT brand_id, gtin, 0, 14, 'https://x', %s, %s FROM trace.gtin_owner WHERE gtin = %s"""
    one.cursor().execute(insert, (10**9, 100, G1))
    result = []

    def second():
        try:
            two.cursor().execute(insert, (10**9 + 99, 5, G1))
            result.append("let in")
        except psycopg2.errors.ExclusionViolation:
            result.append("refused")
    thread = threading.Thread(target=second)
    thread.start()
    thread.join(1)
    assert result == []   # it waits for the first to end
    one.commit()
    thread.join(20)
    assert result == ["refused"]
    two.rollback()
    two.cursor().execute(insert, (10**9 + 100, 5, G1))
    two.rollback()


def test_commission_puts_a_batch_into_use(ready, run, tmp_path):
    made = batch(ready, "--gtin", G2, "--quantity", 10, "--out", tmp_path / "c.csv", "--json").json
    uris = codes((tmp_path / "c.csv").read_text())
    assert "cannot become consumed" in ready.suyuan("code", "state", uris[0], "consumed", status=1).err
    ready.suyuan("code", "state", uris[1], "void", "--reason", "en=Torn")
    done = ready.suyuan("commission", "--batch", made["id"], status=3)
    assert "9 now commissioned" in done.out and "void" in done.err
    ready.suyuan("code", "state", uris[0], "consumed")
    first = made["first"]
    assert run("suyuan_public", "SELECT counter, state, reason FROM pub.item WHERE gtin = %s ORDER BY counter",
               G2) == [(first, "consumed", None), (first + 1, "void", {"en": "Torn"})]
    assert run("suyuan_public", "SELECT state FROM pub.run WHERE gtin = %s AND first = %s", G2, first) == [
        ("commissioned",)]


def test_a_code_that_was_never_issued_takes_no_step(ready, tmp_path):
    batch(ready, "--gtin", G1, "--quantity", 1, "--out", tmp_path / "c.csv")
    [uri] = codes((tmp_path / "c.csv").read_text())
    forged = uri[:-1] + ("0" if uri[-1] != "0" else "1")
    assert "never issued" in ready.suyuan("commission", "--uri", forged, status=1).err
    assert "check digit" in ready.suyuan("commission", "--uri", uri.replace(f"{G1}", f"{G1 + 1}"), status=1).err
    ready.suyuan("commission", "--uri", uri)
    done = ready.suyuan("commission", "--uri", uri, "--uri", forged, status=3)
    assert "was already commissioned" in done.out


def test_the_wrong_master_key_is_told(ready, tmp_path):
    other = tmp_path / "other.key"
    other.write_text("ab" * 32 + "\n")
    other.chmod(0o600)
    text = ready.config.read_text().replace(str(ready.folder / f"{ready.name}.key"), str(other))
    config = tmp_path / "other.conf"
    config.write_text(text)
    done = top.run_suyuan("--config", config, "batch", "--gtin", G1, "--quantity", 1, status=1)
    assert "serial key" in done.err and "ab" * 32 not in done.err
