"""Batches for people, and the label designer: designs, previews, test pages, orders from a design."""
import re
import subprocess
import time
import uuid

import pytest

from lines import Line
from people import Person

NOBODY = str(uuid.uuid4())
PART = {"what": "serial", "x": 23, "y": 8, "width": 39, "size": 7}
SHEET = {"format": "pdf", "sheet": "L7160", "design": {"symbol": {"x": 1, "y": 7}, "parts": [PART]}}
ROLL = {"format": "zpl", "label": "50x30", "printer": "thermal-203",
        "design": {"symbol": {"x": 1, "y": 1}, "parts": [{**PART, "x": 1, "y": 26, "width": 48}]}}


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture(scope="module")
def elsewhere(suyuan, console):
    return Line(suyuan, console).brand


@pytest.fixture
def person(console, owner_db, line):
    return Person(console, owner_db, line.brand, "editor")


@pytest.fixture
def stranger(console, owner_db, elsewhere):
    return Person(console, owner_db, elsewhere, "admin")


def batch(person, gtin, key=None, **members):
    return person.ask("POST", "/v1/batches", {"gtin": gtin, "quantity": 5, **members},
                      Idempotency_Key=key or uuid.uuid4().hex)


def design(person, document=SHEET, name=None):
    answer = person.ask("POST", "/v1/labels/designs", {"name": name or uuid.uuid4().hex, "document": document})
    assert answer.status == 201, answer.text
    return answer.json


def order(person, batch_id, key=None, **label):
    return person.ask("POST", f"/v1/batches/{batch_id}/labels", label, Idempotency_Key=key or uuid.uuid4().hex)


def preview(person, document):
    return person.ask("POST", "/v1/labels/preview", {"document": document})


# --- people do what lines do ---

def test_a_person_replays_the_same_batch_for_ever(person, line):
    key = uuid.uuid4().hex
    answers = [batch(person, line.gtin, key, lot="P1") for _ in range(3)]
    assert {a.status for a in answers} == {201} and len({a.text for a in answers}) == 1
    codes = {person.get(answers[0].json["codes"] + "?format=txt").text for _ in range(2)}
    assert len(codes) == 1 and len(codes.pop().split()) == 5
    assert person.get("/v1/batches/" + answers[0].json["id"]).json["made_by"] == f"user:{person.name}"
    assert batch(person, line.gtin, key, lot="P2").status == 422


def test_a_key_is_of_one_account_alone(person, line, console, owner_db):
    other, key = Person(console, owner_db, line.brand, "editor"), uuid.uuid4().hex
    mine, its, lines = batch(person, line.gtin, key), batch(other, line.gtin, key), line.post(
        "/v1/batches", {"gtin": line.gtin, "quantity": 5}, key)
    assert len({a.json["id"] for a in (mine, its, lines)}) == 3


def test_a_foreign_gtin_is_refused_and_nothing_is_counted(stranger, line):
    assert batch(stranger, line.gtin).status == 403


def test_all_doors_of_the_line_open_for_a_person(person, line, owner_db):
    made = batch(person, line.gtin).json
    code = person.get(made["codes"] + "?format=txt").text.split()[0]
    base = f"/v1/batches/{made['id']}"
    assert person.ask("POST", "/v1/print-checks", {"codes": [code]}).status == 200
    assert person.ask("POST", "/v1/codes/query", {"code": code}).json["state"] == "printed"
    assert person.ask("POST", base + "/lot", {"lot": "LATER"}).json["changed"] == 5
    assert person.ask("POST", "/v1/codes/state", {"batch": made["id"], "state": "commissioned", "from": 1, "to": 2}).status == 200
    assert person.get(base + "/reconciliation").status == 200
    assert person.ask("POST", base + "/close", {}).json["voided"] == 3
    taken = person.ask("POST", "/v1/serials", {"gtin": line.gtin, "serials": [uuid.uuid4().hex[:12]]})
    assert taken.json["added"] == 1
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT DISTINCT e.by FROM code.event AS e JOIN code.batch AS b USING (gtin, first) WHERE b.id = %s",
                       (made["id"],))
        assert cursor.fetchall() == [(f"user:{person.name}",)]


def test_a_page_names_who_made_the_batch(person, line):
    made = batch(person, line.gtin).json
    assert person.name in person.page(f"/batches/{made['id']}").text


# --- designs ---

def test_a_design_has_versions_that_never_change(person):
    made = design(person)
    path = f"/v1/labels/designs/{made['id']}"
    assert made["version"] == 1 and made["made_by"] == f"user:{person.name}"
    changed = {**SHEET, "design": {**SHEET["design"], "cut_marks": True}}
    second = person.ask("PUT", path, {"name": made["name"], "document": changed, "version": 1})
    assert (second.status, second.json["version"]) == (200, 2)
    same = person.ask("PUT", path, {"name": made["name"], "document": changed, "version": 2})
    assert same.json["version"] == 2
    late = person.ask("PUT", path, {"name": made["name"], "document": SHEET, "version": 1})
    assert (late.status, late.json["code"]) == (409, "desk_changed_meanwhile")
    assert made["id"] in [d["id"] for d in person.get("/v1/labels/designs").json["designs"]]
    assert person.ask("DELETE", path).status == 204
    assert person.get(path).status == 404 and person.ask("DELETE", path).status == 404


def test_two_designs_cannot_have_one_name(person):
    made = design(person)
    again = person.ask("POST", "/v1/labels/designs", {"name": made["name"], "document": SHEET})
    assert (again.status, again.json["member"], again.json["code"]) == (409, "name", "desk_name_taken")


def test_a_foreign_design_looks_like_an_unknown_one(person, stranger, line):
    path = f"/v1/labels/designs/{design(person)['id']}"
    for way in (path, path.replace(path[-36:], NOBODY)):
        for end in ("", "/preview", "/test-page"):
            assert stranger.get(way + end).status == 404
        assert stranger.ask("PUT", way, {"name": "x", "document": SHEET}).status == 404
        assert stranger.ask("DELETE", way).status == 404
        assert stranger.page(way[3:]).status == 404
        assert stranger.send(way[3:] + "/remove", {}).status == 404


@pytest.mark.parametrize("change,words", [
    ({"symbol": {"x": 50, "y": 7}}, "beyond the right edge"),
    ({"symbol": {"x": 1, "y": 30}}, "beyond the lower edge"),
    ({"parts": [{**PART, "x": 50}]}, "serial reaches 25.01 mm beyond the right edge"),
    ({"parts": [{**PART, "width": 5}]}, "too wide for its place"),
    ({"parts": [{**PART, "x": 3}]}, "over the symbol"),
    ({"parts": [PART, {**PART, "what": "lot"}]}, "over serial")])
def test_what_does_not_fit_is_named_with_its_millimetres(person, change, words):
    document = {**SHEET, "design": {**SHEET["design"], **change}}
    seen = preview(person, document)
    assert seen.status == 200 and any(words in f["words"] and f["mm"] > 0 for f in seen.json["faults"]), seen.json["faults"]
    refused = person.ask("POST", "/v1/labels/designs", {"name": uuid.uuid4().hex, "document": document})
    assert (refused.status, refused.json["code"]) == (400, "desk_no_room"), refused.text


@pytest.mark.parametrize("document", [
    None, [], "x", {"design": []}, {"design": {"parts": {}}}, {"design": {"parts": [PART] * 13}},
    {"design": {"parts": [{**PART, "x": -1}]}}, {"design": {"parts": [{**PART, "x": 1e300}]}},
    {"design": {"parts": [{**PART, "size": 1000}]}}, {"design": {"parts": [{**PART, "what": "price"}]}},
    {"design": {"parts": [{**PART, "colour": "red"}]}}, {"design": {"what": 1}}, {"sheet": "../../etc/passwd"},
    {"design": {"parts": [{"what": "text", "text": "x" * 10 ** 6}]}}, {"design": {"parts": [{"what": "text", "text": {"en": 5}}]}},
    {"label": "50x30", "sheet": "L7160"}, {"label": "50x30", "grid": {}}, {"grid": []}, {"grid": {"columns": 10 ** 30}}, {"dots": 1}, {"format": "svg"}, {"format": "gif"}, {"label": "10x10"}])
def test_hostile_documents_are_refused(person, document):
    for answer in (preview(person, document),
                   person.ask("POST", "/v1/labels/designs", {"name": uuid.uuid4().hex, "document": document})):
        assert answer.status in (400, 413), (document, answer.status, answer.text[:200])


def test_markup_in_texts_is_no_markup_in_the_picture(person):
    part = {"what": "text", "x": 23, "y": 20, "width": 38, "size": 7, "text": {"en": "<script>alert(1)</script>&\"'"}}
    seen = preview(person, {**SHEET, "design": {**SHEET["design"], "parts": [part]}})
    assert seen.status == 200 and "script" not in seen.json["svg"]


# --- looking at it with another reader ---

def read_codes(path):
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(path)], stdout=subprocess.PIPE,
                          timeout=60, check=False)
    return done.stdout.decode().split("\n")[:-1]


def draw(svg, path):
    """As librsvg draws it."""
    subprocess.run(["rsvg-convert", "--zoom", "4", "--format", "png", "--output", str(path)], input=svg.encode(), check=True,
                   timeout=60)
    return path


@pytest.mark.parametrize("document", [SHEET, ROLL])
def test_a_foreign_reader_reads_the_sample_in_the_preview(person, document, tmp_path):
    seen = preview(person, document).json
    [code] = read_codes(draw(seen["svg"], tmp_path / "label.png"))
    assert code == seen["decodes_to"] and "/21/SAMPLEU" in code and "U" in code.rsplit("/", 1)[1]
    assert person.ask("POST", "/v1/codes/query", {"code": code}).status in (400, 403, 404)  # it is never issued


def test_the_preview_of_a_design_is_an_image_of_our_own_address(person):
    made = design(person)
    picture = person.get(f"/v1/labels/designs/{made['id']}/preview")
    assert picture.status == 200 and picture.headers["content-type"] == "image/svg+xml"
    assert re.search(r'width="63\.9\d*mm" height="42\.1\d*mm"', picture.text), picture.text[:200]


def test_the_test_page_reads_as_samples(person, tmp_path):
    made = design(person)
    page = person.get(f"/v1/labels/designs/{made['id']}/test-page?format=pdf")
    assert page.status == 200 and page.headers["content-type"] == "application/pdf"
    (tmp_path / "page.pdf").write_bytes(page.body)
    subprocess.run(["pdftoppm", "-r", "300", "-png", str(tmp_path / "page.pdf"), str(tmp_path / "page")], check=True, timeout=60)
    pictures = sorted(tmp_path.glob("page*.png"))
    assert len(pictures) == 2
    codes = read_codes(pictures[0])
    assert len(codes) >= 4 and all(re.fullmatch(r"SAMPLE \d+ DOTS \d\.\d{3} MM", c) for c in codes), codes
    assert "SAMPLE 5 DOTS 0.423 MM" in codes and read_codes(pictures[1]) == []


def test_the_test_page_of_a_roll_is_zpl(person):
    made = design(person, ROLL)
    page = person.get(f"/v1/labels/designs/{made['id']}/test-page")
    assert page.status == 200 and page.text.startswith("^XA") and page.text.count("^XA") == 1
    assert "SAMPLE 4 dots" in page.text and "^GFA" in page.text
    assert person.get(f"/v1/labels/designs/{made['id']}/test-page?format=gif").status == 400


# --- own sheets ---

GRID = {"page_width": 200, "page_height": 250, "columns": 2, "rows": 3, "label_width": 80, "label_height": 40,
        "left": 20, "top": 30, "gap_x": 7.5, "gap_y": 12}
OWN = {"format": "pdf", "grid": GRID, "design": SHEET["design"]}


def file_of(person, made, tmp_path):
    """The one PDF of a job, once it is made."""
    end = time.monotonic() + 60
    while (job := person.get(f"/v1/jobs/{made['id']}").json)["state"] not in ("done", "failed"):
        assert time.monotonic() < end, job
        time.sleep(0.05)
    assert job["state"] == "done" and len(job["files"]) == 1, job
    path = tmp_path / "labels.pdf"
    path.write_bytes(person.get(job["files"][0]["href"]).body)
    return path


def label_at(pdf, number, folder):
    """What is read where label `number` must stand, cut out of its page at 300 dpi."""
    page, place = divmod(number, GRID["columns"] * GRID["rows"])
    row, column = divmod(place, GRID["columns"])
    box = [("-x", GRID["left"] + column * (GRID["label_width"] + GRID["gap_x"])), ("-W", GRID["label_width"]),
           ("-y", GRID["top"] + row * (GRID["label_height"] + GRID["gap_y"])), ("-H", GRID["label_height"])]
    out = folder / f"label{number}"
    subprocess.run(["pdftoppm", "-r", "300", "-f", str(page + 1), "-l", str(page + 1), "-singlefile", "-png",
                    *[word for name, mm in box for word in (name, str(round(mm / 25.4 * 300)))], str(pdf), str(out)],
                   check=True, timeout=60)
    return read_codes(out.with_suffix(".png"))


def test_every_code_of_an_own_sheet_is_read_in_its_place(person, line, tmp_path):
    made, codes = design(person, OWN), batch(person, line.gtin, quantity=8).json
    assert made["document"]["grid"] == GRID
    printed = person.get(codes["codes"] + "?format=txt").text.split()
    ordered = order(person, codes["id"], design=made["id"])
    assert ordered.status == 202, ordered.text
    pdf = file_of(person, ordered.json, tmp_path)
    about = subprocess.run(["pdfinfo", str(pdf)], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert re.search(r"Pages: +2\b", about)
    size = re.search(r"Page size: +([0-9.]+) x ([0-9.]+) pts", about)
    assert float(size[1]) == pytest.approx(200 / 25.4 * 72, abs=0.2) and float(size[2]) == pytest.approx(250 / 25.4 * 72, abs=0.2)
    assert [label_at(pdf, n, tmp_path) for n in range(9)] == [[code] for code in printed] + [[]]


def test_a_sheet_asked_for_is_instead_of_an_own_one(person, line):
    made, codes = design(person, OWN), batch(person, line.gtin).json
    other = order(person, codes["id"], design=made["id"], sheet="3474")
    assert other.status == 202 and "grid" not in other.json["label"] and other.json["label"]["sheet"] == "3474"
    again = order(person, codes["id"], design=design(person)["id"], grid={**GRID, "columns": 1})
    assert again.status == 202 and again.json["label"]["grid"]["columns"] == 1 and "sheet" not in again.json["label"]


def test_the_test_page_is_as_large_as_the_own_sheet(person, tmp_path):
    made = design(person, OWN)
    (tmp_path / "page.pdf").write_bytes(person.get(f"/v1/labels/designs/{made['id']}/test-page").body)
    about = subprocess.run(["pdfinfo", str(tmp_path / "page.pdf")], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert re.search(r"Pages: +2\b", about) and re.search(r"Page size: +566\.\d+ x 708\.\d+ pts", about), about


@pytest.mark.parametrize("change,member,code", [
    ({"columns": 3}, "grid.columns", "desk_grid_columns"), ({"rows": 5}, "grid.rows", "desk_grid_rows"),
    ({"columns": 0}, "grid.columns", "desk_grid_columns"), ({"columns": 2.5}, "grid.columns", None),
    ({"page_width": 5000}, "grid.page_width", None), ({"label_height": 1}, "grid.label_height", "desk_grid_label"),
    ({"left": 130}, "grid.label_width", "desk_grid_label"), ({"gap_x": -1}, "grid.gap_x", None),
    ({"gap_y": "wide"}, "grid.gap_y", None), ({"top": 1e300}, "grid.top", None), ({"page_height": ""}, "grid.page_height", None)])
def test_an_own_sheet_that_cannot_be_is_refused_at_its_field(person, change, member, code):
    refused = person.ask("POST", "/v1/labels/designs", {"name": uuid.uuid4().hex, "document": {**OWN, "grid": {**GRID, **change}}})
    assert (refused.status, refused.json["member"]) == (400, member), refused.text
    assert refused.json["code"] == (code or refused.json["code"])
    path = make_on_page(person)
    fields = {**fields_of(person.page(path).text), "sheet": ":own", **{f"grid.{k}": v for k, v in {**GRID, **change}.items()}}
    for end in ("", "/draft"):
        page = person.send(path + end, fields)
        assert page.status == 400 and f'href="#{member}"' in page.text, page.text
        assert re.search(rf'<p class="error" id="{re.escape(member)}-error">[^<]+</p>', page.text)
        assert 'value=":own" selected' in page.text
    assert person.get("/v1" + path).json["version"] == 1


def test_an_own_sheet_is_kept_by_the_page_and_begins_as_the_sheet_before(person):
    path = make_on_page(person)
    fields = fields_of(person.page(path).text)
    assert (fields["grid.label_width"], fields["grid.columns"], fields["grid.gap_x"]) == ("63.99", "3", "2.05")
    kept = person.send(path, {**fields, "sheet": ":own", "grid.gap_x": "1.5"})
    assert kept.status == 303, kept.text
    document = person.get("/v1" + path).json["document"]
    assert document["grid"]["gap_x"] == 1.5 and "sheet" not in document
    assert fields_of(person.page(path).text)["grid.gap_x"] == "1.5"
    both = person.send(path, {**fields, "sheet": ":own", "label": "50x30"})
    assert both.status == 400 and 'href="#label"' in both.text


# --- ordering ---

def test_a_job_pins_the_version_of_its_design(person, line, suyuan, tmp_path):
    made, codes, key = design(person), batch(person, line.gtin, lot="D1").json, uuid.uuid4().hex
    ordered = order(person, codes["id"], key, design=made["id"])
    assert ordered.status == 202, ordered.text
    assert ordered.json["label"]["design"]["version"] == 1 and ordered.json["made_by"] == f"user:{person.name}"
    moved = {**SHEET, "design": {**SHEET["design"], "symbol": {"x": 2, "y": 8}, "parts": [{**PART, "x": 25, "width": 37}]}}
    assert person.ask("PUT", f"/v1/labels/designs/{made['id']}", {"name": made["name"], "document": moved}).json["version"] == 2
    again = order(person, codes["id"], key, design=made["id"])
    assert again.json["id"] == ordered.json["id"] and again.json["label"]["design"]["version"] == 1
    later = order(person, codes["id"], design=made["id"])
    assert later.json["label"]["design"]["version"] == 2
    assert order(person, codes["id"], key, design=NOBODY).status in (404, 422)


def test_an_order_of_a_foreign_design_is_refused(person, stranger, line):
    codes = batch(person, line.gtin).json
    theirs = design(stranger)
    for wanted in (theirs["id"], NOBODY, "x", 5):
        assert order(person, codes["id"], design=wanted).status in (400, 404)


def test_a_lot_that_is_too_long_for_the_design_is_refused_before_the_job(person, line):
    document = {**SHEET, "design": {**SHEET["design"], "parts": [PART, {"what": "lot", "x": 23, "y": 15, "width": 20, "size": 7}]}}
    made = design(person, document)
    codes = batch(person, line.gtin, lot="W" * 20).json
    refused = order(person, codes["id"], design=made["id"])
    assert refused.status == 400 and "too wide" in refused.json["detail"], refused.text


# --- the page ---

def make_on_page(person, paper="L7160"):
    answer = person.send("/labels", {"name": uuid.uuid4().hex, "paper": paper})
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def fields_of(text):
    """What a browser would send of the designer's form."""
    form = re.search(r'<form method="post" action="/labels/designs/[^"/]*".*?</form>', text, re.S)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if "checkbox" not in tag or "checked" in tag:
            fields[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        fields[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', inside)[1]
    return fields


@pytest.mark.parametrize("paper", ["L7160", "roll-50x30"])
def test_a_new_design_fits_and_is_kept_as_it_is_shown(person, paper):
    path = make_on_page(person, paper)
    page = person.page(path)
    assert page.status == 200 and "<h3>" not in page.text and "preview.svg" in page.text
    kept = person.send(path, fields_of(page.text))
    assert (kept.status, kept.headers.get("location")) == (303, path + "?done=desk_kept"), kept.text
    assert person.get("/v1" + path).json["version"] <= 2


def test_a_draft_is_shown_and_thrown_away(person):
    path = make_on_page(person)
    fields = fields_of(person.page(path).text)
    before = person.page(path + "/preview.svg").text
    answer = person.send(path + "/draft", {**fields, "serial_x": "60.5"})
    assert (answer.status, answer.headers["location"]) == (303, path)
    page = person.page(path).text
    assert 'value="60.5"' in page and "over the label" in page and f"{60.5 + float(fields['serial_width']) - 63.99:.2f}" in page
    assert person.page(path + "/preview.svg").text != before
    assert person.get("/v1" + path).json["version"] == 1
    refused = person.send(path, {**fields, "serial_x": "60.5"})
    assert refused.status == 400 and "does not fit" in refused.text
    assert person.send(path + "/forget", {}).status == 303
    assert person.page(path + "/preview.svg").text == before


@pytest.mark.parametrize("change", [
    {"serial_x": "-1"}, {"serial_x": "1e9"}, {"serial_x": "\x00"}, {"name": ""}, {"name": "a\x01b"}, {"name": "n" * 10 ** 5},
    {"text1_on": "on", "text1_en": "x" * 10 ** 5}, {"text1_on": "on", "text1_en": "a\x07"}, {"unknown": "1"}, {"dpi": "abc"}, {"sheet": "no"},
    {"printer": "../x"}, {"label": "1x1"}, {"level": "Z"}, {"serial_align": "up"}, {"<b>": "x"}])
def test_a_field_that_is_wrong_changes_nothing(person, change):
    path = make_on_page(person)
    fields = fields_of(person.page(path).text)
    for end in ("", "/draft"):
        assert person.send(path + end, {**fields, **change}).status in (400, 413)
    assert person.get("/v1" + path).json["version"] == 1


def test_a_line_orders_from_a_design(person, line):
    made = design(person)
    codes = line.post("/v1/batches", {"gtin": line.gtin, "quantity": 2}, uuid.uuid4().hex).json
    assert line.get("/v1/labels/designs").status == 200
    assert line.post(f"/v1/batches/{codes['id']}/labels", {"design": made["id"]}, uuid.uuid4().hex).status == 202


def test_the_page_of_a_batch_orders_from_a_design(person, line):
    made, codes = design(person), batch(person, line.gtin).json
    page = person.page(f"/batches/{codes['id']}").text
    assert f'<option value="{made["id"]}">{made["name"]}</option>' in page
    key = re.search(r'name="idempotency_key" value="([0-9a-f]{32})"', page)[1]
    answers = [person.send(f"/batches/{codes['id']}/labels", {"idempotency_key": key, "design": made["id"], "count": "2"})
               for _ in range(2)]
    assert {a.status for a in answers} == {303} and len({a.headers["location"] for a in answers}) == 1
    job = person.get("/v1" + answers[0].headers["location"]).json
    assert (job["total"], job["label"]["design"]["id"]) == (2, made["id"])
    jobs = person.page("/jobs").text
    assert answers[0].headers["location"] in jobs and person.name in jobs


def test_products_are_offered_by_name(person, line):
    assert f'<option value="{line.gtin}">' in person.page("/packing").text
    assert person.page("/jobs?before=x").status == 400


def test_what_the_style_hides_holds_no_form_back(person):
    """Fields of a sheet of one's own are not seen where another sheet is chosen: a browser must not ask for them."""
    made = design(person)
    page = person.page(f"/labels/designs/{made['id']}").text
    form = re.search(r'<form [^>]*action="/labels/designs/[^"]*"[^>]*>', page)[0]
    assert re.search(r"\bnovalidate\b", form), form
