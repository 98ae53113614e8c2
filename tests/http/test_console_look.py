"""The look of a brand: checked, public at once, kept in versions, previewed in a frame."""
import html
import uuid

import pytest

from lines import Line, fresh_gtin
from people import Person
from pictures import png, size_of_jpeg
from shop import Shop
from test_console_papers import by_api, until


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def editor(console, owner_db, line):
    return Person(console, owner_db, line.brand, "editor")


@pytest.fixture(scope="module")
def code(suyuan, line):
    batch = line.batch(quantity=1)
    line.post("/v1/codes/state", {"batch": batch["id"], "state": "commissioned"})
    return "/" + line.get(f"/v1/batches/{batch['id']}/codes?format=txt").text.split()[0].split("://", 1)[1].partition("/")[2]


def public(https, code, accept="application/json"):
    return https.get(code, {"Accept": accept, "Accept-Language": "en"})


def test_what_is_saved_is_public_at_once_and_can_be_undone(editor, https, code):
    assert editor.ask("PATCH", "/v1/look", {"name": {"en": "Tea House", "zh-CN": "茶社"}, "motto": {"en": "Since spring"},
                                            "about": {"en": "Two lines\nof text"}, "accent": "#123456",
                                            "contact": {"url": "https://example.com/a"}}).status == 200
    until(lambda: public(https, code).json["brand"].get("motto") == "Since spring")
    brand = public(https, code).json["brand"]
    assert (brand["name"], brand["about"], brand["contact"]["url"]) == ("Tea House", "Two lines\nof text", "https://example.com/a")
    assert "Since spring" in public(https, code, "text/html").text
    assert editor.ask("PATCH", "/v1/look", {"motto.en": "Another"}).status == 200
    until(lambda: public(https, code).json["brand"]["motto"] == "Another")
    assert editor.ask("POST", "/v1/look/undo", {}).status == 200
    until(lambda: public(https, code).json["brand"]["motto"] == "Since spring")
    look = editor.get("/v1/look").json
    assert len(look["versions"]) >= 4 and look["missing"]["fr"] == ["name", "motto", "about"]
    assert look["contrast"]["light"]["passes"] is True and look["contrast"]["dark"]["shown_ratio"] >= 4.5


@pytest.mark.parametrize("member,value,code", [
    ("name.en", "x" * 61, "too_long"), ("name.en", "x" * 10 ** 6, "too_long"), ("motto.en", "a\x00b", None), ("motto.en", "a\x1bb", "control"),
    ("motto.en", "a\nb", "control"), ("about.fr", "x" * 1001, "too_long"), ("phone", "call me", "look_phone"),
    ("email", "no address", "look_email"), ("email", "a@b", "look_email"), ("url", "http://example.com", "look_url"),
    ("url", "https://exa mple.com", "look_url"), ("url", "javascript:alert(1)", "look_url"),
    ("url", "https://user@example.com", "look_url"), ("accent", "red", "color"), ("accent", "#12345g", "color"),
    ("logo", "x", "unknown_field"), ("slug", "x", "unknown_field"),
])
def test_what_cannot_stand_there_is_refused_at_its_field(editor, member, value, code):
    before = editor.get("/v1/look").json
    answer = editor.ask("PATCH", "/v1/look", {member: value})
    assert answer.status in (400, 413, 422), answer.text
    if code is not None and answer.status != 413:
        assert (answer.json["member"], answer.json["code"]) == (member, code)
    assert editor.get("/v1/look").json == before


def test_a_brand_keeps_a_name(editor):
    answer = editor.ask("PATCH", "/v1/look", {"name.en": "", "name.zh-CN": ""})
    assert (answer.status, answer.json["code"]) == (422, "look_name")


def test_markup_is_text(editor, https, code):
    evil = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    assert editor.ask("PATCH", "/v1/look", {"motto.en": evil, "about.en": evil}).status == 200
    until(lambda: public(https, code).json["brand"].get("motto") == evil)
    for text in (public(https, code, "text/html").text, editor.page("/look").text, editor.page("/look/preview?lang=en").text):
        assert "<img src=x" not in text and html.escape("<img src=x onerror", quote=False) in text


def test_a_logo_is_written_anew_and_svg_is_refused_with_the_reason(editor, https, code):
    svg = by_api(editor, "/v1/look/logo", {}, {"file": ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")})
    assert (svg.status, svg.json["code"]) == (422, "file_markup")
    made = editor.upload("/look/logo", {}, {"file": ("image/svg+xml", png(1200, 400))})
    assert (made.status, made.headers.get("location")) == (303, "/look?done=saved"), made.text
    digest = editor.get("/v1/look").json["logo"]["sha256"]
    until(lambda: public(https, code).json["brand"].get("logo", {}).get("sha256") == digest)
    shown = https.get(f"/media/{digest}.jpg")
    assert size_of_jpeg(shown.body)[0] == (240, 80) and b"taken at home" not in shown.body
    assert f'src="/media/{digest}.jpg"' in public(https, code, "text/html").text
    assert f'src="/media/{digest}.jpg"' in editor.page("/look/preview").text
    assert editor.page(f"/media/{digest}.jpg").body == shown.body
    assert editor.ask("DELETE", "/v1/look/logo").status == 200
    until(lambda: https.get(f"/media/{digest}.jpg").status == 404 and "logo" not in public(https, code).json["brand"])
    assert editor.ask("POST", "/v1/look/undo", {}).status == 200
    until(lambda: https.get(f"/media/{digest}.jpg").status == 200)


def test_a_draft_is_seen_by_nobody_else(editor, https, code):
    fields = {"name.en": "Draft name", "accent": "#ff0000", "show_in": "en"}
    answer = editor.send("/look/preview", fields)
    assert answer.status == 200 and "Draft name" in answer.text and "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert "Draft name" not in public(https, code).text and "Draft name" not in editor.get("/v1/look").text
    wrong = editor.send("/look/preview", {"name.en": "x", "url": "http://x.example"})
    assert wrong.status == 400 and "https://" in wrong.text


def test_the_preview_shows_what_is_public_of_a_product(suyuan, console, owner_db, tmp_path):
    shop = Shop(suyuan, tmp_path, f"brand-{uuid.uuid4().hex[:12]}", en="Maker")
    gtin = fresh_gtin()
    shop("brand", "own", shop.slug, gtin)
    shop.record("product", {"gtin": gtin, "name.en": "Pine honey", "care.en": "Keep it dark"})
    shop.show("product.name", "product.care")
    editor = Person(console, owner_db, shop.slug, "editor")
    until(lambda: "Pine honey" in editor.page("/look/preview?lang=en").text)
    assert "Keep it dark" in editor.page("/look/preview?lang=en").text
    shop.hide("product.care")
    text = editor.page("/look/preview?lang=en").text
    assert "Pine honey" in text and "Keep it dark" not in text


def test_the_form_says_what_is_wrong_where_it_is(editor):
    answer = editor.send("/look", {"name.en": "Tea", "email": "nobody"})
    assert answer.status == 400 and 'href="#email"' in answer.text and 'value="nobody"' in answer.text
    assert editor.send("/look", {"name.en": "Tea", "motto.en": "", "accent": "#777777"}).headers["location"] == "/look?done=saved"
    page = editor.page("/look?done=saved").text
    assert "Saved." in page and "4.3 : 1" in page and 'name="preview"' in page


def test_foreign_versions_are_unknown(suyuan, console, owner_db, editor):
    other = Person(console, owner_db, Line(suyuan, console).brand, "admin")
    version = other.get("/v1/look").json["versions"][0]["id"]
    assert editor.ask("POST", "/v1/look/undo", {"version": version}).status == 404
