"""Makes tests/reference/expected/resize_square.json: torchvision's usual evaluation transform of 8-bit PIL pictures.

    python tests/reference/resize_square.py > tests/reference/expected/resize_square.json

Resize(256), CenterCrop(224), and Resize((224, 224)), each on PIL images as torchvision's models were trained with.
The picture stands in for a radiograph, bright and smooth with fine structure:
v(x, y, c) = 128 + 80 sin(x / (9 + 2 c)) cos(y / 13) + (37 x + 59 y + (x y) mod 97 * 3) mod 32 - 16, cut to whole numbers.
Grey pictures are turned into three equal channels first. Stored: 8-bit values of every 31st column and 29th row.
"""

import json

import numpy as np
import torchvision
from PIL import Image
from torchvision import transforms


def picture(width, height, channels):
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    fine = (37 * x + 59 * y + (x * y) % 97 * 3) % 32
    planes = [128 + 80 * np.sin(x / (9 + 2 * c)) * np.cos(y / 13) + fine - 16 for c in range(channels)]
    values = np.floor(np.stack(planes, -1) + 1e-6).astype(np.uint8)
    return Image.fromarray(values[..., 0] if channels == 1 else values)


cases = []
for width, height, channels in [(640, 480, 1), (373, 454, 3), (2000, 1500, 1), (300, 900, 3), (180, 240, 1), (256, 256, 3)]:
    source = picture(width, height, channels).convert("RGB")
    for kind, transform in [
        ("crop", transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])),
        ("stretch", transforms.Resize((224, 224))),
    ]:
        out = np.asarray(transform(source))
        cases.append({"kind": kind, "from": [width, height], "channels": channels,
                      "values": out[::29, ::31].transpose(2, 0, 1).flatten().tolist()})
print(json.dumps({"torchvision": torchvision.__version__, "pillow": Image.__version__, "cases": cases}))
