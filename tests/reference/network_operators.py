"""Makes expected/network_operators.json: what depthwise convolutions, pools, resizing, gates and binary cross entropy give
in PyTorch, and their gradients.

    python tests/reference/network_operators.py
"""

import json
import pathlib

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from formula import rounded, values


def leaf(name, *shape):
    return values(name, *shape).requires_grad_()


def case(y, *inputs):
    """The result, then the gradient of each input."""
    grads = torch.autograd.grad(y, inputs, values("dy", *y.shape))
    return [rounded(t) for t in (y, *grads)]


def depthwise(images, channels, height, width, kernel, stride, padding):
    x, weight = leaf("x", images, channels, height, width), leaf("weight", channels, 1, kernel, kernel)
    return case(F.conv2d(x, weight, None, stride, padding, groups=channels), x, weight)


def squeeze():
    x = leaf("x", 2, 5, 3, 4)
    layer = torchvision.ops.SqueezeExcitation(5, 3, activation=nn.SiLU)
    for name, parameter in layer.named_parameters():
        parameter.data = values(name, *parameter.shape)
    names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    named = dict(layer.named_parameters())
    return case(layer(x), x, *(named[name] for name in names))


DEPTHWISE = [
    (1, 2, 9, 7, 3, 1, 1),
    (2, 2, 7, 9, 3, 2, 1),
    (1, 2, 7, 10, 5, 1, 2),
    (1, 2, 9, 8, 5, 2, 2),
    (2, 3, 1, 1, 3, 1, 1),
    (2, 3, 1, 1, 5, 2, 2),
    (1, 1, 4, 37, 3, 2, 0),
    (1, 1, 5, 6, 5, 1, 0),
    (1, 2, 5, 4, 3, 2, 2),
]
# height, width, kernel, stride, padding, ceil mode, count include pad
POOLS = [
    (9, 7, 2, 2, 0, 0, 1),
    (9, 7, 2, 2, 0, 1, 1),
    (8, 7, 3, 2, 1, 1, 1),
    (8, 7, 3, 2, 1, 1, 0),
    (6, 5, 3, 1, 1, 0, 0),
    (7, 8, 2, 3, 1, 1, 1),
    (1, 1, 3, 2, 1, 0, 1),
    (1, 1, 1, 1, 0, 1, 0),
]
# height, width, out height, out width
SIZES = [(7, 5, 3, 2), (7, 5, 7, 5), (3, 4, 7, 9), (5, 6, 1, 1), (1, 1, 3, 2), (6, 5, 4, 8)]


def on(shape, f):
    x = leaf("x", 1, 2, *shape)
    return case(f(x), x)


def entropy(shape, weights, positive):
    x = leaf("x", *shape)
    scaled = x * 6
    target = (values("target", *shape) + 1) / 2
    weight = values("weights", *shape) + 1.5 if weights else None
    positive = (values("positive", shape[1]) + 1.5) if positive else None
    loss = F.binary_cross_entropy_with_logits(scaled, target, weight, pos_weight=positive)
    return [rounded(loss), rounded(torch.autograd.grad(loss, x)[0])]


out = {
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
    "depthwise": [{"sizes": s, "expected": depthwise(*s)} for s in DEPTHWISE],
    "max_pools": [
        {"sizes": s, "expected": on(s[:2], lambda x: F.max_pool2d(x, s[2], s[3], s[4], ceil_mode=bool(s[5])))}
        for s in POOLS
    ],
    "avg_pools": [
        {"sizes": s, "expected": on(s[:2], lambda x: F.avg_pool2d(x, s[2], s[3], s[4], bool(s[5]), bool(s[6])))}
        for s in POOLS
    ],
    "adaptive": [{"sizes": s, "expected": on(s[:2], lambda x: F.adaptive_avg_pool2d(x, s[2:]))} for s in SIZES],
    "nearest": [{"sizes": s, "expected": on(s[:2], lambda x: F.interpolate(x, s[2:]))} for s in SIZES],
    "bilinear": [
        {"sizes": s, "expected": on(s[:2], lambda x: F.interpolate(x, s[2:], mode="bilinear"))} for s in SIZES
    ],
    "bilinear_corners": [
        {"sizes": s, "expected": on(s[:2], lambda x: F.interpolate(x, s[2:], mode="bilinear", align_corners=True))}
        for s in SIZES
    ],
    "silu": on((3, 4), lambda x: F.silu(x * 5)),
    "sigmoid": on((3, 4), lambda x: torch.sigmoid(x * 5)),
    "squeeze": squeeze(),
    "entropy": [entropy((3, 4), w, p) for w, p in [(False, False), (True, False), (False, True), (True, True)]],
}
path = pathlib.Path(__file__).parent / "expected" / "network_operators.json"
path.write_text(json.dumps(out) + "\n")
