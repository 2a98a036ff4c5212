"""Numbers that this side and src/nn/formula.rs both make, so that no inputs or weights need to be stored."""

import math

import numpy as np
import torch


def values(name, *shape):
    """Floats in -1..1 that depend on the name and the index only: a murmur3 finaliser over a Weyl sequence."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    floats = (x >> np.uint32(8)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)
    return torch.from_numpy(floats.reshape(shape))


def parameter(name, shape):
    """A parameter of a network, scaled by what its name says it is, so that activations neither vanish nor explode."""
    v = values(name, *shape)
    if name.endswith("running_var"):
        return 1 + 0.3 * v
    if name.endswith("running_mean") or name.endswith("bias"):
        return 0.1 * v
    if len(shape) == 1:
        return 0.6 + 0.2 * v
    fan_in = math.prod(shape[1:])
    return v * np.float32(math.sqrt((6 if len(shape) == 4 else 3) / fan_in))


def fill(module):
    """Gives every parameter and buffer of a module its formula."""
    state = {k: v if k.endswith("num_batches_tracked") else parameter(k, v.shape) for k, v in module.state_dict().items()}
    module.load_state_dict(state)
    return module


def rounded(tensor):
    """A flat list with 8 significant digits, enough for an f32 to within its last bits."""
    return [float(f"{v:.8g}") for v in tensor.detach().flatten().tolist()]
