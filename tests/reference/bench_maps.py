"""Measures `overread bench map` and pytorch-grad-cam in turn on one image, and prints the medians and their ratio as a table.

    pip install torch torchvision grad-cam==1.5.7
    python tests/reference/bench_maps.py [OVERREAD]

THREADS (2), ROUNDS (3), SIZE (224), ARCH (resnet18) and METHODS (grad-cam score-cam) may be set in the environment.
"""

import json
import os
import statistics
import subprocess
import sys
import time

THREADS = int(os.environ.get("THREADS", "2"))
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import pytorch_grad_cam as cams
import torch
import torchvision
import tqdm
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

KINDS = {
    "grad-cam": cams.GradCAM,
    "grad-cam++": cams.GradCAMPlusPlus,
    "hires-cam": cams.HiResCAM,
    "eigen-cam": cams.EigenCAM,
    "score-cam": cams.ScoreCAM,
}
overread = sys.argv[1] if len(sys.argv) > 1 else "target/release/overread"
rounds, size = int(os.environ.get("ROUNDS", "3")), int(os.environ.get("SIZE", "224"))
arch = os.environ.get("ARCH", "resnet18")
torch.set_num_threads(THREADS)
# No bars between the figures.
tqdm.tqdm = lambda iterable: iterable

model = getattr(torchvision.models, arch.replace("-", "_"))(num_classes=2).eval()
layer = model.layer4 if hasattr(model, "layer4") else model.features[-1]
x = torch.rand(1, 3, size, size) * 2 - 1


def theirs(method):
    with KINDS[method](model=model, target_layers=[layer]) as cam:
        one = lambda: cam(input_tensor=x, targets=[ClassifierOutputTarget(0)])
        one()
        start, times = time.perf_counter(), []
        while len(times) < 3 or time.perf_counter() - start < 5:
            begun = time.perf_counter()
            one()
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e3


def ours(method):
    command = [overread, "bench", "map", "--arch", arch, "--method", method, "--size", str(size), "--device", "cpu", "--json"]
    said = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "RAYON_NUM_THREADS": str(THREADS)})
    return json.loads(said.stdout)["milliseconds"]


print("| network | method | Overread, ms | pytorch-grad-cam, ms | ratio |")
print("|---|---|---|---|---|")
for method in os.environ.get("METHODS", "grad-cam score-cam").split():
    pairs = [(ours(method), theirs(method)) for _ in range(rounds)]
    a, b = (statistics.median(side) for side in zip(*pairs))
    print(f"| {arch} | {method} | {a:.0f} | {b:.0f} | {b / a:.2f} |", flush=True)
