"""`suyuan labels --design`: a batch printed as people of its brand designed it in the console."""
import csv
import json
import subprocess
import uuid

import pytest

from test_code import gtin

GRID = {"page_width": 200, "page_height": 250, "columns": 2, "rows": 3, "label_width": 80, "label_height": 40,
        "left": 20, "top": 30, "gap_x": 7.5, "gap_y": 12}
LOOK = {"symbol": {"x": 1, "y": 7}, "parts": [{"what": "serial", "x": 23, "y": 8, "width": 39, "size": 7},
                                              {"what": "lot", "x": 23, "y": 15, "width": 20, "size": 7}]}


@pytest.fixture(scope="module")
def brand(suyuan):
    slug = f"desk-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", slug, "--name", "en=Desk", status=0)
    return slug


@pytest.fixture(scope="module")
def batch(suyuan, brand, tmp_path_factory):
    """Eight codes: the batch's id and its urls."""
    number, out = gtin(), tmp_path_factory.mktemp("design") / "codes.csv"
    suyuan("brand", "own", brand, number, status=0)
    made = suyuan("batch", "--gtin", number, "--lot", "D7", "--quantity", 8, "--out", out, "--json", status=0).json
    with open(out, encoding="utf-8", newline="") as rows:
        return made["id"], [row["url"] for row in csv.DictReader(rows)]


def keep(db, brand, document, name=None):
    """A design as the console keeps it; its id and name."""
    name = name or f"Design {uuid.uuid4().hex}"
    with db.cursor() as cursor:
        cursor.execute("""WITH made AS (INSERT INTO code.label_design (brand_id, name)
                SELECT id, %s FROM trace.brand WHERE slug = %s RETURNING id, brand_id)
            INSERT INTO code.label_design_version (design_id, version, brand_id, document, made_by)
            SELECT id, 1, brand_id, %s, 'user:anna' FROM made RETURNING design_id::text""",
                       (name, brand, json.dumps(document)))
        return cursor.fetchone()[0], name


def pages(path, folder):
    subprocess.run(["pdftoppm", "-r", "300", "-png", path, folder / "page"], check=True, timeout=60)
    return sorted(folder.glob("page*.png"))


def read(picture):
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture], capture_output=True, text=True,
                          timeout=60, check=False)
    return sorted(done.stdout.split())


def test_a_batch_is_printed_from_a_design_with_an_own_sheet(suyuan, owner_db, brand, batch, tmp_path):
    wanted, urls = batch
    design, name = keep(owner_db, brand, {"format": "pdf", "grid": GRID, "design": LOOK})
    for word, file in ((name, "by-name.pdf"), (design, "by-id.pdf")):
        suyuan("labels", "--batch", wanted, "--design", word, "--out", tmp_path / file, status=0)
    assert (tmp_path / "by-name.pdf").read_bytes() == (tmp_path / "by-id.pdf").read_bytes()
    made = pages(tmp_path / "by-name.pdf", tmp_path)
    assert [read(page) for page in made] == [sorted(urls[:6]), sorted(urls[6:])]
    text = subprocess.run(["pdftotext", tmp_path / "by-name.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert text.count("LOT D7") == 8


def test_options_win_over_the_design(suyuan, owner_db, brand, batch, tmp_path):
    wanted, urls = batch
    _, name = keep(owner_db, brand, {"format": "pdf", "grid": GRID, "printer": "thermal-203", "design": LOOK})
    done = suyuan("labels", "--batch", wanted, "--design", name, "--format", "zpl", "--label", "70x45", "--out", "-", status=0)
    assert done.out.count("^XA") >= 8 and "^PW560" in done.out, done.out[:200]
    suyuan("labels", "--batch", wanted, "--design", name, "--sheet", "3474", "--first", 3, "--count", 2, "--out",
           tmp_path / "x.pdf", status=0)
    [page] = pages(tmp_path / "x.pdf", tmp_path)
    assert read(page) == sorted(urls[2:4])


def test_an_unknown_design_is_named_and_prints_nothing(suyuan, owner_db, brand, batch, tmp_path):
    other = f"desk-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", other, "--name", "en=Other", status=0)
    foreign, foreign_name = keep(owner_db, other, {"format": "pdf", "design": LOOK})
    for word in ("No such design", str(uuid.uuid4()), foreign, foreign_name, "'; DROP TABLE x; --"):
        refused = suyuan("labels", "--batch", batch[0], "--design", word, "--out", tmp_path / "no.pdf", status=1)
        assert f"no design {word}" in refused.err and "suyuan labels designs" in refused.err
    ended, name = keep(owner_db, brand, {"format": "pdf", "design": LOOK})
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE code.label_design SET ended_at = now() WHERE id = %s", (ended,))
    assert "no design" in suyuan("labels", "--batch", batch[0], "--design", name, "--out", tmp_path / "no.pdf", status=1).err
    unknown = suyuan("labels", "--batch", str(uuid.uuid4()), "--design", name, "--out", tmp_path / "no.pdf", status=1)
    assert "no design" not in unknown.err and "batch" in unknown.err
    assert "wants a --batch" in suyuan("labels", "--design", name, "--out", tmp_path / "no.pdf", status=2).err
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_has_no_room_is_named(suyuan, owner_db, brand, batch, tmp_path):
    narrow = {**LOOK, "parts": [LOOK["parts"][0], {"what": "lot", "x": 23, "y": 15, "width": 2, "size": 7}]}
    _, name = keep(owner_db, brand, {"format": "pdf", "design": narrow})
    refused = suyuan("labels", "--batch", batch[0], "--design", name, "--out", tmp_path / "no.pdf", status=1)
    assert "lot is" in refused.err and "mm too wide for its place" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_designs_are_listed_by_brand(suyuan, owner_db, brand):
    design, name = keep(owner_db, brand, {"format": "pdf", "grid": GRID, "design": LOOK}, name=f"\x1b[31m{uuid.uuid4().hex}"[5:])
    listed = suyuan("labels", "designs", "--brand", brand, "--json", status=0).json_lines
    assert {"id": design, "brand": brand, "name": name, "version": 1, "paper": "2 x 3", "made_by": "user:anna"}.items() \
        <= next(d for d in listed if d["id"] == design).items()
    assert {d["brand"] for d in listed} == {brand}
    assert any(design in row and name in row for row in suyuan("labels", "designs", status=0).out.splitlines())
    assert "no brand" in suyuan("labels", "designs", "--brand", "no-such-brand", status=1).err
