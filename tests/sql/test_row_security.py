"""The console sees its session's brand and no other, in every table, whatever it asks for."""
import psycopg2
import pytest

import samples
from database import database, over, refused, run
from samples import call, change_foreign

A, B = 0, 1
# Readable by the console and of no brand.
SHARED = {"trace.law", "trace.law_file", "pub.instance", "pub.serial_key", "code.serial_key"}


@pytest.fixture(scope="module")
def two(database):
    """Two brands with rows everywhere; their ids and the database."""
    connection = database.connect("suyuan_owner")
    run = over(connection)
    samples.make_key(run)
    brands = []
    for slug, gtin in zip("ab", samples.GTINS):
        brand = samples.make_brand(run, slug, [gtin])
        brands.append(brand)
        samples.Marked(run, brand, gtin).insert_all()
        with connection.cursor() as cursor:
            [(batch,)] = call(cursor, "batch_make", gtin, samples.LOT, 14, "https://x", 10, 1 << 40)
            samples.take_steps(cursor, gtin, [3], "commissioned", '{"en": "why"}')
            call(cursor, "batch_close", batch, 9, 10)
            samples.take_foreign(cursor, gtin, ["F-1", "F-2"], samples.LOT)
            change_foreign(cursor, gtin, ["F-1"], "blocked", '{"en": "why"}')
            call(cursor, "pin_on", gtin, 6, 1)
            cursor.execute("SELECT pub.pin_try(%s, 3, %s, true)", (gtin, "0" * 14))
            call(cursor, "links_mode", brand, "false")
            call(cursor, "links_put", gtin, samples.LOT, "", samples.links("https://link.example/"), "x")
            call(cursor, "policy_choose", brand, 0,
                 '{"product.name": "show", "product.photo": "show", "lot.number": "hide"}', "command")
            call(cursor, "project_brand", brand)
            call(cursor, "project_product", [gtin])
            call(cursor, "project_lot", [gtin], [samples.LOT])
            samples.halt(cursor, brand, samples.lot_choice(gtin, samples.LOT))
            samples.halt(cursor, brand, {"by": "codes"}, "hold", codes=samples.printed([gtin], [3]))
            cursor.execute("INSERT INTO trace.halt_rule (brand_id) VALUES (%s)", (brand,))
            cursor.execute("INSERT INTO trace.field_draft VALUES (%s, 0, 1, '{}')", (brand,))
            cursor.execute("INSERT INTO pub.lot VALUES (%s, 'OTHER', '{}')", (gtin,))
            cursor.execute("INSERT INTO pub.seen (gtin, serial, visits) VALUES (%s, 'F-1', 1)", (gtin,))
            cursor.execute("INSERT INTO trace.halt_check SELECT %s, 'F-1', max(id), 1 FROM trace.halt WHERE brand_id = %s", (gtin, brand))
            cursor.execute("INSERT INTO code.check_count VALUES (%s, now(), '', '', 'visit', 1)", (gtin,))
            cursor.execute("""SELECT code.add_checks(ARRAY[(%s, now(), '', '', 'visit', 1, 1)::code.check_sum])""", (gtin,))
            cursor.execute("""WITH a AS (INSERT INTO team.account (brand_id, name, roles) VALUES (%s, %s, '{viewer}') RETURNING id)
                INSERT INTO team.pass (id, kind, brand_id, account_id, sha256, ends_at)
                SELECT lpad(id::text, 10, '0'), 'token', %s, id, sha256('x'), now() FROM a""", (brand, f"row-{slug}", brand))
            cursor.execute("INSERT INTO code.check_often VALUES (%s, 'F-1', 3, now())", (gtin,))
            cursor.execute("INSERT INTO code.misread (brand_id, gtin, serial, result, by) "
                           "VALUES (%s, %s, 'F-9', 'never_issued', 'x')", (brand, gtin))
            cursor.execute("INSERT INTO job.job (brand_id, kind) VALUES (%s, 'x') RETURNING id", (brand,))
            [(job,)] = cursor.fetchall()
            call(cursor, "job_file_add", job, 0, "x.pdf", "application/pdf", 1, bytes(32), 1, 1)
            call(cursor, "job_part_add", job, 0, 0, b"x")
            cursor.execute("""WITH up AS (INSERT INTO job.upload (brand_id, name) VALUES (%s, 'x') RETURNING id),
                part AS (INSERT INTO job.upload_part SELECT id, 0, %s, 'x' FROM up), profile AS (
                INSERT INTO trace.import_profile (brand_id, name, mapping, profile) VALUES (%s, 'x', '{}', ''))
                INSERT INTO job.import (job, brand_id, upload, dry_run, records, refused, added, corrected, unchanged, recorded)
                SELECT %s, %s, id, true, 0, 0, 0, 0, 0, false FROM up""", (brand, brand, brand, job, brand))
            cursor.execute("INSERT INTO trace.upload (brand_id, kind, bytes) VALUES (%s, 'paper', 'x')", (brand,))
            cursor.execute("""INSERT INTO trace.logo (brand_id, sha256, width, height, bytes)
                SELECT %s, sha256(b), 1, 1, b FROM (SELECT '\\xffd8ff'::bytea AS b) AS x""", (brand,))
            cursor.execute("UPDATE trace.brand SET logo = sha256('\\xffd8ff'::bytea) WHERE id = %s", (brand,))
            cursor.execute("INSERT INTO pub.paper VALUES (%s, 'L', sha256('x'))", (gtin,))
            cursor.execute("INSERT INTO pub.paper_file VALUES (%s, sha256('x'), 'image/jpeg', 'x')", (gtin,))
            cursor.execute("""INSERT INTO trace.report (brand_id, gtin, serial, reference, at, place, note)
                VALUES (%s, %s, '', '0123456789', now(), 'p', 'n')""", (brand, gtin))
        run("suyuan_owner", """WITH line AS (
                INSERT INTO code.line (brand_id, name) VALUES (%s, 'l') RETURNING id
            ), day AS (INSERT INTO code.line_day SELECT id, '2026-01-01', 1, %s FROM line
            ), key AS (INSERT INTO code.line_key (id, brand_id, line_id, sha256)
                SELECT lpad(%s::text, 10, '0'), %s, id, sha256('x') FROM line
            ) INSERT INTO code.line_request (line_id, key, fingerprint, batch_id, brand_id)
            SELECT line.id, 'k', sha256('x'), b.id, %s FROM line, code.batch AS b WHERE b.brand_id = %s
            LIMIT 1""", *[brand] * 6)
        run("suyuan_owner", """WITH a AS (SELECT id FROM team.account WHERE brand_id = %s LIMIT 1
            ), day AS (INSERT INTO code.account_day SELECT id, '2026-01-01', 1, %s FROM a
            ), checked AS (INSERT INTO code.check_request (asking, key, fingerprint, answer, brand_id)
                SELECT 'account ' || id, 'k', sha256('x'), '{}', %s FROM a
            ), request AS (INSERT INTO code.account_request (account_id, key, fingerprint, batch_id, brand_id)
                SELECT a.id, 'k', sha256('x'), b.id, %s FROM a, (SELECT id FROM code.batch WHERE brand_id = %s LIMIT 1) AS b
            ), design AS (INSERT INTO code.label_design (brand_id, name) VALUES (%s, 'd') RETURNING id
            ), version AS (INSERT INTO code.label_design_version (design_id, version, brand_id, document, made_by)
                SELECT id, 1, %s, '{}', 'x' FROM design)
            INSERT INTO code.label_draft (design_id, hand, brand_id, document) SELECT id, 'x', %s, '{}' FROM design""",
            *[brand] * 8)
    # Sealed and not sealed yet.
    run("suyuan_owner", "SELECT audit.seal_waiting(100000)")
    for brand in brands:
        run("suyuan_owner", "SELECT audit.note_for(%s, 'x', 'x', 'x')", brand)
    return brands


def tables(run):
    """Tables and views that the console may read: (name, column that tells the brand, or None)."""
    return run("postgres", """
        SELECT c.oid::regclass::text, c.relkind, c.relrowsecurity AND c.relforcerowsecurity,
            (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid
                AND (a.attname IN ('brand_id', 'gtin') OR (a.attname = 'id' AND c.relname = 'brand'))
                ORDER BY a.attname LIMIT 1)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND has_table_privilege('suyuan_console', c.oid, 'SELECT')""")


def as_brand(run, brand):
    run("suyuan_console", "SELECT set_config('suyuan.brand', %s, false)", str(brand))


def test_every_table_of_a_brand_is_guarded(two, run):
    for name, kind, guarded, column in tables(run):
        if kind == "v":
            continue
        assert guarded or name in SHARED, f"{name} has no forced row security"
        assert column or name in SHARED, f"{name}: which column tells the brand?"


def test_sees_only_its_own_rows(two, run):
    seen = 0
    for name, _, _, column in tables(run):
        if name in SHARED:
            continue
        mine = {"gtin": [samples.GTINS[A]]}.get(column, [two[A]])
        theirs = {"gtin": [samples.GTINS[B]]}.get(column, [two[B]])
        all_rows = {v for (v,) in run("suyuan_owner", f"SELECT DISTINCT {column} FROM {name}")}
        as_brand(run, two[A])
        rows = {v for (v,) in run("suyuan_console", f"SELECT DISTINCT {column} FROM {name}")}
        assert set(theirs) <= all_rows, f"{name}: the sample has no row of the other brand"
        assert rows == set(mine), name
        seen += 1
    assert seen > 30


def test_sees_nothing_without_a_brand(two, run):
    for setting in ("", "999999"):
        as_brand(run, setting)
        for name, _, _, _ in tables(run):
            if name not in SHARED:
                assert run("suyuan_console", f"SELECT count(*) FROM {name}") == [(0,)], name


def test_writes_nothing_for_another_brand(two, run):
    as_brand(run, two[A])
    for sql in (
            "INSERT INTO trace.visibility (brand_id, field, visible) VALUES (%(b)s, 'product.name', true)",
            "INSERT INTO trace.product (brand_id, gtin, name) VALUES (%(b)s, %(g)s, '{\"en\": \"x\"}')",
            "INSERT INTO trace.halt (brand_id, kind, choice) VALUES (%(b)s, 'recall', '{}')",
            "INSERT INTO pub.halt VALUES (1000, %(b)s, 'recalled', now(), NULL)",
            "INSERT INTO pub.halt_part VALUES (%(g)s, 1000, 1, '', NULL, NULL)",
            "INSERT INTO pub.recall VALUES (%(g)s, '', now(), '{\"en\": \"x\"}')",
            "INSERT INTO pub.hide VALUES (%(b)s, 0, 'product.name', 1)",
            "INSERT INTO code.event (gtin, first, positions, state) VALUES (%(g)s, 0, '{[9,10)}', 'consumed')",
            "INSERT INTO pub.item VALUES (%(g)s, 9, 'consumed', now())",
            "INSERT INTO job.job (brand_id, kind) VALUES (%(b)s, 'x')"):
        text = sql % {"b": two[B], "g": samples.GTINS[B]}
        assert refused(run, "suyuan_console", text), sql


def test_changes_no_row_of_another_brand(two, run):
    as_brand(run, two[A])
    before = run("suyuan_owner", "SELECT * FROM pub.recall WHERE gtin = %s", samples.GTINS[B])
    for sql in ("DELETE FROM pub.recall", "UPDATE pub.gtin SET epoch = 0", "DELETE FROM pub.hide",
                "UPDATE pub.item SET state = 'active'",
                "UPDATE trace.halt SET severity = 'low'", "DELETE FROM pub.halt", "UPDATE code.run SET state = 'void'"):
        run("suyuan_console", "BEGIN")
        run("suyuan_console", sql)
        run("suyuan_console", "COMMIT")
    assert run("suyuan_owner", "SELECT * FROM pub.recall WHERE gtin = %s", samples.GTINS[B]) == before
    assert run("suyuan_owner", "SELECT epoch > 0 FROM pub.gtin WHERE gtin = %s", samples.GTINS[B]) == [(True,)]
    assert run("suyuan_owner", "SELECT state FROM pub.item WHERE gtin = %s", samples.GTINS[B]) == [
        ("commissioned",)]


def test_cannot_take_a_step_with_codes_of_another_brand(two, database, run):
    import psycopg2
    as_brand(run, two[A])
    [(batch,)] = run("suyuan_owner", "SELECT id FROM code.batch WHERE gtin = %s", samples.GTINS[B])
    connection = database.connect("suyuan_console")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suyuan.brand', %s, false)", (str(two[A]),))
        # Not even whether a code was issued is told.
        assert samples.take_steps(cursor, samples.GTINS[B], [3, 5, 10 ** 6], "blocked") == [("not_yours", None)] * 3
        assert samples.check_prints(cursor, samples.GTINS[B], [3, 5, 10 ** 6]) == [("not_yours", None, None)] * 3
        assert [row[:8] for row in call(cursor, "code_story", *samples.printed([samples.GTINS[B]], [3]))] == [
            ("not_yours", f"{samples.GTINS[B]:014d}", None, None, None, None, None, None)]
        cursor.execute("SELECT changed FROM code.change_run(%s, 0, 9, 'blocked')", (samples.GTINS[B],))
        assert cursor.fetchall() == [(0,)]
        for name, more in (("change_batch", ("void", None, None, None)), ("batch_reconcile", (None, None)),
                           ("batch_close", (None, None)), ("batch_lot", (None, None, "L9"))):
            with pytest.raises(psycopg2.Error) as e:
                call(cursor, name, batch, *more)
            assert e.value.pgcode == "SY404"
    assert run("suyuan_owner", "SELECT DISTINCT state FROM pub.run WHERE gtin = %s ORDER BY 1", samples.GTINS[B]) == [
        ("provisioned",), ("void",)]


def test_does_its_work_for_its_own_brand(two, database):
    """What the console is for passes the same policies."""
    connection = database.connect("suyuan_console")
    gtin = samples.GTINS[A]
    [(judge,)] = over(database.connect("suyuan_owner"))("suyuan_owner", """
        INSERT INTO team.account (brand_id, name, roles) VALUES (%s, 'judge', '{quality}') RETURNING id""", two[A])
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suyuan.brand', %s, false)", (str(two[A]),))
        [(batch,)] = call(cursor, "batch_make", gtin, samples.LOT, 14, "https://x", 10, 1 << 40)
        call(cursor, "touch", [gtin])
        assert call(cursor, "change_batch", batch, "commissioned", None, None, None) == [(10, 0, None, 0)]
        cursor.execute("SELECT first FROM code.batch WHERE id = %s", (batch,))
        [(first,)] = cursor.fetchall()
        assert samples.take_steps(cursor, gtin, [first], "blocked", '{"en": "x"}') == [("changed", "commissioned")]
        assert samples.check_prints(cursor, gtin, [first, first + 1]) == [
            ("refused", "blocked", 1), ("duplicate", "commissioned", 2)]
        assert len(call(cursor, "batch_close", batch, None, None)) == 1
        samples.take_foreign(cursor, gtin, ["F-3"], None)
        assert change_foreign(cursor, gtin, ["F-3"], "void", None) == [("F-3", "provisioned", "changed")]
        assert {s for s, *_ in call(cursor, "foreign_list", gtin, "", "", 10)} == {"F-1", "F-2", "F-3"}
        assert call(cursor, "foreign_list", samples.GTINS[B], "", "", 10) == []
        assert change_foreign(cursor, samples.GTINS[B], ["F-2"], "void", None) == [("F-2", None, "unknown")]
        for choice in ("show", "hide"):
            call(cursor, "console_fields_save", 0, None, '{"lot.place": "%s"}' % choice)
            call(cursor, "console_fields_publish", 0, None)
        call(cursor, "touch_brand", two[A])
        cursor.execute("SELECT set_config('suyuan.account', %s, false), id FROM trace.halt "
                       "WHERE state = 'running' AND kind = 'recall'", (str(judge),))
        [(_, number)] = cursor.fetchall()
        assert call(cursor, "recall_lift", number, "it was right") == [("lifted",)]
        assert samples.halt(cursor, two[A], samples.lot_choice(gtin, samples.LOT)) > number
        assert call(cursor, "gtin_brand", samples.GTINS[B]) == []
        with pytest.raises(psycopg2.Error) as refused:
            call(cursor, "batch_make", samples.GTINS[B], None, 14, "https://x", 1, 1 << 40)
        assert refused.value.pgcode == "SY403"
        assert [b for b, *_ in call(cursor, "batch_list", 0)].count(batch) == 1
        assert {g for _, g, *_ in call(cursor, "batch_list", 0)} == {f"{gtin:014d}"}
    connection.close()


def test_the_owner_is_bound_by_policies_too(two, run):
    """Forced: what the owner sees, it sees by the policy `everything`, not by owning the table."""
    assert run("postgres", """SELECT count(*) FROM pg_class AS c WHERE c.relrowsecurity
        AND NOT c.relforcerowsecurity AND c.relnamespace::regnamespace::text
        IN ('trace', 'code', 'pub', 'job', 'inbox')""") == [(0,)]
    run("suyuan_owner", "ALTER POLICY everything ON trace.brand USING (false)")
    try:
        assert run("suyuan_owner", "SELECT count(*) FROM trace.brand") == [(0,)]
    finally:
        run("suyuan_owner", "ALTER POLICY everything ON trace.brand USING (true)")


# --- the console's own statements ---

def in_a_session(cursor, brand, account):
    cursor.execute("SELECT base.begin_session(%s, 0, %s, 'user:a', 'x')", (brand, account))


def make_people(run, brand, mark):
    """An account with a session and secrets; its id."""
    [(account,)] = run("suyuan_owner", """INSERT INTO team.account (brand_id, name, roles)
        VALUES (%s, %s, '{admin}') RETURNING id""", brand, f"{mark}-{brand}")
    run("suyuan_owner", """INSERT INTO team.pass (id, kind, brand_id, account_id, sha256, ends_at)
        VALUES (lpad(%s::text, 10, '0'), 'session', %s, %s, sha256('x'), now() + interval '1 day')""", account, brand, account)
    run("suyuan_owner", "INSERT INTO team.secret (account_id, password) VALUES (%s, 'HASH')", account)
    return account


def test_no_policy_but_the_brand_of_the_session_lets_the_console_in(two, run):
    """Whatever a statement leaves out: each policy of a table of brands asks for the session's."""
    wrong = run("postgres", """SELECT polrelid::regclass::text, polname FROM pg_policy AS p
        WHERE polpermissive AND 'suyuan_console'::regrole = ANY (polroles) AND pg_get_expr(polqual, polrelid) !~
        '(session_brand|gtin_owner|job\\.job|code\\.batch|code\\.run|EXISTS)'""")
    assert wrong == []
    assert run("postgres", """SELECT polrelid::regclass::text FROM pg_policy
        WHERE 0 = ANY (polroles) AND polrelid::regclass::text NOT LIKE 'pg\\_%%'""") == []
    assert run("postgres", "SELECT rolname FROM pg_roles WHERE rolname = 'suyuan_console' AND (rolbypassrls OR rolsuper)") == []


def test_functions_of_the_team_work_for_the_brand_of_the_session(two, database, run):
    mine, theirs = (make_people(run, brand, "t") for brand in two)
    connection = database.connect("suyuan_console")
    connection.autocommit = False
    calls = ["team.person_shown({them})", "team.make_link({them}, '0000000000', sha256('y'))",
             "team.set_roles({them}, '{{viewer}}')", "team.end_account({them})", "team.unlock({them}, true)",
             "team.end_pass('session', lpad('{them}', 10, '0'))"]
    before = run("suyuan_owner", "SELECT a::text, p::text FROM team.account AS a JOIN team.pass AS p ON p.account_id = a.id "
                 "WHERE a.id = %s ORDER BY 1, 2", theirs)
    for call_ in calls:
        with connection.cursor() as cursor:
            in_a_session(cursor, two[A], mine)
            try:
                cursor.execute("SELECT " + call_.format(them=theirs))
                assert cursor.fetchall() == [(None,)], call_
            except psycopg2.Error as refusal:
                assert refusal.pgcode == "SY404", (call_, refusal)
            connection.rollback()
    with connection.cursor() as cursor:  # another brand's account named in this brand's session is nobody
        in_a_session(cursor, two[A], theirs)
        for sql in ("SELECT team.account_shown('')", "SELECT team.people_shown()", "SELECT team.ask_own_password()"):
            cursor.execute("SAVEPOINT s")
            with pytest.raises(psycopg2.Error) as refusal:
                cursor.execute(sql)
            assert refusal.value.pgcode == "SY403", sql
            cursor.execute("ROLLBACK TO s")
    connection.rollback()
    connection.close()
    assert run("suyuan_owner", "SELECT a::text, p::text FROM team.account AS a JOIN team.pass AS p ON p.account_id = a.id "
               "WHERE a.id = %s ORDER BY 1, 2", theirs) == before


def test_the_console_writes_no_document_that_the_public_reads(two, run):
    for table, values in (("product", "(1, '{}')"), ("lot", "(1, 'x', '{}')"), ("photo", "(1, 'x', 'x')")):
        for role in ("suyuan_console", "suyuan_public"):
            assert refused(run, role, f"INSERT INTO pub.{table} VALUES {values}"), (role, table)
            assert refused(run, role, f"DELETE FROM pub.{table}"), (role, table)
            assert refused(run, role, f"UPDATE pub.{table} SET gtin = gtin"), (role, table)
    assert refused(run, "suyuan_console", "SELECT trace.write_products('{1}')")
    assert refused(run, "suyuan_console", "SELECT trace.write_lots('{1}', '{x}')")


def test_parts_of_the_team_are_closed_to_the_console(two, run):
    for name in ("secret", "recovery", "place", "slow", "hand"):
        assert refused(run, "suyuan_console", f"SELECT count(*) FROM team.{name}")
    assert refused(run, "suyuan_console", "SELECT sha256 FROM team.pass")
    assert refused(run, "suyuan_console", "UPDATE team.account SET roles = '{admin}'")
    assert refused(run, "suyuan_console", "INSERT INTO team.pass (id) VALUES ('x')")
    for call_ in ("team.let_in(1, 'x', 'x', '', '::1', '1 day', '1 day')", "team.add_pass('session', 1, 'x', 'x', '', NULL, '1 day', NULL)",
                  "team.put_password(1, 'x')", "team.drop_totp(1)", "team.forgive('account', 'x')",
                  "team.check_own_password('x')", "team.make_token('x', 'x', '', 1)"):
        assert refused(run, "suyuan_console", f"SELECT {call_}"), call_
        assert refused(run, "suyuan_jobs", f"SELECT {call_}"), call_
