"""The shape of public documents (src/page/document.h): times, decimals, order, what is left out."""
import pytest

from database import database, over, run
import samples
from samples import call

G1, G2 = samples.GTINS[:2]


@pytest.fixture(scope="module")
def scene(database):
    """A product with everything shown, written as jobs would."""
    connection = database.connect("suyuan_owner")
    run = over(connection)
    brand = samples.make_brand(run, "a", [G1, G2])
    import test_canary
    run(None, "INSERT INTO trace.visibility (brand_id, field, visible) SELECT %s, f, true FROM unnest(%s) AS f",
        brand, [f for f, _ in test_canary.FIELDS])
    return brand


@pytest.fixture
def add(run, scene):
    def insert(table, **row):
        row = {"brand_id": scene, **row}
        run("suyuan_jobs", f"INSERT INTO trace.{table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
            *row.values())
    return insert


def project(database, gtin, *lots):
    connection = database.connect("suyuan_jobs")
    with connection.cursor() as cursor:
        call(cursor, "project_lock", [gtin])
        call(cursor, "project_product", [gtin])
        call(cursor, "project_lot", [gtin] * len(lots), list(lots))
        cursor.execute("""SELECT l.lot, p.document
            FROM (SELECT DISTINCT gtin, lot FROM trace.lot WHERE gtin = %s) AS l
            JOIN pub.lot AS p ON p.gtin = l.gtin AND p.lot_handle = trace.lot_handle(l.gtin, l.lot)""", (gtin,))
        documents = dict(cursor.fetchall())
    connection.close()
    return documents


def words(text):
    return '{"en": "%s"}' % text


def test_times_carry_the_places_own_offset(database, add):
    add("facility", code="NY", name=words("NY"), time_zone="America/New_York", place=words("NY"))
    add("lot", gtin=G1, lot="T", facility="NY")
    # Summer and winter time of one place.
    add("step", gtin=G1, lot="T", position=1, name=words("s"), facility="NY",
        started_at="2026-07-01T12:00:00Z", ended_at="2026-12-01T12:00:00.9Z")
    add("inspection", gtin=G1, lot="T", test_code="A", test=words("a"), verdict="pass",
        measured_at="2026-07-01T12:00:00Z")
    lot = project(database, G1, "T")["T"]
    assert lot["steps"][0]["time"] == {"from": "2026-07-01T08:00:00-04:00", "to": "2026-12-01T07:00:00-05:00"}
    assert lot["inspections"][0]["time"] == "2026-07-01T08:00:00-04:00"
    assert lot["updated"].endswith("+00:00")


def test_decimals_keep_every_digit_as_recorded(database, add):
    add("lot", gtin=G1, lot="D", quantity="120.500", unit="kg")
    add("material", gtin=G1, lot="D", position=1, name=words("m"), share="12.50", recycled_share="0.0")
    add("inspection", gtin=G1, lot="D", test_code="A", test=words("a"), verdict="pass",
        value="0.100", unit="mg/kg", lower_limit="0", upper_limit="5.0")
    add("inspection", gtin=G1, lot="D", test_code="B", test=words("b"), verdict="pass",
        value="123456789012345678901234567890.12345")
    lot = project(database, G1, "D")["D"]
    assert lot["quantity"] == {"value": "120.500", "unit": "kg"}
    assert lot["materials"] == [{"name": {"en": "m"}, "share": "12.50", "recycled_share": "0.0"}]
    assert lot["inspections"][0]["value"] == {"number": "0.100", "unit": "mg/kg"}
    assert lot["inspections"][0]["limits"] == {"lower": "0", "upper": "5.0", "unit": "mg/kg"}
    assert lot["inspections"][1]["value"] == {"number": "123456789012345678901234567890.12345"}


def test_at_most_200_inspections_failed_and_missing_first(database, add, run, scene):
    add("lot", gtin=G1, lot="I")
    run("suyuan_jobs", """INSERT INTO trace.inspection (brand_id, gtin, lot, test_code, test, value, verdict)
        SELECT %s, %s, 'I', to_char(i, 'FM0000'), '{"en": "t"}', CASE WHEN i %% 100 <> 7 THEN i END,
        (CASE WHEN i %% 100 = 3 THEN 'fail' WHEN i %% 100 = 7 THEN 'missing' ELSE 'pass' END)::trace.inspection_verdict
        FROM generate_series(1, 590) AS i""", scene, G1)
    entries = project(database, G1, "I")["I"]["inspections"]
    assert [e["verdict"] for e in entries] == ["fail"] * 6 + ["missing"] * 6 + ["pass"] * 188
    assert "value" not in entries[6] and entries[0]["value"] == {"number": "3"}


def test_no_array_grows_without_end(database, add, run, scene):
    add("lot", gtin=G1, lot="BIG")
    add("supplier", code="SB", name=words("s"))
    many = "generate_series(1, 600) AS n"
    for sql in (
            f"""INSERT INTO trace.step (brand_id, gtin, lot, position, name, parameters)
                SELECT %s, %s, 'BIG', n, '{{"en": "s"}}', CASE WHEN n > 1 THEN '[]' ELSE (SELECT jsonb_agg(
                    '{{"name": {{"en": "p"}}}}'::jsonb) FROM generate_series(1, 600)) END FROM {many}""",
            f"""INSERT INTO trace.material (brand_id, gtin, lot, position, name)
                SELECT %s, %s, 'BIG', n, '{{"en": "m"}}' FROM {many}""",
            f"""INSERT INTO trace.document (brand_id, gtin, lot, code, kind, title)
                SELECT %s, %s, 'BIG', n, 'k', '{{"en": "d"}}' FROM {many}""",
            f"""INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity, unit)
                SELECT %s, %s, 'BIG', 'SB', 'M', n, 1, 'kg' FROM {many}"""):
        run("suyuan_jobs", sql, scene, G1)
    run("suyuan_jobs", f"""INSERT INTO trace.material_lot (brand_id, supplier, material, lot, name)
        SELECT %s, 'SB', 'M', n, '{{"en": "i"}}' FROM {many}""", scene)
    lot = project(database, G1, "BIG")["BIG"]
    assert {k: len(v) for k, v in lot.items() if isinstance(v, list)} == {
        "steps": 500, "materials": 500, "documents": 500, "inputs": 500}
    assert len(lot["steps"][0]["parameters"]) == 500


def test_order_tells_nothing_about_private_verdicts(database, add, run, scene):
    """With the verdict hidden, failed ones first would be a way to tell."""
    add("lot", gtin=G2, lot="I")
    for i, verdict in enumerate(["pass", "fail", "missing", "pass"]):
        add("inspection", gtin=G2, lot="I", test_code=f"T{i}", test=words(f"t{i}"), verdict=verdict)
    run("suyuan_jobs", """INSERT INTO trace.visibility (brand_id, gtin, field, visible)
        VALUES (%s, %s, 'inspection.verdict', false)""", scene, G2)
    entries = project(database, G2, "I")["I"]["inspections"]
    assert entries == [{"test": {"en": f"t{i}"}} for i in range(4)]


def test_empty_things_are_not_there(database, add):
    add("lot", gtin=G1, lot="E", best_before="2030-01-01")
    add("step", gtin=G1, lot="E", position=1, name=words("s"))
    add("inspection", gtin=G1, lot="E", test_code="A", test=words("a"), verdict="information", value_text="",
        unit="kg", method="", instrument="", certificate="")
    lot = project(database, G1, "E")["E"]
    assert set(lot) == {"lot", "best_before", "steps", "inspections", "updated"}
    assert lot["steps"] == [{"name": {"en": "s"}}]
    assert lot["inspections"] == [{"test": {"en": "a"}, "verdict": "information"}]


def test_parameters_hold_name_value_and_unit_only(database, add):
    add("lot", gtin=G1, lot="P")
    add("step", gtin=G1, lot="P", position=1, name=words("s"),
        parameters='[{"name": {"en": "heat"}, "value": "80", "unit": "°C", "operator": "secret"}, '
                   '{"name": "no words", "value": "1"}, {"value": "2"}, {"name": {"en": "n"}, "value": 7}, '
                   '{"name": {"en": "deep"}, "value": {"a": "secret"}, "unit": ["secret"]}]')
    assert project(database, G1, "P")["P"]["steps"][0]["parameters"] == [
        {"name": {"en": "heat"}, "value": "80", "unit": "°C"}, {"name": {"en": "n"}, "value": "7"}, {"name": {"en": "deep"}}]


@pytest.mark.parametrize("parameters", ['[1, "x", null]', '[[]]', '[{"name": null}]', "[]"])
def test_parameters_of_a_wrong_shape_do_no_harm(database, add, run, parameters):
    lot = f"W{abs(hash(parameters)) % 10**6}"
    add("lot", gtin=G1, lot=lot)
    add("step", gtin=G1, lot=lot, position=1, name=words("s"), parameters=parameters)
    assert project(database, G1, lot)[lot]["steps"] == [{"name": {"en": "s"}}]


def test_an_input_that_is_a_product_shows_its_name_only_if_public_there(database, add, run, scene):
    add("product", gtin=G2, name=words("Base"))
    add("lot", gtin=G1, lot="M")
    add("lot_input", gtin=G1, lot="M", input_gtin=G2, input_lot="B1", quantity="2.0", unit="kg")
    lot = project(database, G1, "M")["M"]
    assert lot["inputs"] == [{"name": {"en": "Base"}, "lot": "B1", "quantity": {"value": "2.0", "unit": "kg"}}]
    run("suyuan_jobs", """INSERT INTO trace.visibility (brand_id, gtin, field, visible)
        VALUES (%s, %s, 'product.name', false)""", scene, G2)
    assert "inputs" not in project(database, G1, "M")["M"]


def test_a_correction_reaches_the_document_and_a_withdrawal_empties_it(database, add, run, scene):
    def correct(name, withdrawn):
        run("suyuan_jobs", """INSERT INTO trace.product (brand_id, gtin, name, replaces, withdrawn)
            SELECT brand_id, gtin, %s, id, %s FROM trace.product_now WHERE gtin = %s""",
            words(name), withdrawn, G1)
        project(database, G1)
        return run("suyuan_public", "SELECT document -> 'name' FROM pub.product WHERE gtin = %s", G1)
    add("product", gtin=G1, name=words("one"))
    assert correct("two", False) == [({"en": "two"},)]
    rows = correct("two", True)
    assert rows == [] or rows == [(None,)]


def test_updated_is_when_the_public_part_changed(database, add, run, scene):
    """A private correction leaves no trace in the document, not even a time."""
    add("lot", gtin=G1, lot="U", best_before="2030-01-01", internal_note="a")
    first = project(database, G1, "U")["U"]
    run("suyuan_jobs", """INSERT INTO trace.lot (brand_id, gtin, lot, best_before, internal_note, replaces)
        SELECT brand_id, gtin, lot, best_before, 'b', id FROM trace.lot_now WHERE lot = 'U'""")
    assert project(database, G1, "U")["U"] == first


def test_many_lots_go_in_pieces_and_all_arrive(database, run, scene):
    run("suyuan_jobs", """INSERT INTO trace.lot (brand_id, gtin, lot, best_before)
        SELECT %s, %s, 'N' || i, '2030-01-01' FROM generate_series(1, 1203) AS i""", scene, G2)
    done = database.suyuan("project", "--gtin", G2, "--json").json
    assert done["lots"] >= 1203 and done["products"] == 2  # and the one it went into
    made = run("suyuan_jobs", """SELECT l.lot FROM trace.lot_now AS l JOIN pub.lot AS p
        ON p.gtin = l.gtin AND p.lot_handle = trace.lot_handle(l.gtin, l.lot)
        WHERE l.gtin = %s AND l.lot LIKE 'N%%'""", G2)
    assert sorted(made) == sorted((f"N{i}",) for i in range(1, 1204))


def test_a_withdrawn_lot_loses_its_document(database, add, run):
    def shown():
        return run("suyuan_jobs", """SELECT count(*) FROM pub.lot
            WHERE gtin = %s AND lot_handle = trace.lot_handle(%s, 'GONE')""", G2, G2)
    add("lot", gtin=G2, lot="GONE", best_before="2030-01-01")
    database.suyuan("project", "--gtin", G2)
    assert shown() == [(1,)]
    run("suyuan_jobs", """INSERT INTO trace.lot (brand_id, gtin, lot, replaces, withdrawn)
        SELECT brand_id, gtin, lot, id, true FROM trace.lot_now WHERE gtin = %s AND lot = 'GONE'""", G2)
    database.suyuan("project", "--gtin", G2)
    assert shown() == [(0,)]
