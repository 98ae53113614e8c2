"""Showing and hiding from the command line: at once, for good, and whatever happens meanwhile."""
import json
import pathlib
import subprocess
import threading
import time

import pytest

import samples
from database import database, over, run, top
from samples import call

G1, G2, _, OWN = samples.GTINS  # OWN gets decisions of its own, for ever


@pytest.fixture(scope="module")
def brand(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    samples.make_key(run)
    mine = samples.make_brand(run, "a", [G1, G2, OWN])
    samples.make_brand(run, "b", samples.GTINS[2:3])
    for gtin in (G1, G2, OWN):
        run(None, """INSERT INTO trace.product (brand_id, gtin, name, care)
            VALUES (%s, %s, '{"en": "Tea"}', '{"en": "Dry"}')""", mine, gtin)
        run(None, "INSERT INTO trace.lot (brand_id, gtin, lot, best_before) VALUES (%s, %s, 'L', '2030-01-01')",
            mine, gtin)
    return mine


@pytest.fixture(autouse=True)
def nothing_shown(brand, run, database):
    run("suyuan_owner", """INSERT INTO trace.visibility (brand_id, gtin, field, visible)
        SELECT DISTINCT brand_id, gtin, field, false FROM trace.visibility""")
    database.suyuan("project", "--all")


def product(run, gtin=G1):
    rows = run("suyuan_public", "SELECT document FROM pub.product WHERE gtin = %s", gtin)
    return rows[0][0] if rows else None


def hidden(run):
    return run("suyuan_public", "SELECT gtin, field FROM pub.hide ORDER BY 1, 2")


def epoch(run, gtin=G1):
    return run("suyuan_public", "SELECT epoch FROM pub.gtin WHERE gtin = %s", gtin)[0][0]


def test_shows_and_hides_for_a_brand(database, run):
    database.suyuan("policy", "show", "--brand", "a", "product.name", "product.care", "lot.best_before")
    assert product(run)["name"] == {"en": "Tea"} and product(run, G2)["care"] == {"en": "Dry"}
    before = epoch(run)
    database.suyuan("policy", "hide", "--brand", "a", "product.name")
    assert "name" not in product(run) and product(run)["care"]
    assert hidden(run) == [] and epoch(run) > before


def test_a_products_own_decision_outranks_its_brands(database, run):
    database.suyuan("policy", "show", "--brand", "a", "product.name")
    database.suyuan("policy", "hide", "--gtin", OWN, "product.name")
    assert product(run) and product(run, OWN) is None
    database.suyuan("policy", "show", "--gtin", OWN, "product.name")
    assert product(run, OWN)
    done = database.suyuan("policy", "hide", "--brand", "a", "product.name")
    assert product(run) is None and product(run, OWN)
    assert f"{OWN:014d} still shows product.name" in done.err


def test_lists_every_field_with_who_decided(database, brand):
    database.suyuan("policy", "show", "--gtin", OWN, "product.name")
    lines = {l["field"]: l for l in database.suyuan("policy", "list", "--gtin", OWN, "--json").json_lines}
    assert len(lines) > 40
    assert lines["product.name"]["visible"] and lines["product.name"]["level"] == "product"
    assert not lines["product.description"]["visible"]


@pytest.mark.parametrize("arguments,word", [
    (["show", "--brand", "a", "product.nam"], "nearest is product.name"),
    (["show", "--brand", "a", "inspection.test", "unit_cost"], "there is no field \"unit_cost\""),
    (["hide", "--brand", "a"], "at least one field"),
    (["show", "product.name"], "--brand"),
    (["forget", "--brand", "a", "product.name"], "list, show or hide"),
])
def test_refuses_what_is_no_decision(database, run, arguments, word):
    before = run("suyuan_owner", "SELECT count(*) FROM trace.visibility")
    assert word in database.suyuan("policy", *arguments, status=2).err
    assert run("suyuan_owner", "SELECT count(*) FROM trace.visibility") == before


def test_refuses_another_brands_gtin_and_unknown_brands(database):
    assert "not one of b" in database.suyuan(
        "policy", "show", "--brand", "b", "--gtin", G1, "product.name", status=1).err
    assert "no brand nobody" in database.suyuan(
        "policy", "show", "--brand", "nobody", "product.name", status=1).err


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_denies_before_the_documents_are_made_anew(database, run):
    """Somebody else projects this brand and takes long: the denial stands at once all the same."""
    database.suyuan("policy", "show", "--brand", "a", "product.name")
    slow = database.connect("suyuan_jobs")
    slow.autocommit = False
    call(slow.cursor(), "project_lock", [G1])
    before = epoch(run)
    process = subprocess.Popen([top.suyuan_program(), "--config", database.config, "policy", "hide", "--brand",
                                "a", "product.name"], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: hidden(run) == [(0, "product.name")])
        assert product(run)["name"]       # still in the document: that is what the list is for
        assert epoch(run) > before        # and every reader was told
    finally:
        slow.rollback()
        assert process.wait(30) == 0
    assert hidden(run) == [] and product(run) is None


def test_a_denial_survives_its_projection_being_killed(database, run):
    database.suyuan("policy", "show", "--brand", "a", "product.name")
    slow = database.connect("suyuan_jobs")
    slow.autocommit = False
    call(slow.cursor(), "project_lock", [G1])
    process = subprocess.Popen([top.suyuan_program(), "--config", database.config, "policy", "hide", "--brand",
                                "a", "product.name"], stdout=subprocess.DEVNULL)
    wait_for(lambda: hidden(run) == [(0, "product.name")])
    process.kill()
    process.wait()
    slow.rollback()
    # A projection of one product does not know the others to be clean.
    database.suyuan("project", "--gtin", G1)
    assert hidden(run) == [(0, "product.name")]
    database.suyuan("project", "--brand", "a")
    assert hidden(run) == [] and product(run) is None and product(run, G2) is None


def test_cleaning_up_after_an_older_denial_leaves_a_newer_one(database, run, brand):
    connection = database.connect("suyuan_owner")
    with connection.cursor() as cursor:
        call(cursor, "policy_choose", brand, 0, '{"product.name": "hide"}', "command")
        [(old,)] = call(cursor, "project_hidden", [G1, G2, OWN])
        assert len(old) == 1
        call(cursor, "policy_choose", brand, 0, '{"product.name": "hide"}', "command")
        call(cursor, "project_unhide", json.dumps(old))
        assert hidden(run) == [(0, "product.name")]
        [(new,)] = call(cursor, "project_hidden", [G1, G2, OWN])
        call(cursor, "project_unhide", json.dumps(new))
        assert hidden(run) == []


def test_an_older_policy_is_never_written_over_a_newer_one(database, run):
    """Hiding, showing and projecting at once, again and again: at the end what was decided last holds."""
    stop = threading.Event()

    def project():
        while not stop.is_set():
            database.suyuan("project", "--all")
    threads = [threading.Thread(target=project) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(6):
            database.suyuan("policy", "show", "--brand", "a", "product.name", "product.care")
            database.suyuan("policy", "hide", "--brand", "a", "product.name")
            assert "name" not in (product(run) or {}) and hidden(run) == []
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert product(run)["care"] and "name" not in product(run)


@pytest.fixture
def slow_policy(database):
    """Reading the policy takes as many seconds as the session's setting suyuan.slow says."""
    connection = database.connect("postgres")
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION trace.visible_with RENAME TO visible_really")
        cursor.execute("""CREATE FUNCTION trace.visible_with(bigint, bigint, bigint, jsonb) RETURNS text[]
            LANGUAGE plpgsql STABLE AS
            $$BEGIN PERFORM pg_sleep(coalesce(nullif(current_setting('suyuan.slow', true), ''), '0')::float);
            RETURN trace.visible_really($1, $2, $3, $4); END$$""")
        cursor.execute("GRANT EXECUTE ON FUNCTION trace.visible_with TO suyuan_jobs, suyuan_owner")
        yield
        cursor.execute("DROP FUNCTION trace.visible_with")
        cursor.execute("ALTER FUNCTION trace.visible_really RENAME TO visible_with")


def test_a_projection_that_read_the_old_policy_cannot_write_last(database, run, slow_policy):
    """It has begun before the field is hidden and would end after: the hiding one waits for it."""
    database.suyuan("policy", "show", "--brand", "a", "product.name")
    run("suyuan_owner", """INSERT INTO trace.product (brand_id, gtin, name, replaces)
        SELECT brand_id, gtin, '{"en": "Changed"}', id FROM trace.product_now WHERE gtin = %s""", G1)
    old = database.connect("suyuan_jobs")
    old.autocommit = False

    def project():
        with old.cursor() as cursor:
            cursor.execute("SET suyuan.slow = 2")
            call(cursor, "project_lock", [G1])
            call(cursor, "project_product", [G1])
            old.commit()
    thread = threading.Thread(target=project)
    thread.start()
    wait_for(lambda: run("postgres", """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'""") == [(1,)])
    database.suyuan("policy", "hide", "--brand", "a", "product.name")
    thread.join(30)
    assert product(run) is None and hidden(run) == []


def test_nothing_is_written_or_told_when_nothing_changed(database, run):
    database.suyuan("policy", "show", "--brand", "a", "product.name")
    before = run("suyuan_owner", "SELECT ctid, xmin, document FROM pub.product UNION ALL "
                 "SELECT ctid, xmin, to_jsonb(g) FROM pub.gtin AS g")
    assert database.suyuan("project", "--all", "--json").json["changed"] == 0
    assert run("suyuan_owner", "SELECT ctid, xmin, document FROM pub.product UNION ALL "
               "SELECT ctid, xmin, to_jsonb(g) FROM pub.gtin AS g") == before


def test_recall_starts_and_ends(database, run):
    recall = ["--gtin", G1, "--lot", "L"]
    before = epoch(run)
    database.suyuan("recall", "start", *recall, "--reason", "en=Stop", "--reason", "zh-CN=停用",
                    "--evidence", "private")
    assert run("suyuan_owner", "SELECT gtin, lot_handle = trace.lot_handle(gtin, 'L'), reason FROM pub.recall") == [
        (G1, True, {"en": "Stop", "zh-CN": "停用"})]
    assert epoch(run) > before
    assert "runs already" in database.suyuan("recall", "start", *recall, "--reason", "en=x", status=1).err
    [line] = database.suyuan("recall", "list", "--json").json_lines
    assert line["lot"] == "L" and line["ended_at"] == "" and line["evidence"] == "private"
    database.suyuan("recall", "end", *recall)
    assert run("suyuan_public", "SELECT * FROM pub.recall") == []
    assert "no such recall" in database.suyuan("recall", "end", *recall, status=1).err
    database.suyuan("recall", "start", *recall, "--reason", "en=Again")
    database.suyuan("recall", "end", *recall)


def test_refuses_a_recall_that_would_reach_nobody(database):
    assert "lot" in database.suyuan("recall", "start", "--gtin", G1, "--lot", "TYPO", "--reason", "en=x",
                                    status=1).err
    assert "--reason" in database.suyuan("recall", "start", "--gtin", G1, status=2).err
    assert "no brand owns" in database.suyuan("recall", "start", "--gtin", "03017620422003", "--reason",
                                              "en=x", status=1).err


def test_brand_document_follows_the_brand(database, run, brand):
    database.suyuan("brand", "set", "a", "--name", "zh-CN=甲", "--contact", "email=a@example.com",
                    "--accent", "#123456")
    [(document,)] = run("suyuan_public", "SELECT document FROM pub.brand WHERE brand_id = %s", brand)
    assert document == {"name": {"en": "a", "zh-CN": "甲"}, "contact": {"email": "a@example.com"},
                        "accent": "#123456"}
    run("suyuan_owner", "DELETE FROM pub.brand")
    database.suyuan("project", "--all")
    assert run("suyuan_public", "SELECT document FROM pub.brand WHERE brand_id = %s", brand) == [(document,)]
    for arguments in (["--accent", "red"], ["--contact", "fax=1"], ["--name", "x=1"], ["--name", "en="],
                      ["--name", "novalue"]):
        assert database.suyuan("brand", "set", "a", *arguments, status=None).status in (1, 2)


# --- coarser forms, inheriting, the law ---

def lot(run, gtin=G1):
    rows = run("suyuan_public", "SELECT document FROM pub.lot WHERE gtin = %s", gtin)
    return rows[0][0] if rows else {}


def test_shows_a_date_as_a_month_and_denies_the_finer_one_meanwhile(database, run):
    database.suyuan("policy", "show", "--brand", "a", "lot.best_before")
    assert lot(run)["best_before"] == "2030-01-01"
    database.suyuan("policy", "show", "--brand", "a", "--as", "month", "lot.best_before")
    assert lot(run)["best_before"] == "2030-01" and hidden(run) == []
    connection = database.connect("suyuan_owner")
    with connection.cursor() as cursor:
        call(cursor, "policy_choose", brand_id(run), 0, '{"lot.best_before": "year"}', "command")
    assert hidden(run) == [(0, "lot.best_before")] and lot(run)["best_before"] == "2030-01"
    database.suyuan("project", "--all")
    assert lot(run)["best_before"] == "2030" and hidden(run) == []


def brand_id(run):
    return run("suyuan_owner", "SELECT id FROM trace.brand WHERE slug = 'a'")[0][0]


def test_a_product_goes_back_to_what_its_brand_decides(database, run):
    database.suyuan("policy", "show", "--brand", "a", "product.name")
    database.suyuan("policy", "hide", "--gtin", OWN, "product.name")
    assert product(run, OWN) is None
    database.suyuan("policy", "inherit", "--gtin", OWN, "product.name")
    assert product(run, OWN)["name"] == {"en": "Tea"}


@pytest.mark.parametrize("arguments", [
    ["show", "--as", "month", "--brand", "a", "product.name"], ["hide", "--as", "month", "--brand", "a", "lot.best_before"],
    ["show", "--as", "week", "--brand", "a", "lot.best_before"], ["inherit", "--brand", "a", "product.name"]])
def test_refuses_a_form_the_field_has_not(database, arguments):
    database.suyuan("policy", *arguments, status=2)


RULE = """rule {name}
field {field}
must {must}
source Act of the test
en because
zh-CN 因为
"""


@pytest.fixture
def law(database, tmp_path):
    def take(*rules, status=0):
        path = tmp_path / "test.rules"
        path.write_text("\n".join(rules))
        return database.suyuan("policy", "law", path, status=status)
    yield take
    take()


def test_what_must_stay_secret_is_gone_at_once_and_cannot_be_shown(database, run, law):
    database.suyuan("policy", "show", "--brand", "a", "product.name", "product.care")
    law(RULE.format(name="names", field="product.name", must="secret"))
    assert "name" not in product(run, G2) and product(run, G2)["care"]
    for scope in (["--brand", "a"], ["--gtin", G1]):
        done = database.suyuan("policy", "show", *scope, "product.name", status=1)
        assert "because (Act of the test)" in done.err
    # Also where somebody goes around every program.
    with pytest.raises(Exception, match="must stay secret"):
        run("suyuan_owner", """INSERT INTO trace.visibility (brand_id, field, visible)
            VALUES (%s, 'product.name', true)""", brand_id(run))


def test_what_must_be_public_cannot_be_hidden_nor_made_coarser(database, run, law):
    database.suyuan("policy", "show", "--brand", "a", "lot.best_before")
    law(RULE.format(name="dates", field="lot.best_before", must="public"))
    for choice in (["hide"], ["show", "--as", "month"]):
        assert "must be public as it is" in database.suyuan(
            "policy", *choice, "--brand", "a", "lot.best_before", status=1).err
    assert lot(run)["best_before"] == "2030-01-01"


def test_a_rule_for_a_category_binds_its_products_alone(database, run, law):
    law(RULE.format(name="names", field="product.care", must="secret") + "category tea, 茶\n")
    database.suyuan("policy", "show", "--brand", "a", "product.care")
    assert product(run, OWN)["care"] and product(run, G2)["care"]
    run("suyuan_owner", """INSERT INTO trace.product (brand_id, gtin, name, care, category, replaces)
        SELECT brand_id, gtin, '{"en": "Tea"}', '{"en": "Dry"}', '{"en": "Drinks / TEA"}', id
        FROM trace.product_now WHERE gtin = %s""", G2)
    database.suyuan("project", "--all")
    assert product(run, OWN)["care"] and "care" not in (product(run, G2) or {})


@pytest.mark.parametrize("text,word", [
    ("rule a\n", "lacks"), ("field product.name\n", "begins with"), (RULE.format(name="a", field="x.y", must="secret"),
     "no field"), (RULE.format(name="a", field="product.name", must="hidden"), "public or secret"),
    (2 * RULE.format(name="a", field="product.name", must="secret"), "already")])
def test_refuses_a_file_that_is_no_rules(database, law, text, word):
    assert word in law(text, status=1).err


def test_the_sample_of_rules_is_taken(database):
    done = database.suyuan("policy", "law", pathlib.Path(__file__).parents[2] / "conf/law/sample.rules", "--json")
    assert {"food-ingredients", "operators-names"} <= {line["rule"] for line in done.json_lines}
