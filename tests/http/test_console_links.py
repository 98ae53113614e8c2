"""Links at the console: by form and by API, filtered, changed, taken away, undone; what the resolver says at once."""
import re

import pytest

from lines import Line
from people import Person
from test_console_papers import until


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def editor(console, owner_db, line):
    return Person(console, owner_db, line.brand, "editor")


def link(line, **more):
    return {"gtin": line.gtin, "link_type": "gs1:instructions", "title": "How to brew", "href": "https://example.com/brew",
            "hreflang": "en", "default": "no", "forward_query": True, "public": True, **more}


def known(https, line):
    answer = https.get(f"/01/{line.gtin}?linkType=all", {"Accept": "application/linkset+json"})
    return answer.text if answer.status == 200 else ""


def current(editor, line):
    return editor.get(f"/v1/links?gtin={line.gtin}").json["links"]


def test_a_link_is_added_changed_taken_away_and_each_is_undone(editor, line, https):
    made = editor.ask("POST", "/v1/links", link(line))
    assert made.status == 200, made.text
    until(lambda: "https://example.com/brew" in known(https, line))
    page = editor.page(f"/links?gtin={line.gtin}&link_type=gs1%3Ainstructions&hreflang=en").text
    assert "How to brew" in page and "Instructions" in page
    [number] = re.findall(r'href="/links/(\d+)"', page)
    changed = editor.send(f"/links/{number}", {**link(line), "forward_query": "on", "public": "on", "href": "https://example.com/pour"})
    assert changed.status == 303, changed.text
    until(lambda: "example.com/pour" in known(https, line) and "example.com/brew" not in known(https, line))
    records = re.search(r"undo=([0-9-]+)", changed.headers["location"])[1]
    assert f'value="{records}"' in editor.page(changed.headers["location"]).text
    assert editor.send("/links/undo", {"records": records}).headers["location"] == "/links?done=undone"
    until(lambda: "example.com/brew" in known(https, line) and "example.com/pour" not in known(https, line))
    [number] = re.findall(r'href="/links/(\d+)"', editor.page(f"/links?gtin={line.gtin}").text)
    gone = editor.ask("DELETE", f"/v1/links/{number}")
    until(lambda: "example.com/brew" not in known(https, line))
    assert editor.ask("POST", "/v1/links/undo", {"records": gone.json["records"]}).json == {"undone": 1}
    until(lambda: "example.com/brew" in known(https, line))
    assert editor.ask("POST", "/v1/links/undo", {"records": gone.json["records"]}).json["code"] == "link_changed"
    assert editor.ask("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 1}


def test_a_new_default_takes_over_and_undo_gives_it_back(editor, line):
    assert editor.ask("POST", "/v1/links", link(line, default="one", href="https://example.com/1")).status == 200
    second = editor.ask("POST", "/v1/links", link(line, default="one", href="https://example.com/2")).json["records"]
    assert {(l["href"], l["default"]) for l in current(editor, line)} == {("https://example.com/1", "no"), ("https://example.com/2", "one")}
    assert editor.ask("POST", "/v1/links/undo", {"records": second}).json == {"undone": 2}
    assert [(l["href"], l["default"]) for l in current(editor, line)] == [("https://example.com/1", "one")]
    assert editor.ask("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 1}


def test_put_merges_and_delete_may_be_partial_for_people_too(editor, line):
    several = [{k: v for k, v in link(line, hreflang=h).items() if k != "gtin"} for h in ("en", "fr", "de")]
    assert editor.ask("PUT", "/v1/links", {"gtin": line.gtin, "links": several[:2]}).json == {"added": 2, "changed": 0, "same": 0}
    assert editor.ask("PUT", "/v1/links", {"gtin": line.gtin, "links": several[1:]}).json == {"added": 1, "changed": 0, "same": 1}
    assert editor.ask("DELETE", f"/v1/links?gtin={line.gtin}&hreflang=de").json == {"removed": 1}
    assert len(current(editor, line)) == 2
    with_line = line.send("PUT", "/v1/links", {"gtin": line.gtin, "links": several})
    assert with_line.status == 403 and "--links on" in with_line.text
    assert editor.ask("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 2}


@pytest.mark.parametrize("member,value", [
    ("gtin", "09506000134352"), ("gtin", "1"), ("lot", "a b"), ("serial", "x" * 21), ("link_type", "gs1:nothing"),
    ("title", ""), ("title", "x" * 201), ("title", "a\x07"), ("href", "javascript:alert(1)"), ("href", "https://user@x.example/"),
    ("href", "https://" + "x" * 10 ** 6), ("hreflang", "no tag at all!"), ("media_type", "html"), ("default", "two"),
    ("valid_from", "2026-13-01"), ("valid_until", "soon"), ("valid_until", "9999-12-31"),
])
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(editor, line, member, value):
    for answer in (editor.ask("POST", "/v1/links", link(line, **{member: value})),
                   editor.send("/links", {**link(line, forward_query="on", public="on"), member: value})):
        assert answer.status in (400, 403, 413, 422), answer.text
        if answer.status != 413:
            assert member in answer.text
    assert current(editor, line) == []


def ends(page):
    """What the form of a link has in its two inputs: type and text."""
    found = {name: re.search(rf'name="{name}" type="(\w+)" value="([^"]*)"', page.text) for name in ("valid_from", "valid_until")}
    return [found["valid_from"].groups(), found["valid_until"].groups()]


def test_a_day_is_the_brands_whole_day_and_saving_a_form_moves_nothing(suyuan, editor, line, owner_db):
    """Days, exact times with and without a fraction, and what was stored as midnight, UTC: each comes back as it is."""
    zone = "UPDATE trace.brand SET time_zone = %s WHERE slug = %s"
    with owner_db.cursor() as cursor:
        cursor.execute(zone, ("America/Los_Angeles", line.brand))
    try:
        for href, begins, until_, shown in (
                ("days", "2027-03-14", "2999-12-31", [("date", "2027-03-14"), ("date", "2999-12-31")]),
                ("exact", "2027-03-14T02:00:00-08:00", "2999-12-31T18:00:00.5+08:00",
                 [("text", "2027-03-14T03:00:00-07:00"), ("text", "2999-12-31T02:00:00.5-08:00")]),
                ("older", "", "2999-12-31T00:00:00Z", [("date", ""), ("text", "2999-12-30T16:00:00-08:00")])):
            href = f"https://example.com/{href}"
            added = editor.send("/links", {**link(line, href=href), "forward_query": "on", "public": "on",
                                           "valid_from": begins, "valid_until": until_})
            assert added.status == 303, added.text
            [number] = added.headers["location"].partition("undo=")[2].split("-")
            page = editor.page(f"/links/{number}")
            assert ends(page) == shown
            saved = editor.send(f"/links/{number}", {**link(line, href=href), "forward_query": "on", "public": "on",
                                                     "valid_from": shown[0][1], "valid_until": shown[1][1]})
            assert saved.headers["location"].endswith("undo=")   # no record came of it
            of_machines = editor.get(f"/v1/links/{number}").json
            assert editor.ask("PUT", f"/v1/links/{number}", {**link(line, href=href), **{
                k: of_machines[k] for k in ("valid_from", "valid_until") if of_machines[k]}}).json == {"records": ""}
        told = current(editor, line)
        assert [(l.get("valid_from"), l.get("valid_until")) for l in told] == [
            ("2027-03-14", "2999-12-31"), ("2027-03-14T10:00:00Z", "2999-12-31T10:00:00.5Z"), (None, "2999-12-31T00:00:00Z")]
        page = editor.page(f"/links?gtin={line.gtin}").text
        assert "2027-03-14 –<br>2999-12-31" in page and "– 2999-12-30 16:00" in page
        again = [{k: v for k, v in l.items() if k not in ("gtin", "lot", "serial")} for l in told]
        assert editor.ask("PUT", "/v1/links", {"gtin": line.gtin, "links": again}).json == {"added": 0, "changed": 0, "same": 3}
        listed = suyuan("links", "list", "--gtin", line.gtin, "--json", status=0).out
        assert suyuan("links", "import", "-", "--json", input=listed, status=0).json["same"] == 3
        sheet = "gtin,link_type,href,title,hreflang,valid_from,valid_until\n" + "".join(
            f"{line.gtin},{l['link_type']},{l['href']},{l['title']},en,{l.get('valid_from', '')},{l['valid_until']}\n" for l in told)
        assert suyuan("links", "import", "-", "--json", input=sheet, status=0).json["same"] == 3
        for href, end in (("past", {"valid_until": "2020-01-01"}), ("future", {"valid_from": "2999-01-01"})):
            assert editor.ask("POST", "/v1/links", link(line, href=f"https://example.com/{href}", **end)).status == 200
        page = editor.page(f"/links?gtin={line.gtin}").text
        assert page.count(">over<") == 1 and re.search(r"example.com/past.*?>over<", page, re.S)
        assert re.search(r"example.com/future.*?>to come<", page, re.S)
        lines = suyuan("links", "list", "--gtin", line.gtin, status=0).out.splitlines()
        assert [l.endswith("(ended)") for l in lines if "/past" in l] == [l.endswith("(to come)") for l in lines if "/future" in l] == [True]
        refused = editor.send("/links", {**link(line), "valid_from": "2027-03-14", "valid_until": "2027-03-13"})
        assert refused.status == 400 and "not before the first" in refused.text
        assert ends(refused) == [("date", "2027-03-14"), ("date", "2027-03-13")]
        assert editor.ask("POST", "/v1/links", link(line, valid_from="2027-03-14", valid_until="2027-03-13")).json["code"] == "link_valid_until"
    finally:
        with owner_db.cursor() as cursor:
            cursor.execute(zone, ("UTC", line.brand))
        assert editor.ask("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 5}


def test_sixty_types_by_plain_names_in_both_languages(editor):
    page = editor.page("/links").text
    assert len(set(re.findall(r'<option value="(gs1:\w+)"', page))) == 58   # all but the two that every link can be besides
    assert "Allergen information" in page
    assert "过敏原信息" in editor.page("/links?lang=zh-CN").text


def test_the_mode_says_where_a_scan_leads(editor, line, https):
    assert editor.ask("POST", "/v1/links", link(line, default="one", href="https://example.com/home")).status == 200
    batch = line.batch(quantity=1)
    line.post("/v1/codes/state", {"batch": batch["id"], "state": "commissioned"})
    code = line.get(f"/v1/batches/{batch['id']}/codes?format=txt").text.split()[0].split("://", 1)[1]
    item = lambda: https.get("/" + code.partition("/")[2], {"Accept": "text/html"}).status
    until(lambda: item() == 200)
    assert editor.send("/links/mode", {"mode": "redirect"}).headers["location"] == "/links?done=saved"
    until(lambda: item() == 307)
    assert editor.ask("PUT", "/v1/links/mode", {"mode": "page"}).json == {"mode": "page"}
    until(lambda: item() == 200)
    assert editor.ask("PUT", "/v1/links/mode", {"mode": "nowhere"}).status == 400
    assert editor.ask("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 1}


def test_another_brands_links_look_like_none(suyuan, console, owner_db, editor, line):
    other = Line(suyuan, console)
    stranger = Person(console, owner_db, other.brand, "admin")
    records = stranger.ask("POST", "/v1/links", link(other)).json["records"]
    assert editor.get(f"/v1/links/{records}").status == 404
    assert editor.ask("DELETE", f"/v1/links/{records}").status == 404
    assert editor.ask("PUT", f"/v1/links/{records}", link(line)).status == 404
    assert editor.ask("POST", "/v1/links/undo", {"records": records}).status == 404
    assert other.gtin not in editor.page("/links").text
