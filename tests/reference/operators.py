"""Makes expected/operators.json: results and gradients of our own operators, by PyTorch on the CPU.

    python tests/reference/operators.py
"""

import json
import pathlib

import torch
from torch.nn import functional

from formula import rounded, values


def gradients(y, *inputs):
    y.backward(values("dy", *y.shape))
    return [rounded(y), *(rounded(x.grad) for x in inputs)]


def tracked(name, *shape):
    return values(name, *shape).requires_grad_()


convolutions = []
for n, c, h, w, o, kernel, stride, padding, groups in [
    (2, 3, 7, 5, 4, 3, 1, 1, 1),
    (2, 4, 9, 6, 6, 3, 2, 1, 2),
    (1, 3, 11, 13, 5, 7, 2, 3, 1),
    (2, 4, 5, 7, 4, 3, 1, 1, 4),
    (2, 6, 5, 4, 3, 1, 1, 0, 1),
    (2, 4, 7, 8, 6, 1, 2, 0, 1),
]:
    x, weight, bias = tracked("x", n, c, h, w), tracked("weight", o, c // groups, kernel, kernel), tracked("bias", o)
    y = functional.conv2d(x, weight, bias, stride, padding, 1, groups)
    convolutions.append({"sizes": [n, c, h, w, o, kernel, stride, padding, groups], "expected": gradients(y, x, weight, bias)})

general = []
for n, c, h, w, o, kernel, stride, padding, dilation, groups in [
    (2, 4, 9, 8, 6, (3, 3), (1, 1), (2, 2), (2, 2), 1),
    (1, 6, 11, 7, 4, (3, 2), (2, 1), (1, 0), (1, 1), 2),
    (2, 2, 8, 13, 3, (1, 5), (1, 3), (0, 2), (1, 2), 1),
    (1, 6, 10, 9, 9, (3, 3), (2, 2), (3, 3), (3, 3), 3),
    (3, 4, 1, 1, 5, (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (2, 3, 1, 1, 4, (1, 1), (1, 1), (0, 0), (1, 1), 1),
    (1, 4, 1, 6, 4, (3, 3), (2, 2), (1, 1), (1, 1), 4),
    (2, 8, 13, 13, 12, (3, 3), (1, 1), (1, 1), (1, 1), 4),
    (2, 4, 6, 5, 4, (5, 4), (2, 3), (2, 1), (1, 1), 4),
]:
    kh, kw = kernel
    x, weight, bias = tracked("x", n, c, h, w), tracked("weight", o, c // groups, kh, kw), tracked("bias", o)
    y = functional.conv2d(x, weight, bias, stride, padding, dilation, groups)
    sizes = [n, c, h, w, o, *kernel, *stride, *padding, *dilation, groups]
    general.append({"sizes": sizes, "expected": gradients(y, x, weight, bias)})

pools = []
for kernel, stride, padding in [(2, 2, 0), (3, 2, 1), (3, 1, 1)]:
    x = tracked("x", 2, 3, 9, 7)
    y = functional.max_pool2d(x, kernel, stride, padding)
    pools.append({"sizes": [kernel, stride, padding], "expected": gradients(y, x)})

x, weight, bias = tracked("x", 3, 4, 5, 7), tracked("weight", 4), tracked("bias", 4)
mean, var = 0.1 * values("mean", 4), 1 + 0.3 * values("var", 4)
used = rounded(functional.batch_norm(x, mean, var, weight, bias))
y = functional.batch_norm(x, mean, var, weight, bias, training=True)
norm = {"used": used, "expected": gradients(y, x, weight, bias), "running": [rounded(mean), rounded(var)]}

x, weight, bias = tracked("x", 4, 5), tracked("weight", 3, 5), tracked("bias", 3)
linear = gradients(functional.linear(x, weight, bias), x, weight, bias)

out = {"torch": torch.__version__, "convolutions": convolutions, "general": general, "pools": pools, "batch_norm": norm, "linear": linear}
path = pathlib.Path(__file__).parent / "expected" / "operators.json"
path.write_text(json.dumps(out) + "\n")
