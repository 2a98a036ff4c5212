"""Writes expected/robustness.json: pictures blurred by scipy, with another contrast by Pillow, and turned by torchvision.

    python tests/reference/robustness.py

With scipy, Pillow, torch and torchvision installed. Values are greys of 256, on every 3rd column and 2nd row; where the place
of a box was turned, ends of the box about the ellipse that filled it, by its points.
"""

import json
import math
from pathlib import Path

import numpy as np
import scipy
import torch
import torchvision
from PIL import Image, ImageEnhance, __version__ as pillow
from scipy.ndimage import gaussian_filter
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional

WIDTH, HEIGHT = 61, 40


def picture():
    """A smooth picture with an edge, as the test makes it."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    greys = 60 + (3 * x + 2 * y) % 90 + np.where((x > 20) & (x < 40) & (y > 10) & (y < 30), 70, 0)
    return greys.astype(np.uint8)


def grid(array):
    return [round(float(v), 3) for v in array[::2, ::3].ravel()]


def blurs():
    cases = []
    for sigma in [0.5, 1.0, 2.0, 3.0]:
        radius = math.ceil(3 * sigma)
        out = gaussian_filter(picture().astype(float), sigma, mode="mirror", radius=radius)
        cases.append({"strength": sigma, "values": grid(out)})
    return cases


def contrasts():
    image = Image.fromarray(picture())
    return [
        {"strength": factor, "values": grid(np.asarray(ImageEnhance.Contrast(image).enhance(factor)))}
        for factor in [0.4, 0.8, 1.25, 1.6]
    ]


def turns():
    tensor = torch.from_numpy(picture()).float()[None]
    cases = []
    for degrees in [-15.0, -5.0, 5.0, 15.0]:
        # torchvision turns counter-clockwise.
        out = functional.rotate(tensor, -degrees, interpolation=InterpolationMode.BILINEAR)
        cases.append({"strength": degrees, "values": grid(out[0].numpy())})
    return cases


def boxes():
    """The box about an ellipse whose points were turned one by one."""
    cases = []
    for degrees in [-15.0, 10.0, 40.0]:
        for left, top, right, bottom in [(10, 8, 30, 20), (25, 15, 31, 33)]:
            t = np.linspace(0, 2 * math.pi, 200001)
            x = (left + right) / 2 + (right - left) / 2 * np.cos(t) - WIDTH / 2
            y = (top + bottom) / 2 + (bottom - top) / 2 * np.sin(t) - HEIGHT / 2
            a = math.radians(degrees)
            x, y = math.cos(a) * x - math.sin(a) * y + WIDTH / 2, math.sin(a) * x + math.cos(a) * y + HEIGHT / 2
            box = [max(x.min(), 0), max(y.min(), 0), min(x.max(), WIDTH), min(y.max(), HEIGHT)]
            cases.append({"degrees": degrees, "box": [left, top, right, bottom], "turned": [float(v) for v in box]})
    return cases


def main():
    out = {
        "made_with": f"scipy {scipy.__version__}, Pillow {pillow}, torchvision {torchvision.__version__}",
        "blur": blurs(),
        "contrast": contrasts(),
        "rotation": turns(),
        "boxes": boxes(),
    }
    path = Path(__file__).parent / "expected" / "robustness.json"
    path.write_text(json.dumps(out) + "\n")


main()
