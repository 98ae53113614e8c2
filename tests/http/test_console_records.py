"""Records looked at, corrected and withdrawn by hand: through the pages, and what that does to what the public reads."""
import re
import time
import uuid

import pytest

import crawl
from company import Company
from lines import fresh_gtin
from people import Person


@pytest.fixture(scope="module")
def company(suyuan, tmp_path_factory):
    company = Company(suyuan, tmp_path_factory.mktemp("records"))
    company.show("product.name", "lot.number", "lot.best_before")
    return company


@pytest.fixture(scope="module")
def editor(console, instance, company):
    import conftest
    return Person(console, conftest.connected(instance.env["DATABASE_URL"]), company.slug, "editor")


@pytest.fixture
def stranger(console, owner_db, suyuan):
    other = f"brand-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", other, "--name", "en=Other", status=0)
    return Person(console, owner_db, other, "admin")


def ask(db, sql, *values):
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def lot(company, name):
    """A lot of its own; its record's number."""
    company.record("lot", {"gtin": company.gtin, "lot": name, "best_before": "2028-01-31", "quantity": "10", "unit": "kg",
                           "internal_note": "as it came"})
    return name


def record_of(db, company, name):
    [(number,)] = ask(db, "SELECT id FROM trace.lot_now WHERE gtin = %s AND lot = %s", int(company.gtin), name)
    return number


def form_at(person, path, end):
    page = crawl.Page(path, person.page(path).text)
    assert not page.faults
    return next((f for f in page.forms if f.action.endswith(end)), None)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def public(db, company, name):
    """The lot's document as text; '' where there is none."""
    rows = ask(db, "SELECT d.document::text FROM pub.lot AS d WHERE gtin = %s AND lot_handle = trace.lot_handle(%s, %s)",
               int(company.gtin), int(company.gtin), name)
    return rows[0][0] if rows else ""


def test_a_correction_keeps_what_was_and_reaches_the_public(editor, owner_db, company):
    first = record_of(owner_db, company, lot(company, "RIGHT-1"))
    form = form_at(editor, f"/records/lot/{first}/correct", "/correct")
    assert form.values()["best_before"] == "2028-01-31" and "lot" not in form.values(), "its key stays"
    answer = editor.send(form.action, {**form.values(), "best_before": "2029-12-31", "internal_note": ""})
    assert answer.status == 303, answer.text
    second = record_of(owner_db, company, "RIGHT-1")
    assert second > first and answer.headers["location"].startswith(f"/records/lot/{second}")
    assert ask(owner_db, """SELECT replaces, best_before::text, quantity::text, internal_note, recorded_by
        FROM trace.lot WHERE id = %s""", second) == [(first, "2029-12-31", "10", None, f"user:{editor.name}")]
    page = editor.page(f"/records/lot/{second}").text
    assert "2028-01-31" in page and "2029-12-31" in page, "the history shows both"
    assert f"/records/lot/{second}" in editor.page(f"/records/lot/{first}").text, "the old one leads to the new one"
    until(lambda: "2029-12-31" in public(owner_db, company, "RIGHT-1"))


def test_who_is_slower_is_told_that_it_was_corrected_meanwhile(editor, owner_db, company):
    first = record_of(owner_db, company, lot(company, "SLOW-1"))
    form = form_at(editor, f"/records/lot/{first}/correct", "/correct")
    assert editor.send(form.action, {**form.values(), "quantity": "11"}).status == 303
    answer = editor.send(form.action, {**form.values(), "quantity": "12"})
    assert answer.status == 409 and 'role="alert"' in answer.text
    assert ask(owner_db, "SELECT quantity::text FROM trace.lot_now WHERE id = %s", record_of(owner_db, company, "SLOW-1")) \
        == [("11",)]


def test_nothing_changed_is_no_record(editor, owner_db, company):
    first = record_of(owner_db, company, lot(company, "SAME-1"))
    form = form_at(editor, f"/records/lot/{first}/correct", "/correct")
    assert editor.send(form.action, form.values()).status == 303
    assert record_of(owner_db, company, "SAME-1") == first


@pytest.mark.parametrize("field, value", [
    ("best_before", "2026-02-30"), ("best_before", "soon"), ("quantity", "-"), ("quantity", "1" * 400), ("facility", "F99"),
    ("unit", "k" * 10**6), ("internal_note", "a\x01b"), ("lot", "OTHER"), ("gtin", "09506000134352")])
def test_a_value_that_cannot_be_is_refused_at_its_field(editor, owner_db, company, field, value):
    number = ask(owner_db, "SELECT max(id) FROM trace.lot_now WHERE gtin = %s AND lot = 'L2'", int(company.gtin))[0][0]
    form = form_at(editor, f"/records/lot/{number}/correct", "/correct")
    answer = editor.send(form.action, {**form.values(), field: value})
    assert answer.status in (400, 422) and 'role="alert"' in answer.text
    if field in form.values() and len(value) < 1000:
        at = re.search(rf'<(?:input|textarea)[^>]*name="{field}"[^>]*>', answer.text)[0]
        assert 'aria-invalid="true"' in at, at
    assert record_of(owner_db, company, "L2") == number


def test_a_withdrawn_record_counts_no_more_and_its_page_says_so(editor, owner_db, company):
    number = record_of(owner_db, company, lot(company, "GONE-1"))
    until(lambda: "GONE-1" in public(owner_db, company, "GONE-1"))
    form = form_at(editor, f"/records/lot/{number}", "/withdraw")
    assert editor.send(form.action, form.values()).status == 303
    assert ask(owner_db, "SELECT count(*) FROM trace.lot_now WHERE gtin = %s AND lot = 'GONE-1'", int(company.gtin)) == [(0,)]
    [(tomb, by)] = ask(owner_db, "SELECT id, recorded_by FROM trace.lot WHERE replaces = %s AND withdrawn", number)
    assert by == f"user:{editor.name}"
    assert 'class="care"' in editor.page(f"/records/lot/{tomb}").text
    assert "GONE-1" in editor.page("/records?kind=lot&state=withdrawn").text
    until(lambda: public(owner_db, company, "GONE-1") == "")
    assert editor.send(form.action, form.values()).status == 409, "again it is refused"


def test_a_record_that_others_name_stays(editor, owner_db, company):
    number = record_of(owner_db, company, "L1")
    form = form_at(editor, f"/records/lot/{number}", "/withdraw")
    if form is not None:
        answer = editor.send(form.action, form.values())
        assert answer.status == 409 and 'role="alert"' in answer.text
    assert editor.ask("POST", f"/v1/records/lot/{number}/withdraw").json["code"] == "record_in_use"
    assert record_of(owner_db, company, "L1") == number


def test_a_record_of_another_brand_is_not_there(editor, stranger, owner_db, company):
    number = record_of(owner_db, company, "L1")
    for path in (f"/records/lot/{number}", f"/records/lot/{number}/correct", f"/v1/records/lot/{number}",
                 f"/products/{company.gtin}", "/records/lot/999999999999", "/records/lot/0", "/records/lot/x", "/records/no/1"):
        answer = stranger.get(path) if path.startswith("/v1/") else stranger.page(path)
        assert answer.status == 404, (path, answer.status)
        assert "L1" not in answer.text
    for end in ("correct", "withdraw"):
        answer = stranger.send(f"/records/lot/{number}/{end}", {"quantity": "1"} if end == "correct" else {})
        assert answer.status == 404 and 'role="alert"' in answer.text, (end, answer.status)
    assert company.gtin not in stranger.page(f"/records?kind=lot&gtin={company.gtin}").text.split("<h1", 1)[1] \
        .replace(f'value="{company.gtin}"', "").split("<table", 1)[-1]
    assert "L1" in editor.page("/records?kind=lot").text and record_of(owner_db, company, "L1") == number


@pytest.mark.parametrize("query", ["kind=lot&q=" + "x" * 1900, "kind=lot&cursor=1:ff", "kind=lot&cursor=" + "9" * 1900,
                                   "kind=lot&gtin=1", "kind=lot&state=all", "kind=%00", "kind=no", "kind=lot&q=%ff",
                                   "kind=lot&q=%25_%27%22%3Cscript%3E"],
                         ids=lambda query: query[:30])
def test_odd_searches_are_answered_or_refused(editor, query):
    for path in ("/records?", "/v1/records?"):
        answer = editor.get(path + query) if path.startswith("/v1") else editor.page(path + query)
        assert answer.status in (200, 400, 404), (path, query[:60], answer.status)
        assert "<script>" not in answer.text.split("<main", 1)[-1]
