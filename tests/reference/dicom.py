"""Stored values of DICOM files as pydicom gives them: statistics and a digest a file, one sentence's worth of error where it refuses.

    pip install pydicom==3.0.2 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0
    python tests/reference/dicom.py ../shared/data/dicom > tests/reference/expected/dicom.json

Only the first frame of a file is compared. Lossless files have a digest of their values in little-endian order; lossy
ones their sum and some values, to hold a bound against.
"""

import hashlib
import json
import pathlib
import sys

import numpy
import pydicom
import pylibjpeg

root = pathlib.Path(sys.argv[1])
files = {}
for path in sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".csv"):
    name = path.relative_to(root).as_posix()
    try:
        data = pydicom.dcmread(path, force=not name.startswith("not_dicom"))
        values = data.pixel_array
        frames = int(data.get("NumberOfFrames") or 1)
        values = values[0] if frames > 1 else values
        lossy = data.file_meta.TransferSyntaxUID in (
            "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.91"
        )
        flat = values.astype(numpy.int64).ravel()
        files[name] = {
            "shape": list(values.shape),
            "type": values.dtype.str,
            "frames": frames,
            "min": int(flat.min()),
            "max": int(flat.max()),
            "sum": int(flat.sum()),
            "sha256": hashlib.sha256(values.astype(values.dtype.newbyteorder("<")).tobytes()).hexdigest(),
            "lossy": lossy,
            # Every so many values, for a bound on lossy ones.
            "sample_step": max(1, flat.size // 64),
            "sample": flat[:: max(1, flat.size // 64)][:64].tolist() if lossy else [],
        }
    except BaseException as error:
        files[name] = {"error": type(error).__name__}
made_by = {"pydicom": pydicom.__version__, "numpy": numpy.__version__, "pylibjpeg": pylibjpeg.__version__}
json.dump({"made_by": made_by, "files": files}, sys.stdout, indent=1)
print()
