"""Trains a recipe with PyTorch on the split of an Overread project, to be held against `overread train` on the same.

    overread export --project P --format csv --out table.csv
    python tests/reference/train_torch.py --recipe assets/recipes/knee-cnn.toml --table table.csv --seed 1 [--weights FILE]

Prints one JSON line an epoch and a last one with the figures on the test images. What it knows of a recipe: simple-cnn,
resnet18, resnet50, efficientnet-b0; sgd, adam, adamw; constant and cosine schedules; class weights, oversampling and
weighted sampling; a frozen backbone in the first epochs; the affine, tone and mirror changes of the augmentation.
"""

import argparse
import csv
import json
import math
import random
import time
import tomllib

import numpy as np
import torch
import torchvision
from PIL import Image, ImageFile
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score
from torch import nn
from torchvision.transforms import InterpolationMode
from torchvision.transforms import v2 as T
from torchvision.transforms.v2 import functional as F

ImageFile.LOAD_TRUNCATED_IMAGES = True

parser = argparse.ArgumentParser()
parser.add_argument("--recipe", required=True)
parser.add_argument("--table", required=True, help="what `overread export --format csv` wrote")
parser.add_argument("--weights", help="safetensors or pth to start from")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--epochs", type=int)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.manual_seed(args.seed)
random.seed(args.seed)
np.random.seed(args.seed)
torch.set_num_threads(args.threads)
recipe = tomllib.load(open(args.recipe, "rb"))
epochs = args.epochs or recipe.get("epochs", 10)
batch, pre, aug = recipe.get("batch", 16), recipe["preprocessing"], recipe.get("augmentation", {})


def resized(path):
    """0..1 planes of the network's input size."""
    image = Image.open(path)
    image = image.convert("L" if pre["channels"] == 1 else "RGB")
    x = F.pil_to_tensor(image).float() / 255
    width, height, resize = pre["width"], pre["height"], pre["resize"]
    if isinstance(resize, dict):
        return F.center_crop(F.resize(x, [resize["shorter-side-then-crop"]], antialias=True), [height, width])
    if resize == "stretch":
        return F.resize(x, [height, width], antialias=True)
    scale = min(width / x.shape[2], height / x.shape[1])
    size = [max(1, round(x.shape[1] * scale)), max(1, round(x.shape[2] * scale))]
    x = F.resize(x, size, antialias=True)
    left, top = (width - size[1]) // 2, (height - size[0]) // 2
    return F.pad(x, [left, top, width - size[1] - left, height - size[0] - top])


def varied(x):
    if aug.get("horizontal_flip") and random.random() < 0.5:
        x = F.horizontal_flip(x)
    if aug.get("vertical_flip") and random.random() < 0.5:
        x = F.vertical_flip(x)
    within = lambda name: random.uniform(-1, 1) * aug.get(name, 0)
    angle, shift = within("rotation"), [within("shift") * x.shape[2], within("shift") * x.shape[1]]
    scale = 1 + within("scale")
    if angle or any(shift) or scale != 1:
        x = F.affine(x, angle, shift, scale, [0.0], interpolation=InterpolationMode.BILINEAR)
    brightness, contrast = within("brightness"), 1 + within("contrast")
    mean = x.mean()
    return ((x - mean) * contrast + mean + brightness).clamp(0, 1)


rows = [row for row in csv.DictReader(open(args.table)) if row["label"]]
names = sorted({row["label"] for row in rows})
images = {}
for row in rows:
    images.setdefault(row["split"], []).append((resized(row["path"]), names.index(row["label"])))
train, validation, test = images["train"], images["validation"], images["test"]
mean = torch.tensor(pre["mean"]).view(-1, 1, 1)
std = torch.tensor(pre["std"]).view(-1, 1, 1)


def simple_cnn(a):
    layers, inputs = [], pre["channels"]
    for outputs in a["channels"]:
        layers.append(nn.Conv2d(inputs, outputs, 3, padding=1, bias=not a["batch_norm"]))
        layers += [nn.BatchNorm2d(outputs)] if a["batch_norm"] else []
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        inputs = outputs
    units = inputs
    if a["global_pooling"]:
        layers.append(nn.AdaptiveAvgPool2d(1))
    else:
        units *= (pre["height"] >> len(a["channels"])) * (pre["width"] >> len(a["channels"]))
    layers.append(nn.Flatten())
    if a["hidden"]:
        layers += [nn.Linear(units, a["hidden"]), nn.ReLU()]
        units = a["hidden"]
    layers += [nn.Dropout(a["dropout"]), nn.Linear(units, len(names))]
    return nn.Sequential(*layers)


kind = recipe["architecture"]["kind"]
if kind == "simple-cnn":
    net = simple_cnn(recipe["architecture"])
    head = list(net[-1].parameters())
else:
    net = getattr(torchvision.models, kind.replace("-", "_"))(num_classes=len(names))
    head = list((net.fc if hasattr(net, "fc") else net.classifier).parameters())
if args.weights:
    if args.weights.endswith(".safetensors"):
        from safetensors.torch import load_file

        state = load_file(args.weights)
    else:
        state = torch.load(args.weights, weights_only=True)
    own = net.state_dict()
    fit = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    net.load_state_dict(fit, strict=False)

o = recipe["optimizer"]
rate = o["learning_rate"]
make = {
    "sgd": lambda p: torch.optim.SGD(
        p, rate, momentum=o.get("momentum", 0), nesterov=o.get("nesterov", False), weight_decay=o["weight_decay"]
    ),
    "adam": lambda p: torch.optim.Adam(p, rate, weight_decay=o["weight_decay"]),
    "adamw": lambda p: torch.optim.AdamW(p, rate, weight_decay=o["weight_decay"]),
}
optimizer = make[o["kind"]](net.parameters())
counts = np.bincount([label for _, label in train], minlength=len(names))
weights = None
if recipe.get("imbalance") == "class-weights":
    weights = torch.tensor(len(train) / (len(names) * counts), dtype=torch.float32)
criterion = nn.CrossEntropyLoss(weight=weights, label_smoothing=recipe.get("label_smoothing", 0.0))


def rate_of(epoch):
    s = recipe.get("schedule", {"kind": "constant"})
    if s["kind"] != "cosine":
        return rate
    warm = s.get("warmup_epochs", 0)
    if epoch < warm:
        return rate * (epoch + 1) / (warm + 1)
    return rate * 0.5 * (1 + math.cos(math.pi * (epoch - warm) / max(1, epochs - warm)))


def order_of_epoch():
    imbalance = recipe.get("imbalance")
    if imbalance == "weighted-sampling":
        return random.choices(range(len(train)), weights=[1 / counts[label] for _, label in train], k=len(train))
    order = list(range(len(train)))
    if imbalance == "oversampling":
        for label in range(len(names)):
            of = [i for i, (_, l) in enumerate(train) if l == label]
            order += [of[i % len(of)] for i in range(counts.max() - counts[label])]
    random.shuffle(order)
    return order


def logits_of(samples):
    net.eval()
    with torch.no_grad():
        parts = [
            net((torch.stack([x for x, _ in samples[i : i + batch]]) - mean) / std)
            for i in range(0, len(samples), batch)
        ]
    return torch.cat(parts), torch.tensor([label for _, label in samples])


best, kept, waited, seen, began = None, None, 0, 0, time.time()
for epoch in range(epochs):
    frozen = args.weights is not None and epoch < recipe.get("freeze_backbone_epochs", 0)
    for p in net.parameters():
        p.requires_grad_(not frozen or any(p is h for h in head))
    for group in optimizer.param_groups:
        group["lr"] = rate_of(epoch)
    net.train()
    order, start, total = order_of_epoch(), time.time(), 0.0
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        x = torch.stack([varied(train[i][0]) for i in chosen])
        y = torch.tensor([train[i][1] for i in chosen])
        optimizer.zero_grad()
        loss = criterion(net((x - mean) / std), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(chosen)
    seen += len(order)
    seconds = time.time() - start
    found, truth = logits_of(validation)
    v_loss = nn.functional.cross_entropy(found, truth).item()
    v_accuracy = (found.argmax(1) == truth).float().mean().item()
    score = v_loss if recipe.get("best_by", "validation-loss") == "validation-loss" else -v_accuracy
    better = best is None or score < best
    if better:
        best, kept, waited = score, {k: v.clone() for k, v in net.state_dict().items()}, 0
    else:
        waited += 1
    print(
        json.dumps(
            {
                "epoch": epoch + 1,
                "train_loss": total / len(order),
                "validation_loss": v_loss,
                "validation_accuracy": v_accuracy,
                "images_per_second": len(order) / seconds,
                "best": better,
            }
        ),
        flush=True,
    )
    if recipe.get("patience") and waited >= recipe["patience"]:
        break
took = time.time() - began
net.load_state_dict(kept)
found, truth = logits_of(test)
said = found.argmax(1)
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "recipe": recipe["name"],
            "seed": args.seed,
            "test_images": len(test),
            "accuracy": (said == truth).float().mean().item(),
            "balanced_accuracy": balanced_accuracy_score(truth, said),
            "quadratic_kappa": cohen_kappa_score(truth, said, weights="quadratic"),
            "seconds": took,
        }
    )
)
