"""Files brought to the console: which column is what, dry runs, imports; files that are none, and files that lie."""
import csv
import gzip
import io
import re
import time
import uuid
import zipfile

import pytest

import crawl
from lines import fresh_gtin
from people import Person
from shop import Shop, as_csv


@pytest.fixture(scope="module")
def shop(suyuan, tmp_path_factory):
    shop = Shop(suyuan, tmp_path_factory.mktemp("imports"), f"brand-{uuid.uuid4().hex[:12]}", en="Imports")
    shop.gtins = [fresh_gtin() for _ in range(30)]
    shop("brand", "own", shop.slug, *shop.gtins)
    shop.show("product.name", "lot.number")
    return shop


@pytest.fixture
def editor(console, owner_db, shop):
    return Person(console, owner_db, shop.slug, "editor")


def ask(db, sql, *values):
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def bring(person, body, name="teas.csv"):
    """The address of the file's page."""
    answer = person.upload("/imports", {"name": name}, {"file": ("text/csv", body)})
    assert answer.status == 303, (answer.status, answer.text[:500])
    return answer.headers["location"].partition("?")[0]


def form_at(person, path, end):
    """The form of a page whose address ends so; None: there is none."""
    page = crawl.Page(path, person.page(path).text)
    assert not page.faults
    return next((f for f in page.forms if f.action.endswith(end)), None)


def send(person, path, end, **values):
    form = form_at(person, path, end)
    assert form is not None, (path, end)
    answer = person.send(form.action, {**form.values(), **values})
    assert answer.status == 303, (answer.status, re.findall(r'role="alert".*', answer.text or "")[:3])


def ended(person, path, seconds=60):
    """The newest run, when it has ended."""
    end = time.monotonic() + seconds
    while True:
        run = person.get("/v1" + path).json["runs"][0]
        if run["state"] not in ("waiting", "running"):
            return run
        assert time.monotonic() < end, run
        time.sleep(0.05)


def counted(run):
    return {k: run[k] for k in ("state", "records", "added", "corrected", "unchanged", "refused")}


def done(records, added=0, corrected=0, unchanged=0, refused=0):
    return {"state": "done", "records": records, "added": added, "corrected": corrected, "unchanged": unchanged,
            "refused": refused}


def imported(person, body, **mapping):
    """A file through the page: its address, what the dry run came to and what the import did."""
    path = bring(person, body)
    send(person, path, "/mapping", **mapping)
    dry = ended(person, path)
    if form_at(person, path, "/run") is None:
        return path, dry, None
    send(person, path, "/run")
    return path, dry, ended(person, path)


def lots_of(db, shop):
    return ask(db, "SELECT lot FROM trace.lot_now WHERE brand_id = (SELECT id FROM trace.brand WHERE slug = %s) ORDER BY lot",
               shop.slug)


def lots_csv(shop, *lots, note="n"):
    return as_csv(["gtin", "lot", "internal_note"], [{"gtin": shop.gtins[0], "lot": lot, "internal_note": note}
                                                     for lot in lots]).encode()


# --- from a file to what the public reads ---

@pytest.fixture
def real(shared_data, shop):
    """Real names and ingredients in many languages, of GTINs that are the brand's own."""
    with open(shared_data / "products-off/off_products_sample.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["name"]][:len(shop.gtins)]
    for row, gtin in zip(rows, shop.gtins):
        row["gtin"] = gtin
    return rows


def test_a_real_file_becomes_records_and_public_documents_and_again_nothing(editor, owner_db, real):
    body = as_csv(list(real[0]), real).encode()
    path, dry, run = imported(editor, body)
    assert counted(dry) == counted(run) == done(len(real), added=len(real))
    for line, row in enumerate(real, 2):
        [(words, by, source)] = ask(owner_db, """SELECT p.name::jsonb ->> 'und', p.recorded_by, p.source
            FROM trace.product_now AS p WHERE p.gtin = %s""", int(row["gtin"]))
        assert (words, by, source) == (row["name"].strip(), f"user:{editor.name}", f"teas.csv:{line}")
        assert ask(owner_db, "SELECT count(*) FROM pub.product WHERE gtin = %s", int(row["gtin"])) == [(1,)]
    before = ask(owner_db, "SELECT count(*) FROM trace.product")
    _, dry, run = imported(editor, body)
    assert counted(dry) == counted(run) == done(len(real), unchanged=len(real))
    assert ask(owner_db, "SELECT count(*) FROM trace.product") == before
    assert editor.page(path).text.count("teas.csv") >= 1


def test_a_dry_run_records_nothing(editor, owner_db, shop):
    before = lots_of(owner_db, shop)
    path = bring(editor, lots_csv(shop, "DRY-1", "DRY-2"))
    send(editor, path, "/mapping")
    assert counted(ended(editor, path)) == done(2, added=2)
    assert lots_of(owner_db, shop) == before


def test_refused_rows_are_named_by_file_line_and_reason(editor, owner_db, shop):
    """The others go in; the refused ones are on the page and in a file that opens in a spreadsheet."""
    body = (f"gtin,lot,produced_on\n{shop.gtins[0]},GOOD-1,2026-01-02\n{shop.gtins[0]},BAD LOT,2026-01-02\n"
            f"{shop.gtins[0][:-1]}{(int(shop.gtins[0][-1]) + 1) % 10},X,2026-01-02\n{shop.gtins[0]},BAD-2,2026-13-41\n"
            f"{shop.gtins[0]},=1 1,2026-01-02\n").encode()
    path, dry, run = imported(editor, body)
    assert counted(dry) == counted(run) == done(5, added=1, refused=4)
    assert ("GOOD-1",) in lots_of(owner_db, shop) and ("BAD-2",) not in lots_of(owner_db, shop)
    file = editor.get(f"/v1{path}/refused/{run['job']}")
    assert file.status == 200 and file.headers["content-type"].startswith("text/csv")
    rows = {int(row["line"]): row for row in csv.DictReader(io.StringIO(file.text))}
    assert sorted(rows) == [3, 4, 5, 6] and all(row["file"] == "teas.csv" and row["reason"] for row in rows.values())
    assert [rows[n]["header"] for n in (3, 4, 5)] == ["lot", "gtin", "produced_on"]
    assert rows[6]["value"] == "'=1 1", "no spreadsheet may take it for a formula"
    page = editor.page(path).text
    assert "BAD LOT" in page and "2026-13-41" in page


def test_a_file_in_gb18030_is_read_as_such(editor, owner_db, shop):
    row = {"gtin": shop.gtins[1], "产品名称": "西湖龙井茶㐀", "description.zh-CN": "明前采摘，手工炒制。"}
    path, _, run = imported(editor, as_csv(list(row), [row]).encode("gb18030"))
    assert editor.get("/v1" + path).json["encoding"] == "GB18030"
    assert run["state"] == "done" and run["refused"] == 0
    assert ask(owner_db, "SELECT p.name::jsonb ->> 'zh-CN' FROM trace.product_now AS p WHERE gtin = %s",
               int(row["gtin"])) == [(row["产品名称"],)]


# --- files that are none ---

def zipped(name, body):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, body)
    return out.getvalue()


NO_CSV = {"a gzip": gzip.compress(b"gtin,lot\n"), "an archive": zipped("teas.csv", b"gtin,lot\n"),
          "a workbook": zipped("xl/workbook.xml", b"<workbook/>"), "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
          "UTF-16": "gtin,lot\n".encode("utf-16"), "nothing": b""}


@pytest.mark.parametrize("what", NO_CSV)
def test_what_is_no_csv_is_refused_at_the_field(editor, owner_db, what):
    before = ask(owner_db, "SELECT count(*) FROM job.upload")
    answer = editor.upload("/imports", {"name": "teas.csv"}, {"file": ("text/csv", NO_CSV[what])})
    assert answer.status == 400 and 'role="alert"' in answer.text and 'aria-invalid="true"' in answer.text
    answer = editor.ask("POST", "/v1/imports?name=teas.csv", NO_CSV[what], Content_Type="text/csv")
    assert answer.status == 400 and answer.json["code"] == ("file_empty" if what == "nothing" else "file_not_csv")
    assert ask(owner_db, "SELECT count(*) FROM job.upload") == before


# What has a header that can be read, and rows that cannot: each fails or refuses every row, and says why.
def hostile(gtin):
    return {"a field of a million bytes": (f"gtin,lot\n{gtin},{'x' * 10**6}\n".encode(), "cell_too_long"),
            "a million bytes of quotes": (f'gtin,lot\n{gtin},"{chr(34) * 10**6}"\n'.encode(), "cell_too_long"),
            "NUL": (f"gtin,lot\n{gtin},a\0b\n".encode(), "nul"),
            "bytes that are no text": (f"gtin,lot\n{gtin},".encode() + b"\xff\xfea\x80\n", None),
            "text behind a quote": (f'gtin,lot\n{gtin},"a"b\n'.encode(), "text_after_quote"),
            "an open quote": (f'gtin,lot\n{gtin},"a\n'.encode(), "open_quote"),
            "too few cells": (f"gtin,lot\n{gtin}\n".encode(), "ragged"),
            "rows of 10,000 cells": (("gtin,lot\n" + f"{gtin}," * 10000 + "\n").encode(), None),
            "a GTIN of somebody else": (f"gtin,lot\n{fresh_gtin()},a\n".encode(), None),
            "markup": (f"gtin,lot\n{gtin},<script>alert(1)</script>\n".encode(), None),
            "only a header": (b"gtin,lot\n", None)}


@pytest.fixture
def unharmed(instance, owner_db, shop):
    """Nothing recorded, and nobody fell."""
    before, log = lots_of(owner_db, shop), instance.log("jobs")
    begin = log.stat().st_size
    yield
    assert lots_of(owner_db, shop) == before
    assert not re.search(r"AddressSanitizer|runtime error|was killed|died", log.read_bytes()[begin:].decode(errors="replace"))


@pytest.mark.parametrize("what", hostile("0"))
def test_what_cannot_be_recorded_is_refused_with_the_reason(editor, shop, unharmed, what):
    body, code = hostile(shop.gtins[0])[what]
    path = bring(editor, body)
    send(editor, path, "/mapping")
    dry = ended(editor, path)
    assert dry["state"] == "done" and dry["added"] == dry["corrected"] == 0, dry
    assert dry["refused"] == dry["records"] == len(dry["refusals"]) == (0 if what == "only a header" else 1)
    if code is not None:
        assert dry["refusals"][0]["code"] == code
    assert form_at(editor, path, "/run") is None, "there is nothing to import"
    page = editor.page(path).text
    assert "<script>alert" not in page
    if dry["refused"]:
        assert editor.get(f"/v1{path}/refused/{dry['job']}").text.count("\n") == 2


UNREADABLE = {"10,000 columns": ",".join(f"c{n}" for n in range(10000)).encode() + b"\n1\n",
              "a header of a million bytes": b"g" * 10**6 + b",lot\n1,2\n", "a header with NUL": b"gtin\0,lot\n1,2\n",
              "only NUL": b"\0" * 5000, "only quotes": b'"' * 5001, "only newlines": b"\n" * 100000,
              "random bytes": bytes(range(128, 256)) * 100}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_whose_header_cannot_be_used_says_so_and_can_be_removed(editor, unharmed, what):
    path = bring(editor, UNREADABLE[what])
    form = form_at(editor, path, "/mapping")
    if form is not None:
        values = {**form.values(), "record": "lot", "f1": "gtin", "f2": "lot"}
        answer = editor.send(form.action, {k: v for k, v in values.items() if not re.fullmatch(r"[fd]\d{2,}", k)})
        assert answer.status in (303, 400), answer.text[:500]
        if answer.status == 303:
            run = ended(editor, path)
            assert run["state"] == "failed" and run["reason"] or run["added"] == 0 and run["refused"] > 0, run
        else:
            assert 'role="alert"' in answer.text
    send(editor, path, "/remove")
    assert editor.page(path).status == 404


# --- whose it is, and stopping ---

def test_a_file_of_another_brand_is_not_there(editor, console, owner_db, suyuan, shop):
    other = f"brand-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", other, "--name", "en=Other", status=0)
    stranger = Person(console, owner_db, other, "admin")
    path = bring(editor, lots_csv(shop, "SECRET-1"))
    send(editor, path, "/mapping")
    run = ended(editor, path)
    assert stranger.page(path).status == stranger.get("/v1" + path).status == 404
    assert stranger.get(f"/v1{path}/refused/{run['job']}").status == 404
    for end in ("/mapping", "/run", "/cancel", "/remove"):
        answer = stranger.send(path + end, {"record": "lot", "f1": "gtin", "f2": "lot"} if end == "/mapping" else {})
        assert answer.status == 404 and 'role="alert"' in answer.text, (end, answer.status)
    assert editor.get("/v1" + path).status == 200


def test_an_import_is_cancelled_and_nothing_of_it_is_kept(editor, owner_db, superuser_db, shop):
    """It waits for the table that somebody else holds, so that it is surely not over when it is told to stop."""
    before = lots_of(owner_db, shop)
    path = bring(editor, lots_csv(shop, *(f"STOP-{n}" for n in range(3000))))
    send(editor, path, "/mapping")
    assert counted(ended(editor, path)) == done(3000, added=3000)
    superuser_db.autocommit = False
    with superuser_db.cursor() as cursor:
        cursor.execute("LOCK TABLE trace.lot IN SHARE ROW EXCLUSIVE MODE")
        send(editor, path, "/run")
        end = time.monotonic() + 30
        while editor.get("/v1" + path).json["runs"][0]["state"] != "running" and time.monotonic() < end:
            time.sleep(0.02)
        send(editor, path, "/cancel")
        superuser_db.rollback()
    assert ended(editor, path)["state"] == "cancelled"
    assert lots_of(owner_db, shop) == before
