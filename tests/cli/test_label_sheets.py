"""The sheets of `suyuan labels --format pdf` as others see them: qpdf, poppler, pdffonts."""
import json
import re
import subprocess

import numpy
import pytest
import zxingcpp

from test_labels import GTIN, csv_text, cut_out, labels, pdf_pages, pdf_text, read_gray, rows_of, serials, sheet


def make(tmp_path, rows, *options, status=0):
    path = tmp_path / "x.pdf"
    labels("--format", "pdf", *options, "--force", "--out", path, input=csv_text(rows), status=status)
    return path


def objects(path):
    """The file as qpdf understands it: number → value."""
    done = subprocess.run(["qpdf", "--json=1", "--json-key=objects", "--json-key=pages", path],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def contents(path):
    """The operators of every page, as qpdf inflates them."""
    plain = path.with_suffix(".plain.pdf")
    subprocess.run(["qpdf", "--stream-data=uncompress", "--normalize-content=n", path, plain], check=True)
    raw = plain.read_bytes()
    return [found[1] for found in re.finditer(rb"stream\n(\.?[0-9.]+ 0 0 .*?)\nendstream", raw, re.S)]


def operators(drawing):
    """The operator at each line's end, strings taken out first: they may hold any byte but brackets."""
    drawing = re.sub(rb"\((?:\\.|[^\\()])*\)", b"", drawing, flags=re.S)
    return [line.split()[-1] for line in drawing.splitlines() if line.strip()]


@pytest.mark.parametrize("name, options", [
    ("L7160", ()), ("roll-50x30", ("--dpi", 203)), ("5163", ("--dots", 8)), ("L7651", ("--dpi", 600))])
def test_qpdf_finds_nothing_to_say(tmp_path, name, options):
    path = make(tmp_path, rows_of(serials(50)), "--sheet", name, *options)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "No syntax or stream encoding errors" in done.stdout
    raw = path.read_bytes()
    assert raw.startswith(b"%PDF-1.7\n")
    assert b"/CreationDate" not in raw and b"/ModDate" not in raw


def test_the_page_is_the_sheet_and_the_printer_is_asked_to_leave_it_so(tmp_path):
    path = make(tmp_path, rows_of(serials(2)), "--sheet", "5163")
    found = objects(path)["objects"]
    catalog = found[found["trailer"]["/Root"]]
    assert catalog["/ViewerPreferences"] == {
        "/PrintScaling": "/None", "/Duplex": "/Simplex", "/PickTrayByPDFSize": True}
    box = found[catalog["/Pages"]]["/MediaBox"]
    wanted = [0, 0, float(sheet("5163")["page_width"]) * 72 / 25.4, float(sheet("5163")["page_height"]) * 72 / 25.4]
    dot = 72 / 300
    assert all(abs(a - b) <= dot / 2 for a, b in zip(box, wanted))
    assert all(abs(side / dot - round(side / dot)) < 0.001 for side in box[2:])


def test_only_what_is_needed_is_drawn(tmp_path):
    """No colour but DeviceGray 0, no picture, no line: text and filled rectangles."""
    drawn = contents(make(tmp_path, rows_of(serials(60)), "--sheet", "L7160"))
    assert len(drawn) == 3
    for drawing in drawn:
        assert set(operators(drawing)) == {b"cm", b"g", b"q", b"Q", b"BT", b"Tf", b"Tm", b"Tj", b"ET", b"re", b"f"}
        assert operators(drawing).count(b"g") == 1 and b"\n0 g\n" in drawing


def ghostscript_page(path, folder, dpi):
    """The first page in black and white, as printer drivers on Ghostscript see it."""
    out = folder / "page.pgm"
    subprocess.run(["gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pgmraw", "-dGraphicsAlphaBits=1",
                    "-dTextAlphaBits=1", "-dLastPage=1", f"-r{dpi}", f"-sOutputFile={out}", path], check=True,
                   timeout=120)
    magic, _comment, size, _most, pixels = out.read_bytes().split(b"\n", 4)
    width, height = map(int, size.split())
    assert magic == b"P5"
    return numpy.frombuffer(pixels, dtype=numpy.uint8).reshape(height, width)


@pytest.mark.parametrize("name, dpi, dots", [
    ("L7160", 300, 5), ("L7651", 300, 5), ("3475", 203, 4), ("5160", 600, 10), ("3474", 600, 13), ("roll-50x30", 300, 6)])
def test_a_second_renderer_gives_whole_dots_too(tmp_path, name, dpi, dots):
    """Poppler counts its dots from the top of the page, Ghostscript from the bottom."""
    path = make(tmp_path, rows_of(serials(3)), "--sheet", name, "--dpi", dpi, "--dots", dots)
    page = ghostscript_page(path, tmp_path, {203: 203.2}.get(dpi, dpi))
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == (1 if name.startswith("roll") else 3)
    for code in found:
        top, left = code.position.top_left.y - dots, code.position.top_left.x - dots
        dark = numpy.argwhere(page[top:top + 2 * dots, left:left + 2 * dots] < 128).min(axis=0)
        symbol = page[top + dark[0]:, left + dark[1]:][:29 * dots, :29 * dots]
        modules = symbol[::dots, ::dots]
        assert numpy.array_equal(symbol, numpy.kron(modules, numpy.ones((dots, dots), dtype=numpy.uint8)))


def test_text_can_be_copied_as_it_was_given(tmp_path):
    names = ["芝麻酱 Tahini", "有机红枣（若羌）500克", "Käsespätzle – Größe №5", "臺灣烏龍茶", "한라봉 감귤", "さくらんぼ"]
    rows = [row for code, name in zip(serials(len(names)), names) for row in rows_of([code], product=name)]
    path = make(tmp_path, rows, "--sheet", "roll-100x50")
    for number, name in enumerate(names, 1):
        shown = subprocess.run(["pdftotext", "-f", str(number), "-l", str(number), path, "-"],
                               capture_output=True, text=True, check=True).stdout.splitlines()
        code = rows[number - 1][5]
        assert shown[:3] == ["-".join(code[i:i + 4] for i in range(0, 14, 4)), f"(01){GTIN}(21){code}", name]
        assert shown[3].split() == ["LOT", "L-7", "EXP", "2027-03-01"]


def test_ten_thousand_characters_keep_their_names(tmp_path):
    """More than fit one byte, so that codes with every low byte, brackets and line ends too, are used."""
    characters = [chr(c) for c in range(0x4e00, 0x4e00 + 10000)]
    names = ["".join(characters[i:i + 25]) for i in range(0, len(characters), 25)]
    rows = [row for code, name in zip(serials(len(names)), names) for row in rows_of([code], product=name)]
    path = make(tmp_path, rows, "--sheet", "roll-100x50", "--pages-per-file", 1000)
    assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode == 0
    shown = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert [page.splitlines()[2] for page in shown.split("\f")[:-1]] == names


def test_the_font_holds_only_what_is_shown(tmp_path):
    path = make(tmp_path, rows_of(serials(40)))
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True).stdout.splitlines()[2:]
    assert len(fonts) == 1
    assert re.match(r"[A-Z]{6}\+WenQuanYiZenHei +CID TrueType +Identity-H +yes yes yes ", fonts[0])
    assert path.stat().st_size < 60000  # of 16 MB


def test_a_file_that_is_no_font_is_refused(tmp_path):
    font = tmp_path / "none.ttf"
    font.write_bytes(b"no font")
    done = labels("--format", "pdf", "--font", font, "--out", tmp_path / "y.pdf", status=1,
                  input=csv_text(rows_of(serials(1))))
    assert "cannot be read or is no TrueType font" in done.stderr


def test_a_character_that_no_glyph_draws_is_refused(tmp_path):
    done = labels("--format", "pdf", "--out", tmp_path / "x.pdf", status=1,
                  input=csv_text(rows_of(serials(1), product="草莓🍓")))
    assert "character" in done.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_the_quiet_zone_stays_white(tmp_path):
    """Four modules around the symbol, wherever text stands."""
    dpi = 300
    for name in ("L7160", "L7651", "roll-50x30", "5167"):
        options = ("--allow-small", "--dots", 4) if name == "5167" else ()
        dots = 4 if name == "5167" else 5
        path = make(tmp_path, rows_of(serials(2)), "--sheet", name, *options)
        label = cut_out(read_gray(pdf_pages(path, tmp_path, dpi)[0]), dpi, 0, sheet(name))
        dark = label < 128
        # the finder's upper left corner: the first place with seven dark modules in a row and a column
        run = 7 * dots
        rows, columns = dark.shape
        corner = next((y, x) for y in range(rows - run) for x in range(columns - run)
                      if dark[y, x:x + run].all() and dark[y:y + run, x].all())
        top, left = corner
        side, quiet = 29 * dots, 4 * dots
        zone = dark[max(0, top - quiet):top + side + quiet, max(0, left - quiet):left + side + quiet].copy()
        zone[min(top, quiet):min(top, quiet) + side, min(left, quiet):min(left, quiet) + side] = False
        assert not zone.any(), name
        for old in tmp_path.glob("page-*"):
            old.unlink()


def test_equal_lines_have_equal_size_on_every_label(tmp_path):
    """Wide and narrow serials of a batch: the same type size, so that a sheet looks like one."""
    path = make(tmp_path, rows_of(serials(65)), "--sheet", "L7651")
    sizes = {found[1] for drawing in contents(path) for found in re.finditer(rb"/F ([0-9.]+) Tf", drawing)}
    assert len(sizes) == 1
    assert pdf_text(path).count("(21)") == 65
