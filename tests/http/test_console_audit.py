"""The log of changes in the console: who, what, when, before and after, the chain's state, files that verify."""
import csv
import html
import io
import json
import re
import time
import uuid

import pytest

from lines import Line
from people import Person
from steps import TOP


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def person(console, owner_db, line):
    return lambda *roles, name=None: Person(console, owner_db, line.brand, *roles, name=name)


def sealed(owner_db):
    """As `suyuan jobs` does every second."""
    with owner_db.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT audit.seal_waiting(10000)")
            if cursor.fetchall() == [(0,)]:
                return


def entries(who, query=""):
    answer = who.get("/v1/audit" + query)
    assert answer.status == 200, answer.text
    return answer.json["entries"]


def test_a_change_stands_there_with_who_when_before_and_after(person):
    editor, auditor = person("editor"), person("auditor")
    for zone in ("Asia/Tokyo", "Asia/Kathmandu"):
        assert editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": zone}).status == 200
    [last, *_] = entries(auditor, f"?who={editor.name}&action=update&object=trace.brand")
    assert last["details"] == {"time_zone": ["Asia/Tokyo", "Asia/Kathmandu"]}
    assert (last["who"], last["via"]) == (f"user:{editor.name}", "checks_zone") and last["at"].endswith("+05:45")
    page = auditor.page(f"/audit?who={editor.name}").text
    assert "Time zone: <del>Asia/Tokyo</del> <ins>Asia/Kathmandu</ins>" in page and "<td class=\"words\">Brand " in page
    assert "Changed the time zone <small>changed</small>" in page and "checks_zone" not in page
    assert last["at"][:19].replace("T", " ") in page and last["at"] not in page and "<small>Asia/Kathmandu</small>" in page
    assert f"<td>{editor.name}</td>" in page and "checks_zone" in auditor.get(f"/v1/audit?who={editor.name}").text


def test_a_text_with_a_t_where_times_have_one_stands_there_whole(person):
    editor, auditor = person("editor"), person("auditor")
    assert editor.ask("POST", "/v1/imports?name=We%20found:%20Traces.csv", b"gtin\n", Content_Type="text/csv").status == 201
    assert "<ins>We found: Traces.csv</ins>" in auditor.page(f"/audit?who={editor.name}").text


@pytest.mark.parametrize("zone, shown", [
    ("Asia/Shanghai", ["2026-03-08T17:59:59+08:00", "2026-03-08T18:00:00+08:00"]),
    # the second in which clocks go over, and the one before it
    ("America/Los_Angeles", ["2026-03-08T01:59:59-08:00", "2026-03-08T03:00:00-07:00"])])
def test_times_before_and_after_are_told_by_the_clock_of_the_page(person, line, owner_db, zone, shown):
    admin = person("admin")
    told = {"gtin": line.gtin, "link_type": "gs1:pip", "title": "2026-03-08T09:59:59+00:00", "href": "https://example.com/log",
            "valid_from": "2026-03-08"}
    assert admin.ask("PUT", "/v1/checks/time-zone", {"time_zone": zone}).status == 200
    for moment in ("2026-03-08T09:59:59Z", "2026-03-08T10:00:00Z"):
        assert admin.ask("POST", "/v1/links", {**told, "valid_until": moment, "valid_from": ""}).status == 200
    assert admin.ask("POST", "/v1/links", told).status == 200
    page = admin.page(f"/audit?who={admin.name}").text
    for moment in shown:
        assert f"Valid until: <ins>{moment[:19].replace('T', ' ')}</ins>" in page
    assert "Valid from: <ins>2026-03-08</ins>" in page
    last = entries(admin, f"?who={admin.name}&object=trace.link")[1]
    assert last["details"]["valid_until"] == [None, shown[1]]
    assert last["details"]["title"] == [None, told["title"]]   # a text is no time
    with owner_db.cursor() as cursor:   # what is sealed stays as it was written
        cursor.execute("SELECT details #>> '{valid_until,1}' FROM audit.entry WHERE id = %s", (last["id"],))
        assert cursor.fetchall() == [("2026-03-08T10:00:00+00:00",)]
    assert admin.ask("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 1}


def test_values_are_said_in_words_of_people(person, line, owner_db):
    """What only computers call so stands in the files, not on the page."""
    admin = person("admin")
    made = person("quality", "viewer")  # a session, a token and roles
    line.batch()
    line.name_product(owner_db, "Named tea")
    assert admin.ask("POST", "/v1/holds/count", {"by": "product", "gtin": line.gtin}).status == 201
    assert admin.send("/fields/draft", {"gtin": "", "version": "0", "product.care": "show"}).status == 303
    for language, words in (("en", ("Session", "Quality, Viewer", "Counted, not started", "Shown")), ("zh-CN", ("登录会话", "访问令牌"))):
        page = admin.page("/audit", **{"Accept-Language": language}).text
        values = [html.unescape(v) for v in re.findall(r"<(?:ins|del)>(.*?)</(?:ins|del)>", page)]
        assert values and not [v for v in values if re.search(r'[{}"]|\[|\\\\x|^(session|token|counted|quality|viewer)$', v)], values
        assert all(w in page for w in words), words
        assert [v for v in values if v.endswith(f" · Named tea · {line.gtin}")], "what was chosen"
        assert f"Named tea · {line.gtin}" in values, "a column"
        assert "00000000000000" not in page and "product.care" not in page
        assert made.session.split("_")[1] not in page and "team.pass" not in page.replace('value="team.pass"', "")
    assert made.session.split("_")[1] in admin.get("/v1/audit").text


def test_no_column_that_is_watched_lacks_its_words(owner_db):
    told = set(re.findall(r"^AUDIT_(?:COLUMN|SILENT)\((\w+)", (TOP / "src/web/audit_words.def").read_text(), re.M))
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT a.attname FROM pg_trigger AS t JOIN pg_attribute AS a ON a.attrelid = t.tgrelid
            WHERE t.tgname = 'audited' AND a.attnum > 0 AND NOT a.attisdropped
                AND strpos(pg_get_triggerdef(t.oid), quote_literal(a.attname)) = 0""")
        watched = {name for (name,) in cursor}
    assert len(watched) > 50 and watched <= told, watched - told


def test_what_an_auditor_reads_stands_there_too(person):
    auditor = person("auditor")
    auditor.get("/v1/checks?by=lot")
    assert [(e["action"], e["object"]) for e in entries(auditor, f"?who={auditor.name}&action=read&object=/v1/checks")] == [
        ("read", "/v1/checks")]


def test_filters_find_what_they_say(person, owner_db):
    auditor, editor = person("auditor"), person("editor")
    editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": "UTC"})
    editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": "Asia/Tokyo"})
    everything = entries(auditor)
    assert [e["id"] for e in everything] == sorted((e["id"] for e in everything), reverse=True)
    assert {e["who"] for e in entries(auditor, f"?who={editor.name}")} == {f"user:{editor.name}"}
    assert {e["action"] for e in entries(auditor, "?action=insert")} == {"insert"}
    assert all(e["object"].startswith("team.") for e in entries(auditor, "?object=team.")) and entries(auditor, "?object=team.")
    assert entries(auditor, "?from=2000-01-01&to=2000-01-02") == []
    assert entries(auditor, "?who=nobody-of-this-name") == [] == entries(auditor, "?object=%25")


def test_older_entries_are_a_page_away(person, owner_db):
    auditor = person("auditor")
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT audit.note_for(%s, 'many', 'test', 'n ' || n) FROM generate_series(1, 120) AS n", (auditor.brand_id,))
    found, before = [], 0
    while before is not None:
        answer = auditor.get(f"/v1/audit?who=many&before={before}").json
        found += [e["object"] for e in answer["entries"]]
        before = answer["next"]
    assert found == [f"n {n}" for n in range(120, 0, -1)]
    page = auditor.page("/audit?who=many").text
    older = auditor.page(html.unescape(re.search(r'href="(/audit\?before=\d+[^"]*)"', page)[1])).text
    assert "n 70" in older and "n 71<" not in older


def test_the_page_shows_the_chain(person, owner_db):
    auditor = person("auditor")
    sealed(owner_db)
    told = auditor.get("/v1/audit").json
    page = auditor.page("/audit").text
    assert re.search(r"<code>[0-9a-f]{64}</code>", page) and told["chain"]["number"] >= 1


def test_an_export_of_the_console_verifies_without_it(suyuan, person, owner_db, tmp_path):
    auditor = person("auditor")
    sealed(owner_db)
    answer = auditor.get("/v1/audit.ndjson")
    file = tmp_path / "export"
    file.write_bytes(answer.body)
    head = json.loads(answer.text.splitlines()[-1])["hash"]
    suyuan("audit", "verify", "--export", file, "--head", head, status=0)
    lines = [json.loads(l) for l in answer.text.splitlines()]
    assert [l["number"] for l in lines] == list(range(1, len(lines) + 1))
    lines[1]["who"] = "user:other"
    file.write_text("".join(json.dumps(l) + "\n" for l in lines))
    told = suyuan("audit", "verify", "--json", "--export", file, status=3).json_lines[0]
    assert (told["number"], told["field"]) == (2, "who")
    table = list(csv.DictReader(io.StringIO(auditor.get("/v1/audit.csv").text, newline="")))
    assert [r["hash"] for r in table][:len(lines)] == [l["hash"] for l in lines][:len(table)]


def test_the_log_is_for_auditors_and_admins(person):
    for role in ("viewer", "editor", "quality", "line"):
        for path in ("/audit", "/audit.csv", "/audit.ndjson"):
            assert person(role).page(path).status == 403 == person(role).get("/v1" + path).status


def test_another_brand_sees_nothing_of_it(console, owner_db, suyuan, person):
    mark = f"mark-{uuid.uuid4().hex}"
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT audit.note_for(%s, %s, 'test', %s)", (person("admin").brand_id, mark, mark))
    sealed(owner_db)
    other = Person(console, owner_db, Line(suyuan, console).brand, "admin")
    for path in ("/audit", "/audit.ndjson", "/audit.csv"):
        for answer in (other.get(f"/v1{path}"), other.page(path)):
            assert answer.status == 200 and mark not in answer.text
    assert entries(other, f"?who={mark}") == []
    assert other.get(f"/v1/audit.ndjson?who={mark}").body == b""


@pytest.mark.parametrize("query,status", [
    ("who=" + "x" * 201, 400), ("object=%0a", 400), ("from=2025-02-30", 400), ("to=x", 400), ("before=-1", 400), ("before=x", 400),
    ("before=99999999999999999999", 400), ("who=%27%20OR%20true--", 200), ("object=%27%3BDROP%20TABLE%20audit.entry", 200),
    ("action=%3Cscript%3Ealert(1)%3C/script%3E", 200), ("who=%25%5F%5C", 200), ("who=%F4%8F%BF%BF", 200), ("object=%F4%8F%BF%BF", 200)])
def test_hostile_filters_find_nothing_or_are_refused(person, query, status):
    auditor = person("auditor")
    api, page = auditor.get(f"/v1/audit?{query}"), auditor.page(f"/audit?{query}")
    assert (api.status, page.status) == (status, status), api.text
    assert "<script>alert" not in page.text
    if status == 200:
        assert api.json["entries"] == []


def test_what_someone_wrote_is_no_markup(person, owner_db):
    admin = person("admin")
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT audit.note_for(%s, '<b>who', '<i>', '=<u>', '{"<s>": ["<script>alert(1)", {"a": [1, null]}], "=x": "y"}')""",
                       (admin.brand_id,))
    sealed(owner_db)
    page = admin.page("/audit").text
    assert not re.search(r"<(b|i|u|s)>|<script>alert", page) and "&lt;script&gt;" in page
    row = [r for r in csv.DictReader(io.StringIO(admin.get("/v1/audit.csv").text, newline="")) if r["who"] == "<b>who"][-1]
    assert row["object"] == "'=<u>"
