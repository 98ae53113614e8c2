"""Contact sheets: many screenshots on few large pictures, each with its name, to be looked through by a person."""
import dataclasses

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
HIGH = 1560  # px of a sheet; a taller one would be shrunk by most viewers
GAP, CAPTION = 10, 22
PAPER, INK = (128, 128, 136), (255, 255, 255)


@dataclasses.dataclass
class Shot:
    name: str
    path: object
    top: int = 0  # so many px of the screenshot; 0: all of it


def font():
    try:
        return ImageFont.truetype(FONT, 15)
    except OSError:
        return ImageFont.load_default()


def strips(shot, width, height):
    """A screenshot `width` px wide, cut into pieces of at most `height`: (caption, picture)."""
    with Image.open(shot.path) as image:
        image = image.convert("RGB")
        if shot.top:
            image = image.crop((0, 0, image.width, min(shot.top, image.height)))
        if image.width != width:
            image = image.resize((width, max(1, round(image.height * width / image.width))), Image.LANCZOS)
        count = -(-image.height // height)
        for i in range(count):
            piece = image.crop((0, i * height, width, min((i + 1) * height, image.height)))
            yield shot.name + (f"  {i + 1}/{count}" if count > 1 else ""), piece


def rows(tiles, columns):
    tiles = list(tiles)
    return [tiles[i:i + columns] for i in range(0, len(tiles), columns)]


def draw(path, lines, width, columns):
    image = Image.new("RGB", (columns * (width + GAP) + GAP, sum(height_of(row) for row in lines) + GAP), PAPER)
    pen, letters, y = ImageDraw.Draw(image), font(), GAP
    for row in lines:
        for i, (name, piece) in enumerate(row):
            x = GAP + i * (width + GAP)
            while letters.getlength(name) > width:
                name = name[:-1]
            pen.text((x, y), name, INK, font=letters)
            image.paste(piece, (x, y + CAPTION))
        y += height_of(row)
    image.save(path, compress_level=3)


def height_of(row):
    return CAPTION + GAP + max(piece.height for _, piece in row)


def write(folder, name, shots, width, columns):
    """FOLDER/NAME-1.png …, screenshots `width` px wide, `columns` side by side; returns how many sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-[0-9]*.png"):
        old.unlink()
    pieces = (piece for shot in shots for piece in strips(shot, width, HIGH - CAPTION - 2 * GAP))
    count, lines = 0, []

    def flush():
        nonlocal count, lines
        if lines:
            count += 1
            draw(folder / f"{name}-{count:02}.png", lines, width, columns)
            lines = []
    for row in rows(pieces, columns):
        if lines and sum(map(height_of, lines)) + height_of(row) + GAP > HIGH:
            flush()
        lines.append(row)
    flush()
    return count
