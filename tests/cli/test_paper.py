"""`suyuan paper` and the look of a brand by `suyuan brand`: what the console takes and refuses, by command."""
import hashlib
import subprocess
import sys
import uuid

import pytest

import conftest
import instance as shared
from patience import soon
from steps import TOP
from test_code import gtin

sys.path.insert(0, str(TOP / "tests/http"))
from pdfs import GOOD, HOSTILE, pdf
from pictures import png

PDF_REASONS = {"pdf_script": "runs scripts", "pdf_action": "starts, sends or plays", "pdf_files": "has files inside",
               "pdf_encrypted": "is encrypted", "pdf_broken": "is no whole PDF", "pdf_more": "something else besides",
               "file_too_large": "is too large"}


@pytest.fixture(scope="module")
def brand(suyuan):
    slug = f"paper-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", slug, "--name", "en=Paper", status=0)
    return slug


@pytest.fixture(scope="module")
def product(suyuan, brand):
    number = gtin()
    suyuan("brand", "own", brand, number, status=0)
    return number


def put(folder, body, name="file"):
    (folder / name).write_bytes(body)
    return folder / name


def papers(suyuan, brand):
    return suyuan("paper", "list", "--brand", brand, "--json", status=0).json_lines


def count(db, brand, table):
    with db.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE brand_id = (SELECT id FROM trace.brand WHERE slug = %s)", (brand,))
        return cursor.fetchone()[0]


# --- papers ---

def test_a_paper_is_added_shown_replaced_and_withdrawn(suyuan, brand, product, owner_db, tmp_path):
    body, better = pdf(version=b"1.4"), pdf(version=b"1.6")
    made = suyuan("paper", "add", "--gtin", product, "--title", "en=Organic", "--title", "zh-CN=有机", "--issuer", "Test House",
                  "--issued-on", "2026-03-01", "--code", "ORG-1", put(tmp_path, body), "--json", status=0).json
    assert (made["gtin"], made["code"], made["media_type"], made["bytes"]) == (product, "ORG-1", "application/pdf", len(body))
    assert made["sha256"] == hashlib.sha256(body).hexdigest()
    suyuan("policy", "show", "--brand", brand, "document.title", "document.file", status=0)
    [listed] = papers(suyuan, brand)
    assert (listed["title"], listed["issuer"], listed["public"]) == ({"en": "Organic", "zh-CN": "有机"}, {"und": "Test House"}, "file")
    assert "Organic" in suyuan("paper", "list", "--gtin", product, status=0).out

    def public():
        with owner_db.cursor() as cursor:
            cursor.execute("SELECT encode(sha256, 'hex') FROM pub.paper_file WHERE gtin = %s", (int(product),))
            return [row[0] for row in cursor.fetchall()]
    assert public() == [made["sha256"]]
    again = suyuan("paper", "add", "--gtin", product, "--title", "en=x", "--code", "ORG-1", tmp_path / "file", status=1)
    assert "replace that one" in again.err
    second = suyuan("paper", "add", "--replaces", made["id"], put(tmp_path, better), "--json", status=0).json
    [listed] = papers(suyuan, brand)
    assert (listed["id"], listed["title"]["en"], listed["issued_on"]) == (second["id"], "Organic", "2026-03-01")
    assert public() == [hashlib.sha256(better).hexdigest()]
    assert "that counts" in suyuan("paper", "withdraw", made["id"], status=1).err
    suyuan("paper", "withdraw", second["id"], status=0)
    assert papers(suyuan, brand) == [] and public() == []
    assert "that counts" in suyuan("paper", "withdraw", second["id"], status=1).err
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT count(*) FROM trace.upload AS u JOIN trace.brand AS b ON b.id = u.brand_id
            WHERE b.slug = %s AND u.state <> 'done'""", (brand,))
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("what", ["paper", "photo"])
def test_what_is_withdrawn_is_gone_before_the_page_is_made_anew(suyuan, brand, owner_db, tmp_path, what):
    """Killed between the two, the command has taken it from the public all the same."""
    number = gtin()
    suyuan("brand", "own", brand, number, status=0)
    suyuan("policy", "show", "--brand", brand, "document.title", "document.file", "product.photo", status=0)
    if what == "paper":
        made = suyuan("paper", "add", "--gtin", number, "--title", "en=x", put(tmp_path, pdf()), "--json", status=0).json
        words = ["paper", "withdraw", made["id"]]
    else:
        suyuan("photo", "set", "--gtin", number, put(tmp_path, png()), status=0)
        words = ["photo", "remove", "--gtin", number]

    def ask(sql):
        with owner_db.cursor() as cursor:
            cursor.execute(sql, (int(number),))
            return cursor.fetchall()
    shown = "SELECT 1 FROM pub.paper_file WHERE gtin = %s" if what == "paper" else "SELECT 1 FROM pub.photo WHERE gtin = %s"
    assert ask(shown) == [(1,)]
    lock = """('pub.product'::regclass::oid::integer, (SELECT brand_id::integer FROM trace.gtin_owner WHERE gtin = %s))"""
    ask("SELECT pg_advisory_lock" + lock)  # whoever makes pages anew waits
    try:
        with subprocess.Popen([conftest.suyuan_program(), *map(str, words)], env=shared.command_env(shared.VAR)) as program:
            soon(lambda: ask(shown) == [], seconds=5)
            assert program.poll() is None
            program.kill()
    finally:
        ask("SELECT pg_advisory_unlock" + lock)
    assert ask(shown) == []


@pytest.mark.parametrize("name", {code: name for name, (_, code) in HOSTILE.items() if name != "bomb"}.values())
def test_a_pdf_the_console_refuses_is_refused_with_file_and_reason(suyuan, brand, product, owner_db, tmp_path, name):
    body, code = HOSTILE[name]
    before = count(owner_db, brand, "trace.document"), count(owner_db, brand, "trace.paper_file")
    refused = suyuan("paper", "add", "--gtin", product, "--title", "en=x", put(tmp_path, body, "bad.pdf"), status=1)
    assert f"{tmp_path / 'bad.pdf'}: it " in refused.err and PDF_REASONS[code] in refused.err, refused.err
    assert before == (count(owner_db, brand, "trace.document"), count(owner_db, brand, "trace.paper_file"))


FILES = {"svg": b"<svg/>", "large": b"%PDF-1.7\n" + bytes(11 << 20), "good": pdf()}


@pytest.mark.parametrize("options,file,status,words", [
    (["--title", "en=x"], "svg", 1, "neither PDF, JPEG, PNG nor WebP"),
    (["--title", "en=x"], "large", 1, "too large"),
    (["--title", "en=x", "--kind", "gossip"], "good", 2, "--kind is"),
    ([], "good", 1, "needs a title"),
    (["--title", "en=" + "x" * 201], "good", 1, "more than 200 characters"),
    (["--title", "en=a\x07b"], "good", 1, "control characters"),
    (["--title", "en=x", "--issued-on", "2026-02-31"], "good", 1, "must be a date"),
    (["--title", "en=x", "--lot", "NONE"], "good", 1, "no such lot"),
    (["--title", "en=x", "--replaces", "1"], "good", 2, "--gtin, or --replaces")])
def test_what_is_said_of_a_paper_is_checked(suyuan, brand, product, owner_db, tmp_path, options, file, status, words):
    before = count(owner_db, brand, "trace.document")
    refused = suyuan("paper", "add", "--gtin", product, *options, put(tmp_path, FILES[file]), status=status)
    assert words in refused.err
    assert count(owner_db, brand, "trace.document") == before


def test_a_file_that_is_not_there_or_a_gtin_that_is_nobodys(suyuan, tmp_path):
    assert "No such file" in suyuan("paper", "add", "--gtin", gtin(), "--title", "en=x", tmp_path / "none.pdf", status=1).err
    file = put(tmp_path, GOOD["plain"])
    assert "no such GTIN" in suyuan("paper", "add", "--gtin", gtin(), "--title", "en=x", file, status=1).err
    assert "no number" in suyuan("paper", "withdraw", "x'; --", status=2).err


# --- the look of a brand ---

def look(suyuan, slug):
    return next(b for b in suyuan("brand", "list", "--json", status=0).json_lines if b["slug"] == slug)


def test_a_brand_gets_its_motto_about_contact_colour_and_logo(suyuan, owner_db, tmp_path):
    slug = f"look-{uuid.uuid4().hex[:12]}"
    made = ["--name", "en=Tea", "--motto", "en=Since 1904", "--about", "zh-CN=山中的茶。\n每年春天。", "--contact", "email=a@example.com",
            "--accent", "#123456"]
    suyuan("brand", "add", slug, *made, status=0)
    suyuan("brand", "add", slug, *made, status=0)
    assert "already" in suyuan("brand", "add", slug, *made, "--motto", "en=Other", status=1).err
    suyuan("brand", "set", slug, "--motto", "fr=Depuis 1904", "--logo", put(tmp_path, png(900, 300)), status=0)
    shown = look(suyuan, slug)
    assert shown["motto"] == {"en": "Since 1904", "fr": "Depuis 1904"} and shown["about"] == {"zh-CN": "山中的茶。\n每年春天。"}
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT p.document, encode(l.sha256, 'hex'), b.id FROM trace.brand AS b
            JOIN pub.brand AS p ON p.brand_id = b.id JOIN pub.logo AS l ON l.brand_id = b.id WHERE b.slug = %s""", (slug,))
        [(document, logo, _)] = cursor.fetchall()
    assert document["logo"] == {"sha256": logo, "width": 240, "height": 80} and logo == shown["logo"]
    assert document["motto"]["fr"] == "Depuis 1904"
    suyuan("brand", "set", slug, "--drop", "logo", "--drop", "motto.fr", "--drop", "email", "--drop", "accent", status=0)
    after = look(suyuan, slug)
    assert (after["logo"], after["motto"], after["contact"], after["accent"]) == ("", {"en": "Since 1904"}, {}, "")
    assert after["name"] == {"en": "Tea"}


@pytest.mark.parametrize("options,words", [
    (["--name", "en=" + "x" * 61], "more than 60 characters"), (["--motto", "en=" + "x" * 121], "more than 120"),
    (["--about", "en=" + "x" * 1001], "more than 1000"), (["--motto", "en=two\nlines"], "control characters"),
    (["--contact", "email=nobody"], "no e-mail address"), (["--contact", "phone=call me"], "telephone"),
    (["--contact", "url=http://example.com"], "begins with https://"), (["--contact", "url=https://user@example.com"], "https://"),
    (["--accent", "red"], "must be a colour"), (["--drop", "slug"], "no member"), (["--drop", "name.en"], "needs its name"),
    (["--logo", "{svg}"], "neither JPEG, PNG nor WebP"), (["--logo", "{pdf}"], "neither JPEG, PNG nor WebP"),
    (["--logo", "{cut}"], "cannot be read to its end"), (["--logo", "/no/such/file"], "No such file")])
def test_a_look_is_refused_as_the_console_refuses_it(suyuan, brand, owner_db, tmp_path, options, words):
    files = {"{svg}": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "{pdf}": pdf(), "{cut}": png()[:4000]}
    options = [str(put(tmp_path, files[o])) if o in files else o for o in options]
    before, versions = look(suyuan, brand), count(owner_db, brand, "trace.look")
    refused = suyuan("brand", "set", brand, "--motto", "zh-CN=不应保存", *options, status=1)
    assert words.replace("no e-mail", "not an e-mail") in refused.err, refused.err
    assert look(suyuan, brand) == before and count(owner_db, brand, "trace.look") == versions


def test_a_colour_that_is_hard_to_read_is_told(suyuan, brand):
    told = suyuan("brand", "set", brand, "--accent", "#ffee88", status=0).err
    assert "on the light page, where text needs 4.5" in told and "dark page" not in told
    assert suyuan("brand", "set", brand, "--accent", "#123456", status=0).err.count("dark page") == 1
    assert suyuan("brand", "add", f"bad-{uuid.uuid4().hex[:8]}", "--name", "en=x", "--accent", "#12345", status=1).out == ""


def test_a_brand_has_a_time_zone_that_postgresql_knows(suyuan, brand):
    slug = f"zone-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", slug, "--name", "en=Zone", "--time-zone", "Asia/Kathmandu", status=0)
    suyuan("brand", "add", slug, "--name", "en=Zone", "--time-zone", "Asia/Kathmandu", status=0)
    assert "already" in suyuan("brand", "add", slug, "--name", "en=Zone", "--time-zone", "Asia/Shanghai", status=1).err
    assert look(suyuan, slug)["time_zone"] == "Asia/Kathmandu"
    suyuan("brand", "set", slug, "--motto", "en=x", status=0)
    assert look(suyuan, slug)["time_zone"] == "Asia/Kathmandu"
    suyuan("brand", "set", slug, "--time-zone", "Asia/Shanghai", status=0)
    for wrong, words in (("shanghai", "did you mean Asia/Shanghai"), ("Mars/Olympus", "no time zone that PostgreSQL knows"),
                         ("UTC+8", "no time zone"), ("", "no time zone"), ("%", "no time zone"), ("Asia/Shanghai'; --", "no time zone")):
        refused = suyuan("brand", "set", slug, "--name", "en=Other", "--time-zone", wrong, status=1).err
        assert words in refused and "nothing was changed" in refused
    assert (look(suyuan, slug)["time_zone"], look(suyuan, slug)["name"]) == ("Asia/Shanghai", {"en": "Zone"})
    assert look(suyuan, brand)["time_zone"] == "UTC"
