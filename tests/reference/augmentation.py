"""Makes tests/reference/expected/augmentation.json: what torchvision and OpenCV make of formula pictures.

    python tests/reference/augmentation.py > tests/reference/expected/augmentation.json

The picture: v(x, y) = (37 x + 59 y + (x y) mod 97 * 3) mod 256; the smooth one, for contrast:
s(x, y) = 90 + (3 x + 2 y) mod 60. Values are 0 to 1, a few on a grid of every 5th column and 4th row.
"""

import json
import math

import cv2
import numpy as np
import torch
import torchvision
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode


def picture(width, height):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return ((37 * x + 59 * y + (x * y) % 97 * 3) % 256).to(torch.float32)[None] / 255.0


def smooth(width, height):
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    return (90 + (3 * x + 2 * y) % 60).astype(np.uint8)


def grid(values):
    return [round(float(v), 5) for v in np.asarray(values)[::4, ::5].flatten()]


warps = []
for (width, height), degrees, (shift_x, shift_y), scale, (shear_x, shear_y) in [
    ((48, 36), 20, (0, 0), 1.0, (0, 0)), ((48, 36), -7, (5, -3), 1.1, (0, 0)), ((41, 29), 0, (0, 0), 1.0, (8, 0)),
    ((41, 29), 0, (0, 0), 1.0, (0, -12)), ((64, 64), 13, (-4, 6), 0.85, (10, -6)),
]:
    out = v2.functional.affine(picture(width, height), degrees, [shift_x, shift_y], scale, [shear_x, shear_y],
                               interpolation=InterpolationMode.BILINEAR)
    warps.append({"size": [width, height], "degrees": degrees, "shift": [shift_x, shift_y], "scale": scale,
                  "shear": [shear_x, shear_y], "values": grid(out[0])})
blurs = []
for (width, height), sigma in [((48, 36), 0.3), ((48, 36), 1.0), ((31, 45), 2.0)]:
    kernel = 2 * max(1, math.ceil(3 * sigma)) + 1
    out = v2.functional.gaussian_blur(picture(width, height), [kernel, kernel], [sigma, sigma])
    blurs.append({"size": [width, height], "sigma": sigma, "values": grid(out[0])})
clahes = []
for kind, (width, height), clip, tiles in [
    ("smooth", (64, 48), 2.0, 8), ("smooth", (70, 50), 4.0, 8), ("picture", (64, 50), 2.0, 4), ("smooth", (65, 48), 1.0, 8),
    ("picture", (96, 96), 40.0, 3),
]:
    source = smooth(width, height) if kind == "smooth" else (picture(width, height)[0].numpy() * 255).round().astype(np.uint8)
    out = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles, tiles)).apply(source)
    clahes.append({"kind": kind, "size": [width, height], "clip_limit": clip, "tiles": tiles, "values": grid(out / 255.0)})
print(json.dumps({"torchvision": torchvision.__version__, "opencv": cv2.__version__,
                  "warps": warps, "blurs": blurs, "clahes": clahes}))
