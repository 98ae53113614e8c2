"""Serials made elsewhere: what is taken in, what is refused and why, and the steps they may take."""
import json

import psycopg2
import pytest

import samples
from database import Database, database, over, run
from samples import call, change_foreign

TEA, OTHER, NOBODYS = samples.GTINS[0], samples.GTINS[1], samples.GTINS[3]


@pytest.fixture(scope="module")
def shop(database):
    """Two GTINs of a brand, a serial key, and codes of the first."""
    database.suyuan("key", "init")
    database.suyuan("key", "add")
    samples.make_brand(over(database.connect("suyuan_owner")), "a", samples.GTINS[:2])
    return database


@pytest.fixture
def take(shop, tmp_path):
    """take(text, *options): what `suyuan serials import` says of a file with this text."""
    def import_(text, *options, gtin=TEA, status=0, name="list.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = shop.suyuan("serials", "import", "--gtin", gtin, *options, path, "--json", status=status)
        return (done.json if status in (0, 3) else None), [json.loads(line) for line in done.err.splitlines()
                                                          if line.startswith("{")]
    return import_


def counts(answer):
    return tuple(answer[k] for k in ("read", "added", "known", "repeated", "refused"))


def state_of(run, serial, gtin=TEA):
    return run("suyuan_owner", "SELECT state FROM code.foreign_item WHERE gtin = %s AND serial = %s", gtin, serial)


def public(run, gtin=TEA):
    return run("suyuan_public", """SELECT serial, state, lot_handle <> '', reason FROM pub.foreign_item
        WHERE gtin = %s ORDER BY serial""", gtin)


# --- taking in --------------------------------------------------------------------------------

def test_each_line_is_a_serial_and_the_same_file_again_changes_nothing(take, run):
    text = "\ufeffA-1\r\n\nb/2\nA%3\n100\"x,y\n"
    assert counts(take(text)[0]) == (4, 4, 0, 0, 0)
    assert [s for s, *_ in public(run)] == ['100"x,y', "A%3", "A-1", "b/2"]
    before = run("suyuan_owner", "SELECT * FROM code.foreign_item ORDER BY serial")
    epoch = run("suyuan_public", "SELECT epoch, has_foreign FROM pub.gtin WHERE gtin = %s", TEA)
    assert epoch[0][1]
    assert counts(take(text)[0]) == (4, 0, 4, 0, 0)
    assert run("suyuan_owner", "SELECT * FROM code.foreign_item ORDER BY serial") == before
    assert run("suyuan_public", "SELECT epoch, has_foreign FROM pub.gtin WHERE gtin = %s", TEA) == epoch
    assert run("suyuan_owner", "SELECT source, added, lot FROM code.foreign_list WHERE gtin = %s", TEA) == [
        ("list.txt", 4, None)]


def test_case_tells_serials_apart(take, run):
    assert counts(take("case\nCASE\nCase\n")[0]) == (3, 3, 0, 0, 0)


def test_repetitions_are_counted_across_pieces(take, run):
    """A piece is 20,000 rows."""
    text = "".join(f"r{i % 25000}\n" for i in range(50000))
    assert counts(take(text, gtin=OTHER)[0]) == (50000, 25000, 0, 25000, 0)
    assert len(public(run, OTHER)) == 25000
    assert run("suyuan_owner", "SELECT added FROM code.foreign_list WHERE gtin = %s", OTHER) == [(25000,)]


def test_every_refused_line_is_named_with_its_reason(take, run):
    answer, refusals = take(b"good1\nA B\n" + b"x" * 21 + b"\n.\n\xc3\xa9\ngood2\n" + b"y" * 5000 + b"\n", status=3)
    assert counts(answer) == (7, 2, 0, 0, 5)
    assert [(r["file"], r["line"], r["code"]) for r in refusals] == [
        ("list.txt", 2, "bad_character"), ("list.txt", 3, "too_long"), ("list.txt", 4, "dots"),
        ("list.txt", 5, "bad_character"), ("list.txt", 7, "too_long")]
    assert "character 2" in refusals[0]["reason"]


def test_people_read_file_line_and_reason(shop, tmp_path):
    (tmp_path / "list.txt").write_bytes(b"text1\nno\x1b[31m blank\ntext2\n")
    done = shop.suyuan("serials", "import", "--gtin", TEA, tmp_path / "list.txt", status=3)
    assert done.out == "3 serials read: 2 new, 0 known already, 0 repeated, 1 refused\n"
    assert done.err.startswith('list.txt:2: "no\\x1b[31m blank": character 3: ') and "\x1b" not in done.err
    assert shop.suyuan("serials", "import", "--gtin", TEA, tmp_path / "absent", status=1).err
    shop.suyuan("serials", "import", tmp_path / "list.txt", status=2)


def test_two_lists_at_once_become_one(shop, tmp_path, run):
    """Each serial is new to exactly one of them."""
    import concurrent.futures
    paths = [tmp_path / str(i) for i in range(3)]
    for i, path in enumerate(paths):
        path.write_text("".join(f"u{n}\n" for n in range(i * 2000, i * 2000 + 6000)))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda p: shop.suyuan("serials", "import", "--gtin", OTHER, p, "--json", status=0).json, paths))
    assert sum(d["added"] for d in done) == 10000 and sum(d["known"] for d in done) == 8000
    assert run("suyuan_public", "SELECT count(*) FROM pub.foreign_item WHERE gtin = %s AND serial LIKE 'u%%'", OTHER) == [(10000,)]


def test_what_a_key_could_compute_is_refused_whether_issued_or_not(shop, take, run):
    batch = shop.suyuan("batch", "--gtin", f"{TEA:014d}", "--quantity", 5, "--length", 12, "--json",
                        "--out", shop.folder / "codes.csv", status=0)
    assert batch.json["quantity"] == 5
    issued = [line.split("/21/")[1].split(",")[0].strip('"')
              for line in (shop.folder / "codes.csv").read_text().splitlines()[1:]]
    answer, refusals = take("\n".join(issued) + "\n", status=3)
    assert counts(answer) == (5, 0, 0, 0, 5)
    assert {r["code"] for r in refusals} == {"computed"}
    # The same serials mean nothing under another GTIN, but for one in millions.
    assert counts(take("\n".join(issued) + "\n", gtin=OTHER)[0]) == (5, 5, 0, 0, 0)


def test_a_dry_run_keeps_nothing(take, run):
    answer, _ = take("dry1\ndry2\ndry1\n", "--dry-run")
    assert counts(answer) == (3, 2, 0, 1, 0) and answer["dry_run"]
    assert state_of(run, "dry1") == []
    assert not [s for s, *_ in public(run) if s.startswith("dry")]


def test_the_lot_is_written_down_and_another_one_later_is_refused(take, run):
    assert counts(take("lot1\nlot2\n", "--lot", "L1")[0]) == (2, 2, 0, 0, 0)
    assert ("lot1", "provisioned", True, None) in public(run)
    assert counts(take("lot1\n", "--lot", "L1")[0]) == (1, 0, 1, 0, 0)
    answer, [refusal] = take("lot3\nlot2\n", "--lot", "L2", status=3)
    assert counts(answer) == (2, 1, 0, 0, 1)
    assert (refusal["line"], refusal["code"], "L1" in refusal["reason"]) == (2, "other_lot", True)
    assert run("suyuan_owner", "SELECT lot FROM code.foreign_item WHERE serial = 'lot2'") == [("L1",)]


def test_a_column_of_a_csv_file(take, run):
    answer, refusals = take('no,code\n1,"q""1,2"\n2,q 2\n3,q3\n', "--column", "code", status=3)
    assert counts(answer) == (3, 2, 0, 0, 1) and refusals[0]["line"] == 3
    assert state_of(run, 'q"1,2') == [("provisioned",)]
    take("no,code\n", "--column", "serial", status=1)


def test_a_gtin_nobody_owns_is_refused_in_words(shop, tmp_path):
    (tmp_path / "x").write_text("1\n")
    done = shop.suyuan("serials", "import", "--gtin", NOBODYS, tmp_path / "x", status=1)
    assert f"no brand owns GTIN {NOBODYS:014d}" in done.err


def test_an_intake_that_dies_midway_keeps_nothing(shop, tmp_path, run):
    """The transaction is undone when its connection goes; taking in again brings everything."""
    import subprocess
    import time
    import conftest as top
    path = tmp_path / "many"
    path.write_text("".join(f"k{i}\n" for i in range(200000)))
    words = ["--config", str(shop.config), "serials", "import", "--gtin", str(OTHER), str(path)]
    process = subprocess.Popen([top.suyuan_program(), *words], stdout=subprocess.DEVNULL)
    while process.poll() is None and not run("postgres", """SELECT 1 FROM pg_stat_activity
            WHERE datname = %s AND query LIKE '%%foreign_take_rows%%' AND pid <> pg_backend_pid()""", shop.name):
        time.sleep(0.01)
    assert process.poll() is None, "it was over before it could be killed"
    process.kill()
    process.wait()
    assert run("suyuan_owner", "SELECT count(*) FROM code.foreign_item WHERE serial LIKE 'k%%'") == [(0,)]
    done = shop.suyuan("serials", "import", "--gtin", OTHER, path, "--json", status=0)
    assert done.json["added"] == 200000


# --- serial keys ------------------------------------------------------------------------------

def test_a_key_made_after_the_check_sends_the_intake_back(shop, run):
    connection = shop.connect("suyuan_jobs")
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as error:
        call(cursor, "foreign_begin", TEA, "{}")
    assert error.value.pgcode == "SY503"


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.fixture
def scene(instance, tmp_path_factory):
    """A database of the test's own: a key, a GTIN, and whatever serials it puts there."""
    place = Database(instance, tmp_path_factory.mktemp("keys"), migrated=True)
    place.suyuan("migrate")
    place.suyuan("key", "init")
    samples.make_brand(over(place.connect("suyuan_owner")), "a", [TEA])
    place.put = lambda sql: place.connect("suyuan_owner").cursor().execute(
        "INSERT INTO code.foreign_item (gtin, serial, list_id) SELECT %s, s, gen_random_uuid() FROM (" + sql
        + ") AS t(s) ON CONFLICT DO NOTHING", (TEA,))
    yield place
    place.drop()


def test_a_new_key_takes_a_character_that_begins_no_serial_made_elsewhere(scene):
    scene.put("SELECT c || lpad(n::text, 12, '0') FROM unnest(string_to_array('0123', NULL)) AS c, generate_series(1, 50) AS n")
    assert scene.suyuan("key", "add", "--json", status=0).json["character"] == "4"


def test_where_every_character_is_taken_the_new_key_reads_none_of_them(scene):
    scene.put(f"""SELECT c || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 13))
        FROM unnest(string_to_array('{ALPHABET}', NULL)) AS c, generate_series(1, 1000)""")
    assert scene.suyuan("key", "add", "--json", status=0).json["character"] == "0"
    with scene.connect("suyuan_owner").cursor() as cursor:
        cursor.execute("SELECT serial FROM code.foreign_item WHERE serial LIKE '0%'")
        serials = [s for s, in cursor.fetchall()]
    (scene.folder / "again").write_text("".join(s + "\n" for s in serials))
    done = scene.suyuan("serials", "import", "--gtin", TEA, "--json", scene.folder / "again", status=0)
    assert (done.json["known"], done.json["refused"]) == (1000, 0)


def test_too_many_short_serials_leave_no_key_and_say_so(scene):
    scene.put(f"""SELECT c || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 9))
        FROM unnest(string_to_array('{ALPHABET}', NULL)) AS c, generate_series(1, 2000)""")
    done = scene.suyuan("key", "add", status=1)
    assert "too many short ones" in done.err


# --- showing ----------------------------------------------------------------------------------

def test_lists_and_counts(shop, take, run):
    take("z1\nz2\n")
    run("suyuan_owner", "SELECT code.change_foreign(%s, '{z2}', 'commissioned')", TEA)
    listed = shop.suyuan("serials", "list", "--gtin", TEA, "--json", status=0).json_lines
    assert [r["serial"] for r in listed] == sorted(r["serial"] for r in listed)
    assert {r["serial"]: r["state"] for r in listed if r["serial"] in ("z1", "z2")} == {
        "z1": "provisioned", "z2": "commissioned"}
    assert [r["serial"] for r in shop.suyuan("serials", "list", "--gtin", TEA, "--state", "commissioned",
                                             "--json", status=0).json_lines] == ["z2"]
    counted = shop.suyuan("serials", "count", "--gtin", TEA, "--json", status=0).json_lines
    assert sum(c["count"] for c in counted) == len(listed)
    assert len(shop.suyuan("serials", "list", "--gtin", OTHER, status=0).out.splitlines()) > 10000


# --- steps ------------------------------------------------------------------------------------

STATES = ["provisioned", "printed", "commissioned", "consumed", "decommissioned", "destroyed", "void", "blocked"]


@pytest.mark.parametrize("old", STATES)
def test_steps_follow_the_rules_of_computed_codes(shop, take, run, old):
    for new in STATES:
        serial = f"s-{STATES.index(old)}-{STATES.index(new)}"
        take(serial + "\n")
        run("suyuan_owner", "UPDATE code.foreign_item SET state = %s WHERE gtin = %s AND serial = %s",
            old, TEA, serial)
        [(may,)] = run("suyuan_owner", "SELECT code.may_follow(%s, %s)", old, new)
        expected = "same" if old == new else "changed" if may else "refused"
        with shop.connect("suyuan_jobs").cursor() as cursor:
            assert change_foreign(cursor, TEA, [serial], new, '{"en": "why"}') == [(serial, old, expected)]
        assert state_of(run, serial) == [(new if may else old,)]
        if may:
            assert (serial, new, False, {"en": "why"}) in public(run)
        events = run("suyuan_owner", "SELECT state FROM code.foreign_event WHERE serial = %s", serial)
        assert events == ([(new,)] if may else [])


def test_one_step_of_many_tells_each_result(shop, take, run):
    take("m1\nm2\nm3\n")
    with shop.connect("suyuan_jobs").cursor() as cursor:
        change_foreign(cursor, TEA, ["m3"], "void", None)
        before = run("suyuan_public", "SELECT epoch FROM pub.gtin WHERE gtin = %s", TEA)
        assert change_foreign(cursor, TEA, ["m3", "m1", "nobody", "m2", "m1"], "commissioned", None) == [
            ("m1", "provisioned", "changed"), ("m2", "provisioned", "changed"), ("m3", "void", "refused"),
            ("nobody", None, "unknown")]
        assert run("suyuan_public", "SELECT epoch FROM pub.gtin WHERE gtin = %s", TEA) > before


def test_what_happened_is_never_changed(shop, run):
    for table in ("code.foreign_list", "code.foreign_event"):
        with pytest.raises(psycopg2.Error):
            run("suyuan_owner", f"DELETE FROM {table}")


# --- by what is printed -----------------------------------------------------------------------

def link(serial):
    return f"https://x/01/{TEA:014d}/21/" + "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in serial)


def test_a_printed_one_is_stepped_like_a_computed_code(shop, take, run, tmp_path):
    take('p"1\np/2\np3\n', "--lot", "L1")
    (tmp_path / "codes").write_text("\n".join(
        [link('p"1'), link("p/2"), f"http://h/gtin/{TEA:014d}/bat/X/ser/p3", link("P3"), link('p"1')]) + "\n")
    done = shop.suyuan("code", "state", "--file", tmp_path / "codes", "commissioned", "--json", status=3)
    assert [r["result"] for r in done.json_lines if "result" in r] == [
        "changed", "changed", "changed", "never_issued", "already"]
    assert {s: state for s, state, *_ in public(run) if s.startswith("p")} == {
        'p"1': "commissioned", "p/2": "commissioned", "p3": "commissioned"}
    refused = shop.suyuan("code", "state", link("p3"), "printed", status=1)
    assert "commissioned" in refused.out + refused.err and "printed" in refused.out + refused.err
    assert state_of(run, "p3") == [("commissioned",)]


def test_a_camera_reads_one(shop, take, run):
    take("cam1\n")
    first, second = (shop.suyuan("code", "check", link("cam1"), "--json", status=status).json_lines[0]
                     for status in (0, 1))
    assert (first["result"], second["result"]) == ("printed", "duplicate")
    assert state_of(run, "cam1") == [("printed",)]


def test_who_did_it_is_written_down(shop, take, run):
    take("who1\n")
    shop.suyuan("code", "state", link("who1"), "void", status=0)
    assert run("suyuan_owner", "SELECT state, by FROM code.foreign_event WHERE serial = 'who1'") == [("void", "suyuan_owner")]
