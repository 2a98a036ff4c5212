"""Prints what `overread bench` prints as JSON, measured with PyTorch on the CPU: the same networks and the same work.

    python tests/reference/bench_torch.py --arch resnet18 --task train [--batch 32] [--size 224] [--threads N]
        [--channels-last] [--bf16]
"""

import argparse
import contextlib
import json
import resource
import statistics
import time

import torch
import torchvision
from torch import nn

LEAST_SECONDS, LEAST_ROUNDS, CLASSES = 5, 3, 2


def simple_cnn():
    """`Architecture::default()` of src/domain/recipe.rs."""
    layers, inputs = [], 1
    for outputs in (16, 32, 64):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(inputs, CLASSES))


def build(arch, size):
    name = arch.replace("-", "_")
    if name == "fasterrcnn_resnet50_fpn_v2":
        # Pictures come in the size of the input, normalised.
        same = dict(min_size=size, max_size=size, image_mean=[0.0] * 3, image_std=[1.0] * 3)
        return torchvision.models.detection.fasterrcnn_resnet50_fpn_v2(
            weights=None, weights_backbone=None, num_classes=CLASSES + 1, **same
        )
    return simple_cnn() if name == "simple_cnn" else getattr(torchvision.models, name)(num_classes=CLASSES)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", required=True)
    parser.add_argument("--task", choices=["train", "infer"], required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)

    torch.manual_seed(1)
    network = build(args.arch, args.size)
    channels = 1 if args.arch.startswith("simple") else 3
    x = torch.rand(args.batch, channels, args.size, args.size) * 2 - 1
    targets = torch.arange(args.batch) % CLASSES
    detector = args.arch.startswith("fasterrcnn")
    # The boxes of src/inference/bench.rs.
    boxes = torch.tensor([[0.1, 0.1, 0.3, 0.4], [0.5, 0.2, 0.9, 0.7], [0.2, 0.6, 0.25, 0.65]]) * args.size
    truth = [{"boxes": boxes, "labels": torch.tensor([1, 2, 1])} for _ in range(args.batch)]
    if args.channels_last:
        network, x = network.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    network.train(args.task == "train")

    def numbers():
        return torch.autocast("cpu", torch.bfloat16) if args.bf16 else contextlib.nullcontext()

    def step():
        if args.task == "infer":
            with torch.inference_mode(), numbers():
                return network(list(x)) if detector else network(x).float().numpy()
        optimizer.zero_grad()
        with numbers():
            loss = sum(network(list(x), truth).values()) if detector else nn.functional.cross_entropy(network(x), targets)
        loss.backward()
        optimizer.step()

    step()
    rounds, start = [], time.perf_counter()
    while len(rounds) < LEAST_ROUNDS or time.perf_counter() - start < LEAST_SECONDS:
        begun = time.perf_counter()
        step()
        rounds.append(time.perf_counter() - begun)
    median = statistics.median_high(rounds)
    print(
        json.dumps(
            {
                "task": args.task,
                "arch": args.arch,
                "batch": args.batch,
                "size": args.size,
                "device": "CPU",
                "threads": torch.get_num_threads(),
                "images_per_second": args.batch / median,
                "milliseconds": median * 1e3,
                "rounds": len(rounds),
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "torch": torch.__version__,
            }
        )
    )


main()
