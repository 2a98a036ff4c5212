"""Makes expected/pictures.json: small TIFF, PNG, BMP and WebP files of the kinds that public issues tell of, and what is
stored in them. Pillow and tifffile read back what is expected, where they can.

    pip install pillow==13.0.0 tifffile==2026.3.3 imagecodecs numpy
    python tests/reference/pictures.py
"""

import io
import json
import pathlib
import struct
import warnings

import numpy as np
import PIL
import tifffile
from PIL import Image

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261129)
ROWS, COLUMNS = 5, 7
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
PLACE = 65010
cases = []


def tiff(values, fill=1, **options):
    """A TIFF file; with `fill` 2 the bits of each byte of its strips are in reversed order."""
    out = io.BytesIO()
    options.setdefault("photometric", "rgb" if values.ndim == 3 else "minisblack")
    tifffile.imwrite(out, values, extratags=[(PLACE, "H", 1, 2, True)] if fill == 2 else [], **options)
    data = bytearray(out.getvalue())
    if fill == 2:
        page = tifffile.TiffFile(io.BytesIO(data)).pages[0]
        for at, length in zip(page.dataoffsets, page.databytecounts):
            data[at : at + length] = bytes(data[at : at + length]).translate(REVERSED)
        tag = page.tags[PLACE].offset
        data[tag : tag + 2] = struct.pack("<H" if data[:2] == b"II" else ">H", 266)
    return bytes(data)


def case(name, source, file, values, remark=None, checked=None):
    values = np.asarray(values)
    if checked is not None:
        assert np.array_equal(np.asarray(checked), values), name
    cases.append(
        {
            "name": name,
            "source": source,
            "file": file.hex(),
            "values": [round(float(v), 6) for v in values.ravel()],
            "remark": remark,
            "checked": checked is not None,
        }
    )


def pillow(file, mode=None):
    image = Image.open(io.BytesIO(file))
    return np.array(image.convert(mode) if mode else image)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


FILL = "ome/bioformats#2936, Pillow#5249, TIFF 6.0 section 8"
for dtype, order, compression in [("u1", "<", None), ("u2", "<", None), ("u2", ">", None), ("u1", "<", "lzw"), ("u2", "<", "zlib"), ("u1", ">", "packbits")]:
    for colours in (False, True):
        shape = (ROWS, COLUMNS, 3) if colours else (ROWS, COLUMNS)
        values = rng.integers(0, np.iinfo(dtype).max, shape).astype(dtype)
        file = tiff(values, 2, byteorder=order, compression=compression)
        name = f"reversed bits, {dtype} {order} {compression}{', colours' if colours else ''}"
        case(name, FILL, file, values, checked=None if compression == "zlib" else tifffile.imread(io.BytesIO(file)) if not compression else None)
values = rng.integers(0, 255, (ROWS, COLUMNS)).astype("u1")
case("reversed bits, BigTIFF", FILL, tiff(values, 2, bigtiff=True), values)
palette = rng.integers(0, 256, (3, 256))
PALETTE = "TIFF 6.0 section 5"
file = tiff(values, photometric="palette", colormap=(palette * 257).astype("u2"))
case("a palette", PALETTE, file, palette.T[values], checked=pillow(file, "RGB"))
file = tiff(values, photometric="palette", colormap=palette.astype("u2"), byteorder=">")
case("a palette of bytes in words", PALETTE, file, palette.T[values], remark="colour map")
small = Image.fromarray((values % 16).astype("u1"), "P")
small.putpalette(palette.T[:16].astype("u1").tobytes())
file = saved(small, "TIFF", compression="tiff_lzw")
case("a palette, by Pillow", PALETTE, file, palette.T[values % 16], checked=pillow(file, "RGB"))
for dtype in ("f4", "f8", "i1", "i2", "u4", "i4"):
    numbers = rng.normal(0, 90, (ROWS, COLUMNS))
    numbers = (np.abs(numbers) if dtype[0] == "u" else numbers).astype(dtype)
    file = tiff(numbers, compression="zlib")
    case(f"greys of {dtype}", "TIFF 6.0 section 19", file, numbers, checked=tifffile.imread(io.BytesIO(file)))
pages = io.BytesIO()
with tifffile.TiffWriter(pages) as writer:
    for page in (values, values[::-1], values // 2):
        writer.write(page, photometric="minisblack")
case("three pages", "TIFF 6.0 section 7", pages.getvalue(), values, remark="several pages")
with_thumbnail = io.BytesIO()
with tifffile.TiffWriter(with_thumbnail) as writer:
    writer.write(values, photometric="minisblack")
    writer.write(values[::2, ::2], photometric="minisblack", subfiletype=1)
case("a page and its smaller copy", "TIFF 6.0 section 8", with_thumbnail.getvalue(), values)
ALPHA = "BMP of 32 bits and PNG whose transparency was never set"
for mode, kind in [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "TIFF"), ("RGBA", "WEBP")]:
    pixels = rng.integers(1, 256, (ROWS, COLUMNS, len(mode))).astype("u1")
    pixels[..., -1] = 0
    file = saved(Image.fromarray(pixels, mode), kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    case(f"{kind} of {mode} that is transparent throughout", ALPHA, file, pixels[..., :-1], remark="transparent")
pixels[0, 0, -1] = 255
composed = np.where(pixels[..., -1:] == 255, pixels[..., :-1], 0)
case("PNG with one pixel to be seen", ALPHA, saved(Image.fromarray(pixels), "PNG"), composed)
# Version 4 of the header, with masks for red, green, blue and transparency.
header = struct.pack("<IiiHHIIiiII", 108, COLUMNS, -ROWS, 1, 32, 3, 0, 2835, 2835, 0, 0)
header += struct.pack("<IIIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000, 0x73524742) + b"\0" * 48
body = pixels.copy()
body[..., -1] = 0
file = b"BM" + struct.pack("<IHHI", 14 + len(header) + body.size, 0, 0, 14 + len(header)) + header + body[..., [2, 1, 0, 3]].tobytes()
case("BMP that is transparent throughout", ALPHA, file, body[..., :3], remark="transparent")
frames = [Image.fromarray(rng.integers(0, 256, (ROWS, COLUMNS, 3)).astype("u1")) for _ in range(3)]
file = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
case("WebP of three pictures", "RFC 9649 section 2.7.1.1", file, np.array(frames[0]), remark="animation")
file = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
case("PNG of three pictures", "PNG third edition, 11.3.6.1", file, np.array(frames[0]), remark="animation")

path = pathlib.Path(__file__).parent / "expected" / "pictures.json"
versions = {"pillow": PIL.__version__, "tifffile": tifffile.__version__, "numpy": np.__version__}
lines = ",\n".join(json.dumps(entry) for entry in cases)
path.write_text('{"versions": ' + json.dumps(versions) + ', "cases": [\n' + lines + "\n]}\n")
print(path, path.stat().st_size, len(cases), "cases,", sum(c["checked"] for c in cases), "read back by others")
