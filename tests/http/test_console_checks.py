"""What happens out there: the page, its charts, its table, its file and the API tell the same; hostile filters."""
import csv
import datetime as dt
import html
import io
import json
import re
import urllib.parse
import uuid

import pytest

from lines import Line, fresh_gtin
from people import Person

PARTS = ["day", "hour", "product", "lot", "country"]
FIGURES = ["visits", "firsts", "repeated", "never_issued", "mistyped", "robots"]


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def counted(line, owner_db):
    """Sums of this month as inbox.roll_up() writes them; made once."""
    gtin = int(line.gtin)
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT FROM code.check_count WHERE gtin = %s LIMIT 1", (gtin,))
        if cursor.fetchall():
            return gtin
    sums = [(gtin, f"now() - interval '{n * 7} hours'", "", country, kind, n % 5 + 1, n % 2 if kind == "visit" else 0)
            for n in range(60) for country, kind in (("CN", "visit"), ("DE", "visit"), ("", "never_issued"), ("US", "robot"),
                                                     ("CN", "mistyped"))]
    with owner_db.cursor() as cursor:
        for s in sums:
            cursor.execute(f"""WITH c AS (INSERT INTO code.check_count
                SELECT %s, date_bin('15 minutes', {s[1]}, '2000-01-01 00:00Z'), %s, %s, %s, %s, %s RETURNING *)
                SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)::code.check_sum)) FROM c""",
                           (s[0], *s[2:]))
        cursor.execute("INSERT INTO code.check_often VALUES (%s, 'OFTEN1', 9, now()) ON CONFLICT DO NOTHING", (gtin,))
    return gtin


@pytest.fixture
def person(console, owner_db, line, counted):
    return lambda *roles: Person(console, owner_db, line.brand, *roles)


def document(who, query=""):
    answer = who.get("/v1/checks" + query)
    assert answer.status == 200, answer.text
    return answer.json


@pytest.mark.parametrize("by", PARTS)
def test_page_file_and_api_tell_the_same(person, by):
    viewer = person("viewer")
    told = document(viewer, f"?by={by}")
    rows = list(csv.DictReader(io.StringIO(viewer.get(f"/v1/checks.csv?by={by}").text)))
    assert [[int(r[f]) for f in FIGURES] for r in rows] == [[r[f] for f in FIGURES] for r in told["rows"]]
    assert {f: sum(r[f] for r in told["rows"]) for f in FIGURES} == {f: told["total"][f] for f in FIGURES}
    page = viewer.page(f"/checks?by={by}").text
    table = [[int(n) for n in re.findall(r'<td class="number">(\d+)</td>', row)]
             for row in re.findall(r'<tr><th scope="row">.*?</tr>', page)]
    assert table == [[r[f] for f in FIGURES] for r in told["rows"]]
    assert viewer.page(html.unescape(re.search(r'href="(/checks\.csv[^"]*)"', page)[1])).text == viewer.get(f"/v1/checks.csv?by={by}").text


def drawn(page, name):
    """{bar: {kind: pixels along the axis}} of a chart, with what pointing at a bar says."""
    svg = re.search(rf'<svg[^>]*aria-labelledby="{name}-title.*?</svg>', page, re.S)[0]
    along = "width" if 'class="lying"' in svg else "height"
    return [(html.unescape(title), {k: int(re.search(rf' {along}="(\d+)"', rect)[1]) for rect, k in
                                    re.findall(r'(<rect class="(\w+)-kind"[^>]*>)', parts)})
            for title, parts in re.findall(r"<g><title>(.*?)</title>(.*?)</g>", svg)], svg


@pytest.mark.parametrize("by", PARTS)
def test_bars_are_as_long_as_their_numbers(person, by):
    viewer = person("viewer")
    told, page = document(viewer, f"?by={by}"), viewer.page(f"/checks?by={by}").text
    for name, kinds in (("visits", ["firsts", "repeated"]), ("tries", ["never_issued", "mistyped", "robots"])):
        bars, svg = drawn(page, name)
        assert len(bars) == len(told["rows"]) > 0
        lengths = {}
        for (words, pixels), row in zip(bars, told["rows"]):
            assert [int(n) for n in re.findall(r" (\d+)(?:,|$)", words.partition(": ")[2])] == [row[k] for k in kinds]
            assert set(pixels) == {n for n, k in zip(("first", "second", "third"), kinds) if row[k] > 0}
            for n, k in zip(("first", "second", "third"), kinds):
                if row[k] > 0:
                    lengths[row[k]] = pixels[n]
        most = max(sum(r[k] for k in kinds) for r in told["rows"])
        ruler = max(int(n) for n in re.findall(r"<text[^>]*>(\d+)</text>", re.search(r'<g class="rulers">.*?</g>', svg)[0]))
        assert ruler >= most
        full = {"lying": 960 - 260 - 24 - 64, "standing": 300 - 16 - 36}["lying" if 'class="lying"' in svg else "standing"]
        for value, length in lengths.items():
            assert abs(length - value * full / ruler) <= 2
        assert "<desc" in svg and 'role="img"' in svg and "style=" not in svg


def test_the_page_says_what_readers_cannot_see(person):
    page = person("viewer").page("/checks").text
    assert "style=" not in page and "<script>" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for used in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(used.split()) <= set(ids)


def test_items_looked_at_again_and_again_lead_to_the_item(person, counted):
    page = person("viewer").page("/checks").text
    assert f"/items?gtin={counted:014}&code=OFTEN1" in html.unescape(page)


def test_the_time_zone_is_the_brands_and_set_by_its_editors(person):
    editor, viewer = person("editor"), person("viewer")
    assert editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": "Asia/Kathmandu"}).status == 200
    told = document(viewer)
    assert told["time_zone"] == "Asia/Kathmandu" and all(r["begins"].endswith("+05:45") for r in told["rows"])
    assert all(r["begins"].endswith("+05:45") for r in csv.DictReader(io.StringIO(viewer.get("/v1/checks.csv").text)))
    went = editor.send("/checks/time-zone", {"time_zone": "Europe/Berlin"})
    assert (went.status, went.headers["location"]) == (303, "/checks?done=saved")
    assert "Europe/Berlin" in viewer.page("/checks").text and 'name="time_zone"' not in viewer.page("/checks").text
    assert 'name="time_zone"' in editor.page("/checks").text
    for who in (viewer, person("auditor"), person("quality"), person("line")):
        assert who.ask("PUT", "/v1/checks/time-zone", {"time_zone": "UTC"}).status == 403
        assert who.send("/checks/time-zone", {"time_zone": "UTC"}).status == 403
    with_log = person("auditor").get("/v1/checks")
    assert with_log.status == 200


@pytest.mark.parametrize("zone", ["", "x", "Mars/Olympus", "<script>", "CET", "UTC+3", "x" * 65, "x" * 10**5, "\x00", "Asia/\nShanghai", "‮"])
def test_what_is_no_time_zone_stands_at_its_field(person, zone):
    editor = person("editor")
    editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": "UTC"})
    refused = editor.send("/checks/time-zone", {"time_zone": zone})
    assert refused.status in (400, 413)
    if refused.status == 400:
        assert "<script>alert" not in refused.text and ('href="#time_zone"' in refused.text or zone == "\x00")
    assert editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": zone}).status in (400, 413)
    assert document(editor)["time_zone"] == "UTC"


@pytest.mark.parametrize("query", [
    "by=x", "from=2025-02-30", "from=2025-13-01", "from=x", "from=0000-01-01", "from=-001-01-01", "to=%27;DROP",
    "from=2026-01-02&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "gtin=1", "gtin=x", "gtin=99999999999999999999",
    "to=9999-12-31&from=9999-12-01", "from=" + "9" * 1500, "by=%3Cscript%3Ealert(1)%3C/script%3E", "gtin=%F0%9F%98%80"])
def test_hostile_filters_are_refused_and_named(person, query):
    viewer = person("viewer")
    for path in ("/v1/checks", "/v1/checks.csv", "/checks", "/checks.csv"):
        answer = viewer.get(f"{path}?{query}") if path.startswith("/v1") else viewer.page(f"{path}?{query}")
        assert answer.status in (400, 404, 414), (path, answer.status)
        assert "<script>alert" not in answer.text
        if path == "/checks":
            assert '<form method="get" action="/checks"' in answer.text and 'role="alert"' in answer.text


def test_another_brand_sees_nothing_of_it(console, owner_db, suyuan, person, counted):
    other = Person(console, owner_db, Line(suyuan, console).brand, "admin")
    for by in PARTS:
        told = document(other, f"?by={by}")
        assert sum(told["total"].values()) == 0 and not told["often"]
        assert str(counted) not in json.dumps(told)
    for path in ("/v1/checks", "/v1/checks.csv"):
        assert other.get(f"{path}?gtin={counted:014}").status == 404 == other.get(f"{path}?gtin=09506000134383").status
    assert str(counted) not in other.page("/checks").text


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(1)", "\ttab", 'a"b,c', "a;b", "=1\n2"])
def test_no_cell_is_a_formula(console, owner_db, suyuan, line, name):
    brand = Line(suyuan, console)
    admin = Person(console, owner_db, brand.brand, "admin")
    with owner_db.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name)
            SELECT brand_id, gtin, %s FROM trace.gtin_owner WHERE gtin = %s""", (json.dumps({"en": name}), int(brand.gtin)))
        cursor.execute("""SELECT code.add_checks(ARRAY[(%s, now(), '', '', 'visit', 1, 1)::code.check_sum])""", (int(brand.gtin),))
        cursor.execute("INSERT INTO code.check_count VALUES (%s, now(), '', '', 'visit', 1, 1)", (int(brand.gtin),))
    text = admin.get("/v1/checks.csv?by=product").body.decode()
    [row] = list(csv.DictReader(io.StringIO(text, newline="")))
    assert row["name"] == ("'" if name[0] in "=+-@\t" else "") + name
    page = admin.page("/checks?by=product")
    assert page.status == 200
