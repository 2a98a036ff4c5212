"""Makes expected/preset.json: Pillow's filters, and what torchvision's networks answer to a picture that was prepared by
torchvision's presets, with weights by formula.

    python tests/reference/preset.py > tests/reference/expected/preset.json

Made with torch 2.15.0, torchvision 0.29.2, Pillow 13.0. The picture is that of resize.py, its channels shifted: v(x, y, c) =
(37 (x + 11 c) + 59 y + ((x + 11 c) y) mod 97 * 3) mod 256; in the left half it is smoother: (v div 4 + 2 y + c) mod 256.
"""

import json

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision.transforms._presets import ImageClassification

from formula import fill, rounded


def picture(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    v = (37 * (x + 11 * c) + 59 * y + ((x + 11 * c) * y) % 97 * 3) % 256
    return np.where(x < width // 2, (v // 4 + 2 * y + c) % 256, v).astype(np.uint8)


filters = []
for name in ["nearest", "bilinear", "bicubic", "lanczos"]:
    for size, to in [((301, 199), (64, 48)), ((50, 40), (128, 100))]:
        out = Image.fromarray(picture(*size)[:, :, 0]).resize(to, getattr(Image, name.upper()))
        filters.append({"name": name, "from": size, "to": to, "values": np.asarray(out)[::7, ::5].flatten().tolist()})

networks = {}
# torchvision's presets with their crops at a quarter of the size, as `--size 64` takes them.
for name in ["resnet18", "densenet121", "efficientnet_b0"]:
    preset = next(iter(torchvision.models.get_model_weights(name))).transforms()
    small = ImageClassification(crop_size=64, resize_size=73, interpolation=preset.interpolation)
    network = fill(getattr(torchvision.models, name)(num_classes=3)).eval()
    image = Image.fromarray(picture(301, 199))
    with torch.no_grad():
        answers = network(small(image)[None])
        stretched = network(torchvision.transforms.functional.normalize(
            torchvision.transforms.functional.to_tensor(image.resize((64, 64), Image.BILINEAR)), small.mean, small.std)[None])
    networks[name] = {"resize": preset.resize_size, "crop": preset.crop_size, "interpolation": preset.interpolation.value,
                      "input": rounded(small(image)[:, ::9, ::9]),
                      "logits": rounded(answers), "stretched": rounded(stretched)}
print(json.dumps({"torchvision": torchvision.__version__, "filters": filters, "networks": networks}))
