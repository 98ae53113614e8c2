"""The pages of packing: batches found again, counted and paged, asked for, followed, and one code of them."""
import csv
import io
import re
import uuid

import pytest

import conftest
from lines import Line, fresh_gtin, problem
from people import Person


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console, gtins=[fresh_gtin(), fresh_gtin()])


@pytest.fixture(scope="module")
def db(instance):
    db = conftest.connected(instance.env["DATABASE_URL"])
    yield db
    db.close()


@pytest.fixture(scope="module")
def editor(line, console, db):
    """Of a brand whose clocks are 5:45 before UTC."""
    with db.cursor() as cursor:
        cursor.execute("UPDATE trace.brand SET time_zone = 'Asia/Kathmandu' WHERE slug = %s", (line.brand,))
        for n, gtin in enumerate(line.gtins):
            cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name)
                SELECT brand_id, gtin, jsonb_build_object('en', %s::text) FROM trace.gtin_owner WHERE gtin = %s""",
                           (f"Tea No {n} & <b>", int(gtin)))
            cursor.execute("""INSERT INTO trace.lot (brand_id, gtin, lot)
                SELECT brand_id, gtin, %s || n FROM trace.gtin_owner, generate_series(1, 250) AS n WHERE gtin = %s""",
                           (f"R{n}-", int(gtin)))
    return Person(console, db, line.brand, "editor")


# A line that is refused, why, and what it says.
WRONG = (r'<td class="number">([0-9]+)</td><td class="words">([^<]+)</td>'
         r'<td class="words">(?:<a href="[^"]+">)?<code>([^<]+)</code>')


def rows(page):
    return re.findall(r'href="/batches/([0-9a-f-]{36})"', page.text)


@pytest.fixture(scope="module")
def batches(line, editor):
    """One that nothing was said of, one at work with a lot, one that is closed."""
    new = line.batch(quantity=5)["id"]
    work = line.batch(gtin=line.gtins[1], quantity=8, lot="K/7%")["id"]
    line.post("/v1/codes/state", {"state": "printed", "batch": work, "from": 1, "to": 3})
    closed = line.batch(quantity=4)["id"]
    line.post(f"/v1/batches/{closed}/lot", {"lot": "LATER-9"})
    line.post(f"/v1/batches/{closed}/close", {"from": 1, "to": 2})
    line.post(f"/v1/batches/{closed}/close", {})
    return {"new": new, "open": work, "closed": closed}


@pytest.mark.parametrize("query,found", [
    ("", {"new", "open", "closed"}), ("state=new", {"new"}), ("state=open", {"open"}), ("state=closed", {"closed"}),
    ("q=k/7", {"open"}), ("q=%257", set()), ("q=7%25", {"open"}), ("q=later", {"closed"}), ("q=TEA+NO+1", {"open"}),
    ("q=tea+no+0&state=new", {"new"}), ("gtin={1}", {"open"}), ("q={0}", {"new", "closed"}), ("q=nothing", set())])
def test_batches_are_found_by_page_and_api_alike(line, editor, batches, query, found):
    query = query.format(*(g.zfill(14) for g in line.gtins))
    page, api = editor.page(f"/packing?{query}"), editor.get(f"/v1/batches?{query}")
    assert page.status == 200, page.text
    wanted = {batches[name] for name in found}
    assert set(rows(page)) == {b["id"] for b in api.json["batches"]} == wanted
    assert ("No batch fits" in page.text) == (not found)


def test_a_batch_is_found_by_how_its_id_begins(editor, batches):
    assert rows(editor.page(f"/packing?q={batches['open'][:13].upper()}")) == [batches["open"]]


def test_the_list_says_what_the_reconciliation_knows(line, editor, batches):
    listed = {b["id"]: b for b in editor.get("/v1/batches").json["batches"]}
    for name, batch in batches.items():
        known = editor.get(f"/v1/batches/{batch}/reconciliation").json
        assert listed[batch]["state"] == name
        assert listed[batch]["counts"] == {k: known[k] for k in (
            "provisioned", "printed", "commissioned", "consumed", "decommissioned", "blocked", "void", "destroyed")
            if known[k]}


def test_a_list_does_not_count_what_it_cannot_afford(line, editor, db):
    batch = line.batch(quantity=5000)["id"]
    with db.cursor() as cursor:
        cursor.execute("""INSERT INTO pub.item (gtin, counter, state, since)
            SELECT b.gtin, b.first + n, 'commissioned', now() FROM code.batch AS b, generate_series(0, 4998, 2) AS n
            WHERE b.id = %s""", (batch,))
    [listed] = [b for b in editor.get("/v1/batches").json["batches"] if b["id"] == batch]
    assert listed["counts"] is None
    assert editor.get(f"/v1/batches/{batch}/reconciliation").json["commissioned"] == 2500


def test_pages_follow_each_other_and_keep_the_filter(line, editor, batches):
    made = [line.batch(gtin=line.gtins[1], quantity=1, lot="PAGE & 1=2"[:9].replace(" ", "_"))["id"] for _ in range(5)]
    seen, path = [], "/packing?limit=2&q=PAGE_%26&state=new"
    while path:
        page = editor.page(path)
        seen += rows(page)
        link = re.search(r'<p><a href="(/packing\?before=[^"]+)"', page.text)
        path = link and link[1].replace("&amp;", "&") + "&limit=2"
    assert seen == made[::-1]
    seen, path = [], "/v1/batches?limit=2&q=PAGE_%26&state=new"
    while path:
        answer = editor.get(path).json
        seen, path = seen + [b["id"] for b in answer["batches"]], answer["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize("query", ["state=none", "cursor=x", "q=" + "a" * 500, "gtin=1", "limit=0"])
def test_refuses_a_wrong_query(editor, query):
    problem(editor.get(f"/v1/batches?{query}"), 400, query.partition("=")[0])


def test_a_lot_is_chosen_among_those_of_the_product(line, editor):
    page = editor.page(f"/packing?gtin={line.gtins[1].zfill(14)}")
    offered = re.findall(r'<option value="(R1-[0-9]+)">', page.text)
    assert len(offered) == 200 and "R0-" not in page.text
    assert f'name="gtin" value="{line.gtins[1].zfill(14)}"' in page.text
    assert "R1-" not in editor.page("/packing").text


@pytest.mark.parametrize("fields,field,words", [
    ({"gtin": "123"}, "gtin", "This is no GTIN"), ({"gtin": "09506000134352"}, "gtin", "not yours"),
    ({"lot": "two words"}, "lot", "without blanks"), ({"quantity": "0"}, "quantity", "whole number"),
    ({"serial_length": "9"}, "serial_length", "whole number"),
    ({"quantity": "1000000000"}, "quantity", "in a day")])
def test_a_refused_order_stands_there_again_with_the_reason(line, editor, fields, field, words):
    sent = {"idempotency_key": uuid.uuid4().hex, "gtin": line.gtin, "lot": "KEPT-1", "quantity": "3", **fields}
    before = editor.get("/v1/batches").json["batches"][0]["id"]
    answer = editor.send("/batches", sent)
    assert answer.status in (400, 403, 429), answer.text
    reason = re.search(rf'id="{field}-error">([^<]+)<', answer.text)
    assert reason and words in reason[1], answer.text
    for name in ("gtin", "lot", "quantity"):
        assert f'name="{name}" value="{sent[name]}"' in answer.text
    assert editor.get("/v1/batches").json["batches"][0]["id"] == before
    chinese = editor.console.request("POST", "/batches", editor.headers({
        "Accept-Language": "zh-CN", "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded"}), "&".join(
            f"{k}={v}" for k, v in {**sent, "lot": sent["lot"].replace(" ", "+"), "token": editor.form_token()}.items()).encode())
    reason = re.search(rf'id="{field}-error">([^<]+)<', chinese.text)[1]
    assert re.search("[一-鿿]", reason) and not re.search("[a-z]{4}", reason), reason


def test_a_batch_tells_who_did_what_and_when_by_the_brands_clocks(line, editor, batches, db):
    page = editor.page(f"/batches/{batches['open']}")
    with db.cursor() as cursor:
        cursor.execute("""SELECT to_char(e.at AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI') FROM code.event AS e
            JOIN code.batch AS b ON b.gtin = e.gtin AND b.first = e.first WHERE b.id = %s""", (batches["open"],))
        [(when,)] = cursor.fetchall()
    row = re.search(r"<tr><td>([^<]+)</td><td>([^<]+)</td><td>Printed</td><td[^>]*>3</td><td[^>]*>1–3</td>", page.text)
    assert row and (row[1], row[2]) == (when, line.name) and "Asia/Kathmandu" in page.text
    assert "void now: 8." in page.text.replace("become ", "")
    [event] = editor.get(f"/v1/batches/{batches['open']}/events").json["events"]
    assert (event["state"], event["codes"], event["from"], event["to"]) == ("printed", 3, 1, 3)


def test_events_are_paged(line, editor):
    batch = line.batch(quantity=60)["id"]
    for n in range(1, 25):
        line.post("/v1/codes/state", {"state": "printed", "batch": batch, "from": n * 2, "to": n * 2,
                                      "reason": {"en": f"n {n}"}})
    seen, path = [], f"/v1/batches/{batch}/events?limit=10"
    while path:
        answer = editor.get(path).json
        seen, path = seen + [e["from"] for e in answer["events"]], answer["next"]
    assert seen == [n * 2 for n in range(24, 0, -1)]
    page = editor.page(f"/batches/{batch}")
    older = re.search(rf'href="(/batches/{batch}\?before=[0-9]+)#events"', page.text)[1]
    assert editor.page(older).text.count("<td>Printed</td>") == 4 and page.text.count("<td>Printed</td>") == 20


def test_a_closed_batch_says_so_and_is_not_closed_again(editor, batches):
    page = editor.page(f"/batches/{batches['closed']}")
    assert "1–2" in page.text and "1–4" in page.text and "/close" not in page.text
    again = editor.send(f"/batches/{batches['closed']}/close", {})
    assert again.status == 409 and "This was closed already." in again.text


def test_one_code_is_the_one_of_the_file(line, editor, batches):
    codes = line.get(f"/v1/batches/{batches['open']}/codes?format=txt").text.split()
    for place in (1, 3, 8):
        told = editor.get(f"/v1/batches/{batches['open']}/code?place={place}").json
        assert told["code"] == codes[place - 1] and told["serial"] == codes[place - 1].rpartition("/")[2]
        assert told["state"] == ("printed" if place <= 3 else "provisioned") and len(told["steps"]) == (place <= 3)
        page = editor.page(f"/batches/{batches['open']}/code?place={place}")
        assert codes[place - 1] in page.text and f"/code.svg?place={place}" in page.text
        assert ("place=9" not in page.text) and (f"place={place - 1}" in page.text) == (place > 1)
    picture = editor.page(f"/batches/{batches['open']}/code.svg?place=1")
    assert picture.headers["content-type"] == "image/svg+xml" and picture.text.startswith("<")
    assert picture.text != editor.page(f"/batches/{batches['open']}/code.svg?place=2").text
    problem(editor.get(f"/v1/batches/{batches['open']}/code?place=9"), 400, "from")
    problem(editor.get(f"/v1/batches/{uuid.uuid4()}/code"), 404)


def test_the_menu_and_the_page_call_it_the_same(editor):
    for language in ("en", "zh-CN"):
        text = editor.page("/packing", **{"Accept-Language": language}).text
        current = re.search(r'<a href="/packing" aria-current="page">([^<]+)</a>', text)[1]
        assert f"<h1>{current}</h1>" in text


def test_who_only_reads_has_no_forms(line, console, db, batches):
    viewer = Person(console, db, line.brand, "viewer")
    for path in ("/packing", f"/batches/{batches['open']}"):
        page = viewer.page(path)
        assert page.status == 200 and 'action="/batches' not in page.text, path
        assert "/v1/batches/" + batches["open"] + "/codes?" not in page.text


# --- many codes at once ---

@pytest.fixture(scope="module")
def lists(line, editor):
    """Codes of a batch, serials made elsewhere, and lines that are no code, with what each is called."""
    gtin = line.gtin.zfill(14)
    batch = line.batch(quantity=4, lot="=LOT+1")["id"]
    links = line.get(f"/v1/batches/{batch}/codes?format=txt").text.split()
    line.post("/v1/codes/state", {"state": "printed", "code": links[0]})
    serials = [link.rpartition("/")[2] for link in links]
    line.post("/v1/serials", {"gtin": gtin, "lot": "OTHER-1", "serials": ["-EX/1", "EX\"2,"]})
    grouped = "-".join(re.findall("....", serials[3]) + [serials[3][12:]]).strip("-")
    texts = [(links[0], "yes"), (f"(01){gtin}(21){serials[1]}", "yes"), (f"]Q301{gtin}21{serials[2]}\x1d10L1", "yes"),
             (grouped, "yes"), ("-EX/1", "elsewhere"), (links[1][:-1] + ("0" if links[1][-1] != "0" else "1"), None),
             (f"https://example.com/01/{gtin}/10/L1", "no_item"), ("https://example.com/01/123/21/x", "bad_link"),
             ("zwei Worte und mehr", "bad_serial"), ("https://example.com/01/09506000134352/21/ABC", "not_yours")]
    return {"gtin": gtin, "batch": batch, "links": links, "serials": serials, "texts": texts}


def found_of(result):
    return result.get("code", result["found"])


def test_many_codes_are_asked_at_once_by_list_lines_and_page_alike(line, editor, lists):
    texts = [text for text, _ in lists["texts"]]
    answer = editor.ask("POST", "/v1/codes/query", {"codes": texts, "gtin": lists["gtin"]}).json
    for result, (text, wanted) in zip(answer["results"], lists["texts"], strict=True):
        assert wanted is None and result["found"] == "never_issued" or found_of(result) == wanted, (text, result)
    assert (answer["read"], answer["known"], answer["not_known"]) == (10, 5, 5)
    first = answer["results"][0]
    assert {k: first[k] for k in ("line", "serial", "gtin", "batch", "place", "lot", "state")} == {
        "line": 1, "serial": lists["serials"][0], "gtin": lists["gtin"], "batch": lists["batch"], "place": 1,
        "lot": "=LOT+1", "state": "printed"}
    lines = editor.ask("POST", f"/v1/codes/query?gtin={lists['gtin']}", "\n\r\n".join(texts).encode(),
                       Content_Type="text/plain").json
    assert [r["line"] for r in lines["results"]] == list(range(1, 20, 2))
    assert [found_of(r) for r in lines["results"]] == [found_of(r) for r in answer["results"]]
    page = editor.upload("/packing/codes", {"codes": "\n".join(texts), "gtin": lists["gtin"], "format": "page"}, {})
    assert page.status == 200, page.text
    known = re.findall(r'<td class="number">([0-9]+)</td><td class="words"><a href="(/packing/serials/[^"]+)">', page.text)
    assert [int(n) for n, _ in known] == [1, 2, 3, 4, 5]
    for _, path in known:
        assert editor.page(path).status == 200
    wrong = re.findall(WRONG, page.text)
    assert [int(n) for n, _, _ in wrong] == [6, 7, 8, 9, 10] and len({why for _, why, _ in wrong}) == 5
    assert [text for _, _, text in wrong] == texts[5:]


def test_the_table_as_csv_runs_in_no_spreadsheet(editor, lists):
    sent = {"codes": f"{lists['links'][0]}\n=cmd|' /C calc'!A0\n\"x\",+1", "gtin": lists["gtin"], "format": "csv"}
    answer = editor.upload("/packing/codes", sent, {})
    assert answer.headers["content-type"].startswith("text/csv") and "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0][:4] == ["line", "text", "found", "serial"] and len(rows) == 4
    assert rows[1][:6] == ["1", lists["links"][0], "yes", lists["serials"][0], lists["gtin"], "'=LOT+1"]
    assert rows[2][1] == "'=cmd|' /C calc'!A0" and rows[3][1] == '"x",+1'
    assert not [cell for row in rows for cell in row if re.match("[=+@-]", cell)]
    api = editor.ask("POST", "/v1/codes/query?format=csv", {"codes": [lists["links"][0]]})
    assert api.body.decode("utf-8-sig").splitlines()[1].startswith('1,"HTTP')


@pytest.mark.parametrize("kind", ["text/csv", "text/plain", "application/octet-stream"])
def test_a_file_of_a_batch_is_looked_up_as_it_came(line, editor, lists, kind):
    file = line.get(f"/v1/batches/{lists['batch']}/codes?format=csv").body
    page = editor.upload("/packing/codes", {"format": "page"}, {"file": (kind, file)})
    assert re.findall(r'<td class="number">([0-9]+)</td><td class="words"><a href', page.text) == ["2", "3", "4", "5"], page.text
    semicolons = b"\xef\xbb\xbfname;Serial\n\xb2\xe8;" + lists["serials"][0].encode() + b"\n\n;\n"  # GB 18030, too
    page = editor.upload("/packing/codes", {"format": "page", "gtin": lists["gtin"]}, {"file": (kind, semicolons)})
    assert re.findall(r'<td class="number">([0-9]+)</td>', page.text) == ["4", "2"] and "The cell is empty." in page.text


def test_one_code_alone_leads_to_its_page(editor, lists):
    answer = editor.upload("/packing/codes", {"codes": lists["links"][2]}, {})
    where = f"/packing/serials/{lists['gtin']}/{lists['serials'][2]}"
    assert (answer.status, answer.headers["location"]) == (303, where)
    page = editor.page(where)
    for part in (lists["links"][2], "Asia/Kathmandu", f"/batches/{lists['batch']}", "place=2", "place=4", "=LOT&#43;1"[:4]):
        assert part in page.text, part
    told = editor.get("/v1" + where.removeprefix("/packing")).json
    assert (told["batch"], told["place"], told["quantity"], told["steps"]) == (lists["batch"], 3, 4, [])
    elsewhere = editor.upload("/packing/codes", {"codes": "-EX/1", "gtin": lists["gtin"]}, {})
    assert elsewhere.headers["location"] == f"/packing/serials/{lists['gtin']}/-EX%2F1"
    page = editor.page(elsewhere.headers["location"])
    assert page.status == 200 and "made elsewhere" in page.text and "OTHER-1" in page.text and "code.svg" not in page.text
    assert editor.page(f"/packing/serials/{lists['gtin']}/NOBODY").status == 404


def test_who_may_not_pack_sees_no_other_codes_on_the_page_of_one(line, console, db, lists):
    viewer = Person(console, db, line.brand, "viewer")
    page = viewer.page(f"/packing/serials/{lists['gtin']}/{lists['serials'][2]}")
    assert page.status == 200 and "code.svg" not in page.text and "place=2" not in page.text
    answer = viewer.upload("/packing/codes", {"codes": "\n".join(lists["links"])}, {})
    assert answer.status == 200 and answer.text.count("/packing/serials/") == 4


@pytest.mark.parametrize("fields,file,field,words", [
    ({}, None, "codes", "required"), ({"codes": "x", "gtin": "123"}, None, "gtin", "no GTIN"),
    ({"codes": "x"}, b"y", "file", "not both"), ({}, b" \n\n", "file", "no line"),
    ({}, b"PK\x03\x04" + bytes(100), "file", "CSV"), ({}, "x".encode("utf-16"), "file", "CSV"),
    ({"codes": "\n".join(map(str, range(10001)))}, None, "codes", "10,000"),
    ({}, b"serial\n" + b"a\n" * 10001, "file", "10,000"),
    ({"codes": "x", "format": "exe"}, None, "format", "choices"), ({"codes": "x" * 900001}, None, "codes", "too long")])
def test_a_list_that_cannot_be_is_refused_at_its_field(editor, fields, file, field, words):
    files = {} if file is None else {"file": ("text/plain", file)}
    answer = editor.upload("/packing/codes", {"gtin": "", "format": "page", **fields}, files)
    assert 400 <= answer.status < 500, answer.status
    reason = re.search(rf'id="{field}-error">([^<]+)<', answer.text)
    assert reason and words in reason[1], answer.text[:3000]
    if len(fields.get("codes", "")) == 1:
        assert ">x</textarea>" in answer.text


def test_lines_stand_in_the_form_again_as_they_were_pasted(editor):
    for more, status in (({"gtin": "123"}, 400), ({}, 200)):
        answer = editor.upload("/packing/codes", {"codes": "a\r\nb\r\n\r\nc", "format": "page", **more}, {})
        assert answer.status == status and ">a\nb\n\nc</textarea>" in answer.text


def test_ten_thousand_are_one_question_and_no_more(line, editor, lists):
    batch = line.batch(gtin=line.gtins[1], quantity=10001)["id"]
    codes = line.get(f"/v1/batches/{batch}/codes?format=txt").text.split()
    answer = editor.ask("POST", "/v1/codes/query", {"codes": codes[:10000]}).json
    assert answer["known"] == 10000 and [r["place"] for r in answer["results"]] == list(range(1, 10001))
    problem(editor.ask("POST", "/v1/codes/query", {"codes": codes}), 413, "codes")
    page = editor.upload("/packing/codes", {"codes": "\n".join(codes[:10000])}, {})
    assert page.text.count('<td class="number">') == 1000 and "first 1,000" in page.text
    assert ">10000<" in page.text and codes[9999] in page.text


# --- serials made elsewhere ---

def test_serials_are_taken_in_by_the_page_line_by_line(line, editor):
    gtin = line.gtins[1].zfill(14)
    fields = {"gtin": gtin, "lot": "ELSE-1", "serials": "P-1\r\n\r\nP 2\r\nP/3\r\nP-1\r\n" + "x" * 21}
    page = editor.upload("/packing/serials", fields, {})
    assert page.status == 200, page.text
    wrong = re.findall(WRONG, page.text)
    assert [(n, text) for n, _, text in wrong] == [("3", "P 2"), ("6", "x" * 21)] and "number: 2" in wrong[0][1]
    counts = re.findall(r"<dd>([0-9]+)</dd>", page.text)
    assert counts == ["5", "2", "0", "1", "2"]
    for path in re.findall(r'href="(/packing/serials/[^"]+)"', page.text):
        assert "made elsewhere" in editor.page(path).text
    again = editor.upload("/packing/serials", fields, {})
    assert re.findall(r"<dd>([0-9]+)</dd>", again.text) == ["5", "0", "3", "0", "2"]
    other = editor.upload("/packing/serials", {"gtin": gtin, "lot": "ELSE-2"}, {
        "file": ("text/csv", "name,serial\ntea,P-1\ntea,P-4\n".encode())})
    assert re.findall(WRONG, other.text)[0] == ("2", "It was taken in before, with lot: ELSE-1", "P-1")
    assert editor.get(f"/v1/serials/{gtin}/P-4").json["lot"] == "ELSE-2"


@pytest.mark.parametrize("fields,field,words", [
    ({"gtin": ""}, "gtin", "required"), ({"gtin": "09506000134352"}, None, "not yours"), ({"gtin": "12"}, "gtin", "no GTIN"),
    ({"lot": "two words"}, "lot", "without blanks"), ({"serials": ""}, "serials", "required"),
    ({"serials": "\n".join(map(str, range(10001)))}, "serials", "10,000")])
def test_serials_that_cannot_be_are_refused_at_their_field(line, editor, fields, field, words):
    sent = {"gtin": line.gtin, "lot": "L", "serials": "KEPT-1\nKEPT-2", **fields}
    answer = editor.upload("/packing/serials", {k: v for k, v in sent.items() if v}, {})
    assert 400 <= answer.status < 500, answer.text
    reason = re.search(rf'id="{field or "gtin"}-error">([^<]+)<', answer.text)
    assert reason and words in reason[1], answer.text[:3000]
    assert editor.get(f"/v1/serials/{line.gtin}/KEPT-1").status == 404


# --- print checks ---

def test_what_is_read_wrongly_is_told_and_kept_by_page_and_api_alike(line, editor, db):
    batch = line.batch(quantity=5, lot="READ-1")["id"]
    codes = line.get(f"/v1/batches/{batch}/codes?format=txt").text.split()
    serials = [code.rpartition("/")[2] for code in codes]
    line.post("/v1/codes/state", {"state": "void", "code": codes[3]})
    forged = codes[1][:-1] + ("0" if codes[1][-1] != "0" else "1")
    page = editor.upload("/packing/print-checks", {
        "codes": "\n".join([codes[0], codes[1], codes[0], codes[3], forged, "rubbish"]), "batch": batch}, {})
    assert page.status == 200, page.text
    printed = re.findall(r'<td class="number">([0-9]+)</td><td class="words"><a href="(/packing/serials/[^"]+)">', page.text)
    assert [(n, path.rpartition("/")[2]) for n, path in printed] == [("1", serials[0]), ("2", serials[1])]
    wrong = re.findall(WRONG, page.text)
    assert [n for n, _, _ in wrong] == ["3", "4", "5", "6"] and "printed before" in wrong[0][1] and "Void" in wrong[1][1]
    assert line.get(f"/v1/batches/{batch}/reconciliation").json["printed"] == 2
    line.post("/v1/print-checks", {"codes": [codes[0], codes[1]]})
    line.post("/v1/print-checks", {"code": codes[0]})
    kept = editor.get(f"/v1/print-checks?batch={batch}").json["misreads"]
    assert {(m["serial"], m["result"], m["times"], m["place"]) for m in kept} == {
        (serials[0], "duplicate", 3, 1), (serials[1], "duplicate", 1, 2), (serials[3], "refused", 1, 4)}
    assert {m["by"] for m in kept} == {f"line:{line.name}", f"user:{editor.name}"}
    everything = editor.get("/v1/print-checks").json["misreads"]
    assert [(m["result"], m["batch"], m["times"]) for m in everything if m["serial"] == forged.rpartition("/")[2]] == [
        ("never_issued", None, 1)]
    shown = editor.page(f"/packing/print-checks?batch={batch}")
    with db.cursor() as cursor:
        cursor.execute("SELECT to_char(first_at AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI') FROM code.misread "
                       "WHERE serial = %s", (serials[0],))
        [(when,)] = cursor.fetchall()
    for part in (serials[0], serials[1], serials[3], "Printed before", "Not to be printed", f"<td>{when}</td>"):
        assert part in shown.text, part
    assert f'name="batch" value="{batch}"' in shown.text and forged.rpartition("/")[2] not in shown.text
    assert editor.page(f"/packing/print-checks?batch={uuid.uuid4()}").status == 404
    problem(editor.get("/v1/print-checks?batch=x"), 404, "batch")


def test_a_page_of_print_checks_says_what_it_leaves_out_and_keeps_the_gtin(line, editor):
    gtin = line.gtins[1].zfill(14)
    page = editor.upload("/packing/print-checks", {"codes": "\n".join(f"two words {n}" for n in range(1001)), "gtin": gtin}, {})
    assert page.text.count('<td class="number">') == 1000 and "all lines were checked" in page.text and "CSV" not in page.text
    assert re.search(rf'name="gtin"[^>]* value="{gtin}"', page.text)


def test_misreads_are_paged(line, editor):
    batch = line.batch(quantity=5)["id"]
    codes = line.get(f"/v1/batches/{batch}/codes?format=txt").text.split()
    line.post("/v1/print-checks", {"codes": codes + codes})
    seen, path = [], f"/v1/print-checks?batch={batch}&limit=2"
    while path:
        answer = editor.get(path).json
        seen, path = seen + [m["serial"] for m in answer["misreads"]], answer["next"]
    assert sorted(seen) == sorted(code.rpartition("/")[2] for code in codes)


def test_serials_made_up_without_end_are_not_all_kept(line, editor, db):
    gtin = int(line.gtins[1])
    with db.cursor() as cursor:
        cursor.execute("""INSERT INTO code.misread (brand_id, gtin, serial, result, by)
            SELECT o.brand_id, o.gtin, 'U' || n, 'never_issued', 'test' FROM trace.gtin_owner AS o, generate_series(1, 10000) AS n
            WHERE o.gtin = %s""", (gtin,))
        line.post("/v1/print-checks", {"codes": ["NEW-1", "NEW-2"], "gtin": line.gtins[1]})
        cursor.execute("SELECT count(*) FROM code.misread WHERE gtin = %s AND serial LIKE 'NEW%%'", (gtin,))
        assert cursor.fetchall() == [(0,)]


# --- reconciliation ---

def test_the_reconciliation_is_a_page_that_says_what_the_api_says(line, editor):
    batch = line.batch(quantity=10)["id"]
    line.post(f"/v1/batches/{batch}/lot", {"lot": "R & <b>"[:3].replace(" ", "_"), "from": 1, "to": 4})
    line.post("/v1/codes/state", {"state": "commissioned", "batch": batch, "from": 1, "to": 3})
    line.post(f"/v1/batches/{batch}/close", {"from": 9, "to": 10})
    assert f'href="/batches/{batch}/reconciliation"' in editor.page(f"/batches/{batch}").text
    for query in ("", "?from=2&to=9", "?from=&to="):
        told = editor.get(f"/v1/batches/{batch}/reconciliation{query if query != '?from=&to=' else ''}").json
        page = editor.page(f"/batches/{batch}/reconciliation{query}")
        heads = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page.text)[:6]
        assert heads == ["Lot", "Issued", "Provisioned", "Commissioned", "Void", "Open"]
        names = ("issued", "provisioned", "commissioned", "void", "open")
        for lot, name in zip(told["lots"], ("without a lot", "R_&amp;"), strict=True):
            cells = "".join(f'<td class="number">{lot[n]}</td>' for n in names)
            assert f'<th scope="row">{name}</th>{cells}' in page.text
        cells = "".join(f'<td class="number">{told[n]}</td>' for n in names)
        assert f'<tfoot><tr><th scope="row">Together</th>{cells}' in page.text and "9–10" in page.text
        assert told["closed"][0]["local"] in page.text and "Asia/Kathmandu" in page.text
    assert editor.page(f"/batches/{batch}/reconciliation?from=0").status == 400
    assert editor.page(f"/batches/{uuid.uuid4()}/reconciliation").status == 404
