"""Makes expected/appearance.tsv: perceptual hashes by imagehash and brightness histograms by NumPy of pictures in
../shared/data, which are not kept here.

    python tests/reference/appearance.py ../shared/data
"""

import importlib.metadata
import pathlib
import sys

import imagehash
import numpy as np
from PIL import Image

shared = pathlib.Path(sys.argv[1])
patterns = ["fracture/*/*.jpg", "knee/test/*/*.png", "chest-lungs/images/*", "feet/*/*.*"]
files = []
for pattern in patterns:
    found = sorted(p for p in shared.glob(pattern) if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    files += found[:: max(1, len(found) // 12)][:12]

versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ["imagehash", "pillow", "numpy", "scipy"])
lines = [f"# {versions}"]
for path in files:
    picture = Image.open(path)
    # The oriented frame, 8 bits, no transparency: where displayed greys are the stored ones.
    if picture.mode not in {"L", "RGB"} or picture.getexif().get(0x0112, 1) != 1:
        continue
    greys = np.asarray(picture.convert("L"))
    histogram = np.round(1000 * np.bincount(greys.ravel() // 16, minlength=16) / greys.size).astype(int)
    name = path.relative_to(shared).as_posix()
    lines.append(f"{name}\t{imagehash.phash(picture)}\t{','.join(map(str, histogram))}")

out = pathlib.Path(__file__).parent / "expected" / "appearance.tsv"
out.write_text("\n".join(lines) + "\n")
