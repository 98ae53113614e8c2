"""`suyuan labels --format zpl`: drawn by a renderer of others, every label reads back, and all that a label
says is in its place."""
import json
import re
import shutil
import subprocess

import numpy
import pytest

from label_readers import (batch, CODES, csv_text, cut_out, GTIN, labels, png_gray, read_gray, read_zbar, read_zxing,
                           rows_of, sheet, write_gray)
from steps import TOP

DOTS_A_MM = {203: 8, 300: 12, 406: 16, 600: 24}  # what the renderer calls these resolutions
DOT = {203: 1 / 8, 300: 25.4 / 300, 406: 1 / 16, 600: 25.4 / 600}  # mm
SERIAL = "7K3M9Q2XTPVW4H"


@pytest.fixture(scope="module")
def renderer():
    """The renderer's program, started once for all labels: to start it costs more than to draw one."""
    if shutil.which("node") is None:
        pytest.skip("no node")
    if not (TOP / "node_modules/zpl-renderer-js").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=TOP, check=True,
                       capture_output=True, timeout=120)
    with subprocess.Popen(["node", TOP / "tests/cli/draw_zpl.cjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as program:
        yield program
        program.stdin.close()
        assert program.wait(30) == 0


def draw(renderer, zpl, folder, dpi, width, height):
    """The pages of a ZPL file as arrays, a pixel a dot; `width`, `height`: mm of the paper."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    dots = DOTS_A_MM[dpi]
    size = [round(mm / DOT[dpi]) / dots for mm in (width, height)]
    print(json.dumps([str(zpl), str(folder), *size, dots]), file=renderer.stdin, flush=True)
    count = int(renderer.stdout.readline())
    pages = [numpy.where(read_gray(path) < 128, 0, 255).astype(numpy.uint8)
             for path in sorted(folder.glob("page-*.pgm"))]
    assert len(pages) == count
    return pages


def print_zpl(renderer, text, tmp_path, name, dpi, *options):
    """The drawn pages, and the file."""
    s = sheet(name)
    out = tmp_path / "labels.zpl"
    labels("--format", "zpl", "--sheet", name, "--dpi", dpi, *options, "--force", "--out", out, input=text)
    size = float(s["page_width"]), float(s["page_height"])
    return draw(renderer, out, tmp_path / "drawn", dpi, *size), out.read_text()


def assert_all_read(pictures, urls, tmp_path):
    """Both readers find exactly the url of each picture."""
    assert len(pictures) == len(urls)
    assert [read_zxing(picture) for picture in pictures] == urls
    files = [write_gray(tmp_path / f"label-{number}.pgm", picture) for number, picture in enumerate(pictures)]
    by_zbar = read_zbar(files)
    assert [by_zbar.get(path.name) for path in files] == [[url] for url in urls]


@pytest.mark.parametrize("name, dpi, count, options", [
    ("roll-50x30", 203, CODES, ()), ("roll-40x30", 300, CODES, ()), ("roll-60x40", 600, 10, ()),
    ("roll-100x50", 203, 30, ("--dots", 7)), ("roll-100x150", 300, 10, ("--dots", 11)),
    ("roll-50x30", 406, 20, ("--level", "H")), ("roll-50x30", 203, CODES, ("--compact",)),
    ("roll-40x30", 300, 30, ("--compact", "--level", "Q")), ("roll-60x40", 600, 10, ("--compact",)),
])
def test_every_label_of_a_roll_reads_back(renderer, batch, tmp_path, name, dpi, count, options):
    text, wanted = batch
    text = "".join(text.splitlines(keepends=True)[:1 + count])
    pages, _zpl = print_zpl(renderer, text, tmp_path, name, dpi, *options)
    assert_all_read(pages, list(wanted.values())[:count], tmp_path)


def test_labels_of_a_page_of_many_read_back_in_their_places(renderer, batch, tmp_path):
    text, wanted = batch
    pages, zpl = print_zpl(renderer, text, tmp_path, "3474", 203, "--start", 23)
    s = sheet("3474")
    cuts = [cut_out(page, 203.2, place, s) for page in pages for place in range(24)]
    assert len(pages) == zpl.count("^XA") == 4
    assert [read_zxing(cut) for cut in cuts[:22]] == [None] * 22
    assert_all_read(cuts[22:22 + CODES], list(wanted.values()), tmp_path)


def symbol_of(page, side):
    """The symbol's pixels: it is above all text, and begins with its first black dot."""
    top, left = numpy.argwhere(page == 0).min(axis=0)[0], numpy.argwhere(page[:side // 2] == 0).min(axis=0)[1]
    return page[top:top + side, left:left + side]


@pytest.mark.parametrize("host, options", [("HTTPS://ID.EXAMPLE.COM", ()), ("https://id.example.com/a~b_c", ())])
def test_the_modules_are_those_of_every_other_format(renderer, tmp_path, host, options):
    text = csv_text(rows_of([SERIAL], host=host))
    labels("--format", "png", "--dpi", 203, "--out", tmp_path, input=text)
    picture = png_gray(tmp_path / f"{GTIN}_{SERIAL}.png")[16:-16, 16:-16]
    page = print_zpl(renderer, text, tmp_path, "roll-50x30", 203, *options)[0][0]
    assert numpy.array_equal(symbol_of(page, len(picture)), picture)


def test_a_symbol_that_the_printer_draws_has_the_same_version(renderer, tmp_path):
    """The same text and level: with manual input the printer has no reason to take a larger symbol."""
    sizes = []
    for number, option in enumerate(([], ["--compact"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        page = print_zpl(renderer, csv_text(rows_of([SERIAL])), folder, "roll-50x30", 203, *option)[0][0]
        rows = numpy.argwhere((page == 0).any(axis=1)).ravel()
        sizes.append(int(numpy.argmax(numpy.diff(rows) > 16)) + 1)  # up to the quiet zone under it
    assert sizes == [29 * 4, 29 * 4]


def ink_box(page):
    dark = numpy.argwhere(page == 0)
    return dark.min(axis=0), dark.max(axis=0)


@pytest.mark.parametrize("product", ["Tahini", "WWWWWWWWWWWW MMMMMMMMMMMM @@@@@@@@@", "芝麻酱 Tahini 有机 " * 9,
                                     "100% ^XZ~JA^FS a_b \\& {c}", 'iii "lll"'])
def test_text_stays_on_the_label_and_off_the_symbol(renderer, tmp_path, product):
    page = print_zpl(renderer, csv_text(rows_of([SERIAL], product=product)), tmp_path, "roll-50x30", 203)[0][0]
    assert page.shape == (240, 400)
    (top, left), (bottom, right) = ink_box(page)
    assert left >= 6 and right <= 393 and bottom <= 238  # the renderer's font, on the layout's margin of 1 mm
    symbol = numpy.argwhere((page[:, 142:258] == 0).any(axis=1)).ravel()
    assert top == symbol[0]
    quiet = page[top:top + 116 + 16].copy()
    quiet[0:116, 142:258] = 255
    assert (quiet == 255).all(), "text in the quiet zone"


def test_text_is_centred_under_the_symbol(renderer, tmp_path):
    page = print_zpl(renderer, csv_text(rows_of([SERIAL], product="芝麻酱")), tmp_path, "roll-50x30", 203)[0][0]
    (top, _), _ = ink_box(page)
    under = page[top + 116:]
    for rows in numpy.split(under, numpy.argwhere((under == 255).all(axis=1)).ravel()):
        columns = numpy.argwhere((rows == 0).any(axis=0)).ravel()
        if len(rows) > 6:  # a line, not the dot of an i
            assert abs((columns[0] + columns[-1]) / 2 - 199.5) <= 6


def test_every_chinese_character_leaves_ink(renderer, tmp_path):
    counts = []
    for number, name in enumerate(["芝", "芝麻", "芝麻酱", "芝麻酱机", "芝麻酱机é"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        page = print_zpl(renderer, csv_text(rows_of([SERIAL], product=name)), folder, "roll-100x50", 203)[0][0]
        counts.append(int((page == 0).sum()))
    assert all(after - before > 15 for before, after in zip(counts, counts[1:])), counts


def test_commands_in_a_text_are_only_text(renderer, tmp_path):
    text = csv_text(rows_of([SERIAL, "7K3M9Q2XTPVW4J"], product="^XZ^XA^PQ99~JA ^FS"))
    pages, zpl = print_zpl(renderer, text, tmp_path, "roll-50x30", 203)
    assert len(pages) == 2 and zpl.count("^XA") == zpl.count("^XZ") == 2
    assert "~" not in zpl and "^PQ99" not in zpl


def test_copies_are_the_printers_affair(tmp_path):
    labels("--format", "zpl", "--copies", 3, "--out", tmp_path / "x.zpl", input=csv_text(rows_of([SERIAL], copies=2)))
    assert re.findall(r"\^PQ(\d+)", (tmp_path / "x.zpl").read_text()) == ["6"]


def test_too_many_copies_are_refused_by_row(tmp_path):
    rows = [*rows_of([SERIAL], copies=400), *rows_of(["7K3M9Q2XTPVW4J"], copies=2)]
    done = labels("--format", "zpl", "--copies", 3, "--out", tmp_path / "x.zpl", input=csv_text(rows), status=3)
    assert "standard input:2: 1200 copies, and at most 1000 are made" in done.stderr
    assert re.findall(r"\^PQ(\d+)", (tmp_path / "x.zpl").read_text()) == ["6"]


# --- printers ---

def first_dot(page):
    return numpy.argwhere(page == 0).min(axis=0)[0], numpy.argwhere(page[:60] == 0).min(axis=0)[1]


def test_a_printers_file_moves_whole_dots(renderer, tmp_path):
    (tmp_path / "mine.printer").write_text("dpi = 203\ndots = 5\noffset_x = 1.5\noffset_y = -0.25\nspeed = 3\n")
    text = csv_text(rows_of([SERIAL]))
    plain = first_dot(print_zpl(renderer, text, tmp_path, "roll-60x40", 203, "--dots", 5)[0][0])
    labels("--format", "zpl", "--sheet", "roll-60x40", "--printer", tmp_path / "mine.printer", "--out",
           tmp_path / "mine.zpl", input=text)
    assert "^PR3\n" in (tmp_path / "mine.zpl").read_text()
    moved = first_dot(draw(renderer, tmp_path / "mine.zpl", tmp_path / "mine", 203, 60, 40)[0])
    assert (moved[0] - plain[0], moved[1] - plain[1]) == (-2, 12)


def test_a_scale_moves_labels_but_leaves_their_modules(renderer, tmp_path):
    text = csv_text(rows_of([SERIAL], copies=24))
    plain = print_zpl(renderer, text, tmp_path, "3474", 203)[0][0]
    scaled = print_zpl(renderer, text, tmp_path, "3474", 203, "--scale-x", "0.99", "--scale-y", "0.995")[0][0]
    s = sheet("3474")
    for place in (0, 2, 21, 23):
        across = (place % 3 + 0.5) * 70 * -0.01 * 8
        down = (place // 3 + 0.5) * 37 * -0.005 * 8
        box = [cut_out(page, 203.2, place, s) for page in (plain, scaled)]
        corners = [numpy.argwhere(cut == 0).min(axis=0) for cut in box]
        symbols = [symbol_of(cut, 29 * 4) for cut in box]
        assert abs(corners[1][0] - corners[0][0] - down) <= 1
        left = [numpy.argwhere(cut[:100] == 0).min(axis=0)[1] for cut in box]
        assert abs(left[1] - left[0] - across) <= 1
        assert numpy.array_equal(*symbols)


def test_an_offset_off_the_paper_is_refused(tmp_path):
    done = labels("--format", "zpl", "--offset-x", -19, "--out", tmp_path / "x.zpl",
                  input=csv_text(rows_of([SERIAL])), status=1)
    assert "standard input:2: the offset moves the label off the paper" in done.stderr
    assert not (tmp_path / "x.zpl").exists()


@pytest.mark.parametrize("name", sorted(path.stem for path in (TOP / "conf/printers").glob("*.printer")))
def test_every_printer_we_ship_prints_modules_that_gs1_allows(tmp_path, name):
    done = labels("--format", "zpl", "--printer", name, "--out", tmp_path / "x.zpl", "--json",
                  input=csv_text(rows_of([SERIAL])))
    answer = json.loads(done.stdout)
    assert 0.396 <= answer["module_mm"] <= 0.990
    assert answer["order"]["printer"] == name and answer["order"]["dpi"] == answer["dpi"]


def test_zpl_goes_to_standard_output_for_a_printer(renderer, batch, tmp_path):
    text, wanted = batch
    done = labels("--format", "zpl", "--dpi", 203, "--out", "-", input=text)
    (tmp_path / "x.zpl").write_text(done.stdout)
    assert done.stdout.startswith("^XA") and done.stdout.endswith("^XZ\n")
    assert f"{CODES} labels\nmodule 0.500 mm (4 dots at 203 dpi), symbol 18.5 mm" in done.stderr
    assert_all_read(draw(renderer, tmp_path / "x.zpl", tmp_path / "drawn", 203, 50, 30), list(wanted.values()), tmp_path)


def test_a_character_the_font_lacks_is_named(tmp_path):
    done = labels("--format", "zpl", "--out", tmp_path / "x.zpl", status=1,
                  input=csv_text(rows_of([SERIAL], product="Tahini ᚠ")))
    assert "standard input:2: the font " in done.stderr and "has no character U+16A0" in done.stderr
    assert not (tmp_path / "x.zpl").exists()


def test_a_label_of_ones_own_size(renderer, batch, tmp_path):
    text, wanted = batch
    labels("--format", "zpl", "--dpi", 203, "--label", "62.5x29", "--out", tmp_path / "x.zpl", input=text)
    assert "^PW500^LL232" in (tmp_path / "x.zpl").read_text()
    assert_all_read(draw(renderer, tmp_path / "x.zpl", tmp_path / "drawn", 203, 62.5, 29), list(wanted.values()), tmp_path)


# --- previews ---

@pytest.mark.parametrize("product", ["芝麻酱 Tahini", "Tahini"])
def test_a_preview_has_the_printed_symbol_in_its_place(renderer, tmp_path, product):
    text = csv_text(rows_of([SERIAL], product=product))
    page = print_zpl(renderer, text, tmp_path, "roll-50x30", 203, "--offset-x", "1")[0][0]
    labels("--format", "zpl", "--dpi", 203, "--offset-x", "1", "--preview", tmp_path / "p.png", input=text)
    preview = png_gray(tmp_path / "p.png")
    assert preview.shape == page.shape
    top, left = first_dot(page)
    assert numpy.array_equal(preview[:top + 116 + 16], page[:top + 116 + 16])
    # as many lines of text in the same rows, though in another font
    assert (preview[top + 132:] == 0).any()
    assert abs(ink_box(preview)[1][0] - ink_box(page)[1][0]) <= 6
