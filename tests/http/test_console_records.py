"""Records entered, looked at, corrected and withdrawn by hand: through the pages, and what that does to what the public
reads."""
import html
import re
import time
import urllib.parse
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


def test_a_record_says_its_product_by_name(editor, owner_db, company):
    page = editor.page(f"/records/lot/{record_of(owner_db, company, 'L1')}").text
    assert f"<strong>product</strong><br><strong>{company.gtin} · L1</strong>" in page and f"product · {company.gtin}" in page
    [(used,)] = ask(owner_db, """SELECT m.id FROM trace.material_lot_now AS m JOIN trace.brand AS b ON b.id = m.brand_id
        WHERE b.slug = %s AND m.lot = 'ML1'""", company.slug)
    assert re.search(rf'<td>product<br><a href="/records/lot/[0-9]+">{company.gtin} · L1</a>', editor.page(f"/records/material_lot/{used}").text)


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
        .replace(f'value="{company.gtin}"', "").replace(f"gtin={company.gtin}", "").split("<table", 1)[-1]
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


def test_what_has_a_name_is_found_by_a_part_of_it(editor, company):
    gtin, mark = fresh_gtin(), uuid.uuid4().hex[:8]
    for kind, key in (("product", {"gtin": gtin}), ("supplier", {"code": "Z" + mark}), ("facility", {"code": "Z" + mark}),
                      ("material_lot", {"supplier": "S1", "material": "leaf", "lot": mark})):
        says = {**key, "name": {"zh-CN": f"武夷山{mark}岩茶\"一\"号", "en": f"Wuyi {mark}", "fr": f"Été {mark}"}}
        assert editor.ask("POST", f"/v1/records/{kind}", says).status == 201
        for part in (f"山{mark}岩", "茶\"一\"号", f"uyi {mark}", f"WUYI {mark}", f"té {mark}"):
            found = [r["says"] for r in editor.get(f"/v1/records?kind={kind}&q={urllib.parse.quote(part)}").json["records"]]
            assert f"Wuyi {mark}" in found, (kind, part)
        assert editor.get(f"/v1/records?kind={kind}&q=zh-CN").json["records"] == [], "a language is no part of a name"
    listed = editor.get("/v1/products?q=" + urllib.parse.quote(f"山{mark}岩")).json["products"]
    assert [p["gtin"] for p in listed] == [gtin]
    for part in (gtin[4:], gtin[2:9], gtin):
        assert gtin in [p["gtin"] for p in editor.get(f"/v1/products?q={part}&limit=100").json["products"]], part
    editor.ask("POST", "/v1/records/inspection", {"gtin": company.gtin, "lot": "L1", "test_code": mark, "verdict": "pass",
                                                  "test": {"zh-CN": f"铅{mark}含量"}})
    path = f"/v1/records?kind=inspection&q={urllib.parse.quote(mark + '含')}"
    assert len(editor.get(f"{path}&gtin={company.gtin}").json["records"]) == 1 and editor.get(path).json["records"] == []


# --- new ones -------------------------------------------------------------------------------------

KINDS = {"product": ("gtin", "name.zh-CN"), "facility": ("code", "name.zh-CN"), "supplier": ("code", "name.zh-CN"),
         "material": ("gtin", "lot", "position", "name.zh-CN"), "lot": ("gtin", "lot"),
         "material_lot": ("supplier", "material", "lot", "name.zh-CN"),
         "lot_input": ("gtin", "lot", "input_lot", "input_gtin", "quantity", "unit"),
         "step": ("gtin", "lot", "position", "name.zh-CN", "parameters.1.name.en", "parameters.1.value", "time_zone"),
         "inspection": ("gtin", "lot", "test_code", "test.zh-CN", "verdict", "measured_at", "time_zone"),
         "document": ("gtin", "code", "kind", "title.zh-CN")}


def new_form(person, kind, query=""):
    return form_at(person, f"/records/new/{kind}{query}", f"/records/new/{kind}")


def entered(person, kind, values, query=""):
    """The number of a new record, by its form."""
    form = new_form(person, kind, query)
    answer = person.send(form.action, {**form.values(), **values})
    assert answer.status == 303, answer.text
    place = re.fullmatch(rf"/records/{kind}/(\d+)\?done=record_added", answer.headers["location"])
    assert place and "done" in person.page(answer.headers["location"]).text
    return int(place[1])


def refused(answer, field):
    assert 400 <= answer.status < 500 and 'role="alert"' in answer.text, answer.status
    at = re.search(rf'<(?:input|textarea|select)[^>]*name="{re.escape(field)}"[^>]*>', answer.text)
    assert at and 'aria-invalid="true"' in at[0], (field, at)
    return re.search(rf'id="{re.escape(field)}-error">([^<]*)', answer.text)[1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_form_of_its_columns(editor, kind):
    form = new_form(editor, kind)
    assert set(KINDS[kind]) <= set(form.values()), form.values()
    assert f"/records/new/{kind}" in editor.page(f"/records?kind={kind}").text, "the list leads there"


def test_a_first_product_needs_no_file(editor, owner_db):
    """From nothing to an inspected lot, each page leading to the next."""
    gtin = fresh_gtin()
    entered(editor, "product", {"gtin": gtin, "name.zh-CN": "新茶", "name.en": "New tea"})
    page = editor.page(f"/products/{gtin}").text
    for path in ("/records/new/lot", "/records/new/inspection", "/photos", "/papers"):
        assert f'href="{path}?gtin={gtin}"' in page, path
    assert gtin in editor.page("/products?q=" + gtin[4:]).text
    made = entered(editor, "lot", {"lot": "H1", "facility": "F1", "produced_on": "2026-09-01", "quantity": "12"}, f"?gtin={gtin}")
    page = editor.page(f"/records/lot/{made}").text
    assert f"/records/new/inspection?gtin={gtin}&amp;lot=H1" in page
    form = new_form(editor, "inspection", f"?gtin={gtin}&lot=H1")
    assert (form.values()["gtin"], form.values()["lot"]) == (gtin, "H1")
    entered(editor, "inspection", {"test_code": "PB", "test.en": "Lead", "verdict": "pass", "measured_at": "2026-09-02T08:30",
                                   "time_zone": "Asia/Shanghai"}, f"?gtin={gtin}&lot=H1")
    assert ask(owner_db, """SELECT i.measured_at AT TIME ZONE 'UTC', i.recorded_by, i.source FROM trace.inspection_now AS i
        WHERE gtin = %s""", int(gtin))[0][1:] == (f"user:{editor.name}", "console:1")
    assert ask(owner_db, "SELECT to_char(measured_at AT TIME ZONE 'UTC', 'HH24:MI') FROM trace.inspection_now WHERE gtin = %s",
               int(gtin)) == [("00:30",)]


def test_parameters_of_a_step_are_typed_row_by_row(editor, owner_db, company):
    name = lot(company, "STEP-1")
    query = f"?gtin={company.gtin}&lot={name}"
    form = new_form(editor, "step", query)
    rows = {field.split(".")[1] for field in form.values() if field.startswith("parameters.")}
    assert len(rows) >= 3, "several without a script"
    made = entered(editor, "step", {"position": "1", "name.en": "Withering", "parameters.1.name.en": "Temperature",
                                    "parameters.1.name.zh-CN": "温度", "parameters.1.value": "72", "parameters.1.unit": "°C",
                                    "parameters.3.name.en": "Time", "parameters.3.value": "012"}, query)
    said = "SELECT parameters FROM trace.step_now WHERE gtin = %s AND lot = %s"
    expected = [{"name": {"en": "Temperature", "zh-CN": "温度"}, "value": "72", "unit": "°C"}, {"name": {"en": "Time"}, "value": "012"}]
    assert ask(owner_db, said, int(company.gtin), name) == [(expected,)]
    assert "Temperature 72°C\nTime 012" in editor.page(f"/records/step/{made}").text
    assert new_form(editor, "step", query).values()["position"] == "2", "the next in the order"
    form = form_at(editor, f"/records/step/{made}/correct", "/correct")
    assert form.values()["parameters.2.value"] == "012"
    answer = editor.send(form.action, {**form.values(), "parameters.1.value": "75", "parameters.2.name.en": "", "parameters.2.value": ""})
    assert answer.status == 303, answer.text
    assert ask(owner_db, said, int(company.gtin), name) == [([{**expected[0], "value": "75"}],)]
    answer = editor.send(form.action, {**form.values(), "parameters.2.name.en": ""})
    assert refused(answer, "parameters.2.name.zh-CN")
    answer = editor.ask("POST", f"/v1/records/step/{made}/correct", {"parameters": [{"name": {"en": "a"}, "value": 1, "more": "b"}]})
    assert (answer.status, answer.json["member"]) == (400, "parameters.1.more")


def test_a_check_digit_that_is_wrong_is_told(editor):
    form = new_form(editor, "product")
    answer = editor.send(form.action, {**form.values(), "gtin": "6901234567890", "name.en": "Tea"})
    assert "2 (6901234567892)" in refused(answer, "gtin") and 'value="6901234567890"' in answer.text


def test_a_gtin_of_another_brand_is_refused_as_in_a_file(editor, stranger, company, owner_db):
    form = new_form(stranger, "product")
    answer = stranger.send(form.action, {**form.values(), "gtin": company.gtin, "name.en": "Mine now"})
    assert refused(answer, "gtin") and answer.status == 422
    answer = stranger.ask("POST", "/v1/records/lot", {"gtin": company.gtin, "lot": "X"})
    assert (answer.status, answer.json["code"]) == (422, "gtin_of_another_brand")
    page = stranger.page(f"/records/new/inspection?gtin={company.gtin}").text
    assert "L1" not in page.split("<main", 1)[1], "nothing of another brand is offered"


def test_what_is_recorded_is_not_overwritten_by_the_way(editor, owner_db, company):
    name = lot(company, "TWICE-1")
    before = record_of(owner_db, company, name)
    form = new_form(editor, "lot", f"?gtin={company.gtin}")
    answer = editor.send(form.action, {**form.values(), "lot": name, "quantity": "99"})
    assert answer.status == 409 and refused(answer, "lot")
    assert record_of(owner_db, company, name) == before
    assert editor.ask("POST", f"/v1/records/lot/{before}/withdraw").status == 200
    answer = editor.ask("POST", "/v1/records/lot", {"gtin": company.gtin, "lot": name, "quantity": "99"})
    assert answer.status == 201, "one that was withdrawn is entered again, whole"
    assert ask(owner_db, "SELECT id, quantity::text, internal_note, best_before FROM trace.lot_now WHERE gtin = %s AND lot = %s",
               int(company.gtin), name) == [(answer.json["id"], "99", None, None)]


@pytest.mark.parametrize("kind, values, member, code", [
    ("lot", {"lot": "N1", "produced_on": "2026-02-30"}, "produced_on", "no_such_day"),
    ("lot", {"lot": "N1", "produced_on": "0001-01-01"}, "produced_on", "no_such_day"),
    ("lot", {"lot": "N1", "produced_on": "2026-09-02", "best_before": "2026-09-01"}, "best_before", "best_before_too_early"),
    ("lot", {"lot": "N1", "facility": "F99"}, "facility", "facility_unknown"),
    ("lot", {"lot": "N 1"}, "lot", "not_a_lot"), ("lot", {}, "lot", "required"),
    ("lot", {"lot": "N1", "quantity": 1.5}, "quantity", "not_a_text"),
    ("step", {"lot": "L1", "position": "9", "name": {"en": "a"}, "started_at": "2026-09-01 08:30", "time_zone": "Asia/Nowhere"},
     "time_zone", "time_zone_unknown"),
    ("step", {"lot": "L1", "position": "9", "name": {"en": "a"}, "started_at": "9999-12-31 23:59", "time_zone": "Asia/Shanghai"},
     "started_at", "time_too_far"),
    ("step", {"lot": "L1", "position": "9", "name": {}}, "name", "required"),
    ("step", {"lot": "L1", "position": "9", "name": "a"}, "name", "not_words"),
    ("step", {"lot": "L1", "position": "9", "name": {"en": "a"}, "parameters": [{"value": "1"}]}, "parameters.1.name", "required"),
    ("step", {"lot": "L1", "position": "9", "name": {"en": "a"}, "parameters": [[]] * 31}, "parameters", "too_long"),
    ("inspection", {"lot": "L1", "test_code": "T9", "test": {"en": "a"}, "verdict": "good"}, "verdict", "not_a_verdict"),
    ("inspection", {"lot": "L9", "test_code": "T9", "test": {"en": "a"}, "verdict": "pass"}, "lot", "lot_unknown"),
    ("material", {"position": "2", "name": {"en": "a"}, "share": "1"}, "share", "shares_over_100"),
    ("lot_input", {"lot": "L1", "input_lot": "ML9", "supplier": "S1", "material": "M1", "quantity": "1", "unit": "kg"}, "input_lot",
     "material_lot_unknown")])
def test_what_an_import_refuses_is_refused_at_its_member(editor, owner_db, company, kind, values, member, code):
    before = ask(owner_db, f"SELECT count(*) FROM trace.{kind}")
    answer = editor.ask("POST", f"/v1/records/{kind}", {"gtin": company.gtin, **values})
    assert (answer.status // 100, answer.json["member"], answer.json["code"]) == (4, member, code), answer.text
    assert ask(owner_db, f"SELECT count(*) FROM trace.{kind}") == before


def test_words_of_a_refusal_are_the_readers(editor, company):
    for path in ("/records/new/no", "/records/lot/999999999999", f"/products/{fresh_gtin()}"):
        answer = editor.page(path, **{"Accept-Language": "zh-CN"})
        assert answer.status == 404 and not re.search(r"There is|brand has no", answer.text), path


# --- as people read it ----------------------------------------------------------------------------

def read(person, path, language="en"):
    """The page as it is read: without the menu and without what is marked up."""
    main = person.page(path, **{"Accept-Language": language}).text.split("<main", 1)[1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", main)))


def clock(db, company, zone):
    ask(db, "UPDATE trace.brand SET time_zone = %s WHERE slug = %s RETURNING id", zone, company.slug)


@pytest.fixture(scope="module")
def told(editor, company):
    """A record of each kind that says something in codes; {kind: the path of its page}."""
    gtin, lot = company.gtin, {"gtin": company.gtin, "lot": "L2"}
    says = {"product": {"gtin": fresh_gtin(), "origin_country": "NP", "name": {"en": "Tea", "zh-CN": "茶叶", "fr": "Thé", "und": "Cha"}},
            "material": {**lot, "position": "1", "name": {"zh-CN": "茶青"}, "share": "72.50", "country": "CN", "supplier": "S1"},
            "inspection": {**lot, "test_code": "CODES", "test": {"en": "Lead"}, "value": "0.10", "unit": "mg/kg",
                           "lower_limit": "0", "upper_limit": "5", "verdict": "information", "measured_at": "2026-09-02T00:30:00Z"},
            "document": {"gtin": gtin, "code": "CODES", "kind": "report", "title": {"en": "Tests"}, "media_type": "application/pdf",
                         "sha256": "ab" * 32}}
    made = {kind: editor.ask("POST", f"/v1/records/{kind}", values) for kind, values in says.items()}
    assert {answer.status for answer in made.values()} == {201}, [answer.text for answer in made.values()]
    return {kind: answer.headers["location"].removeprefix("/v1") for kind, answer in made.items()}


def test_words_stand_in_the_readers_language_and_others_behind_it(editor, told):
    page = editor.page(told["product"]).text
    assert '<span lang="en">Tea</span>' in page and '<small class="tongue">中文</small> 茶叶' in page
    assert '<span class="also" lang="fr"><small class="tongue">Français</small> Thé</span>' in page
    assert "language not said Cha" in read(editor, told["product"])
    chinese = editor.page(told["product"], **{"Accept-Language": "zh-CN"}).text
    assert '<span lang="zh-CN">茶叶</span>' in chinese and '<small class="tongue">English</small> Tea' in chinese
    assert "en: " not in page.split("<main")[1] and "zh-CN:" not in page
    only = editor.page(told["material"]).text
    assert '<span lang="zh-CN"><small class="tongue">中文</small> 茶青</span>' in only, "another language says which"


def test_codes_are_told_in_words_with_their_unit(editor, told):
    for path, english, chinese in (
            (told["product"], ["Nepal"], ["尼泊尔"]),
            (told["material"], ["Material: 茶青", "China", "72.5%", "supplier · S1"], ["中国", "72.5%"]),
            (told["inspection"], ["0.10 mg/kg", "5 mg/kg", "For information"], ["仅供参考"]),
            (told["document"], ["Test report", "PDF"], ["检验报告"])):
        page, other = read(editor, path), read(editor, path, "zh-CN")
        assert all(word in page for word in english) and all(word in other for word in chinese), (path, page, other)
        assert not re.search(r"\b(NP|CN|application/pdf|Unit)\b", page), page
    assert ">" + "ab" * 32 + "<" in editor.page(told["document"]).text, "a sum as everybody writes it"
    form = form_at(editor, told["document"] + "/correct", "/correct")
    assert editor.send(form.action, form.values()).status == 303, "and as it may be sent again"


def test_a_correction_shows_only_the_language_that_changed(editor, told):
    form = form_at(editor, told["product"] + "/correct", "/correct")
    went = editor.send(form.action, {**form.values(), "name.fr": "Thé vert", "origin_country": "CN"})
    page = editor.page(went.headers["location"].partition("?")[0]).text
    changes = re.search(r'<dl class="changes">.*?</dl>', page, re.S)[0]
    assert "Thé vert" in changes and "茶叶" not in changes and "Nepal" in changes and "China" in changes, changes


def test_times_are_those_of_the_brands_clock(editor, owner_db, company, told):
    try:
        clock(owner_db, company, "Asia/Kathmandu")
        page = read(editor, told["inspection"])
        assert "2026-09-02 06:15" in page and "UTC" not in page
        [(local,)] = ask(owner_db, """SELECT to_char(recorded_at AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI')
            FROM trace.inspection WHERE id = %s""", int(told["inspection"].rpartition("/")[2]))
        assert local in page and local in read(editor, "/records?kind=inspection")
        form = form_at(editor, told["inspection"] + "/correct", "/correct")
        assert editor.send(form.action, form.values()).headers["location"].startswith(told["inspection"] + "?"), "no other moment"
        document = editor.get("/v1" + told["inspection"]).json
        assert {f["name"]: f["value"] for f in document["fields"]}["measured_at"] == "2026-09-02T00:30:00Z", "machines read UTC"
        job = [j["id"] for j in editor.get("/v1/jobs").json["jobs"]][0]
        [(made,)] = ask(owner_db, "SELECT to_char(made_at AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI') FROM job.job WHERE id = %s",
                        int(job))
        assert made in read(editor, f"/jobs/{job}")
        for path in ("/", "/records?kind=step", f"/products/{company.gtin}", "/imports", "/fields", "/jobs", "/recalls", "/lines",
                     "/account", "/look", "/labels", "/batches/" + editor.get("/v1/batches").json["batches"][0]["id"]):
            assert not re.search(r"\d\d:\d\d UTC|\d\dT\d\d:", read(editor, path)), path
    finally:
        clock(owner_db, company, "UTC")
    assert "2026-09-02 00:30 UTC" in read(editor, told["inspection"]), "what is UTC says so"


def test_an_item_of_ours_is_shown_with_its_serial_and_its_public_page(editor, company):
    code = company.items[0]
    page = editor.page("/items?code=" + urllib.parse.quote(code.url, safe="")).text
    assert code.serial in read(editor, "/items?code=" + urllib.parse.quote(code.url, safe="")).split("Serial number")[-1][:40]
    frame = html.unescape(re.search(r'<iframe src="([^"]+)"', page)[1])
    preview = editor.page(frame)
    assert preview.status == 200 and code.serial in preview.text, frame
    assert editor.get(f"/v1/items?code={code.serial}&gtin={code.gtin}").json["item"]["serial"] == code.serial


def folded(page):
    """The folded groups of a form: (is open, what is in it)."""
    return [(bool(at[1]), at[2]) for at in re.finditer(r"<details( open)?>(.*?)</details>", page, re.S)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_stands_in_groups_and_asks_for_nothing_in_a_folded_one(editor, kind):
    page = editor.page(f"/records/new/{kind}").text
    assert "<legend>Identification</legend>" in page and (folded(page) or kind in ("material", "material_lot", "lot_input"))
    for is_open, group in folded(page):
        assert not is_open and not re.search(r"<(?:input|select|textarea)[^>]*\brequired\b", group), "a browser could not show it"
        assert re.search(r"<summary>[^<]+<small>: [^<]{4,}</small></summary>", group), "it says what it holds"


def test_what_is_refused_in_a_folded_group_is_in_sight(editor):
    form = new_form(editor, "product")
    answer = editor.send(form.action, {**form.values(), "gtin": fresh_gtin(), "name.en": "Tea", "unit_cost": "dear"})
    assert refused(answer, "unit_cost") and 'href="#unit_cost"' in answer.text
    assert [(is_open, 'name="unit_cost"' in group) for is_open, group in folded(answer.text)] == [(False, False), (True, True)]


def test_countries_and_kinds_are_chosen_by_their_names(editor, company):
    page = editor.page("/records/new/facility", **{"Accept-Language": "zh-CN"}).text
    assert '<option value="NP">NP 尼泊尔</option>' in page and page.count("<option") > 240
    assert '<option value="report">Test report</option>' in editor.page("/records/new/document").text
    made = editor.ask("POST", "/v1/records/document", {"gtin": company.gtin, "code": uuid.uuid4().hex[:8], "kind": "Halal letter",
                                                       "title": {"en": "Letter"}})
    form = form_at(editor, made.headers["location"].removeprefix("/v1") + "/correct", "/correct")
    assert form.values()["kind"] == "Halal letter", "what a file brought stays a choice"


def test_lists_are_led_by_names_where_there_are_any(editor, told):
    listed = editor.page("/records?kind=material").text
    assert re.search(rf'<td><a href="{told["material"]}">茶青</a></td>', listed), "what it is, then which"
    assert re.search(r'<td>[^<>]*\w[^<>]*<br><a href="/records/lot/\d+">\d{14} · L2</a>', editor.page("/records?kind=lot").text), \
        "whose lot it is, then which"
