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
