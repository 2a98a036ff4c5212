"""Makes tests/reference/expected/resize.json: torchvision's antialiased resizing and preprocessing of a formula picture.

    python tests/reference/resize.py > tests/reference/expected/resize.json

The picture, of any size: v(x, y) = (37 x + 59 y + (x y) mod 97 * 3) mod 256. Stored are a few values of each result
(0 to 1), on a grid of every 13th column and 11th row, so that the file stays small.
"""

import json

import torch
import torchvision
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode


def picture(width, height):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return ((37 * x + 59 * y + (x * y) % 97 * 3) % 256).to(torch.float32)[None] / 255.0


cases = []
for (width, height), (out_width, out_height) in [
    ((301, 199), (64, 48)), ((199, 301), (96, 224)), ((50, 40), (128, 100)), ((640, 480), (224, 224)), ((64, 64), (64, 32)),
]:
    out = v2.functional.resize(picture(width, height), [out_height, out_width], InterpolationMode.BILINEAR, antialias=True)
    cases.append({"kind": "stretch", "from": [width, height], "to": [out_width, out_height], "side": 0,
                  "values": out[0, ::11, ::13].flatten().tolist()})
for (width, height), side, crop in [((301, 199), 96, 80), ((199, 302), 75, 64), ((101, 100), 33, 50), ((333, 97), 72, 61)]:
    out = v2.functional.center_crop(
        v2.functional.resize(picture(width, height), [side], InterpolationMode.BILINEAR, antialias=True), [crop, crop])
    cases.append({"kind": "crop", "from": [width, height], "to": [crop, crop], "side": side,
                  "values": out[0, ::11, ::13].flatten().tolist()})
for case in cases:
    case["values"] = [round(v, 5) for v in case["values"]]
print(json.dumps({"torchvision": torchvision.__version__, "cases": cases}))
