"""Makes expected/findings_losses.json: losses of several findings and their gradients, by PyTorch on the CPU in f64.

Cross entropy is torch.nn.BCEWithLogitsLoss, the focal loss torchvision.ops.sigmoid_focal_loss. The asymmetric loss is the
paper's formula written with PyTorch's own functions, so that it holds far out as well; near 0 and with hard targets it is
compared here with timm.loss.AsymmetricLossMultiLabel, which reckons in f32 and cuts probabilities off at 1e-8.

    python tests/reference/findings_losses.py      # torch 2.15, torchvision 0.29, timm 1.0.31
"""

import json
import pathlib

import numpy as np
import torch
from timm.loss import AsymmetricLossMultiLabel
from torch.nn import BCEWithLogitsLoss, functional
from torchvision.ops import sigmoid_focal_loss

rng = np.random.default_rng(20261130)
torch.set_default_dtype(torch.float64)


def asymmetric(x, t, gamma_negative, gamma_positive, clip):
    p, q = torch.sigmoid(x), torch.sigmoid(-x)
    there = -(q**gamma_positive) * functional.logsigmoid(x)
    if clip == 0:
        absent = -(p**gamma_negative) * functional.logsigmoid(-x)
    else:
        moved = (p - clip).clamp(min=0)
        absent = -(moved**gamma_negative) * torch.log1p(-moved)
    return t * there + (1 - t) * absent


def each(kind, x, t):
    """The loss of every element."""
    if kind["name"] == "cross_entropy":
        weights = kind["positive_weights"]
        weights = None if weights is None else torch.tensor(weights)
        return BCEWithLogitsLoss(reduction="none", pos_weight=weights)(x, t)
    if kind["name"] == "focal":
        alpha = -1 if kind["alpha"] is None else kind["alpha"]
        return sigmoid_focal_loss(x, t, alpha=alpha, gamma=kind["gamma"], reduction="none")
    settings = {name: kind[name] for name in ("gamma_negative", "gamma_positive", "clip")}
    ours = asymmetric(x, t, **settings)
    if bool(((t == 0) | (t == 1)).all()) and float(x.detach().abs().max()) < 10:
        timms = AsymmetricLossMultiLabel(gamma_neg=settings["gamma_negative"], gamma_pos=settings["gamma_positive"],
                                         clip=settings["clip"], reduction="sum")
        a, b = x.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
        theirs, again = timms(a, t), asymmetric(b, t, **settings).sum()
        (slope_a,), (slope_b,) = torch.autograd.grad(theirs, a), torch.autograd.grad(again, b)
        assert torch.isclose(theirs.double(), again, rtol=1e-5), (theirs, again)
        assert torch.allclose(slope_a.double(), slope_b, rtol=1e-4, atol=1e-7)
        global compared
        compared += 1
    return ours


def case(kind, x, t, mask, smoothing):
    logits = torch.tensor(x, requires_grad=True)
    wanted = torch.tensor(t) * (1 - smoothing) + smoothing / 2
    counts = torch.tensor(mask)
    losses = each(kind, logits, wanted)
    loss = losses[counts == 1].sum() / max(int(counts.sum()), 1)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(gradient).all() and torch.isfinite(loss)
    return {"kind": kind, "logits": x.tolist(), "targets": t.tolist(), "counts": mask.tolist(), "smoothing": smoothing,
            "loss": loss.item(), "gradient": gradient.tolist()}


def f32(values):
    return np.float64(np.float32(values))


shape = (6, 4)
near = f32(rng.normal(size=shape) * 3)
far = f32(rng.choice([-100, -30, -5, 0, 5, 30, 100], size=shape))
hard = f32(rng.integers(0, 2, size=shape))
soft = f32(np.round(rng.random(size=shape), 2))
all_count = np.ones(shape, dtype=np.int64)
some = rng.integers(0, 2, size=shape)
kinds = [
    {"name": "cross_entropy", "positive_weights": None},
    {"name": "cross_entropy", "positive_weights": [0.5, 1.0, 3.25, 12.0]},
    {"name": "focal", "gamma": 2.0, "alpha": 0.25},
    {"name": "focal", "gamma": 1.5, "alpha": None},
    {"name": "focal", "gamma": 0.0, "alpha": 0.75},
    {"name": "asymmetric", "gamma_negative": 4.0, "gamma_positive": 1.0, "clip": 0.05},
    {"name": "asymmetric", "gamma_negative": 2.0, "gamma_positive": 0.0, "clip": 0.0},
    {"name": "asymmetric", "gamma_negative": 3.5, "gamma_positive": 1.5, "clip": 0.2},
]
compared = 0
cases = []
for kind in kinds:
    cases += [case(kind, near, hard, all_count, 0.0), case(kind, near, soft, some, 0.0), case(kind, far, hard, some, 0.0),
              case(kind, far, soft, all_count, 0.0), case(kind, near, hard, some, 0.1)]
assert compared >= 3, compared
out = pathlib.Path(__file__).parent / "expected" / "findings_losses.json"
out.write_text(json.dumps({"cases": cases}) + "\n")
print(len(cases), "cases; timm agrees in", compared, out.stat().st_size)
