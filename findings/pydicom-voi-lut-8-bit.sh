#!/bin/sh
# pydicom 3.0.2.
#
# One would guess: apply_voi_lut looks a 16 bit value up in a VOI LUT of 512 entries of 8 bits each, and takes the last
# entry for every value beyond the end (PS3.3 C.11.2.1.1).
# Seen: the values are brought to the type of the entries, 8 bits, before they are looked up: 300 is looked up as 44,
# and beyond the end of a table of 256 entries the greys begin again at black instead of staying at the last one.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q pydicom==3.0.2 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_voi_lut
from pydicom.uid import ExplicitVRLittleEndian

values = np.array([0, 100, 255, 256, 300, 511], np.uint16)
for entries in (256, 512):
    table = [i * 255 // (entries - 1) for i in range(entries)]
    ds, item = Dataset(), Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.PixelRepresentation, ds.BitsStored = 0, 16
    item.LUTDescriptor = [entries, 0, 8]
    item.add_new(0x00283006, "US", table)
    ds.VOILUTSequence = [item]
    seen = apply_voi_lut(values, ds).tolist()
    standard = [table[min(v, entries - 1)] for v in values]
    print(f"{entries} entries: {values.tolist()} become {seen}; by the standard {standard}")
    assert seen == [table[v % 256] for v in values] and seen != standard
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
