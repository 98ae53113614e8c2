"""`suyuan labels`: EPS, archives and previews, every sheet we ship, and labels straight from a batch."""
import hashlib
import json
import os
import re
import subprocess
import zipfile

import numpy
import pytest

from label_readers import (assert_all_read, batch, CODES, csv_text, cut_out, GTIN, labels, pdf_pages, png_gray,
                           png_size, read_gray, read_zbar, read_zxing, rows_of, serials, sheet, SUYUAN, write_gray)
from steps import TOP

SERIAL = "7K3M9Q2XTPVW4H"
SHEETS = sorted(path.stem for path in (TOP / "conf/sheets").glob("*.sheet"))


# --- EPS ---

def draw_eps(paths, out, dpi=300):
    done = subprocess.run(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dEPSCrop", "-sDEVICE=pnggray", f"-r{dpi}",
                           "-o", out, *paths], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def draw_all_eps(folder, pictures):
    """Every EPS file of a folder by one Ghostscript, to start it costs more than to draw; serials by file name."""
    paths = sorted(folder.glob("*.eps"))
    draw_eps(paths, pictures / "%04d.png")
    return {f"{number:04}.png": path.stem.split("_")[1] for number, path in enumerate(paths, 1)}


def test_every_eps_reads_back_as_its_url(batch, tmp_path):
    text, wanted = batch
    labels("--format", "eps", "--out", tmp_path / "o", input=text)
    assert_all_read(tmp_path, draw_all_eps(tmp_path / "o", tmp_path), wanted)


def test_an_eps_is_black_vectors_of_the_size_it_says(tmp_path):
    labels("--format", "eps", "--out", tmp_path, input=csv_text(rows_of([SERIAL])))
    path = tmp_path / f"{GTIN}_{SERIAL}.eps"
    text = path.read_text()
    assert text.startswith("%!PS-Adobe-3.0 EPSF-3.0\n") and text.endswith("%%EOF\n")
    side = 37 * 5 * 72 / 300  # modules, dots a module
    assert "%%BoundingBox: 0 0 45 45\n" in text
    assert float(re.search(r"%%HiResBoundingBox: 0 0 ([\d.]+) \1\n", text)[1]) == pytest.approx(side, abs=1e-4)
    assert re.findall(r"^.*set(?:gray|rgbcolor|cmykcolor).*$", text, re.M) == ["0 setgray"]
    draw_eps([path], tmp_path / "x.png", 1500)  # 25 dots a module
    picture = png_gray(tmp_path / "x.png")
    found = subprocess.run(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=bbox", path],
                           capture_output=True, text=True, timeout=60).stderr
    box = [float(n) for n in re.search(r"%%HiResBoundingBox: (.*)", found)[1].split()]
    quiet, ink = 4 * 5 * 72 / 300, 33 * 5 * 72 / 300
    assert box == pytest.approx([quiet, quiet, ink, ink], abs=0.03)
    # the same modules as the PNG
    labels("--format", "png", "--out", tmp_path, input=csv_text(rows_of([SERIAL])))
    modules = png_gray(tmp_path / f"{GTIN}_{SERIAL}.png")[2::5, 2::5]
    assert numpy.array_equal(picture[12::25, 12::25][:37, :37] < 128, modules < 128)


# --- archives ---

@pytest.mark.parametrize("kind", ["svg", "png", "eps"])
def test_every_picture_of_an_archive_reads_back(batch, tmp_path, kind):
    text, wanted = batch
    done = labels("--format", kind, "--zip", "--out", tmp_path / "all.zip", "--json", input=text)
    assert (json.loads(done.stdout)["files"], json.loads(done.stdout)["count"]) == (1, CODES)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        archive.extractall(tmp_path / "o")
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == [f"{GTIN}_{serial}.{kind}" for serial in wanted]
    pictures = draw_all_eps(tmp_path / "o", tmp_path) if kind == "eps" else {}
    for name in names if kind != "eps" else []:
        picture = tmp_path / (name[:-4] + ".png")
        if kind == "svg":
            subprocess.run(["rsvg-convert", "--width", "185", "-o", picture, tmp_path / "o" / name], check=True,
                           timeout=60)
        else:
            os.replace(tmp_path / "o" / name, picture)
        pictures[picture.name] = name[:-4].split("_")[1]
    assert_all_read(tmp_path, pictures, wanted)


def test_an_archive_holds_the_same_files_as_a_folder_and_is_always_the_same(batch, tmp_path):
    text, _wanted = batch
    labels("--format", "png", "--out", tmp_path / "o", input=text)
    hashes = []
    for name, zone in (("a.zip", "UTC"), ("b.zip", "Asia/Shanghai")):
        subprocess.run([SUYUAN, "labels", "--format", "png", "--zip", "--out", tmp_path / name], input=text,
                       capture_output=True, text=True, check=True, env={**os.environ, "TZ": zone}, timeout=60)
        hashes.append(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert hashes[0] == hashes[1]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / "o" / name).read_bytes()
    manifest = json.loads((tmp_path / "a.manifest.json").read_text())
    assert [(a["file"], a["sha256"]) for a in manifest["artefacts"]] == [("a.zip", hashes[0])]
    assert manifest["order"]["zip"] is True


@pytest.mark.parametrize("options, names", [
    (["zpl"], ["labels-0001.zpl", "labels-0002.zpl"]),
    (["svg", "--zip"], ["labels-0001.zip", "labels-0002.zip"]),
])
def test_ten_thousand_labels_make_a_file(tmp_path, options, names):
    text = csv_text(rows_of(serials(10_001), product="Tahini"))
    answer = json.loads(labels("--format", *options, "--out", tmp_path, "--json", input=text).stdout)
    assert (answer["count"], answer["files"]) == (10_001, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == names + ["manifest.json"]
    if options == ["zpl"]:
        assert [(tmp_path / name).read_text().count("^XA") for name in names] == [10_000, 1]
    else:
        assert [len(zipfile.ZipFile(tmp_path / name).namelist()) for name in names] == [10_000, 1]


# --- every sheet ---

def options_for(name):
    """What the smallest labels need: see the label's height against the symbol's."""
    height = float(sheet(name)["label_height"])
    if height < 12:
        return ("--dots", 3, "--allow-small", "--level", "L")  # 0.254 mm: phones only
    return ("--dots", 4, "--allow-small") if height < 15.7 else ()


@pytest.mark.parametrize("name", SHEETS)
def test_every_label_of_every_sheet_reads_back_in_its_place(batch, tmp_path, name):
    text, wanted = batch
    s = sheet(name)
    places = int(s["columns"]) * int(s["rows"])
    count = CODES if places > 1 else 12
    text, urls = "".join(text.splitlines(keepends=True)[:1 + count]), list(wanted.values())[:count]
    if float(s["label_height"]) < 12:  # version 3 at 0.254 mm is 9.4 mm
        assert 37 * 3 * 25.4 / 300 < float(s["label_height"])
    labels("--format", "pdf", "--sheet", name, *options_for(name), "--out", tmp_path / "x.pdf", input=text)
    dpi = 600 if float(s["label_height"]) < 12 else 300
    cuts = []
    for number, path in enumerate(pdf_pages(tmp_path / "x.pdf", tmp_path, dpi)):
        page = read_gray(path)
        cuts += [cut_out(page, dpi, place, s) for place in range(min(places, count - number * places))]
    assert [read_zxing(cut) for cut in cuts] == urls
    files = [write_gray(tmp_path / f"label-{number}.pgm", cut) for number, cut in enumerate(cuts)]
    by_zbar = read_zbar(files)
    assert [by_zbar.get(path.name) for path in files] == [[url] for url in urls]


# --- previews ---

@pytest.mark.parametrize("name", ["L7160", "roll-60x40"])
def test_a_preview_shows_the_first_page_of_a_pdf(batch, tmp_path, name):
    text, wanted = batch
    labels("--format", "pdf", "--sheet", name, "--out", tmp_path / "x.pdf", input=text)
    labels("--format", "pdf", "--sheet", name, "--preview", tmp_path / "p.png", input=text)
    page, preview = read_gray(pdf_pages(tmp_path / "x.pdf", tmp_path)[0]), png_gray(tmp_path / "p.png")
    assert abs(page.shape[0] - preview.shape[0]) <= 1 and abs(page.shape[1] - preview.shape[1]) <= 1
    s, urls = sheet(name), list(wanted.values())
    for place in range(int(s["columns"]) * int(s["rows"])):
        ours, theirs = cut_out(preview, 300, place, s), cut_out(page, 300, place, s)
        assert read_zxing(ours) == read_zxing(theirs) == urls[place]
        boxes = [(dark := numpy.argwhere(cut < 128)).min(axis=0).tolist() + dark.max(axis=0).tolist()
                 for cut in (ours, theirs)]
        assert numpy.abs(numpy.array(boxes[0]) - boxes[1]).max() <= 2
        wrong = (ours[:theirs.shape[0], :theirs.shape[1]] < 128) != (theirs[:ours.shape[0], :ours.shape[1]] < 128)
        assert wrong.mean() < 0.02  # text is smoothed there


def test_a_preview_starts_where_the_labels_do(tmp_path):
    labels("--format", "pdf", "--start", 5, "--preview", tmp_path / "p.png", input=csv_text(rows_of([SERIAL], copies=2)))
    preview = png_gray(tmp_path / "p.png")
    seen = [read_zxing(cut_out(preview, 300, place, sheet("L7160"))) is not None for place in range(21)]
    assert [place for place in range(21) if seen[place]] == [4, 5]


def test_a_preview_of_pictures_is_the_first_of_them(tmp_path):
    text = csv_text(rows_of(serials(3)))
    done = labels("--format", "svg", "--preview", tmp_path / "p.png", input=text)
    assert done.stdout == f"{tmp_path}/p.png: module 0.423 mm (5 dots at 300 dpi)\n"
    assert png_size((tmp_path / "p.png").read_bytes()) == (185, 185)
    assert read_zxing(png_gray(tmp_path / "p.png")).endswith("/21/" + serials(1)[0])


def test_a_preview_that_cannot_be_says_why(tmp_path):
    done = labels("--format", "pdf", "--dpi", 2540, "--preview", tmp_path / "p.png",
                  input=csv_text(rows_of([SERIAL])), status=1)
    assert "the page has too many dots for a picture: take fewer --dpi" in done.stderr
    assert not (tmp_path / "p.png").exists()


@pytest.mark.parametrize("text, reason", [
    (csv_text([]), "standard input: no label to show"),
    (csv_text(rows_of([SERIAL], product="ᚠ")), "standard input:2: the font lacks a character"),
    (csv_text([]) + '"x', "standard input:2: the quote that starts the cell is never closed"),
])
def test_a_preview_of_nothing_good_says_why(tmp_path, text, reason):
    done = labels("--format", "pdf", "--preview", tmp_path / "p.png", input=text, status=1)
    assert reason in done.stderr
    assert not (tmp_path / "p.png").exists()


# --- a batch of the database ---

@pytest.fixture(scope="module")
def made(instance, suyuan, tmp_path_factory):
    """A batch of 40 codes of the sample product, and its CSV file."""
    product = re.search(r"/01/(\d{14})/", instance.env["SUYUAN_SAMPLE_URI"])[1]
    path = tmp_path_factory.mktemp("batch") / "codes.csv"
    made = suyuan("batch", "--gtin", product, "--quantity", 40, "--json", "--out", path, status=0).json
    return made["id"], path


def urls_of(path):
    return [line.split('","')[2] for line in path.read_text().splitlines()[1:]]


@pytest.mark.parametrize("options", [("pdf",), ("zpl", "--copies", 2), ("svg", "--zip"), ("eps",)])
def test_labels_of_a_batch_are_those_of_its_csv(made, suyuan, tmp_path, options):
    id_, path = made
    for folder, source in (("a", ["--batch", id_]), ("b", [path])):
        suyuan("labels", "--format", *options, "--out", tmp_path / folder, *source, status=0)
    names = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert names == sorted(file.name for file in (tmp_path / "b").iterdir()) and len(names) > 1
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_some_codes_of_a_batch(made, suyuan, tmp_path):
    id_, path = made
    some = ("labels", "--format", "zpl", "--batch", id_, "--out", tmp_path, "--first")
    answer = suyuan(*some, 11, "--count", 5, "--json", status=0).json
    urls = urls_of(path)
    assert (answer["count"], answer["first"], answer["last"]) == (5, urls[10], urls[14])
    assert "has 40 codes: --first and --count go beyond them" in suyuan(*some, 40, "--count", 2, status=2).err


def test_a_preview_of_a_batch(made, suyuan, tmp_path):
    id_, path = made
    suyuan("labels", "--format", "pdf", "--batch", id_, "--preview", tmp_path / "p.png", status=0)
    assert read_zxing(cut_out(png_gray(tmp_path / "p.png"), 300, 0, sheet("L7160"))) == urls_of(path)[0]


def test_an_unknown_batch_is_told(suyuan, tmp_path):
    nobody = "00000000-0000-0000-0000-000000000000"
    assert nobody in suyuan("labels", "--format", "zpl", "--batch", nobody, "--out", tmp_path / "x", status=1).err
    assert not (tmp_path / "x").exists()
