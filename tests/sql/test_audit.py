"""The log of changes: chained in order, sealed once, written by nobody directly; what is tampered with is named."""
import hashlib
import json
import re
import threading
import uuid

import pytest

import samples
from database import database, over, refused, rows, run

FIELDS = ["brand", "id", "at", "who", "action", "object", "via", "details"]


@pytest.fixture(scope="module")
def brands(database):
    connection = database.connect("suyuan_owner")
    return [samples.make_brand(over(connection), slug, [gtin]) for slug, gtin in zip("ab", samples.GTINS)]


def seal(run, most=100000):
    return run("suyuan_jobs", "SELECT audit.seal_waiting(%s)", most)[0][0]


def change(run, brand, count=1):
    for _ in range(count):
        run("suyuan_owner", "INSERT INTO team.account (brand_id, name, roles) VALUES (%s, %s, '{viewer}')",
            brand, uuid.uuid4().hex)


@pytest.fixture
def sealed(run, brands):
    """Brand a with some sealed entries; what a test did to them is undone."""
    change(run, brands[0], 6)
    while seal(run) != 0:
        pass
    tables = ("entry", "seal", "unsealed")
    for table in tables:
        run("postgres", f"CREATE TABLE audit_{table} AS SELECT * FROM audit.{table}")
    yield brands[0]
    run("postgres", "SET session_replication_role = replica")
    for table in reversed(tables):
        run("postgres", f"DELETE FROM audit.{table}")
    for table in tables:
        run("postgres", f"INSERT INTO audit.{table} OVERRIDING SYSTEM VALUE SELECT * FROM audit_{table}")
        run("postgres", f"DROP TABLE audit_{table}")


def tamper(run, sql, *values):
    run("postgres", "SET session_replication_role = replica")
    run("postgres", sql, *values)


def verify(database, *more, status=0):
    return database.suyuan("audit", "verify", "--json", *more, status=status).json_lines


def difference(database, *more):
    [line] = [l for l in verify(database, *more, status=3) if l.get("verified") is False]
    return line


def fifth(run, brand):
    """Number and entry in the middle of the chain."""
    return run("postgres", "SELECT number, entry_id FROM audit.seal WHERE brand_id = %s ORDER BY number OFFSET 4 LIMIT 1",
               brand)[0]


# --- what a foreign program computes -----------------------------------------------------------------

def framed(text):
    raw = str(text).encode()
    return str(len(raw)).encode() + b":" + raw + b","


def recompute(lines):
    """The heads of an export's chains, from the description in src/store/audit.h alone."""
    heads = {}
    for line in lines:
        number, before = heads.get(line["chain"], (0, bytes(32)))
        assert line["number"] == number + 1
        fields = ["" if line[f] is None else line[f] for f in FIELDS]
        digest = hashlib.sha256(before + framed("suyuan-audit-1") + framed(line["number"])
                                + b"".join(map(framed, fields))).digest()
        assert digest.hex() == line["hash"]
        heads[line["chain"]] = (line["number"], digest)
    return {chain: digest.hex() for chain, (_, digest) in heads.items()}


def test_an_export_is_verified_by_a_program_that_knows_only_the_description(database, run, sealed):
    run("suyuan_owner", "UPDATE trace.brand SET name = %s WHERE id = %s",
        '{"en": "Ünïcode \\" 茶, 12:x,", "zh-CN": "茶"}', sealed)
    seal(run)
    lines = database.suyuan("audit", "export").json_lines
    heads = recompute(lines)
    assert len(lines) >= 7 and any("茶" in line["details"] for line in lines)
    told = database.suyuan("audit", "head", "--json").json_lines
    assert sorted(h["head"] for h in told) == sorted(heads.values())


def test_a_whole_log_verifies_online_and_offline(database, run, sealed, tmp_path):
    assert all(l.get("verified", True) for l in verify(database))
    file = tmp_path / "export"
    database.suyuan("audit", "export", "--out", file)
    assert all(l["verified"] for l in verify(database, "--export", file))
    assert [l for l in verify(database, "--brand", "a") if "entries" in l][0]["entries"] >= 6
    database.suyuan("audit", "verify", "--brand", "nobody", status=1)


# --- tampering ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("field,value", [
    ("brand_id", "brand_id + 1"), ("at", "at + interval '1 microsecond'"), ("who", "who || ' '"), ("action", "'read'"),
    ("object", "object || '1'"), ("via", "'x'"), ("details", "details || '{\"x\": 1}'")])
def test_each_changed_field_is_named(database, run, sealed, field, value):
    number, entry = fifth(run, sealed)
    tamper(run, f"UPDATE audit.entry SET {field} = {value} WHERE id = %s", entry)
    found = difference(database)
    assert (found["number"], found["entry"], found["field"]) == (number, entry, field.removesuffix("_id"))


def test_a_removed_entry_is_missed(database, run, sealed):
    number, entry = fifth(run, sealed)
    tamper(run, "DELETE FROM audit.entry WHERE id = %s", entry)
    found = difference(database)
    assert (found["number"], found["entry"]) == (number, entry) and "missing" in found["reason"]


def test_an_entry_that_is_removed_with_its_seal_leaves_a_gap(database, run, sealed):
    number, entry = fifth(run, sealed)
    tamper(run, "DELETE FROM audit.seal WHERE entry_id = %s", entry)
    tamper(run, "DELETE FROM audit.entry WHERE id = %s", entry)
    assert difference(database)["number"] == number


def test_numbers_that_close_up_over_a_gap_do_not_help(database, run, sealed):
    number, entry = fifth(run, sealed)
    tamper(run, "DELETE FROM audit.seal WHERE entry_id = %s", entry)
    tamper(run, "DELETE FROM audit.entry WHERE id = %s", entry)
    for [n] in run("postgres", "SELECT number FROM audit.seal WHERE brand_id = %s AND number > %s ORDER BY 1", sealed, number):
        tamper(run, "UPDATE audit.seal SET number = number - 1 WHERE brand_id = %s AND number = %s", sealed, n)
    assert difference(database)["number"] == number


def test_two_exchanged_entries_are_named(database, run, sealed):
    number, entry = fifth(run, sealed)
    [(other,)] = run("postgres", "SELECT entry_id FROM audit.seal WHERE brand_id = %s AND number = %s", sealed, number + 1)
    for old, new in ((entry, -1), (other, entry), (-1, other)):
        tamper(run, "UPDATE audit.seal SET entry_id = %s WHERE entry_id = %s", new, old)
    found = difference(database)
    assert (found["number"], found["field"]) == (number, "id") and "exchanged" in found["reason"]


def test_an_inserted_entry_is_told(database, run, sealed):
    tamper(run, "INSERT INTO audit.entry (brand_id, action, object) VALUES (%s, 'read', 'x')", sealed)
    [loose] = [l for l in verify(database, status=3) if "unsealed" in l]
    assert (loose["unsealed"], loose["inserted"]) == (0, 1)


def test_an_entry_inserted_with_a_seal_of_its_own_is_told(database, run, sealed):
    number, entry = fifth(run, sealed)
    for [n] in run("postgres", "SELECT number FROM audit.seal WHERE brand_id = %s AND number >= %s ORDER BY 1 DESC", sealed, number):
        tamper(run, "UPDATE audit.seal SET number = number + 1 WHERE brand_id = %s AND number = %s", sealed, n)
    tamper(run, """WITH e AS (INSERT INTO audit.entry (brand_id, action, object) VALUES (%s, 'read', 'x') RETURNING id)
        INSERT INTO audit.seal (brand_id, number, entry_id, hash, marks)
        SELECT %s, %s, id, sha256(''), decode(repeat('00', 64), 'hex') FROM e""", sealed, sealed, number)
    assert difference(database)["number"] == number


@pytest.mark.parametrize("column", ["hash", "marks"])
def test_a_changed_seal_is_told_where_it_matters(database, run, sealed, column):
    number, _ = fifth(run, sealed)
    tamper(run, f"UPDATE audit.seal SET {column} = set_byte({column}, 3, (get_byte({column}, 3) + 1) %% 256) "
           "WHERE brand_id = %s AND number = %s", sealed, number)
    if column == "hash":
        assert difference(database)["number"] == number
    else:  # which proves nothing, and is in no hash
        verify(database)


def test_a_tail_cut_off_shows_against_a_noted_head(database, run, sealed, tmp_path):
    [note] = database.suyuan("audit", "head", "--brand", "a", "--json").json_lines
    verify(database, "--head", note["head"])
    file = tmp_path / "export"
    lines = database.suyuan("audit", "export", "--brand", "a").out.splitlines(True)
    file.write_text("".join(lines))
    verify(database, "--export", file, "--head", note["head"])
    file.write_text("".join(lines[:-1]))
    verify(database, "--export", file)
    verify(database, "--export", file, "--head", note["head"], status=3)
    tamper(run, "DELETE FROM audit.entry WHERE id IN (SELECT entry_id FROM audit.seal WHERE brand_id = %s AND number = %s)",
           sealed, note["number"])
    tamper(run, "DELETE FROM audit.seal WHERE brand_id = %s AND number = %s", sealed, note["number"])
    verify(database)
    verify(database, "--head", note["head"], status=3)


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_an_export_is_named(database, run, sealed, tmp_path, field):
    lines = database.suyuan("audit", "export", "--brand", "a").json_lines
    value = lines[3][field]
    lines[3][field] = value + 1 if isinstance(value, int) else value + "x"
    file = tmp_path / "export"
    file.write_text("".join(json.dumps(l) + "\n" for l in lines))
    found = difference(database, "--export", file)
    assert (found["number"], found["field"]) == (4, field)


@pytest.mark.parametrize("text", ["", "x", "[]\n", "{}\n", '{"chain": "a", "number": -1}\n', "\0\n", '{"number": 1e99}\n'])
def test_what_is_no_export_is_refused_or_does_not_verify(database, tmp_path, text):
    file = tmp_path / "export"
    file.write_text(text)
    done = database.suyuan("audit", "verify", "--export", file, status=None)
    assert done.status == (0 if text == "" else 1 if text in ("x", "[]\n", "\0\n") else 3), done.err


# --- sealing ------------------------------------------------------------------------------------------

def test_what_is_committed_late_is_sealed_late_and_whole(database, run, brands):
    late = database.connect("suyuan_owner")
    rows(late, "BEGIN", ())
    change(over(late), brands[0])  # its identity comes before those of the others
    change(run, brands[0], 2)
    seal(run)
    [(before,)] = run("postgres", "SELECT max(number) FROM audit.seal WHERE brand_id = %s", brands[0])
    rows(late, "COMMIT", ())
    assert seal(run) == 1
    [(number, behind)] = run("postgres", """SELECT number, entry_id < (SELECT max(entry_id) FROM audit.seal)
        FROM audit.seal WHERE brand_id = %s ORDER BY number DESC LIMIT 1""", brands[0])
    assert number == before + 1 and behind
    verify(database)


def test_what_is_rolled_back_leaves_no_entry(database, run, brands):
    connection = database.connect("suyuan_owner")
    rows(connection, "BEGIN", ())
    change(over(connection), brands[0])
    rows(connection, "ROLLBACK", ())
    seal(run)
    assert seal(run) == 0
    verify(database)


def test_sealers_at_the_same_time_seal_each_entry_once(database, run, brands):
    stop = threading.Event()

    def work():
        own = over(database.connect("suyuan_jobs"))
        while not stop.is_set():
            seal(own, 3)
    sealers = [threading.Thread(target=work) for _ in range(3)]
    for sealer in sealers:
        sealer.start()
    writers = [threading.Thread(target=change, args=(over(database.connect("suyuan_owner")), brand, 60))
               for brand in brands * 2]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    for sealer in sealers:
        sealer.join()
    while seal(run) != 0:
        pass
    assert run("postgres", "SELECT count(*) FROM audit.entry LEFT JOIN audit.seal ON entry_id = id WHERE number IS NULL") == [(0,)]
    verify(database)


def test_a_sealer_that_dies_leaves_nothing_half_done(database, run, brands):
    change(run, brands[0], 5)
    dying = database.connect("suyuan_jobs")
    rows(dying, "BEGIN", ())
    assert rows(dying, "SELECT audit.seal_waiting(1000)", ())[0][0] >= 5
    assert seal(run) is None  # another is at it
    dying.close()
    while not seal(run):
        pass
    verify(database)


def test_what_waits_is_counted_with_its_age(database, run, brands):
    seal(run)
    change(run, brands[1], 2)
    [loose] = [l for l in verify(database) if "unsealed" in l]
    assert loose["unsealed"] == 2 and 0 <= loose["oldest_seconds"] < 60
    seal(run)


# --- who may write ------------------------------------------------------------------------------------

@pytest.mark.parametrize("role", ["suyuan_public", "suyuan_console", "suyuan_jobs"])
def test_no_role_writes_the_log_itself(run, brands, role):
    for sql in ("INSERT INTO audit.entry (brand_id, action, object) VALUES (1, 'a', 'b')",
                "INSERT INTO audit.seal VALUES (1, 1, 1, '', '')", "INSERT INTO audit.unsealed VALUES (1, 1)",
                *(f"{verb} audit.{table}{rest}" for table in ("entry", "seal", "unsealed")
                  for verb, rest in (("DELETE FROM", ""), ("TRUNCATE", "")))):
        assert refused(run, role, sql), sql
    for table, column in (("entry", "who"), ("seal", "hash"), ("unsealed", "brand_id")):
        assert refused(run, role, f"UPDATE audit.{table} SET {column} = {column}")
    assert refused(run, role, "SELECT audit.note_for(1, 'x', 'x', 'x')")
    assert refused(run, role, "SELECT audit.watch('trace.lot')")


def test_the_owner_changes_nothing_by_mistake(run, sealed):
    for sql in ("UPDATE audit.entry SET who = 'x'", "DELETE FROM audit.entry", "UPDATE audit.seal SET number = number + 1",
                "DELETE FROM audit.seal"):
        with pytest.raises(Exception, match="only added|never changed|not|refuse"):
            run("suyuan_owner", sql)


def test_the_console_notes_for_the_brand_of_its_session_only(database, run, brands):
    console = over(database.connect("suyuan_console"))
    console(None, "BEGIN")
    console(None, "SELECT base.begin_session(%s, 0, 0, 'user:x', 'test')", brands[0])
    console(None, "SELECT audit.note(%s, 'read', '/x')", brands[0])
    assert console(None, "SELECT who, action, object, via FROM audit.entry ORDER BY id DESC LIMIT 1") == [
        ("user:x", "read", "/x", "test")]
    for other in (brands[1], None):
        console(None, "SAVEPOINT s")
        with pytest.raises(Exception, match="brand of the session"):
            console(None, "SELECT audit.note(%s, 'read', '/x')", other)
        console(None, "ROLLBACK TO s")
    console(None, "ROLLBACK")
    with pytest.raises(Exception, match="brand of the session"):
        console(None, "SELECT audit.note(%s, 'read', '/x')", brands[0])  # no session


def test_tries_to_sign_in_stand_there_and_names_that_are_none_do_not(database, run, brands):
    name = uuid.uuid4().hex
    run("suyuan_owner", """WITH a AS (INSERT INTO team.account (brand_id, name, roles) VALUES (%s, %s, '{viewer}') RETURNING id)
        INSERT INTO team.secret (account_id, password) SELECT id, 'x' FROM a""", brands[0], name)
    [(before,)] = run("postgres", "SELECT max(id) FROM audit.entry")
    for tried in (name, "a secret typed as a name"):
        run("suyuan_console", "SELECT team.ask_password(%s, '192.0.2.7', NULL, NULL)", tried)
    assert run("postgres", "SELECT brand_id, who, action, details FROM audit.entry WHERE id > %s", before) == [
        (brands[0], f"user:{name}", "sign_in_try", {"address": "192.0.2.7"})]


def test_before_and_after_are_the_values_and_what_is_long_its_digest(database, run, brands):
    name = uuid.uuid4().hex
    run("suyuan_owner", "INSERT INTO team.account (brand_id, name, roles) VALUES (%s, %s, '{viewer}')", brands[0], name)
    run("suyuan_owner", "UPDATE trace.brand SET contact = jsonb_build_object('url', repeat('x', 9000)) WHERE id = %s", brands[0])
    run("suyuan_owner", "UPDATE trace.brand SET contact = '{}' WHERE id = %s", brands[0])
    (added,), (long,), (short,) = run("postgres", "SELECT details FROM audit.entry ORDER BY id DESC LIMIT 3")[::-1]
    assert added["name"] == [None, name]
    before, after = long["contact"]
    assert before == {} and set(after) == {"bytes", "sha256"} and after["bytes"] > 9000
    assert short["contact"] == [after, {}]


def test_a_brand_sees_its_own_chain_and_no_other(database, run, brands):
    change(run, brands[0])
    change(run, brands[1])
    seal(run)
    console = over(database.connect("suyuan_console"))
    console(None, "BEGIN")
    console(None, "SELECT base.begin_session(%s, 0, 0, 'user:x', 'test')", brands[0])
    assert console(None, "SELECT DISTINCT brand_id FROM audit.entry") == [(brands[0],)]
    assert console(None, "SELECT DISTINCT brand_id FROM audit.seal") == [(brands[0],)]
    console(None, "ROLLBACK")


# --- what is watched, and what is not told ------------------------------------------------------------

WATCHED = """SELECT t.tgrelid::regclass::text, encode(t.tgargs, 'escape') FROM pg_trigger AS t
    WHERE t.tgfoid = 'audit.row_changed'::regproc ORDER BY 1"""

SECRET = re.compile(r"sha256|secret|passw|hash|key|totp|pin|salt|recovery|wrapped|token")
# Columns with such a name that hold no secret.
HARMLESS = {"mapping": "of a file's columns", "key_id": "number of a serial key", "pin_tries": "a count", "idempotency_key": "chosen by who asks"}


def test_no_watched_column_is_a_secret(run):
    """By name and by type: a secret is bytes or is called one."""
    watched = dict(run("postgres", WATCHED))
    assert "team.pass" in watched
    for table, arguments in watched.items():
        left_out = set(arguments.split(r"\000"))
        for column, kind in run("postgres", """SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
                WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped""", table):
            if column not in HARMLESS and (kind == "bytea" or SECRET.search(column)):
                assert column in left_out or (table, column) in PUBLIC, f"{table}.{column} would be in the log"


# Digests and keys of what everyone may see, or that say only which one it is.
PUBLIC = {("trace.link", "record_key"): "which link it is", ("trace.halt", "list_sha256"): "of the list that was counted",
          ("trace.paper_file", "sha256"): "of a file that everyone may see; its address",
          ("trace.photo", "sha256"): "the same", ("trace.photo", "record_key"): "which photo it is",
          ("trace.brand", "logo"): "of a picture that everyone sees; its address",
          ("trace.law_file", "sha256"): "of the rules that the page lists"}

# Tables that the console writes and that nobody watches, each with its reason.
UNWATCHED = {
    "code.batch": "only added; its row says who and when",
    "code.run": "follows code.event", "code.item": "follows code.event", "code.foreign_item": "follows code.event",
    "code.foreign_event": "only added; its row says who and when", "code.foreign_list": "only added; says by whom",
    "code.closing": "only added; says by whom",
    "code.misread": "counts what print checks read wrongly; says by whom",
    "code.event": "only added; its row says who and when", "code.gtin_counter": "follows code.batch",
    "code.line_day": "counts what lines ask for", "code.line_request": "the idempotency of lines' requests",
    "trace.halt_part": "only added, with the row of trace.halt", "trace.halt_step": "only added; says by whom",
    "code.check_request": "the idempotency of print checks",
    "code.account_day": "counts what people ask for", "code.account_request": "the idempotency of people's requests",
    "code.label_draft": "of one person, before it is kept as a design",
    "job.job": "says who ordered it; its result has an entry where it changes something",
    "job.upload_part": "the bytes of a row of job.upload",
    "trace.upload": "only added; says by whom; becomes a record, or a look in trace.brand",
    "pub.*": "made from what is watched",
    "trace.report": "follows the operator's `suyuan report close`",
}
# Only added, every row with recorded_by and recorded_at, and what replaces what: a log of their own.
RECORDS = {f"trace.{t}" for t in ("product", "facility", "supplier", "material", "lot", "material_lot", "lot_input", "step",
                                 "inspection", "document", "photo")}


def test_each_table_that_people_change_is_watched_or_says_why_not(run):
    watched = {table for table, _ in run("postgres", WATCHED)}
    written = {t for [t] in run("postgres", """SELECT DISTINCT c.oid::regclass::text FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS p
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_|information_schema'
        AND (has_table_privilege('suyuan_console', c.oid, p) OR (p <> 'DELETE' AND has_any_column_privilege('suyuan_console', c.oid, p)))""")}
    assert written
    unknown = {t for t in written - watched - RECORDS if t not in UNWATCHED and t.split(".")[0] + ".*" not in UNWATCHED}
    assert unknown == set(), "audit.watch() them, or say here why not"
