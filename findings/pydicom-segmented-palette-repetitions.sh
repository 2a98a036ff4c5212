#!/bin/sh
# pydicom 3.0.2, numpy 2.4.6.
#
# A palette may be written in segments: runs (0), lines from the entry before (1), repetitions of earlier segments (2).
# A repetition names the first segment by its offset in bytes from the beginning of the palette (DICOM PS3.3 C.7.9.2.3).
# One would guess: apply_color_lut shows the same colours whether entries have 8 or 16 bits, and a repeated line begins
# at whatever the entry before it is.
# Seen: with entries of 16 bits the offset is counted in words. The offset of 8 bytes ends up in the middle of another
# segment, which is read as a line: another colour, without a word. The offset halved gives the right one. A repeated line
# after an entry of 0 is refused as if it were the first segment of all; after an entry of 8 it is read.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q pydicom==3.0.2 numpy==2.4.6
cat > "$dir/try.py" <<'PY'
import io
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_color_lut
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


def shown(bits, parts, entries):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.PhotometricInterpretation, ds.SamplesPerPixel, ds.PixelRepresentation = "PALETTE COLOR", 1, 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.Rows, ds.Columns = 8, 8, 7, 1, entries
    for colour in ("Red", "Green", "Blue"):
        data = np.array(parts, "<u2" if bits == 16 else "u1").tobytes()
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [entries, 0, bits])
        setattr(ds, f"Segmented{colour}PaletteColorLookupTableData", data + b"\0" * (len(data) % 2))
    ds.PixelData = bytes(range(entries))
    file = io.BytesIO()
    pydicom.dcmwrite(file, ds, enforce_file_format=True)
    read = pydicom.dcmread(io.BytesIO(file.getvalue()))
    return apply_color_lut(read.pixel_array, read)[0, :, 0].tolist()


# A run of two, a run of one, and the second run once more; it begins at byte 4 of bytes and at byte 8 of words.
right = [10, 20, 30, 30]
bytes_ = shown(8, [0, 2, 10, 20, 0, 1, 30, 2, 1, 4, 0, 0, 0], 4)
words = shown(16, [0, 2, 2560, 5120, 0, 1, 7680, 2, 1, 8, 0], 4)
halved = shown(16, [0, 2, 2560, 5120, 0, 1, 7680, 2, 1, 4, 0], 4)
print("8 bits", bytes_, "| 16 bits", words, "| 16 bits, offset in words", halved)
assert bytes_ == right
assert words == [2560, 5120, 7680, 6720]
assert halved == [256 * entry for entry in right]
# A run of one, a line of two to 4, a run of one, and the line once more.
line = lambda before: shown(8, [0, 1, before, 1, 2, 4, 0, 1, before, 2, 1, 3, 0, 0, 0], 6)
print("after 8", line(8))
assert line(8) == [8, 6, 4, 8, 6, 4]
try:
    print("after 0", line(0))
    raise SystemExit("it is read now")
except ValueError as error:
    print("after 0:", error)
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
