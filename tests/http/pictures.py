"""Pictures made here, so that no file of anybody's is needed."""
import random
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=900, height=600, seed=1, noise=False, text=b"Comment\0taken at home"):
    """Stripes in colours of the seed's, or noise, which does not compress."""
    chance = random.Random(seed)
    stripe = b"".join(chance.randbytes(3) * 20 for _ in range(width // 20 + 1))[:3 * width]
    rows = b"".join(b"\0" + (chance.randbytes(3 * width) if noise else stripe) for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"tEXt", text) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def size_of_jpeg(data):
    """Width and height, and the markers before the picture."""
    assert data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9"
    at, markers, size = 2, [], None
    while data[at + 1] != 0xda:
        markers.append(data[at + 1])
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        if data[at + 1] in (0xc0, 0xc1, 0xc2):
            size = struct.unpack(">HH", data[at + 5:at + 9])[::-1]
        at += 2 + length
    return size, markers


def head_of_png(width, height, *chunks, data=b"\0" * 64):
    """A PNG of a few bytes that says it is so large."""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + b"".join(chunks) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def moving_webp():
    """The head of an animation (RFC 9649, 2.7.1): the flag, the loop, one empty frame."""
    def part(kind, data):
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    body = (b"WEBP" + part(b"VP8X", b"\x02\0\0\0" + b"\x0f\0\0" * 2) + part(b"ANIM", bytes(6))
            + part(b"ANMF", bytes(6) + b"\x0f\0\0" * 2 + bytes(4)))
    return b"RIFF" + struct.pack("<I", len(body)) + body


MARKUP, ARCHIVE = b"<html><script>alert(1)</script></html>", b"PK\x05\x06" + bytes(18)
# What is refused, and the code.
HOSTILE = {
    "svg called png": (b"\x89PNG\r\n\x1a\n<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture_broken"),
    "65500 a side": (head_of_png(65500, 65500), "file_too_large"),
    "larger than libpng reads": (head_of_png(0x7fffffff, 0x7fffffff), "picture_broken"),
    "rows that are not there": (head_of_png(6000, 6000), "picture_broken"),
    "moving png": (head_of_png(16, 16, chunk(b"acTL", struct.pack(">II", 2, 0)), data=b"\0" * 784), "picture_moves"),
    "moving webp": (moving_webp(), "picture_moves"),
    "no pixels": (head_of_png(0, 0), "picture_broken"),
    "cut jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + MARKUP, "picture_broken"),
    "cut webp": (b"RIFF\x40\0\0\0WEBPVP8 \x30\0\0\0" + bytes(20), "picture_broken"),
    "pdf called jpeg": (b"\xff\xd8\xff\xdb%PDF-1.7\n" + bytes(200), "picture_broken"),
}
# Good pictures that are something else besides: what is kept is the picture alone.
TWOFOLD = {
    "page behind": png(60, 40) + MARKUP,
    "archive behind": png(60, 40) + ARCHIVE,
    "pdf behind": png(60, 40) + b"%PDF-1.7\n%%EOF\n" + MARKUP + ARCHIVE,
    "page in a comment": png(60, 40, text=b"Comment\0" + MARKUP + ARCHIVE),
}
