"""Makes expected/dicom_display.json: small DICOM files and what pydicom makes of them. Colours in every way they are
stored uncompressed: RGB pixel by pixel, palettes looked up, of entries of 16 bits the high byte. Greys through modality
and VOI transforms: 0 (black) to 1.

    pip install pydicom==3.0.2 numpy
    python tests/reference/dicom_display.py
"""

import io
import json
import pathlib

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, pixel_array
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ROWS, COLUMNS = 4, 6
rng = np.random.default_rng(20261121)


def blank(photometric, samples):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[photometric])
    ds.SamplesPerPixel, ds.PhotometricInterpretation = samples, photometric
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    return ds


def coloured(photometric, planar):
    ds = blank(photometric, 3)
    ds.PlanarConfiguration = planar
    values = rng.integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
    # The corners of the cube, where results leave the range and are cut.
    values[0, 0], values[0, 1], values[0, 2] = (255, 255, 255), (0, 0, 0), (128, 0, 255)
    if photometric == "YBR_FULL_422":
        # Two pixels share one pair of differences: y1 y2 cb cr.
        pairs = values.reshape(-1, 2, 3)
        data = np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]], 1)
    else:
        data = values.transpose(2, 0, 1) if planar else values
    ds.PixelData = np.ascontiguousarray(data).tobytes()
    return ds


def palette(entries, first, bits):
    """A table that does not cover all indices: those outside take the nearest end."""
    ds = blank("PALETTE COLOR", 1)
    for name in ("Red", "Green", "Blue"):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [entries % 65536, first, bits])
        table = rng.integers(0, 1 << bits, entries)
        data = table.astype("<u2" if bits == 16 else "u1").tobytes()
        setattr(ds, f"{name}PaletteColorLookupTableData", data + b"\0" * (len(data) % 2))
    ds.PixelData = rng.integers(0, 256, (ROWS, COLUMNS), dtype=np.uint8).tobytes()
    return ds


def segments(bits, *parts):
    """A palette of 256 entries in segments, the same for all colours but that red's and blue's first run differ."""
    ds = blank("PALETTE COLOR", 1)
    for at, name in enumerate(("Red", "Green", "Blue")):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, bits])
        words = [0, 4, at, 3, 9 + at, 1 << bits - 1, *parts]
        data = np.array(words, "<u2" if bits == 16 else "u1").tobytes()
        setattr(ds, f"Segmented{name}PaletteColorLookupTableData", data + b"\0" * (len(data) % 2))
    ds.PixelData = rng.integers(0, 256, (ROWS, COLUMNS), dtype=np.uint8).tobytes()
    return ds


def case(name, ds):
    file = io.BytesIO()
    pydicom.dcmwrite(file, ds, enforce_file_format=True)
    read = pydicom.dcmread(io.BytesIO(file.getvalue()))
    values = pixel_array(read)
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        shown = apply_color_lut(values, read)
        values = shown >> 8 if shown.dtype == np.uint16 else shown
    return {"name": name, "file": file.getvalue().hex(), "rgb": values.astype(np.uint8).ravel().tolist()}


def table(first, bits, outputs):
    """A look-up table as the item of a sequence; inputs outside take the nearest end."""
    item = Dataset()
    item.LUTDescriptor = [len(outputs), first, bits]
    item.LUTData = np.array(outputs, "<u2").tobytes()
    item.ModalityLUTType = "US"
    item["LUTData"].VR = "OW"
    return item


def grey(name, signed=False, most=4096, **attributes):
    ds = blank("MONOCHROME2", 1)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.PixelRepresentation = int(signed)
    low, high = (-2048, 2048) if signed else (0, 4096)
    values = rng.integers(low, min(high, most), ROWS * COLUMNS)
    # Both ends, and values at the edges of the windows below.
    values[:6] = [low, high - 1, 100, 101, 900, 1000]
    ds.PixelData = values.astype("<i2" if signed else "<u2").tobytes()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    file = io.BytesIO()
    pydicom.dcmwrite(file, ds, enforce_file_format=True)
    read = pydicom.dcmread(io.BytesIO(file.getvalue()))
    shown = apply_voi_lut(apply_modality_lut(pixel_array(read), read), read).astype(float)
    if "VOILUTSequence" in read:
        low, high = 0, 2 ** read.VOILUTSequence[0].LUTDescriptor[2] - 1
    elif "ModalityLUTSequence" in read:
        low, high = 0, 2 ** read.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    else:
        # The range that pydicom's windows are stretched to.
        slope, intercept = float(read.get("RescaleSlope", 1)), float(read.get("RescaleIntercept", 0))
        low, high = low * slope + intercept, (high - 1) * slope + intercept
    shown = (shown - low) / (high - low)
    return {"name": name, "file": file.getvalue().hex(), "shown": [round(float(v), 7) for v in shown.ravel()]}


colours = [
    case("RGB pixel by pixel", coloured("RGB", 0)),
    case("RGB plane by plane", coloured("RGB", 1)),
    case("YBR_FULL pixel by pixel", coloured("YBR_FULL", 0)),
    case("YBR_FULL plane by plane", coloured("YBR_FULL", 1)),
    case("YBR_FULL_422", coloured("YBR_FULL_422", 0)),
    case("a palette of 256 entries of 16 bits", palette(256, 0, 16)),
    case("a palette of 100 entries of 16 bits from 50 on", palette(100, 50, 16)),
    case("a palette of 200 entries of 8 bits", palette(200, 0, 8)),
]
window = dict(WindowCenter=500, WindowWidth=800)
rescale = dict(RescaleSlope=0.5, RescaleIntercept=-100)
modality = dict(ModalityLUTSequence=[table(50, 16, [v * v // 4096 for v in range(0, 4096, 16)])])
falling = dict(VOILUTSequence=[table(200, 10, [1023 - 4 * v for v in range(256)])])
rising = dict(VOILUTSequence=[table(0, 16, range(0, 65536, 256))])
greys = [
    grey("LINEAR", **window),
    grey("LINEAR, signed and rescaled", signed=True, **window, **rescale),
    grey("LINEAR_EXACT", **window, VOILUTFunction="LINEAR_EXACT"),
    grey("SIGMOID, rescaled", **window, **rescale, VOILUTFunction="SIGMOID"),
    grey("the narrowest window", WindowCenter=100.5, WindowWidth=1),
    grey("a modality table", most=350, **modality, **window),
    grey("a table of values of interest", most=500, **falling),
    grey("a table of values of interest before a window", most=300, **rising, **window),
]
# After all that is drawn above, so that it stays as it was. Repetitions by words of 16 bits are left out: pydicom counts
# their offset in words, the standard in bytes.
segmented = [
    case("a palette of 8 bits in runs and lines", segments(8, 1, 100, 255, 1, 152, 20)),
    case("a palette of 8 bits with repetitions", segments(8, 1, 100, 255, 1, 100, 20, 2, 1, 0, 0, 0, 0, 1, 48, 77)),
    case("a palette of 16 bits in runs and lines", segments(16, 1, 100, 65535, 1, 151, 20, 0, 1, 40000)),
]
path = pathlib.Path(__file__).parent / "expected" / "dicom_display.json"
versions = {"pydicom": pydicom.__version__, "numpy": np.__version__}
path.write_text(json.dumps({"versions": versions, "colours": colours, "segmented": segmented, "greys": greys}) + "\n")
print(path, path.stat().st_size)
