"""What the lookup servers' role can reach: schema pub to read, the scan inbox to write, nothing else.
The catalogue is asked what there is, so that what is added later is covered without a change here."""
import psycopg2
import pytest

import samples
from database import database, over, refused, run

INBOX = ["inbox.report", "inbox.scan"]
OURS = "('base', 'trace', 'code', 'pub', 'inbox', 'job', 'team', 'audit', 'public')"


@pytest.fixture(scope="module")
def filled(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    brand = samples.make_brand(run, "a", samples.GTINS[:1])
    samples.Marked(run, brand, samples.GTINS[0]).insert_all()
    return database


def relations(run):
    """Everything that holds rows, outside PostgreSQL's own schemas: (schema.name, kind)."""
    return run("postgres", f"""
        SELECT c.oid::regclass::text, n.nspname, c.relkind FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' ORDER BY 1""")


def test_every_schema_is_one_we_know(filled, run):
    names = {n for _, n, _ in relations(run)}
    assert names == {"base", "trace", "code", "pub", "inbox", "job", "team", "audit"}


def test_reads_nothing_outside_pub(filled, run):
    seen = 0
    for name, schema, _ in relations(run):
        if schema == "pub":
            run("suyuan_public", f"SELECT * FROM {name} LIMIT 1")
        else:
            seen += 1
            assert refused(run, "suyuan_public", f"SELECT * FROM {name}"), name
            assert refused(run, "suyuan_public", f"SELECT count(*) FROM {name}"), name
            assert refused(run, "suyuan_public", f"COPY {name} TO STDOUT"), name
    assert seen > 40


def test_reads_no_single_column_outside_pub(filled, run):
    columns = run("postgres", f"""
        SELECT c.oid::regclass::text, quote_ident(a.attname) FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname IN {OURS} AND n.nspname <> 'pub'""")
    assert len(columns) > 200
    for table, column in columns:
        assert refused(run, "suyuan_public", f"SELECT {column} FROM {table}"), (table, column)


def test_writes_nothing_but_the_inbox(filled, run):
    for name, schema, kind in relations(run):
        if kind == "S":
            assert refused(run, "suyuan_public", f"SELECT nextval('{name}')"), name
            continue
        if name not in INBOX:
            assert refused(run, "suyuan_public", f"INSERT INTO {name} DEFAULT VALUES"), name
        assert refused(run, "suyuan_public", f"DELETE FROM {name}"), name
        if kind == "r":
            assert refused(run, "suyuan_public", f"TRUNCATE {name}"), name
            assert refused(run, "suyuan_public", 
                           f"DO 'BEGIN LOCK TABLE {name} IN EXCLUSIVE MODE; END'"), name


def test_has_no_right_that_only_a_closed_schema_hides(filled, run):
    """Asked without regard to schemas: a right given by mistake shows although it cannot be used yet."""
    assert run("postgres", f"""SELECT nspname FROM pg_namespace WHERE nspname IN {OURS}
        AND has_schema_privilege('suyuan_public', oid, 'USAGE') ORDER BY 1""") == [("inbox",), ("pub",)]
    assert run("postgres", f"""SELECT nspname FROM pg_namespace WHERE nspname IN {OURS}
        AND has_schema_privilege('suyuan_public', oid, 'CREATE')""") == []
    rights = run("postgres", f"""
        SELECT c.oid::regclass::text, right_ FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS right_
        WHERE n.nspname IN {OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND (n.nspname <> 'pub' OR right_ <> 'SELECT')
        AND has_any_column_privilege('suyuan_public', c.oid, right_)""")
    assert sorted(rights) == [(name, "INSERT") for name in INBOX]
    assert run("postgres", f"""
        SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname IN {OURS} AND has_function_privilege('suyuan_public', p.oid, 'EXECUTE')
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY p.oid::regprocedure::text""") == [
            ("pub.best_until(text,text)",), ("pub.day_at(timestamp with time zone,text)",),
                ("pub.pin_try(bigint,bigint,text,boolean)",)]


def test_updates_no_column(filled, run):
    granted = run("postgres", f"""
        SELECT c.oid::regclass::text, a.attname FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN {OURS} AND a.attnum > 0
        AND has_column_privilege('suyuan_public', c.oid, a.attnum, 'UPDATE, REFERENCES')""")
    assert granted == []


SCAN = """INSERT INTO inbox.scan (age, gtin, serial, lot_handle, visitor, kind, country, times{}) OVERRIDING SYSTEM VALUE
    VALUES ('{{0}}', ARRAY[%s::bigint], '{{""}}', '{{""}}', '{{NULL}}', '{{robot}}', '{{""}}', '{{7}}'{})"""


def test_the_inbox_takes_scans_and_shows_none(filled, run):
    run("suyuan_public", SCAN.format("", ""), samples.GTINS[0])
    assert run("suyuan_owner", "SELECT times FROM inbox.scan") == [([7],)]
    assert refused(run, "suyuan_public", SCAN.format("", "") + " RETURNING id", samples.GTINS[0])
    for column, value in (("id", "1"), ("at", "now()"), ("looks", "1")):
        with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.GeneratedAlways)):
            run("suyuan_public", SCAN.format(f", {column}", f", {value}"), samples.GTINS[0])
    for table in ("inbox.recent", "pub.seen", "pub.visitor_key", "code.check_count"):
        assert refused(run, "suyuan_public", f"INSERT INTO {table} DEFAULT VALUES"), table
    for sql in ("UPDATE inbox.scan SET times = '{1}'", "DELETE FROM inbox.scan", "TRUNCATE inbox.scan"):
        assert refused(run, "suyuan_public", sql), sql
    assert refused(run, "suyuan_public", "SELECT count(*) FROM inbox.scan")


REPORT = """INSERT INTO inbox.report (reference, gtin, serial, place, note, photo)
    VALUES (%s, %s, '', %s, %s, %s)"""


def test_the_inbox_takes_reports_and_shows_none(filled, run):
    run("suyuan_public", REPORT, "0123456789", samples.GTINS[0], "a shop", "", None)
    assert run("suyuan_owner", "SELECT place, tries FROM inbox.report") == [("a shop", 0)]
    assert refused(run, "suyuan_public", REPORT + " RETURNING id", "0123456789", samples.GTINS[0], "x", "", None)
    assert refused(run, "suyuan_public", "SELECT count(*) FROM inbox.report")
    for column, value in (("id", "7"), ("at", "now()"), ("tries", "1")):
        assert refused(run, "suyuan_public", f"""INSERT INTO inbox.report (reference, gtin, serial, place, note,
            {column}) OVERRIDING SYSTEM VALUE VALUES ('0123456789', {samples.GTINS[0]}, '', 'x', '', {value})""")
    run("suyuan_owner", "DELETE FROM inbox.report")


def test_the_inbox_keeps_the_limits_of_a_report(filled, run):
    good = dict(reference="0123456789", gtin=samples.GTINS[0], place="x", note="y", photo=b"z")
    for wrong in (dict(reference="012345678"), dict(reference="012345678O"), dict(reference=""),
                  dict(place="x" * 201), dict(note="x" * 2001), dict(photo=b""), dict(place="", note="", photo=None)):
        with pytest.raises(psycopg2.errors.CheckViolation):
            run("suyuan_public", REPORT, *(good | wrong).values())


def test_the_inbox_of_reports_has_an_end(filled, run):
    """Anybody may write there; who fills it stops at a bound, and no disk is full."""
    connection = filled.connect("suyuan_public")
    with connection.cursor() as cursor:
        for photo, most in ((b"z", 200), (None, 1000)):
            for _ in range(most):
                cursor.execute(REPORT, ("0123456789", samples.GTINS[0], "x", "", photo))
            with pytest.raises(psycopg2.Error) as why:
                cursor.execute(REPORT, ("0123456789", samples.GTINS[0], "x", "", photo))
            assert why.value.pgcode == "SY503"
            if photo:  # words are still taken
                cursor.execute(REPORT, ("0123456789", samples.GTINS[0], "x", "", None))
            run("suyuan_owner", "DELETE FROM inbox.report")
        with pytest.raises(psycopg2.Error) as why:  # nor is it passed by one statement
            cursor.execute("""INSERT INTO inbox.report (reference, gtin, serial, place, note)
                SELECT '0123456789', %s, '', 'x', '' FROM generate_series(1, 1001)""", (samples.GTINS[0],))
        assert why.value.pgcode == "SY503"
    connection.close()


def test_calls_none_of_our_functions(filled, run):
    functions = run("postgres", f"""
        SELECT p.oid::regprocedure::text, p.oid::regproc::text, p.proargtypes::regtype[]::text[], p.prokind
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname IN {OURS}""")
    ours = 0
    for signature, name, types, kind in functions:
        if name in ("pub.pin_try", "pub.best_until", "pub.day_at"):
            continue  # tests/sql/test_pin_tries.py, test_best_until.py
        if kind != "f" or any(t in ("internal", "cstring", "trigger") for t in types):
            continue
        nulls = ", ".join(f"NULL::{t}" for t in types)
        assert refused(run, "suyuan_public", f"SELECT {name}({nulls})"), signature
        ours += not name.startswith("base.g")
    assert ours > 15


# What runs as its owner: each a way around the tests above, so each has its reason. None answers the public but
# pub.pin_try. All of schema team that is here works on tables that nobody but the owner reads.
AS_OWNER = {
    "audit.note": "writes an entry, as the session", "audit.row_changed": "a trigger: writes an entry",
    "audit.seal_waiting": "goes on with every brand's chain", "audit.wait_for_seal": "a trigger: what is to be sealed",
    **dict.fromkeys([f"code.{name}" for name in ("line_add", "line_set", "line_key_make", "line_keys_revoke")],
                    "an admin's line of the session's brand; the console may not touch the tables"),
    "code.enter_line": "answers who has a line's key", "code.line_key_hash": "the same, with sums that limits are of",
    "trace.clock_changes": "a trigger: the clock that a brand's days end by is public with the brand's choice",
    "trace.clock_comes": "a trigger: the same with its first facility",
    "code.name_lots": "a trigger: the names of lots, read by others only",
    "inbox.report_comes": "a trigger: wakes who reads reports", "job.held": "whether somebody works on a job",
    "job.projected": "ends one kind of job, of the session's brand",
    "pub.follow_papers": "which papers the public may read; only for the next one and for taking back",
    "pub.papers_follow": "a trigger: the papers of a document that changes",
    "pub.pin_try": "counts a customer's try at a PIN, and takes and tells no more than that",
    "team.one_hand": "whether two accounts may be one person's, and no more",
    "trace.halt_may": "holds an account while it decides about a recall",
    "trace.project_scope": "makes the public's documents of the session's brand anew from records and decisions",
    "trace.record_add": "makes a record of the session's brand by the rules of an import",
    "trace.look_changes": "a trigger: what the public reads of a brand follows it",
    "trace.record_correct": "corrects a record of the session's brand by the rules of an import",
    "trace.set_own_link_mode": "touches every GTIN of the session's brand",
    "trace.take_back_paper": "takes away what the session's brand shows", "trace.take_back_photo": "the same",
    **dict.fromkeys([f"team.{name}" for name in (
        "account_shown", "add_account", "ask_code", "ask_own_code", "ask_own_password", "ask_password", "end_account",
        "end_pass", "enter", "has_admin", "make_link", "make_own_token", "make_token", "offer_totp", "offered_totp", "people_shown", "person_shown",
        "set_own_password", "set_roles", "show_link", "sign_in", "sign_in_code", "sign_out", "start_totp",
        "stop_totp", "unlock", "use_link")], "works on accounts"),
}


def test_no_function_of_ours_runs_as_its_owner_but_those_that_must(run):
    found = run("postgres", f"""
        SELECT p.oid::regproc::text, p.proconfig FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname IN {OURS} AND p.prosecdef""")
    assert {name for name, _ in found} == set(AS_OWNER)
    assert [name for name, config in found
            if not any(c.startswith("search_path=pg_catalog") and c.endswith("pg_temp") for c in config or [])] == []
    for call in ("code.enter_line('x', 'x')", "code.line_key_hash('x')"):
        for role in ("suyuan_public", "suyuan_jobs"):
            assert refused(run, role, f"SELECT {call}"), (role, call)
    for role in ("suyuan_public", "suyuan_jobs", "suyuan_console"):
        assert refused(run, role, "SELECT pub.follow_papers(1, '', '{}')"), role
    assert refused(run, "suyuan_jobs", "SELECT job.projected(1)")
    assert refused(run, "suyuan_public", "SELECT job.held(1)")


def test_the_console_touches_lines_by_those_functions_alone(run):
    for sql in ("INSERT INTO code.line (brand_id, name) VALUES (1, 'x')", "UPDATE code.line SET name = 'x'",
                "UPDATE code.line_key SET revoked_at = NULL", "SELECT sha256 FROM code.line_key"):
        assert refused(run, "suyuan_console", sql), sql
    for role in ("suyuan_public", "suyuan_jobs"):
        assert refused(run, role, "SELECT code.line_keys_revoke(1, NULL)"), role
    # Who is no admin of the session's brand is refused by the function itself.
    for call in ("line_add(1, 'x', NULL, 1, 1, false, '0123456789', sha256('x'))", "line_keys_revoke(1, NULL)",
                 "line_set(1, NULL, false, 1, 1, false)", "line_key_make(1, '0123456789', sha256('x'), 1)"):
        with pytest.raises(psycopg2.Error) as caught:
            run("suyuan_console", f"SELECT code.{call}")
        assert caught.value.pgcode == "SY403", call


def test_no_view_reads_as_its_owner(run):
    assert run("postgres", f"""
        SELECT c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN {OURS} AND c.relkind = 'v'
        AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)""") == []


@pytest.mark.parametrize("sql", [
    "SET ROLE suyuan_owner", "SET ROLE suyuan_jobs", "SET ROLE postgres",
    "SET SESSION AUTHORIZATION suyuan_owner",
    "CREATE TEMPORARY TABLE t (a int)", "CREATE TABLE pub.t (a int)", "CREATE TABLE public.t (a int)",
    "CREATE SCHEMA mine", "CREATE FUNCTION pub.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION pg_trgm SCHEMA pub", "CREATE ROLE another",
    "SELECT pg_read_file('postgresql.conf')", "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')", "SELECT pg_stat_file('PG_VERSION')",
    "COPY pub.gtin TO '/tmp/out'", "COPY pub.gtin TO PROGRAM 'true'", "COPY inbox.scan FROM PROGRAM 'true'",
    "SELECT lo_import('/etc/passwd')", "SELECT lo_export(1, '/tmp/x')",
    "SELECT * FROM pg_authid", "SELECT * FROM pg_statistic", "SELECT pg_reload_conf()",
    "SELECT pg_logical_emit_message(true, 'a', 'b'), pg_create_restore_point('x')",
    "ALTER ROLE suyuan_public SUPERUSER", "GRANT suyuan_owner TO suyuan_public",
    "ALTER TABLE pub.gtin DISABLE ROW LEVEL SECURITY", "DROP TABLE pub.gtin",
    "COMMENT ON TABLE pub.gtin IS 'x'",
])
def test_cannot_step_out(filled, run, sql):
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.DuplicateObject)) as caught:
        run("suyuan_public", sql)
    assert isinstance(caught.value, psycopg2.errors.InsufficientPrivilege)


@pytest.mark.parametrize("sql", ["SELECT lo_create(0)", "SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')",
                                 "SELECT lo_import('/etc/passwd')", "SELECT lo_import('/etc/passwd', 9)"])
def test_stores_no_large_object_in_the_instances_database(public_db, sql):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege) as caught:
        public_db.cursor().execute(sql)
    assert "permission denied for function" in str(caught.value)


def test_cannot_read_large_objects_of_others(filled, run):
    [(oid,)] = run("suyuan_owner", "SELECT lo_from_bytea(0, 'private')")
    assert refused(run, "suyuan_public", f"SELECT lo_get({oid})")


def test_statistics_show_nothing_private(filled, run):
    run("postgres", "ANALYZE")
    assert run("postgres", "SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'trace'") == [(True,)]
    assert run("suyuan_public", "SELECT count(*) FROM pg_stats WHERE schemaname NOT IN ('pub', 'pg_catalog', "
               "'information_schema')") == [(0,)]


def test_sees_no_statement_of_others(filled, run):
    run("suyuan_owner", "SELECT 'something private'")
    seen = run("suyuan_public", "SELECT query FROM pg_stat_activity WHERE usename = 'suyuan_owner'")
    assert seen and all("private" not in q or "insufficient" in q for (q,) in seen)


def test_reads_no_private_row_through_the_planner(filled, run):
    """A function that tells what it is fed, and cheaper than any row filter, sees pub rows only."""
    assert refused(run, "suyuan_public", "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean "
                   "COST 0.0000001 LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$")
