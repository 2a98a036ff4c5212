"""Makes expected/pillow_resize.json: sums over pictures that Pillow resized in 8 bits, of the whole picture and of parts.

    python tests/reference/pillow_resize.py > tests/reference/expected/pillow_resize.json

Made with Pillow 13.0. The picture is the first channel of preset.py's. `placed` is the sum of (place from 1) x value, so that one
grey elsewhere shows.
"""

import json

import numpy as np
import PIL
from PIL import Image


def picture(width, height):
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    v = (37 * x + 59 * y + (x * y) % 97 * 3) % 256
    return Image.fromarray(np.where(x < width // 2, (v // 4 + 2 * y) % 256, v).astype(np.uint8))


cases = []
for name in ["bilinear", "bicubic", "lanczos"]:
    for size, to, box in [
        ((301, 199), (64, 48), None), ((50, 40), (128, 100), None), ((300, 280), (274, 256), None), ((1024, 1024), (224, 224), None),
        ((97, 333), (97, 100), None), ((333, 97), (100, 97), None), ((5, 7), (256, 232), None), ((640, 480), (1, 1), None),
        ((1, 1), (9, 4), None), ((301, 199), (64, 48), (10.5, 3.25, 200.75, 150)), ((60, 50), (120, 77), (0, 12.125, 60, 30.5)),
        ((224, 224), (224, 224), None),
    ]:
        out = np.asarray(picture(*size).resize(to, getattr(Image.Resampling, name.upper()), box=box)).astype(np.int64).ravel()
        cases.append({"name": name, "from": size, "to": to, "box": box, "sum": int(out.sum()),
                      "placed": int((np.arange(1, out.size + 1) * out).sum())})
print(json.dumps({"pillow": PIL.__version__, "cases": cases}))
