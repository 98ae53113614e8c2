"""What the tests of `suyuan labels` share: making codes, and two readers that know nothing of each other."""
import csv
import io
import json
import os
import re
import struct
import subprocess
import zlib

import numpy
import pytest
import zxingcpp

from conftest import suyuan_program
from steps import TOP

SUYUAN = str(suyuan_program())
GTIN = "09506000134352"
HEADER = "seq,code,url,hri,gtin,serial,batch,produced,expiry,product,copies".split(",")
CODES = 70


def labels(*arguments, input=None, status=0):
    done = subprocess.run([SUYUAN, "labels", *map(str, arguments)], input=input, capture_output=True,
                          text=not isinstance(input, bytes), timeout=150,
                          stdin=subprocess.DEVNULL if input is None else None)
    assert done.returncode == status, (done.returncode, done.stderr)
    return done


def serials(count):
    lines = "".join(json.dumps({"key": "ab" * 32, "key_id": 30, "gtin": GTIN, "n": n, "length": 14}) + "\n"
                    for n in range(count))
    done = subprocess.run([SUYUAN, "serial", "encode"], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line)["serial"] for line in done.stdout.splitlines()]


def rows_of(codes, host="HTTPS://ID.EXAMPLE.COM", product="芝麻酱 Tahini", copies=1):
    for number, serial in enumerate(codes, 1):
        yield [number, serial, f"{host}/01/{GTIN}/21/{serial}", f"(01){GTIN}(21){serial}", GTIN, serial,
               "L-7", "2026-03-01", "2027-03-01", product, copies]


def csv_text(rows, header=HEADER):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return out.getvalue()


@pytest.fixture(scope="module")
def batch():
    """70 rows as `suyuan batch` writes them, and what their codes must say."""
    rows = list(rows_of(serials(CODES)))
    return csv_text(rows), {row[5]: row[2] for row in rows}


# --- the two readers ---

def read_zbar(paths):
    """What zbarimg reads, per picture."""
    done = subprocess.run(["zbarimg", "-q", "--xml", "-Sdisable", "-Sqrcode.enable", *map(str, paths)],
                          capture_output=True, text=True, timeout=150)
    found = {}
    for source in re.finditer(r"<source href='([^']*)'>(.*?)</source>", done.stdout, re.S):
        found[os.path.basename(source[1])] = re.findall(r"<data><!\[CDATA\[(.*?)\]\]></data>", source[2], re.S)
    return found


def read_gray(path):
    """A PGM file as an array."""
    magic, size, most, pixels = path.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert (magic, most) == (b"P5", b"255")
    return numpy.frombuffer(pixels, dtype=numpy.uint8).reshape(height, width)


def write_gray(path, image):
    path.write_bytes(b"P5\n%d %d\n255\n" % (image.shape[1], image.shape[0]) + image.tobytes())
    return path


def read_zxing(image):
    found = zxingcpp.read_barcode(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return found.text if found is not None else None


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


def png_gray(path):
    """A one-bit or eight-bit PNG as an array, by this test's own little reader."""
    data = path.read_bytes()
    at, packed, header = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour = header[:4]
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    step, stride = max(1, depth * channels // 8), (width * depth * channels + 7) // 8
    raw, rows, before = zlib.decompress(packed), [], numpy.zeros(stride, dtype=numpy.uint8)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        line = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        if kind:
            for x in range(stride):
                a = line[x - step] if x >= step else 0
                b = int(before[x])
                c = int(before[x - step]) if x >= step else 0
                p = a + b - c
                near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                line[x] = (line[x] + [0, a, b, (a + b) // 2, near][kind]) & 255
        before = numpy.frombuffer(bytes(line), dtype=numpy.uint8)
        rows.append(before)
    pixels = numpy.stack(rows)
    if depth == 1:
        pixels = numpy.unpackbits(pixels, axis=1)[:, :width] * 255
    else:
        pixels = pixels.reshape(height, width, channels)[:, :, 0]
    return numpy.ascontiguousarray(pixels)


def assert_all_read(folder, pictures, wanted):
    """Both readers find exactly the url of each picture; `pictures`: file name → serial."""
    by_zbar = read_zbar([folder / name for name in pictures])
    assert len(pictures) == len(wanted) >= 60
    for name, serial in pictures.items():
        assert by_zbar[name] == [wanted[serial]], name
        assert read_zxing(png_gray(folder / name)) == wanted[serial], name


# --- sheets ---

def sheet(name):
    lines = (TOP / "conf/sheets" / f"{name}.sheet").read_text().splitlines()
    pairs = (line.split("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def cut_out(page, dpi, place, s):
    """The picture of one label of a page."""
    columns = int(s["columns"])
    left = float(s["left"]) + place % columns * float(s["pitch_x"])
    top = float(s["top"]) + place // columns * float(s["pitch_y"])
    box = [round(mm * dpi / 25.4) for mm in
           (left, top, left + float(s["label_width"]), top + float(s["label_height"]))]
    return numpy.ascontiguousarray(page[box[1]:box[3], box[0]:box[2]])


def pdf_pages(path, folder, dpi=300):
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", path, folder / "page"], check=True,
                   capture_output=True, timeout=120)
    return sorted(folder.glob("page-*.pgm"))
