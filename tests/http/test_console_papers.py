"""Certificates and photos that people bring: taken when they are what they say, refused at the field else, and
gone from the page and from /media when they are hidden or withdrawn."""
import hashlib
import re
import uuid

import pytest

from lines import Line, fresh_gtin
from patience import soon as until
from pdfs import GOOD, HOSTILE, pdf
from people import Person
from pictures import ARCHIVE, HOSTILE as HOSTILE_PICTURES, MARKUP, TWOFOLD, png, size_of_jpeg

TITLE = {"title.en": "Test report", "kind": "report"}


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def editor(console, owner_db, line):
    return Person(console, owner_db, line.brand, "editor")


@pytest.fixture(scope="module")
def page(suyuan, line, https):
    """The public JSON of an item of the line's product."""
    batch = line.batch(quantity=1)
    line.post("/v1/codes/state", {"batch": batch["id"], "state": "commissioned"})
    code = line.get(f"/v1/batches/{batch['id']}/codes?format=txt").text.split()[0]
    path = "/" + code.split("://", 1)[1].partition("/")[2]
    return lambda: https.get(path, {"Accept": "application/json", "Accept-Language": "en"}).json


def by_api(person, path, fields, files):
    """The same form as a program with a token sends it."""
    edge = uuid.uuid4().hex
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    parts += [f'--{edge}\r\nContent-Disposition: form-data; name="{k}"; filename="x"\r\nContent-Type: {kind}\r\n\r\n'
              .encode() + body + b"\r\n" for k, (kind, body) in files.items()]
    return person.ask("POST", path, b"".join(parts) + f"--{edge}--\r\n".encode(),
                      Content_Type=f"multipart/form-data; boundary={edge}")


def add(person, line, body, said="application/pdf", **fields):
    return by_api(person, "/v1/papers", {"gtin": line.gtin, **TITLE, **fields}, {"file": (said, body)})


def media(https, digest, kind):
    return https.get(f"/media/{digest}.{kind}")


def show(suyuan, line, *fields, verb="show"):
    suyuan("policy", verb, "--brand", line.brand, *fields, status=0)


def count(db, line, table="trace.document"):
    with db.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE brand_id = (SELECT id FROM trace.brand WHERE slug = %s)",
                       (line.brand,))
        return cursor.fetchone()[0]


@pytest.mark.parametrize("name", GOOD)
def test_a_pdf_that_only_shows_pages_is_taken_as_it_is(editor, line, name):
    answer = add(editor, line, GOOD[name])
    assert answer.status == 201, answer.text
    digest = hashlib.sha256(GOOD[name]).hexdigest()
    assert (answer.json["sha256"], answer.json["media_type"]) == (digest, "application/pdf")
    kept = editor.get(f"/v1/media/{digest}.pdf")
    assert kept.body == GOOD[name] and kept.headers["content-disposition"] == "attachment"
    assert "sandbox" in kept.headers["content-security-policy"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pdf_that_does_more_is_refused_and_nothing_has_changed(editor, line, owner_db, name):
    body, code = HOSTILE[name]
    before = count(owner_db, line)
    answer = add(editor, line, body)
    assert (answer.status, answer.json.get("member"), answer.json.get("code")) == (422, "file", code), answer.text
    assert count(owner_db, line) == before
    assert editor.get(f"/v1/media/{hashlib.sha256(body).hexdigest()}.pdf").status == 404


@pytest.mark.parametrize("body,code", [
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_markup"),
    (b"<?xml version='1.0'?><svg/>", "file_markup"),
    (b"<!DOCTYPE html><script>1</script>", "file_markup"),
    (b"GIF89a" + bytes(100), "file_unknown"),
    (b"MZ" + bytes(100), "file_unknown"),
    (b"\n%PDF-1.7\n", "file_unknown"),
    (png()[:5000], "picture_broken"),
    (b"\x89PNG\r\n\x1a\n" + pdf(), "picture_broken"),
    (b"\xff\xd8\xff\xe0" + b"A" * 3000, "picture_broken"),
    (png(8000, 8000, noise=False), "file_too_large"),
])
def test_what_a_file_says_it_is_counts_for_nothing(editor, line, owner_db, body, code):
    before = count(owner_db, line)
    for kind in ("application/pdf", "image/png"):
        answer = add(editor, line, body, kind)
        assert (answer.status, answer.json["member"], answer.json["code"]) == (422, "file", code), answer.text
    assert count(owner_db, line) == before


@pytest.mark.parametrize("name", HOSTILE_PICTURES)
def test_a_hostile_picture_is_refused_at_every_door_and_nothing_stays(editor, line, owner_db, name):
    body, code = HOSTILE_PICTURES[name]
    def kept():
        return [count(owner_db, line, table) for table in ("trace.document", "trace.paper_file", "trace.photo", "trace.logo")]
    before = kept()
    for path, fields in (("/v1/papers", {"gtin": line.gtin, **TITLE}), ("/v1/photos", {"gtin": line.gtin}), ("/v1/look/logo", {})):
        answer = by_api(editor, path, fields, {"file": ("image/png", body)})
        assert (answer.status, answer.json["member"], answer.json["code"]) == (422, "file", code), (path, answer.text)
    assert kept() == before
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trace.upload WHERE bytes IS NOT NULL AND made_by = %s", (f"user:{editor.name}",))
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("name", TWOFOLD)
def test_of_a_file_that_is_two_things_the_picture_alone_is_kept(editor, line, name):
    answer = add(editor, line, TWOFOLD[name], "text/html")
    assert answer.status == 201, answer.text
    kept = editor.get(f"/v1/media/{answer.json['sha256']}.jpg").body
    assert size_of_jpeg(kept)[0] == (60, 40)
    assert not any(part in kept for part in (MARKUP, ARCHIVE, b"<script", b"%PDF", b"PK\x05\x06"))


def test_a_picture_is_written_anew_whatever_it_was_called(editor, line):
    answer = add(editor, line, png(3000, 1000), "application/pdf")
    assert answer.status == 201 and answer.json["media_type"] == "image/jpeg"
    kept = editor.get(f"/v1/media/{answer.json['sha256']}.jpg")
    size, markers = size_of_jpeg(kept.body)
    assert size == (2400, 800) and 0xe1 not in markers and b"taken at home" not in kept.body


def test_what_is_too_large_is_refused_before_it_is_read(editor, line):
    answer = add(editor, line, b"%PDF-1.7\n" + bytes(11 << 20))
    assert answer.status == 413


@pytest.mark.parametrize("fields,member,code", [
    ({"gtin": "09506000134352"}, "gtin", "gtin_unknown"),   # another brand's
    ({"gtin": fresh_gtin()}, "gtin", "gtin_unknown"),   # nobody's
    ({"lot": "NO-SUCH-LOT"}, "lot", "lot_unknown"),
    ({"title.en": "x" * 201}, "title.en", "too_long"),
    ({"title.en": "a\x07b"}, "title.en", "control"),
    ({"title.en": ""}, "title.en", "required"),
    ({"issued_on": "2026-02-31"}, "issued_on", "date"),
    ({"kind": "gossip"}, "kind", "choice"),
    ({"code": "x" * 101}, "code", "too_long"),
    ({"foreign": "1"}, "foreign", "unknown_field"),
])
def test_what_is_said_of_a_paper_is_checked_at_its_field(editor, line, owner_db, fields, member, code):
    before = count(owner_db, line)
    answer = add(editor, line, pdf(), **fields)
    assert answer.status in (400, 422), answer.text
    assert (answer.json["member"], answer.json["code"]) == (member, code)
    assert count(owner_db, line) == before


def test_a_form_that_is_refused_stands_there_again_with_the_reason(editor, line):
    answer = editor.upload("/papers", {"gtin": line.gtin, "title.en": "Kept title", "kind": "report"},
                           {"file": ("application/pdf", HOSTILE["script"][0])})
    assert answer.status == 422
    assert "runs scripts" in answer.text and 'value="Kept title"' in answer.text and 'href="#file"' in answer.text
    taken = editor.upload("/papers", {"gtin": line.gtin, "back": "/papers?done=saved", **TITLE},
                          {"file": ("image/png", pdf(version=b"1.6"))})
    assert taken.status == 303 and taken.headers["location"] == "/papers?done=saved"
    assert "Test report" in editor.page("/papers").text


def test_it_is_public_with_its_field_and_gone_within_a_second_when_hidden(suyuan, editor, line, page, https):
    body = pdf(version=b"1.5")
    made = add(editor, line, body, code="SHOWN-1").json
    digest = made["sha256"]
    assert "documents" not in page()["product"] and media(https, digest, "pdf").status == 404
    show(suyuan, line, "document.title", "product.name")
    papers = page()["product"]["documents"]
    assert all("file" not in p for p in papers) and media(https, digest, "pdf").status == 404
    show(suyuan, line, "document.file")
    assert {"sha256": digest, "type": "pdf", "bytes": len(body)} in [p["file"] for p in page()["product"]["documents"]]
    shown = media(https, digest, "pdf")
    assert shown.body == body and shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"] == "attachment"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert media(https, digest, "jpg").status == 404
    for field in ("document.file", "document.title"):
        show(suyuan, line, field, verb="hide")
        until(lambda: media(https, digest, "pdf").status == 404)
        until(lambda: digest not in str(page()))
        show(suyuan, line, field)
        until(lambda: media(https, digest, "pdf").status == 200)
    assert editor.ask("DELETE", f"/v1/papers/{made['id']}").status == 200
    until(lambda: media(https, digest, "pdf").status == 404 and digest not in str(page()))
    told = editor.get(f"/v1/papers/{made['id']}").json
    assert told["counts"] is False and told["history"][0]["withdrawn"] is True
    show(suyuan, line, "document.title", "document.file", verb="hide")


def test_a_replacement_is_a_correction_of_the_same_paper(editor, line):
    first, second = pdf(version=b"1.3"), pdf(version=b"1.2")
    made = add(editor, line, first, code="REPLACED").json
    assert add(editor, line, second, code="REPLACED").json["code"] == "paper_known"
    again = by_api(editor, "/v1/papers", {"replaces": made["id"]}, {"file": ("x/y", second)})
    assert again.status == 201, again.text
    told = editor.get(f"/v1/papers/{again.json['id']}").json
    assert (told["code"], told["title"]) == ("REPLACED", {"en": "Test report"})
    assert [h["id"] for h in told["history"]] == [again.json["id"], made["id"]]
    assert by_api(editor, "/v1/papers", {"replaces": made["id"]}, {"file": ("x/y", first)}).status == 404


def test_another_brands_papers_look_like_none(suyuan, console, owner_db, editor, line):
    other = Line(suyuan, console)
    stranger = Person(console, owner_db, other.brand, "admin")
    made = add(editor, line, pdf(version=b"1.1")).json
    for method, path in (("GET", f"/v1/papers/{made['id']}"), ("DELETE", f"/v1/papers/{made['id']}"),
                         ("GET", f"/v1/media/{made['sha256']}.pdf"), ("GET", f"/v1/uploads/{made['upload']}")):
        assert stranger.ask(method, path).status == 404, path
    assert by_api(stranger, "/v1/papers", {"replaces": made["id"]}, {"file": ("x/y", pdf())}).status == 404
    assert made["sha256"] not in stranger.get("/v1/papers").text
    assert editor.get(f"/v1/papers/{made['id']}").json["counts"] is True


def test_a_photo_is_brought_shown_and_taken_away(suyuan, editor, line, page, https):
    picture = png(900, 600, seed=7)
    assert by_api(editor, "/v1/photos", {"gtin": line.gtin}, {"file": ("x/y", b"%PDF-1.7")}).json["code"] == "picture_unknown"
    made = editor.upload("/photos", {"gtin": line.gtin, "back": "/photos?done=saved"}, {"file": ("text/html", picture)})
    assert made.status == 303, made.text
    [photo] = editor.get("/v1/photos").json["photos"]
    assert (photo["width"], photo["public"]) == (640, False)
    assert media(https, photo["sha256"], "jpg").status == 404
    show(suyuan, line, "product.photo")
    until(lambda: media(https, photo["sha256"], "jpg").status == 200)
    assert page()["product"]["photo"]["sha256"] == photo["sha256"]
    assert editor.ask("DELETE", f"/v1/photos?gtin={line.gtin}").status == 200
    until(lambda: media(https, photo["sha256"], "jpg").status == 404 and "photo" not in page()["product"])
    assert editor.ask("DELETE", f"/v1/photos?gtin={line.gtin}").status == 404


def test_who_may_only_look_brings_nothing(console, owner_db, line):
    viewer = Person(console, owner_db, line.brand, "viewer")
    assert add(viewer, line, pdf()).status == 403
    assert viewer.page("/papers").status == 200 and 'type="file"' not in viewer.page("/papers").text


def test_forms_offer_products_take_one_from_the_address_and_tell_the_brands_time(suyuan, console, owner_db):
    line = Line(suyuan, console, gtins=[fresh_gtin(), fresh_gtin()])
    editor, other = Person(console, owner_db, line.brand, "editor"), Line(suyuan, console)
    suyuan("brand", "set", line.brand, "--time-zone", "Asia/Kathmandu", status=0)
    for path in ("/photos", "/papers", "/links"):
        page = editor.page(path).text
        offered = re.search(r'<datalist id="gtin-list">(.*?)</datalist>', page, re.S)[1]
        assert re.findall(r'value="(\d{14})"', offered) == sorted(line.gtins), path
        assert "09506000134352" in re.search(r'id="gtin-hint">([^<]*)<', page)[1] and other.gtin not in offered
        chosen = editor.page(f"{path}?gtin={line.gtins[1]}").text
        assert f'id="gtin" name="gtin" type="text" value="{line.gtins[1]}"' in chosen, path
        refused = editor.page(f"{path}?gtin=1", **{"Accept-Language": "zh-CN"})
        assert refused.status == 400 and "GTIN" in refused.text and "must be" not in refused.text
        assert "offered" not in editor.get("/v1" + path + ("?gtin=" + line.gtin if path == "/links" else "")).json
    assert by_api(editor, "/v1/photos", {"gtin": line.gtin}, {"file": ("image/png", png())}).status == 201
    paper = by_api(editor, "/v1/papers", {"gtin": line.gtin, **TITLE}, {"file": ("application/pdf", GOOD["plain"])}).json
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT to_char(recorded_at AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI:SS') FROM trace.photo
            WHERE gtin = %s""", (int(line.gtin),))
        [(at,)] = cursor.fetchall()
    assert at in editor.page("/photos").text and "UTC" not in editor.page("/photos").text
    for path in ("/papers", f"/papers/{paper['id']}"):
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d<", editor.page(path).text), path
    assert editor.get("/v1/photos").json["photos"][0]["recorded_at"].endswith("+05:45")
