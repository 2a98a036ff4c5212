"""Makes expected/dicom_reading.json: small DICOM files of the kinds that public issues tell of, and what is to be seen
of them: stored values, greys from 0 (black) to 1, or colours. What is expected is worked out here from the standard's
formulas and, where a reference decoder is right, compared with it (`checked` names the decoder).

    pip install pydicom==3.0.2 highdicom==0.28.2 pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls pillow imagecodecs numpy
    apt-get install dcmtk    (3.6.7: dcm2pnm)
    python tests/reference/dicom_reading.py
"""

import io
import json
import pathlib
import struct
import subprocess
import tempfile
import warnings

import highdicom
import imagecodecs
import jpeg_ls
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import convert_color_space
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

warnings.simplefilter("ignore")
ROWS, COLUMNS = 4, 6
AREA = ROWS * COLUMNS
BASELINE, LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"
JPEG_LS, JPEG_2000, RLE = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
rng = np.random.default_rng(20261129)
cases = []


def grey(values, bits=12, high=None, signed=False, **attributes):
    """A data set of greys; `values` have the shape of one frame or of several."""
    values = np.asarray(values)
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.826.0.1.3680043.8.498.1"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = values.shape[-2:]
    if values.ndim == 3:
        ds.NumberOfFrames = len(values)
    ds.BitsAllocated = 8 if values.dtype.itemsize == 1 else 16
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1 if high is None else high, int(signed)
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OW" if ds.BitsAllocated == 16 else "OB"
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def colour(values, photometric, **attributes):
    """A data set of colours of 8 bits, pixel by pixel."""
    ds = grey(values[..., 0], bits=8, **attributes)
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, photometric
    ds.PlanarConfiguration = attributes.get("PlanarConfiguration", 0)
    ds.PixelData = values.tobytes()
    return ds


def written(ds, syntax=ExplicitVRLittleEndian, label=None):
    """The file's bytes, written in one transfer syntax and labelled as another."""
    big = syntax == EXPLICIT_BIG
    if big:
        for name in ("PixelData",):
            if ds.BitsAllocated == 16:
                ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    body = pydicom.filebase.DicomBytesIO()
    body.is_little_endian, body.is_implicit_VR = not big, syntax == ImplicitVRLittleEndian
    pydicom.filewriter.write_dataset(body, ds)
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = label or syntax, "1.2.826.0.1.3680043.8.498.2"
    head = io.BytesIO()
    pydicom.filewriter.write_file_meta_info(head, meta)
    return b"\0" * 128 + b"DICM" + head.getvalue() + body.getvalue()


def encoded(ds, frames, syntax, table=None, pieces=1, label_implicit=False, extended=False):
    """Encapsulated frames, each in as many fragments; `table` is the basic offset table, right where it is None."""
    out, starts, at = b"", [], 0
    for frame in frames:
        starts.append(at)
        step = -(-len(frame) // pieces)
        step += step % 2
        for begin in range(0, len(frame), step):
            piece = frame[begin : begin + step]
            piece += b"\0" * (len(piece) % 2)
            out += struct.pack("<HHI", 0xFFFE, 0xE000, len(piece)) + piece
            at += len(piece) + 8
    offsets = starts if table is None else table
    basic = struct.pack(f"<{len(offsets)}I", *offsets)
    if extended:
        ds.ExtendedOffsetTable = struct.pack(f"<{len(starts)}Q", *starts)
        ds.ExtendedOffsetTableLengths = struct.pack(f"<{len(frames)}Q", *[len(frame) for frame in frames])
    ds.PixelData = struct.pack("<HHI", 0xFFFE, 0xE000, len(basic)) + basic + out + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return written(ds, ImplicitVRLittleEndian if label_implicit else ExplicitVRLittleEndian, syntax)


def item(**attributes):
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def lut(first, bits, outputs, vr="US"):
    ds = Dataset()
    ds.add_new("LUTDescriptor", vr, [len(outputs), first, bits])
    ds.add_new("LUTData", "OW", np.asarray(outputs, "<u2").tobytes())
    return ds


def case(name, source, file, *, frame=0, stored=None, shown=None, rgb=None, remark=None, checked=None, near=0):
    """One line of the table; `checked` is what a reference decoder gives, whole numbers from 0 to 255 for `shown`."""
    entry = {"name": name, "source": source, "file": file.hex(), "frame": frame}
    if stored is not None:
        entry["stored"] = np.asarray(stored).astype(int).ravel().tolist()
    if shown is not None:
        entry["shown"] = [round(float(v), 6) for v in np.asarray(shown).ravel()]
    if rgb is not None:
        entry["rgb"] = np.asarray(rgb).astype("u1").tobytes().hex()
    entry |= {"remark": remark, "near": near}
    if checked is not None:
        by, values = checked
        want = np.asarray(rgb if rgb is not None else stored if stored is not None else np.asarray(shown) * 255)
        apart = np.abs(np.asarray(values, float).ravel() - want.astype(float).ravel()).max()
        assert apart <= (1.01 if shown is not None and stored is None else 2), (name, by, apart)
        entry["checked"] = by
    cases.append(entry)


def dcmtk(file, *options):
    """What dcm2pnm displays, 0 to 255."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "a.dcm").write_bytes(file)
        subprocess.run(["dcm2pnm", "--write-raw-pnm", *options, path / "a.dcm", path / "a.pnm"], check=True, capture_output=True)
        return "dcm2pnm", np.array(Image.open(path / "a.pnm"))


def by_highdicom(file, frame):
    image = highdicom.Image.from_dataset(pydicom.dcmread(io.BytesIO(file)))
    shown = image.get_frame(frame + 1, apply_voi_transform=True)
    return "highdicom", shown * 255


def by_pydicom(file, frame=0):
    ds = pydicom.dcmread(io.BytesIO(file))
    return "pydicom", pydicom.pixels.pixel_array(ds, index=frame)


def linear(x, centre, width):
    """PS3.3 C.11.2.1.2.1."""
    return np.clip((x - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)


def exact(x, centre, width):
    """PS3.3 C.11.2.1.3.2."""
    return np.clip((x - centre) / width + 0.5, 0, 1)


def sigmoid(x, centre, width):
    """PS3.3 C.11.2.1.3.1."""
    return 1 / (1 + np.exp(-4 * (x - centre) / width))


ramp = np.linspace(0, 4095, AREA).astype("<u2").reshape(ROWS, COLUMNS)
signed = (ramp.astype(int) - 2048).astype("<i2")

# Look-up tables of 256 entries for a ramp from 0 to 255. The first input is -50: signed, though the pixels are not.
C_11_2 = "PS3.3 C.11.2.1.1"
dark = ramp // 16
output = (np.arange(256) * 4095 // 255).astype("<u2")
shown = output[np.clip(dark.astype(int) - 100 + 50, 0, 255)] / 4095
for name, syntax, first in [
    ("explicit SS", ExplicitVRLittleEndian, "SS"),
    ("explicit US", ExplicitVRLittleEndian, "US"),
    ("implicit", ImplicitVRLittleEndian, "SS"),
]:
    table = lut(-50 if first == "SS" else 65486, 12, output, first)
    file = written(grey(dark, RescaleSlope=1, RescaleIntercept=-100, VOILUTSequence=[table]), syntax)
    checked = dcmtk(file, "+Wl", "1") if first == "SS" else None
    case(f"a VOI LUT from -50 on, {name}", C_11_2, file, shown=shown, checked=checked)
wide = np.linspace(0, 65535, AREA).astype("<u2").reshape(ROWS, COLUMNS)
file = written(grey(wide, bits=16, VOILUTSequence=[lut(40000, 12, output)]), ImplicitVRLittleEndian)
case("a VOI LUT from 40000 on, implicit", C_11_2, file, shown=output[np.clip(wide.astype(int) - 40000, 0, 255)] / 4095)
below = (dark.astype(int) - 128).astype("<i2")
file = written(grey(below, signed=True, ModalityLUTSequence=[lut(-128, 16, output * 16, "SS")]))
case("a modality LUT from -128 on", "PS3.3 C.11.1.1", file, shown=output[dark] / 4095)
for bits, outputs, top in [
    (16, output, 4095),
    (8, output, 4095),
    (12, output * 16, 65535),
    (16, output // 16, 255),
    (12, output // 2, 2047),
]:
    file = written(grey(dark, VOILUTSequence=[lut(0, bits, outputs)]))
    name = f"a VOI LUT of {top} whose descriptor says {bits} bits"
    case(name, "bits of a descriptor that are not its range", file, shown=outputs[dark] / top, remark="look-up table")
file = written(grey(dark, VOILUTSequence=[lut(0, 10, output // 4)]))
case("a VOI LUT whose descriptor says what it has", C_11_2, file, shown=output[dark] // 4 / 1023, checked=dcmtk(file, "+Wl", "1"))

# Functional groups: the frame's own come before the shared ones, those before the top.
two = np.stack([ramp, ramp[::-1]])
GROUPS = "PS3.3 C.7.6.16"


def groups(shared=None, own=(), values=two, **attributes):
    ds = grey(values, SharedFunctionalGroupsSequence=[shared or Dataset()], **attributes)
    ds.PerFrameFunctionalGroupsSequence = list(own) or [Dataset() for _ in values]
    # highdicom reads the groups of classes that have them.
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.13.1.3"
    return ds


def voi(**attributes):
    return item(FrameVOILUTSequence=[item(**attributes)])


windows = [dict(WindowCenter=1000, WindowWidth=500), dict(WindowCenter=3000, WindowWidth=1000)]
file = written(groups(voi(WindowCenter=100, WindowWidth=10), [voi(**w) for w in windows], WindowCenter=50, WindowWidth=9))
for frame, w in enumerate(windows):
    want = linear(two[frame].astype(float), w["WindowCenter"], w["WindowWidth"])
    alone = written(groups(None, [voi(**w) for w in windows]))
    case(f"windows of each frame before others, {frame}", GROUPS, file, frame=frame, shown=want)
    case(f"windows of each frame, {frame}", GROUPS, alone, frame=frame, shown=want, checked=by_highdicom(alone, frame))
file = written(groups(voi(WindowCenter=2000, WindowWidth=800, VOILUTFunction="SIGMOID"), VOILUTFunction="LINEAR_EXACT"))
case("a shared window with its function", GROUPS, file, frame=1, shown=sigmoid(two[1].astype(float), 2000, 800), checked=by_highdicom(file, 1))
tables = [item(FrameVOILUTSequence=[item(VOILUTSequence=[lut(0, 12, o)])]) for o in (output, output[::-1])]
file = written(groups(None, tables, values=two // 16))
case("a VOI LUT of each frame", "PS3.3 C.7.6.16.2.10b", file, frame=1, shown=output[::-1][two[1] // 16] / 4095)
slopes = [item(PixelValueTransformationSequence=[item(RescaleSlope=s, RescaleIntercept=i, RescaleType="US")]) for s, i in ((2, -100), (0.5, 10))]
file = written(groups(voi(WindowCenter=1000, WindowWidth=1500), slopes))
for frame, (s, i) in enumerate(((2, -100), (0.5, 10))):
    want = linear(two[frame] * float(s) + i, 1000, 1500)
    case(f"slopes of each frame, {frame}", GROUPS, file, frame=frame, shown=want, checked=by_highdicom(file, frame))
file = written(groups(WindowCenter=1000, WindowWidth=500))
case("groups without a window leave the one at the top", GROUPS, file, frame=1, shown=linear(two[1].astype(float), 1000, 500))

# Windows narrower than 1.
small = dict(RescaleSlope="0.000244", RescaleIntercept="0")
for function, want in [(None, exact), ("LINEAR", exact), ("LINEAR_EXACT", exact), ("SIGMOID", sigmoid)]:
    for centre, width in [(0.4565, 0.9131), (0.5, 0.01)]:
        more = {} if function is None else dict(VOILUTFunction=function)
        file = written(grey(ramp, **small, WindowCenter=str(centre), WindowWidth=str(width), **more))
        case(f"a window of {width}, {function}", "Enet4/dicom-rs#826, PS3.3 C.11.2.1.2", file, shown=want(ramp * 0.000244, centre, width))
file = written(grey(ramp, **small))
case("values below 1 without a window", "PS3.3 C.11.2.1.2", file, shown=ramp / 4095)


# Decimal commas, and one bad value among several: written by hand, since pydicom refuses them.
def patched(ds, **texts):
    for keyword, text in texts.items():
        value = pydicom.dataelem.RawDataElement(pydicom.tag.Tag(keyword), "DS", len(text), text.encode(), 0, False, True)
        ds[pydicom.tag.Tag(keyword)] = value
    return written(ds)


COMMA = "dcmjs#287, fo-dicom#1296, PS3.5 table 6.2-1"
file = patched(grey(ramp, WindowCenter=700, WindowWidth=900), RescaleSlope="0,5 ", RescaleIntercept="-1,5")
case("a slope with a comma", COMMA, file, shown=linear(ramp * 0.5 - 1.5, 700, 900), remark="decimal comma")
file = patched(grey(ramp), WindowCenter="1000,5\\5 ", WindowWidth="501,5\\x ")
case("a window with a comma", COMMA, file, shown=linear(ramp.astype(float), 1000.5, 501.5), remark="decimal comma")
file = patched(grey(ramp), WindowCenter="abc \\1000", WindowWidth="700\\500 ")
case("a second window whose first is no number", COMMA, file, shown=linear(ramp.astype(float), 1000, 500), remark="no number")
file = patched(grey(ramp), WindowCenter="1000\\2000 ", WindowWidth="500\\1.2.3 ")
case("a first window whose second is no number", COMMA, file, shown=linear(ramp.astype(float), 1000, 500), remark="no number")
file = patched(grey(ramp), WindowCenter="1000\\\\2000 ", WindowWidth="500\\\\100")
case("an empty value between two windows", COMMA, file, shown=linear(ramp.astype(float), 1000, 500))
file = patched(grey(ramp, WindowCenter=700, WindowWidth=900), RescaleSlope="one ", RescaleIntercept="10")
case("a slope that is no number", COMMA, file, shown=linear(ramp + 10.0, 700, 900), remark="no number")

# Colours. Smooth, so that lossy streams stay near.
y, x = np.mgrid[0:8, 0:8]
smooth = np.stack([40 + 24 * x, 200 - 18 * y, 60 + 10 * x + 8 * y], -1).astype("u1")
ybr = convert_color_space(smooth, "RGB", "YBR_FULL")


def jpeg(values, marker, ids=None, sampling="4:4:4"):
    """A baseline stream of components as they are given; `marker` is put where JFIF's segment was."""
    out = io.BytesIO()
    merged = Image.merge("YCbCr", [Image.fromarray(np.ascontiguousarray(values[..., c])) for c in range(3)])
    merged.save(out, "JPEG", quality=95, subsampling=sampling)
    data = bytearray(out.getvalue())
    assert data[2:4] == b"\xff\xe0"
    end = 4 + struct.unpack(">H", data[4:6])[0]
    data[2:end] = marker
    if ids:
        frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
        for c in range(3):
            data[frame + 10 + 3 * c], data[scan + 5 + 2 * c] = ids[c], ids[c]
    return bytes(data) + b"\0" * (len(data) % 2)


JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
adobe = lambda transform: b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])
COLOURS = "dicom-rs#829, dcm4che#565, JFIF 1.02, Adobe TN 5116"
said = "as the compressed pictures say"
for name, data, label, remark, sampling in [
    ("RGB by the header, JFIF by the stream", jpeg(ybr, JFIF), "RGB", said, None),
    ("RGB by the header, Adobe's transform by the stream", jpeg(ybr, adobe(1)), "RGB", said, None),
    ("RGB by the header, halved differences in the stream", jpeg(ybr, b"", sampling="4:2:0"), "RGB", said, 14),
    ("YBR by the header, R G B by the stream", jpeg(smooth, b"", b"RGB"), "YBR_FULL_422", said, None),
    ("YBR by the header, r g b by the stream", jpeg(smooth, b"", b"rgb"), "YBR_FULL", said, None),
    ("YBR by the header, Adobe without a transform by the stream", jpeg(smooth, adobe(0)), "YBR_FULL_422", said, None),
    ("RGB by the header, nothing by the stream", jpeg(smooth, b""), "RGB", None, None),
    ("YBR by the header, nothing by the stream", jpeg(ybr, b""), "YBR_FULL_422", None, None),
    ("YBR by the header, JFIF by the stream", jpeg(ybr, JFIF), "YBR_FULL_422", None, None),
    ("YBR_RCT by the header, JFIF by the stream", jpeg(ybr, JFIF), "YBR_RCT", None, None),
]:
    file = encoded(colour(smooth, label), [data], BASELINE)
    case("JPEG: " + name, COLOURS, file, rgb=smooth, remark=remark, near=sampling or 4)
J2K = "cornerstoneWADOImageLoader#308, PS3.5 section 8.2.4"
small_rgb = rng.integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
small_ybr = convert_color_space(small_rgb, "RGB", "YBR_FULL")
back = convert_color_space(small_ybr, "YBR_FULL", "RGB")
plain = lambda values, mct: imagecodecs.jpeg2k_encode(values, level=0, codecformat="j2k", reversible=True, mct=mct, resolutions=1)
for name, values, mct, label, want, remark in [
    ("without transform, YBR_FULL by the header", small_ybr, False, "YBR_FULL", back, None),
    ("without transform, YBR_FULL_422 by the header", small_ybr, False, "YBR_FULL_422", back, None),
    ("without transform, RGB by the header", small_rgb, False, "RGB", small_rgb, None),
    ("without transform, YBR_RCT by the header", small_rgb, False, "YBR_RCT", small_rgb, None),
    ("with transform, YBR_RCT by the header", small_rgb, True, "YBR_RCT", small_rgb, None),
    ("with transform, RGB by the header", small_rgb, True, "RGB", small_rgb, None),
    ("with transform, YBR_FULL by the header", small_rgb, True, "YBR_FULL", small_rgb, said),
]:
    data = plain(values, mct)
    at = data.index(b"\xff\x52")
    assert data[at + 8] == int(mct), "the encoder did as it liked"
    file = encoded(colour(values, label), [data + b"\0" * (len(data) % 2)], JPEG_2000)
    case("JPEG 2000: " + name, J2K, file, rgb=want, remark=remark, checked=None if remark else by_pydicom(file))


def transformed(rgb, kind):
    """HP's colour transforms as CharLS names them, modulo 256."""
    red, green, blue = (rgb[..., c].astype(int) for c in range(3))
    if kind == 1:
        out = [red - green + 128, green, blue - green + 128]
    elif kind == 2:
        out = [red - green + 128, green, blue - (red + green >> 1) - 128]
    else:
        v2, v3 = (blue - green + 128) & 255, (red - green + 128) & 255
        out = [green + (v2 + v3 >> 2) - 64, v2, v3]
    return (np.stack(out, -1) & 255).astype("u1")


for kind in (1, 2, 3):
    data = bytes(imagecodecs.jpegls_encode(np.ascontiguousarray(transformed(small_rgb, kind))))
    data = data[:2] + b"\xff\xe8\x00\x07mrfx" + bytes([kind]) + data[2:]
    # CharLS undoes the transform by itself.
    undone = imagecodecs.jpegls_decode(data)
    file = encoded(colour(small_rgb, "RGB"), [data + b"\0" * (len(data) % 2)], JPEG_LS)
    case(f"JPEG-LS with the colour transform HP{kind}", "CharLS, ISO/IEC 14495-1 APP8 'mrfx'", file, rgb=small_rgb, checked=("CharLS", undone))
file = written(colour(small_ybr, "YBR_FULL_422"))
case("YBR_FULL_422 of full length", "PS3.3 C.7.6.3.1.2", file, rgb=back, remark="two pixels share")
file = written(colour(np.ascontiguousarray(small_ybr.transpose(2, 0, 1)).reshape(small_ybr.shape), "YBR_FULL_422", PlanarConfiguration=1))
case("YBR_FULL_422 of full length, plane after plane", "PS3.3 C.7.6.3.1.2", file, rgb=back, remark="two pixels share")
PALETTE = "PS3.3 C.7.6.3.1.5, pydicom#1206"
indices = rng.integers(0, 256, (ROWS, COLUMNS), dtype=np.uint8)
entries = rng.integers(0, 256, (3, 256))
for name, bits, data in [
    ("says 16 bits, has bytes in words", 16, lambda e: e.astype("<u2").tobytes()),
    ("says 16 bits, has bytes", 16, lambda e: e.astype("u1").tobytes()),
    ("says 8 bits, has words", 8, lambda e: (e * 257).astype("<u2").tobytes()),
    ("says 8 bits, has bytes in words", 8, lambda e: e.astype("<u2").tobytes()),
    ("says 12 bits, has 16", 12, lambda e: (e * 257).astype("<u2").tobytes()),
]:
    ds = grey(indices, bits=8)
    ds.PhotometricInterpretation = "PALETTE COLOR"
    for c, part in enumerate(("Red", "Green", "Blue")):
        setattr(ds, f"{part}PaletteColorLookupTableDescriptor", [256, 0, bits])
        setattr(ds, f"{part}PaletteColorLookupTableData", data(entries[c]))
    remark = None if name == "says 8 bits, has bytes in words" else "palette"
    case("a palette that " + name, PALETTE, written(ds), rgb=entries.T[indices], remark=remark)

# High Bit.
HIGH = "fo-dicom#140, PS3.5 section 8.1.1"
for bits, high, allocated in [(12, 15, 16), (10, 15, 16), (12, 13, 16), (6, 7, 8)]:
    values = (ramp >> (12 - bits)).astype("<u2" if allocated == 16 else "u1")
    shift = high + 1 - bits
    cell = (values.astype(int) << shift | rng.integers(0, 1 << shift, values.shape)).astype(values.dtype)
    file = written(grey(cell, bits=bits, high=high))
    case(f"{bits} bits up to bit {high}", HIGH, file, stored=values, remark="HighBit", checked=("dcm2pnm", values) if dcmtk(file)[1].size else None)
cell = (signed.astype(int) << 4).astype("<i2")
file = written(grey(cell, high=15, signed=True))
case("12 signed bits up to bit 15", HIGH, file, stored=signed, remark="HighBit")
file = written(grey((ramp << 4).astype("<u2"), high=15), EXPLICIT_BIG)
case("12 bits up to bit 15, big endian", HIGH, file, stored=ramp, remark="HighBit")
file = written(grey(ramp, high=15))
case("12 bits that only the header puts up to bit 15", HIGH, file, stored=ramp, remark="HighBit")
large = np.kron(ramp, np.ones((3, 3), "<u2"))
data = bytes(jpeg_ls.encode_array(large))
file = encoded(grey(large, high=15), [data + b"\0" * (len(data) % 2)], JPEG_LS)
case("a codestream of 12 bits that the header puts up to bit 15", HIGH, file, stored=large)

# Presentation LUT Shape comes last and decides.
for photometric in ("MONOCHROME1", "MONOCHROME2"):
    for shape in ("IDENTITY", "INVERSE"):
        ds = grey(ramp, WindowCenter=2000, WindowWidth=3000, PresentationLUTShape=shape)
        ds.PhotometricInterpretation = photometric
        file, up = written(ds), linear(ramp.astype(float), 2000, 3000)
        contradicts = (photometric == "MONOCHROME1") != (shape == "INVERSE")
        case(f"{photometric} and {shape}", "Daikon#22, pydicom#1265, PS3.3 C.11.6.1.2", file, shown=1 - up if shape == "INVERSE" else up, remark="PresentationLUTShape" if contradicts else None, checked=dcmtk(file, "+Wi", "1"))

# Offset tables, and frames that are not there.
TABLES = "PS3.5 annex A.4, PS3.3 C.7.6.3.1.8"
ls = [bytes(imagecodecs.jpegls_encode(np.ascontiguousarray(v))) for v in two]
j2k = [imagecodecs.jpeg2k_encode(v, level=0, codecformat="j2k", reversible=True, resolutions=1) for v in two]


def rle(values):
    planes = [np.ascontiguousarray(values).view("u1").reshape(-1, 2)[:, part].tobytes() for part in (1, 0)]
    runs = [b"".join(bytes([0, byte]) for byte in plane) for plane in planes]
    offsets = [64, 64 + len(runs[0])]
    return struct.pack("<16I", 2, *offsets, *[0] * 13) + b"".join(runs)


for name, frames, syntax in [("JPEG-LS", ls, JPEG_LS), ("JPEG 2000", j2k, JPEG_2000), ("RLE", [rle(v) for v in two], RLE)]:
    for about, options, remark in [
        ("no table", dict(table=[]), None),
        ("a right table", {}, None),
        ("an extended table", dict(table=[], extended=True), None),
        ("a table of fragments", dict(table=[0, 30]), "offset table"),
        ("a table of one", dict(table=[0]), "offset table"),
        ("a table out of order", dict(table=[200, 0]), "offset table"),
    ]:
        file = encoded(grey(two), frames, syntax, pieces=3, **options)
        for frame in (0, 1):
            case(f"{name} in three fragments a frame, {about}, {frame}", TABLES, file, frame=frame, stored=two[frame], remark=remark)
file = encoded(grey(two, NumberOfFrames=4), ls, JPEG_LS, pieces=2, table=[])
ds = pydicom.dcmread(io.BytesIO(file))
case("two compressed frames of four stated", "fewer frames than stated", file, frame=1, stored=two[1])
file = written(grey(two, NumberOfFrames=4))
case("two frames of four stated", "fewer frames than stated", file, frame=1, stored=two[1])
file = written(grey(two, NumberOfFrames=1))
case("two frames of one stated", "more frames than stated", file, stored=two[0], remark="more frames")

# Labels that are not how the data set is written.
LABEL = "PS3.10 section 7.1, PS3.5 section 7.1"
for written_as, label in [
    (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    (ImplicitVRLittleEndian, ExplicitVRLittleEndian),
    (EXPLICIT_BIG, ExplicitVRLittleEndian),
    (ExplicitVRLittleEndian, EXPLICIT_BIG),
    (ImplicitVRLittleEndian, EXPLICIT_BIG),
]:
    file = written(grey(ramp, WindowCenter=2000, WindowWidth=3000), written_as, label)
    case(f"written as {written_as}, labelled {label}", LABEL, file, stored=ramp, remark="transfer syntax")
file = encoded(grey(two), ls, JPEG_LS, label_implicit=True)
case("an implicit data set around JPEG-LS", LABEL, file, frame=1, stored=two[1], remark="transfer syntax")

path = pathlib.Path(__file__).parent / "expected" / "dicom_reading.json"
versions = {"pydicom": pydicom.__version__, "highdicom": highdicom.__version__, "numpy": np.__version__}
lines = ",\n".join(json.dumps(entry) for entry in cases)
path.write_text('{"versions": ' + json.dumps(versions) + ', "cases": [\n' + lines + "\n]}\n")
print(path, path.stat().st_size, len(cases), "cases,", sum("checked" in c for c in cases), "compared with a decoder")
