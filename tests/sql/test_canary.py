"""A recognisable text in every column of every private record: it is public only where that very field
is shown. Asked of every row of every table of schema pub."""
import pathlib
import re

import pytest

from database import database, over, run
import samples
from samples import call, change_foreign

GTIN = samples.GTINS[0]
DEF = (pathlib.Path(__file__).parents[2] / "src/model/visibility.def").read_text()
FIELDS = re.findall(r'^FIELD\(\w+, "([^"]+)", SECTION_(\w+),', DEF, re.M)
HEADING = {"MATERIALS": "material.name", "INPUTS": "input.name", "STEPS": "step.name",
           "INSPECTIONS": "inspection.test", "DOCUMENTS": "document.title"}

# Which columns a field makes public, by the alias of the row in samples.py. A field that is not here
# fails the tests below: whoever adds one says what it shows.
SHOWS = {
    "product.name": ["product.name"], "product.description": ["product.description"],
    "product.category": ["product.category"], "product.ingredients": ["product.ingredients"],
    "product.net_content": ["product.net_content"], "product.origin_country": ["product.origin_country"],
    "product.origin_place": ["product.origin_place"], "product.responsible": ["product.responsible"],
    "product.care": ["product.care"], "product.photo": ["photo.sha256", "photo.bytes"],
    "lot.number": ["lot.lot"], "lot.produced_on": ["lot.produced_on"],
    "lot.best_before": ["lot.best_before"], "lot.facility": ["facility.name"],
    "lot.country": ["facility.country"], "lot.place": ["facility.place"],
    "lot.quantity": ["lot.quantity", "lot.unit"],
    "material.name": ["material.name", "material of lot.name"],
    "material.country": ["material.country", "material of lot.country"],
    "material.share": ["material.share", "material of lot.share"],
    "material.recycled_share": ["material.recycled_share", "material of lot.recycled_share"],
    "material.hazard": ["material.hazard", "material of lot.hazard"],
    "material.supplier": ["supplier.name"],
    "input.name": ["material lot.name"], "input.country": ["material lot.country"],
    "input.supplier": ["supplier of input.name"], "input.lot": ["lot input.input_lot"],
    "input.quantity": ["lot input.quantity", "lot input.unit"],
    "input.received_on": ["material lot.received_on"],
    "step.name": ["step.name"], "step.time": ["step.started_at", "step.ended_at"],
    "step.place": ["facility of step.place"], "step.parameters": ["step.parameters"],
    "inspection.test": ["inspection.test", "inspection in words.test"],
    "inspection.method": ["inspection.method", "inspection in words.method"],
    "inspection.value": ["inspection.value", "inspection.unit", "inspection in words.value_text"],
    "inspection.limits": ["inspection.lower_limit", "inspection.upper_limit", "inspection.unit"],
    "inspection.verdict": ["inspection.verdict", "inspection in words.verdict"],
    "inspection.time": ["inspection.measured_at", "inspection in words.measured_at"],
    "inspection.laboratory": ["inspection.laboratory", "inspection in words.laboratory"],
    "inspection.instrument": ["inspection.instrument", "inspection in words.instrument"],
    "inspection.certificate": ["inspection.certificate", "inspection in words.certificate"],
    "document.title": ["document.title", "document of lot.title"],
    "document.kind": ["document.kind", "document of lot.kind"],
    "document.issuer": ["document.issuer", "document of lot.issuer"],
    "document.issued_on": ["document.issued_on", "document of lot.issued_on"],
    "document.digest": ["document.sha256", "document of lot.sha256"],
    "document.file": ["document.sha256", "document of lot.sha256", "paper.bytes", "paper of lot.bytes"],
}


# What stays of a field in a coarser form: columns of its own or others; dates, times and amounts lose their mark.
COARSER = [(name.lower().replace("_", ".", 1), form.lower()) for name, form in re.findall(
    r"^COARSER\((\w+), (\w+)\)", (pathlib.Path(__file__).parents[2] / "src/model/coarser.def").read_text(), re.M)]
COARSE_SHOWS = {
    ("product.origin_place", "country"): ["product.origin_country"],
    ("lot.facility", "place"): ["facility.place"], ("lot.facility", "country"): ["facility.country"],
    ("lot.place", "country"): ["facility.country"],
    ("lot.quantity", "rounded"): ["lot.unit"], ("input.quantity", "rounded"): ["lot input.unit"],
    ("material.supplier", "place"): ["supplier.place"], ("material.supplier", "country"): ["supplier.country"],
    ("input.supplier", "place"): ["supplier of input.place"],
    ("input.supplier", "country"): ["supplier of input.country"],
    ("step.time", "date"): ["step.started_at", "step.ended_at"],     # marked by their days
    ("inspection.time", "date"): ["inspection.measured_at", "inspection in words.measured_at"],
    ("step.place", "country"): ["facility of step.country"],
    ("inspection.value", "verdict"): ["inspection.verdict", "inspection in words.verdict"],
}


@pytest.fixture(scope="module")
def marked(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    samples.make_key(run)
    brand = samples.make_brand(run, "a", samples.GTINS[:1])
    rows = samples.Marked(run, brand, GTIN).insert_all()
    with connection.cursor() as cursor:
        for _ in range(2):
            [(batch,)] = call(cursor, "batch_make", GTIN, samples.LOT, 14, "https://x", 10, 1 << 40)
        call(cursor, "change_batch", batch, "commissioned", None, None, None)
        samples.take_steps(cursor, GTIN, [3], "commissioned")
        samples.take_foreign(cursor, GTIN, ["F-1", "F-2"], samples.LOT, source="mark.source")
        change_foreign(cursor, GTIN, ["F-1"], "commissioned", None)
        # A public link of a lot must not tell the lot's number.
        call(cursor, "links_put", GTIN, samples.LOT, "", samples.links("https://other.example/"), "mark.source")
        for choice in (samples.lot_choice(GTIN, samples.LOT), {"by": "product", "gtin": f"{GTIN:014}"}):
            samples.halt(cursor, brand, choice, evidence="mark.evidence")
            samples.halt(cursor, brand, choice, "hold", evidence="mark.evidence")
    return rows


def public_text(run):
    """Everything in schema pub as text, one line a row."""
    text = []
    for (table,) in run("postgres", """SELECT oid::regclass::text FROM pg_class
            WHERE relnamespace = 'pub'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"""):
        text += [row for (row,) in run("suyuan_public", f"SELECT to_jsonb(t)::text FROM {table} AS t")]
    return "\n".join(text)


def found(run, marked):
    text = public_text(run)
    return {f"{alias}.{column}" for (alias, column), mark in marked.marks.items() if mark in text}


def decide(run, database, shown, coarse=("", "")):
    """Exactly these fields are shown; documents made anew by the program's own queries."""
    run("suyuan_owner", """INSERT INTO trace.visibility (brand_id, field, visible, form)
        SELECT (SELECT id FROM trace.brand WHERE slug = 'a'), f, f = ANY (%s) OR f = %s,
            CASE f WHEN %s THEN %s ELSE '' END FROM unnest(%s) AS f""",
        list(shown), coarse[0], *coarse, [f for f, _ in FIELDS] + ["internal_note", "product.unit_cost"])
    connection = database.connect("suyuan_jobs")
    with connection.cursor() as cursor:
        call(cursor, "project_lock", [GTIN])
        call(cursor, "project_product", [GTIN])
        call(cursor, "project_lot", [GTIN], [samples.LOT])
    connection.close()


def test_every_field_says_what_it_shows():
    assert len(FIELDS) > 40 and set(SHOWS) == {name for name, _ in FIELDS}


def test_marks_are_all_different(marked):
    marks = list(marked.marks.values())
    assert len(marks) > 120 and len(set(marks)) == len(marks)
    for one in marks:
        assert sum(one in other for other in marks) == 1, one


def test_nothing_is_public_without_a_policy(marked, run, database):
    connection = database.connect("suyuan_jobs")
    with connection.cursor() as cursor:
        call(cursor, "project_product", [GTIN])
        call(cursor, "project_lot", [GTIN], [samples.LOT])
    assert found(run, marked) == set()
    assert run("suyuan_public", "SELECT count(*) FROM pub.product") == [(0,)]
    assert run("suyuan_public", "SELECT count(*) FROM pub.lot") == [(0,)]


@pytest.mark.parametrize("field,section", FIELDS, ids=[f for f, _ in FIELDS])
def test_a_field_shows_its_own_columns_and_no_other(marked, run, database, field, section):
    decide(run, database, {field})
    alone = found(run, marked)
    if HEADING.get(section, field) == field:
        assert alone == set(SHOWS[field])
        return
    assert alone == set(), "an entry without its heading"
    decide(run, database, {field, HEADING[section]})
    assert found(run, marked) == set(SHOWS[field]) | set(SHOWS[HEADING[section]])


@pytest.mark.parametrize("field,form", COARSER, ids=[f"{f}-{form}" for f, form in COARSER])
def test_a_coarser_form_shows_no_more_than_itself(marked, run, database, field, form):
    heading = {HEADING[s] for f, s in FIELDS if f == field and s in HEADING}
    decide(run, database, heading)
    without = public_text(run)
    decide(run, database, heading, (field, form))
    assert found(run, marked) == {c for h in heading for c in SHOWS[h]} | set(COARSE_SHOWS.get((field, form), []))
    assert public_text(run) != without, "and something it shows"
    decide(run, database, heading, (field, "unheard"))
    assert found(run, marked) == {c for h in heading for c in SHOWS[h]}, "an unknown form shows nothing"


def test_all_fields_together_show_no_more(marked, run, database):
    decide(run, database, {f for f, _ in FIELDS})
    assert found(run, marked) == {c for columns in SHOWS.values() for c in columns}
    text = public_text(run)
    for secret in ("internal_note", "unit_cost", "contact", "address", "operator", "uri", "secret", "source",
                   "recorded_by", "evidence"):
        assert f"mark.{secret}" not in text and f".{secret}" not in text, secret


def test_an_unknown_name_in_the_policy_shows_nothing(marked, run, database):
    decide(run, database, {"internal_note", "product.unit_cost"})
    assert found(run, marked) == set()


def test_hiding_everything_leaves_no_document(marked, run, database):
    decide(run, database, {f for f, _ in FIELDS})
    assert found(run, marked)
    decide(run, database, set())
    assert found(run, marked) == set()
    assert run("suyuan_public", "SELECT count(*) FROM pub.lot") == [(0,)]


def test_another_brands_records_of_the_same_name_stay_out(marked, run, database):
    """Facilities and suppliers are found by the brand's own code: the same code elsewhere is not meant."""
    other = samples.make_brand(run, "b", samples.GTINS[1:2])
    foreign = samples.Marked(run, other, samples.GTINS[1], prefix="foreign")
    foreign.insert("facility", "facility", code="F1", time_zone="UTC")
    foreign.insert("supplier", "supplier", code="S1")
    foreign.insert("supplier 2", "supplier", code="S2")
    decide(run, database, {f for f, _ in FIELDS})
    assert "foreign." not in public_text(run)
