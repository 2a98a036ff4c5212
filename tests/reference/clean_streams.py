"""Small compressed frames of every kind that is cleaned for a de-identified export, by codecs that are not ours.

    pip install imagecodecs==2026.3.6 numpy
    python tests/reference/clean_streams.py > tests/reference/expected/clean_streams.json

Each is a ramp of 12 columns and 8 rows; `values` holds what the same codec decodes again.
"""

import json

import imagecodecs
import numpy as np

ramp = np.arange(96, dtype=np.uint16).reshape(8, 12)
grey8, grey12 = (ramp * 2).astype(np.uint8), ramp * 40
grey13 = grey12 + 4096 * (ramp % 2)
frames = {
    "jpeg": (imagecodecs.jpeg8_encode(grey8, level=90), imagecodecs.jpeg8_decode, "1.2.840.10008.1.2.4.50", 8),
    "jpeg_lossless": (
        imagecodecs.ljpeg_encode(grey12, bitspersample=12), imagecodecs.ljpeg_decode, "1.2.840.10008.1.2.4.70", 12),
    "jpeg_lossless_13": (
        imagecodecs.ljpeg_encode(grey13, bitspersample=13), imagecodecs.ljpeg_decode, "1.2.840.10008.1.2.4.70", 12),
    "jpeg_ls": (imagecodecs.jpegls_encode(grey12), imagecodecs.jpegls_decode, "1.2.840.10008.1.2.4.80", 12),
    "jpeg_ls_13": (imagecodecs.jpegls_encode(grey13), imagecodecs.jpegls_decode, "1.2.840.10008.1.2.4.80", 12),
    "jpeg_2000": (
        imagecodecs.jpeg2k_encode(grey12, codecformat="j2k", reversible=True, level=0, bitspersample=12, resolutions=2),
        imagecodecs.jpeg2k_decode, "1.2.840.10008.1.2.4.90", 12),
    "jpeg_2000_file": (
        imagecodecs.jpeg2k_encode(grey12, codecformat="jp2", reversible=True, level=0, bitspersample=12, resolutions=2),
        imagecodecs.jpeg2k_decode, "1.2.840.10008.1.2.4.90", 12),
    "jpeg_2000_13": (
        imagecodecs.jpeg2k_encode(grey13, codecformat="j2k", reversible=True, level=0, bitspersample=13, resolutions=2),
        imagecodecs.jpeg2k_decode, "1.2.840.10008.1.2.4.90", 12),
    "jpeg_2000_high_throughput": (
        imagecodecs.htj2k_encode(grey12, reversible=True), imagecodecs.htj2k_decode, "1.2.840.10008.1.2.4.201", 16),
}
out = []
for name, (stream, decode, syntax, stored) in frames.items():
    values = decode(stream)
    out.append({
        "name": name,
        "syntax": syntax,
        "stored": stored,
        "allocated": values.dtype.itemsize * 8,
        "stream": stream.hex(),
        "values": [int(value) for value in values.ravel()],
    })
print(json.dumps(out, separators=(",", ":")).replace("},{", "},\n{"))
