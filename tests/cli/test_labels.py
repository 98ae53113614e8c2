"""`suyuan labels`: every picture, read back by two readers that know nothing of each other, gives exactly
its row's url; and nothing is printed that should not be."""
import hashlib
import json
import os
import re
import signal
import subprocess
import time
import zlib

import numpy
import pytest
import zxingcpp

from label_readers import (assert_all_read, batch, CODES, csv_text, cut_out, GTIN, HEADER, labels, pdf_pages,
                           png_size, read_gray, read_zbar, read_zxing, rows_of, serials, sheet, SUYUAN,
                           write_gray)

# --- what is printed can be read ---

def serial_in(name):
    return re.fullmatch(rf"{GTIN}_([0-9A-Z]+)\.(svg|png)", name)[1]


@pytest.mark.parametrize("dpi, dots", [(300, 5), (203, 4), (600, 10)])
def test_every_png_reads_back_as_its_url(batch, tmp_path, dpi, dots):
    text, wanted = batch
    labels("--format", "png", "--dpi", dpi, "--out", tmp_path / "o", input=text)
    names = [name for name in os.listdir(tmp_path / "o") if name.endswith(".png")]
    for name in names:
        assert png_size((tmp_path / "o" / name).read_bytes()) == (37 * dots, 37 * dots)
    assert_all_read(tmp_path / "o", {name: serial_in(name) for name in names}, wanted)


def test_every_svg_reads_back_as_its_url(batch, tmp_path):
    text, wanted = batch
    labels("--format", "svg", "--out", tmp_path / "o", input=text)
    names = [name for name in os.listdir(tmp_path / "o") if name.endswith(".svg")]
    for name in names:
        subprocess.run(["rsvg-convert", "--width", "185", "-o", tmp_path / (name[:-4] + ".png"),
                        tmp_path / "o" / name], check=True, timeout=60)
    assert_all_read(tmp_path, {name[:-4] + ".png": serial_in(name) for name in names}, wanted)


@pytest.mark.parametrize("name, options", [  # as the printer's dots are; test_labels_files.py has every sheet
    ("L7163", ("--dots", 7)), ("L7165", ("--dots", 11)), ("3474", ("--dpi", 600)), ("3475", ("--dpi", 203)),
    ("5163", ("--dots", 8)),
])
def test_every_label_of_a_sheet_reads_back_in_its_place(batch, tmp_path, name, options):
    text, wanted = batch
    labels("--format", "pdf", "--sheet", name, *options, "--out", tmp_path / "x.pdf", input=text)
    s, urls, cuts = sheet(name), list(wanted.values()), []
    places = int(s["columns"]) * int(s["rows"])
    pages = pdf_pages(tmp_path / "x.pdf", tmp_path)
    assert len(pages) == -(-CODES // places)
    for number, path in enumerate(pages):
        page = read_gray(path)
        assert abs(page.shape[1] - float(s["page_width"]) / 25.4 * 300) <= 1
        assert abs(page.shape[0] - float(s["page_height"]) / 25.4 * 300) <= 1
        here = urls[number * places:(number + 1) * places]
        cuts += [cut_out(page, 300, place, s) for place in range(len(here))]
    assert [read_zxing(cut) for cut in cuts] == urls
    files = [write_gray(tmp_path / f"label-{number}.pgm", cut) for number, cut in enumerate(cuts)]
    by_zbar = read_zbar(files)
    assert [by_zbar.get(path.name) for path in files] == [[url] for url in urls]


def test_the_terminal_shows_a_code_that_reads_back():
    url = f"HTTPS://ID.EXAMPLE.COM/01/{GTIN}/21/7K3M9Q2XTPVW4H"
    lines = labels("--format", "terminal", url).stdout.splitlines()
    image = []
    for line in lines:
        cells = re.sub("\033\\[[0-9;]*m", "", line)
        image.append([0 if c in "▀█" else 255 for c in cells])
        image.append([0 if c in "▄█" else 255 for c in cells])
    pixels = numpy.kron(numpy.array(image, dtype=numpy.uint8), numpy.ones((6, 6), dtype=numpy.uint8))
    assert read_zxing(numpy.ascontiguousarray(pixels)) == url


# --- what the PDF is made of ---

def pdf_text(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def content_streams(raw):
    """Every deflated stream that draws: those with text operators."""
    for found in re.finditer(rb"stream\r?\n", raw):
        try:
            data = zlib.decompressobj().decompress(raw[found.end():])
        except zlib.error:
            continue
        if b"\nBT\n" in data:
            yield data


@pytest.mark.parametrize("name, dpi, dots", [("L7160", 300, 5), ("L7651", 300, 5), ("3475", 203, 4), ("5160", 600, 10)])
def test_modules_on_paper_are_whole_printer_dots(tmp_path, name, dpi, dots):
    """At the printer's resolution every module begins and ends with a dot: no grey, no uneven width."""
    labels("--format", "pdf", "--sheet", name, "--dpi", dpi, "--dots", dots, "--out", tmp_path / "x.pdf",
           input=csv_text(rows_of(serials(20))))
    real_dpi = {203: 203.2}.get(dpi, dpi)  # "203 dpi" heads have 8 dots a millimetre
    page = read_gray(pdf_pages(tmp_path / "x.pdf", tmp_path, real_dpi)[0])
    for place in range(20):
        label = cut_out(page, real_dpi, place, sheet(name))
        found = zxingcpp.read_barcode(label, formats=zxingcpp.BarcodeFormat.QRCode).position
        top, left = found.top_left.y - dots, found.top_left.x - dots
        dark = numpy.argwhere(label[top:top + 2 * dots, left:left + 2 * dots] < 128).min(axis=0)
        symbol = label[top + dark[0]:, left + dark[1]:][:29 * dots, :29 * dots]
        assert set(numpy.unique(symbol)) == {0, 255}, place
        modules = symbol[::dots, ::dots]
        assert numpy.array_equal(symbol, numpy.kron(modules, numpy.ones((dots, dots), dtype=numpy.uint8))), place


def test_a_sheet_is_black_only_unscaled_with_its_text_embedded(batch, tmp_path):
    text, wanted = batch
    labels("--format", "pdf", "--out", tmp_path / "x.pdf", input=text)
    raw = (tmp_path / "x.pdf").read_bytes()
    assert b"/PrintScaling /None" in raw
    drawing = b"".join(content_streams(raw))
    assert drawing.count(b" re\n") > 100 * CODES  # modules as vectors
    operators = set(line.split()[-1] for line in drawing.splitlines() if line.strip())
    assert b"g" in operators
    assert not operators & {b"rg", b"RG", b"k", b"K", b"sc", b"SC", b"scn", b"SCN", b"cs", b"CS", b"Do", b"BI"}
    fonts = subprocess.run(["pdffonts", tmp_path / "x.pdf"], capture_output=True, text=True).stdout
    assert [line.split()[-5] for line in fonts.splitlines()[2:]] == ["yes"], fonts
    shown = pdf_text(tmp_path / "x.pdf")
    for serial in wanted:
        assert f"(01){GTIN}(21){serial}" in shown
        assert "-".join(serial[i:i + 4] for i in range(0, 14, 4)) in shown
    assert shown.count("芝麻酱 Tahini") == CODES and shown.count("LOT L-7 EXP 2027-03-01") == CODES


def ink(path, folder):
    pages = pdf_pages(path, folder)
    return [(page := read_gray(path_))[page < 128].size for path_ in pages]


def test_every_chinese_character_of_a_name_leaves_ink(tmp_path):
    """A glyph that the font composes of others brings them along: text that is in the file is on the paper too."""
    counts = []
    for number, name in enumerate(["", "芝", "芝麻", "芝麻酱", "芝麻酱机", "芝麻酱机麸", "芝麻酱机麸质", "芝麻酱机麸质é"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        labels("--format", "pdf", "--sheet", "roll-100x50", "--out", folder / "x.pdf",
               input=csv_text(rows_of(["7K3M9Q2XTPVW4H"], product=name)))
        counts += ink(folder / "x.pdf", folder)
    # the other lines move when the first name appears, but keep their ink within a little
    assert all(after - before > 25 for before, after in zip(counts, counts[1:])), counts


def test_start_and_copies_fill_the_places_they_should(tmp_path):
    codes = serials(2)
    done = labels("--format", "pdf", "--sheet", "3474", "--start", 24, "--out", tmp_path / "x.pdf", "--json",
                  input=csv_text(rows_of(codes, copies=3)))
    assert json.loads(done.stdout)["pages"] == 2
    pages = pdf_pages(tmp_path / "x.pdf", tmp_path)
    s = sheet("3474")
    urls = [f"HTTPS://ID.EXAMPLE.COM/01/{GTIN}/21/{codes[0]}"] * 3
    urls += [url.replace(codes[0], codes[1]) for url in urls]
    first, second = read_gray(pages[0]), read_gray(pages[1])
    assert [read_zxing(cut_out(first, 300, place, s)) for place in (22, 23)] == [None, urls[0]]
    assert [read_zxing(cut_out(second, 300, place, s)) for place in range(6)] == urls[1:] + [None]


def dark_corner(path):
    dark = numpy.argwhere(read_gray(path) < 128)
    return dark.min(axis=0)


def test_offsets_move_everything(tmp_path):
    text = csv_text(rows_of(["7K3M9Q2XTPVW4H"]))
    corners = []
    for number, moved in enumerate([(), ("--offset-x", "2.54", "--offset-y", "-1.27")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        labels("--format", "pdf", *moved, "--out", folder / "x.pdf", input=text)
        corners.append(dark_corner(pdf_pages(folder / "x.pdf", folder)[0]))
    down, right = corners[1] - corners[0]
    assert abs(right - 30) <= 1 and abs(down + 15) <= 1


def test_large_jobs_become_several_files(batch, tmp_path):
    text, wanted = batch
    labels("--format", "pdf", "--pages-per-file", 1, "--out", tmp_path / "job.pdf", input=text)
    parts = sorted(p.name for p in tmp_path.glob("*.pdf"))
    assert parts == [f"job-000{n}.pdf" for n in (1, 2, 3, 4)]
    assert "".join(pdf_text(tmp_path / part).count("(01)") * "x" for part in parts) == "x" * CODES
    manifest = json.loads((tmp_path / "job.manifest.json").read_text())
    assert [a["file"] for a in manifest["artefacts"]] == parts


def test_one_is_not_said_like_many(batch, tmp_path):
    lines = batch[0].splitlines(keepends=True)
    assert labels("--format", "pdf", "--out", tmp_path / "one.pdf", input="".join(lines[:2])).stdout.startswith("1 label in 1 file in ")
    assert labels("--format", "svg", "--out", tmp_path / "o", input=batch[0]).stdout.startswith(f"{CODES} labels in {CODES} files in ")


# --- the manifest and the files ---

def test_the_manifest_names_every_file_with_its_hash(batch, tmp_path):
    text, wanted = batch
    labels("--format", "svg", "--out", tmp_path / "o", input=text)
    manifest = json.loads((tmp_path / "o/manifest.json").read_text())
    assert manifest["count"] == manifest["files"] == len(manifest["artefacts"]) == CODES
    assert (manifest["rejected"], manifest["dots"], manifest["dpi"]) == (0, 5, 300)
    urls = list(wanted.values())
    assert (manifest["first"], manifest["last"]) == (urls[0], urls[-1])
    assert {a["file"] for a in manifest["artefacts"]} | {"manifest.json"} == set(os.listdir(tmp_path / "o"))
    for artefact in manifest["artefacts"]:
        data = (tmp_path / "o" / artefact["file"]).read_bytes()
        assert artefact["sha256"] == hashlib.sha256(data).hexdigest()
        assert artefact["bytes"] == len(data)
        assert artefact["url"] == wanted[serial_in(artefact["file"])]


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_the_same_input_gives_the_same_bytes(batch, tmp_path, kind):
    made = []
    for name in "ab":
        labels("--format", kind, "--out", tmp_path / name, input=batch[0])
        made.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert made[0] == made[1]


def test_nothing_is_replaced_without_force(tmp_path):
    text = csv_text(rows_of(["7K3M9Q2XTPVW4H"]))
    target = tmp_path / "o" / f"{GTIN}_7K3M9Q2XTPVW4H.svg"
    labels("--format", "svg", "--out", tmp_path / "o", input=text)
    done = labels("--format", "svg", "--out", tmp_path / "o", input=text, status=1)
    assert f"{target.name}: exists already" in done.stderr
    os.remove(tmp_path / "o/manifest.json")
    target.write_text("mine")
    done = labels("--format", "svg", "--out", tmp_path / "o", input=text, status=1)
    assert f"{target.name}: exists already" in done.stderr
    assert target.read_text() == "mine"
    assert os.listdir(tmp_path / "o") == [target.name]
    labels("--format", "svg", "--out", tmp_path / "o", "--force", input=text)
    assert target.read_text().startswith("<svg")


def test_all_formats_can_stand_in_one_folder_which_is_made(tmp_path):
    text, folder = csv_text(rows_of(["7K3M9Q2XTPVW4H"])), tmp_path / "a/b/o"
    for kind in ("svg", "png", "pdf"):
        labels("--format", kind, "--out", folder, input=text)
    name = f"{GTIN}_7K3M9Q2XTPVW4H"
    assert set(os.listdir(folder)) == {f"{name}.svg", f"{name}.png", "labels.pdf", "manifest.json",
                                       "manifest-png.json", "manifest-pdf.json"}
    assert json.loads((folder / "manifest-pdf.json").read_text())["artefacts"][0]["file"] == "labels.pdf"
    other = text.replace("7K3M9Q2XTPVW4H", "7K3M9Q2XTPVW4J")
    done = labels("--format", "png", "--out", folder, input=other, status=1)
    assert "manifest-png.json: exists already" in done.stderr


def test_a_killed_run_leaves_only_whole_files_and_no_manifest(tmp_path):
    text = csv_text(rows_of(serials(20000)))
    source = tmp_path / "in.csv"
    source.write_text(text)
    run = subprocess.Popen([SUYUAN, "labels", "--format", "svg", "--out", tmp_path / "o", source])
    while not (tmp_path / "o").exists() or len(os.listdir(tmp_path / "o")) < 50:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    names = os.listdir(tmp_path / "o")
    assert "manifest.json" not in names
    for name in names:
        if name.endswith(".svg"):
            assert (tmp_path / "o" / name).read_text().endswith("</svg>\n"), name


# --- what is refused ---

GOOD = f"HTTPS://ID.EXAMPLE.COM/01/{GTIN}/21/7K3M9Q2XTPVW4H"


@pytest.mark.parametrize("change, reason", [
    ({"url": ""}, "the url is empty"),
    ({"url": "ID.EXAMPLE.COM/01/1"}, "the url: "),
    ({"url": GOOD + " "}, "the url: "),
    ({"url": GOOD + "\n"}, "the url: "),
    ({"url": GOOD.replace("EXAMPLE", "EX\u00c4MPLE")}, "the url: "),
    ({"url": GOOD + "?a=" + "A" * 400}, "too long for a QR code of version 10"),
    ({"gtin": "09506000134369"}, "the url is of another gtin than the row"),
    ({"serial": "7K3M9Q2XTPVW4J"}, "the url is of another serial than the row"),
    ({"url": "https://id.example.com/x"}, "the url: "),
    ({"url": GOOD.replace(GTIN, "09506000134353")}, "the url: "),
    ({"url": GOOD + "A" * 7, "serial": ""}, "the url: "),
    ({"url": GOOD[:-1] + "%00", "serial": ""}, "the url: "),
    ({"url": GOOD.replace("/21/", "/10/"), "serial": ""}, "the url names no single item"),
    ({"url": f"https://id.example.com/01/{GTIN}", "serial": ""}, "the url names no single item"),
    ({"url": "https://id.example.com/00/106141412345678908", "gtin": "", "serial": ""}, "the url names no single"),
    ({"copies": "0"}, "copies are 1 to 1000"),
    ({"copies": "1001"}, "copies are 1 to 1000"),
    ({"copies": "-1"}, "copies are 1 to 1000"),
])
def test_a_bad_row_is_refused_by_line_and_the_rest_printed(tmp_path, change, reason):
    codes = serials(2)
    rows = list(rows_of([codes[0], "7K3M9Q2XTPVW4H", codes[1]]))
    for column, value in change.items():
        rows[1][HEADER.index(column)] = value
    source = tmp_path / "in.csv"
    source.write_text(csv_text(rows))
    done = labels("--format", "svg", "--out", tmp_path / "o", source, status=3)
    assert done.stderr.startswith(f"{source}:3: {reason}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(os.listdir(tmp_path / "o")) == sorted(
        [f"{GTIN}_{codes[0]}.svg", f"{GTIN}_{codes[1]}.svg", "manifest.json"])
    assert json.loads((tmp_path / "o/manifest.json").read_text())["rejected"] == 1


def test_the_same_code_is_not_printed_twice(tmp_path):
    rows = list(rows_of(["7K3M9Q2XTPVW4H", "7K3M9Q2XTPVW4J", "7K3M9Q2XTPVW4H"]))
    rows[2][2] = rows[2][2].replace("ID.EXAMPLE.COM", "OTHER.EXAMPLE.COM")
    text = csv_text(rows)
    done = labels("--format", "pdf", "--out", tmp_path / "x.pdf", input=text, status=3)
    assert done.stderr == "standard input:4: the same gtin and serial as in line 2\n"
    assert pdf_text(tmp_path / "x.pdf").count("(01)") == 2


@pytest.mark.parametrize("row, reason", [
    (b",\xff", "cell 2: the cell is not valid UTF-8"),
    (b"", "1 cells, but the header has 2"),
    (b",a,b", "3 cells, but the header has 2"),
    (b",a\0b", "cell 2: the cell holds a NUL byte"),
    (b',"a"b', "cell 2: text follows the closing quote"),
    pytest.param(b"," + b"x" * 70_000, "cell 2: the record is longer than the limit", id="long"),
    (b'",', "the url: a character that no URI may hold"),
])
def test_a_broken_row_is_refused_and_the_next_printed(tmp_path, row, reason):
    lines = [b"url,product", GOOD.encode() + row, GOOD.encode() + b",x", b""]
    done = labels("--format", "svg", "--out", tmp_path / "o", input=b"\r\n".join(lines), status=3)
    assert done.stderr.decode().splitlines()[0].startswith(f"standard input:2: {reason}")
    assert len(os.listdir(tmp_path / "o")) == 2


@pytest.mark.parametrize("text, reason", [
    (b"", "standard input: the file is empty"),
    (b"a,b\r\n", 'standard input:1: no column "url" in the header'),
    (b"url,URL\r\n", "standard input:1: two columns for URL"),
    (b'url\r\n"x\r\n', "standard input:2: the quote that starts the cell is never closed"),
    (b"," * 70 + b"\r\n", "standard input:1: cell 65: the record has more cells than the limit"),
])
def test_a_file_that_is_no_csv_stops_with_its_line(tmp_path, text, reason):
    done = labels("--format", "svg", "--out", tmp_path / "o", input=text, status=1)
    assert reason in done.stderr.decode()
    assert not (tmp_path / "o/manifest.json").exists()


def test_serials_of_others_make_safe_file_names(tmp_path):
    url = f"https://id.example.com/01/{GTIN}/21/..%2F..%2Fa%22b"
    labels("--format", "svg", "--out", tmp_path / "o",
           input=f'url,serial\r\n{url},"../../a""b"\r\n')
    assert set(os.listdir(tmp_path / "o")) == {f"{GTIN}_%2E%2E%2F%2E%2E%2Fa%22b.svg", "manifest.json"}


def test_modules_under_gs1s_minimum_need_allow_small(tmp_path):
    text = csv_text(rows_of(["7K3M9Q2XTPVW4H"]))
    done = labels("--format", "png", "--dots", 4, "--out", tmp_path / "o", input=text, status=2)
    assert "--dots is 5 or more at 300 dpi: 4 make modules of 0.339 mm" in done.stderr
    assert not (tmp_path / "o").exists()
    done = labels("--format", "png", "--dots", 4, "--allow-small", "--json", "--out", tmp_path / "o", input=text)
    answer = json.loads(done.stdout)
    assert (answer["module_mm"], answer["side_mm_most"]) == (0.3387, 12.53)


def test_a_symbol_larger_than_the_label_is_refused_with_both_sizes(tmp_path):
    text = csv_text(rows_of(["7K3M9Q2XTPVW4H"]))
    done = labels("--format", "pdf", "--sheet", "5167", "--out", tmp_path / "x.pdf", input=text, status=1)
    assert "the symbol is 15.7 mm with its quiet zone, the label 44.5 x 12.7 mm" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("arguments, reason", [
    (["--out", "x"], "--format is pdf, zpl, svg, png, eps or terminal"),
    (["--format", "gif", "--out", "x"], "--format is pdf, zpl, svg, png or eps"),
    (["--format", "svg"], "--out is missing"),
    (["--format", "svg", "--out", "x", "--dpi", "99"], "--dpi is a whole number, 100 to 2540"),
    (["--format", "svg", "--out", "x", "--level", "X"], "--level is L, M, Q or H"),
    (["--format", "pdf", "--out", "x", "--offset-x", "1,5"], "--offset-x is a number with at most six decimals"),
    (["--format", "pdf", "--out", "x", "--offset-y", "21"], "--offset-y is a number with at most six decimals, -20"),
    (["--format", "svg", "--out", "x", "--offset-x", "1"], "--offset-x means nothing for format svg"),
    (["--format", "pdf", "--out", "x", "--compact"], "--compact means nothing for format pdf"),
    (["--format", "zpl", "--out", "x", "--zip"], "--zip means nothing for format zpl"),
    (["--format", "zpl", "--out", "x", "--sheet", "L7160", "--label", "50x30"], "--label is instead of a sheet"),
    (["--format", "png", "--out", "x", "--sheet", "./a.sheet"], "--sheet means nothing for format png"),
    (["--format", "zpl", "--out", "x", "--label", "50"], "--label is WIDTHxHEIGHT in millimetres, each 5 to 500"),
    (["--format", "pdf", "--out", "x", "--start", "22"], "--start is 1 to 21 on this sheet"),
    (["--format", "pdf", "--out", "-"], "only --format zpl goes to standard output"),
    (["--format", "pdf", "--out", "x", "--preview", "y"], "give --out or --preview"),
    (["--format", "pdf", "--out", "x", "--first", "3"], "--first and --count want a --batch"),
    (["--format", "pdf", "--out", "x", "--batch", "b", "f.csv"], "give --batch or a file"),
    (["--format", "zpl", "--out", "x", "--printer", "none"], 'no printer "none"'),
    (["--format", "svg", "--out", "x", "--nonsense"], "--nonsense: unknown"),
    (["--format", "terminal"], "wants an address"),
])
def test_a_wrong_command_line_says_what_is_wrong(arguments, reason):
    assert reason in labels(*arguments, status=2).stderr


def test_an_unknown_sheet_lists_those_there_are(tmp_path):
    text = csv_text(rows_of(["7K3M9Q2XTPVW4H"]))
    done = labels("--format", "pdf", "--sheet", "L1", "--out", tmp_path / "x.pdf", input=text, status=2)
    assert 'no sheet "L1"' in done.stderr and " L7160" in done.stderr and " roll-50x30" in done.stderr
    (tmp_path / "mine.sheet").write_text("rows = many\n")
    done = labels("--format", "pdf", "--sheet", tmp_path / "mine.sheet", "--out", tmp_path / "x.pdf", input=text,
                  status=2)
    assert "mine.sheet:1: not 1 to 200: many" in done.stderr
