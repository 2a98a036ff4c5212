"""Makes expected/learning.json: optimizers with groups, clipping and accumulation, schedules and the CORN loss, by
PyTorch on the CPU.

    python tests/reference/learning.py
"""

import json
import pathlib
import warnings

import coral_pytorch
import numpy as np
import torch
from coral_pytorch.losses import corn_loss
from torch.nn import functional
from torch.optim import lr_scheduler

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20260301)
STEPS = 20
# Two weights of a backbone and two of a head, one of each with one dimension as biases and norms have.
SHAPES = {"body.weight": (3, 2), "body.bias": (3,), "fc.weight": (2, 3), "fc.bias": (2,)}


def numbers(*shape, scale=1.0):
    return np.round(rng.normal(size=shape) * scale, 5).astype(np.float32)


start = {name: numbers(*shape) for name, shape in SHAPES.items()}
gradients = [{name: numbers(*shape) for name, shape in SHAPES.items()} for _ in range(STEPS * 3)]


def lists(tensors):
    return {name: np.ravel(np.asarray(value)).tolist() for name, value in tensors.items()}


def make(kind, params, learning_rate, momentum, nesterov, weight_decay):
    if kind == "sgd":
        return torch.optim.SGD(params, lr=learning_rate, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
    named = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]
    return named(params, lr=learning_rate, weight_decay=weight_decay)


def run(kind, learning_rate, weight_decay, momentum=0.0, nesterov=False, backbone=1.0, decay_all=True, clip=0.0,
        accumulate=1, cycle=False):
    params = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    groups = [
        {
            "params": [p],
            "lr": learning_rate * (1.0 if name.startswith("fc.") else backbone),
            "weight_decay": weight_decay if decay_all or p.dim() > 1 else 0.0,
        }
        for name, p in params.items()
    ]
    optimizer = make(kind, groups, learning_rate, momentum, nesterov, weight_decay)
    scheduler = None
    if cycle:
        scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=[g["lr"] for g in groups], total_steps=STEPS)
    at = 0
    for step in range(STEPS):
        optimizer.zero_grad()
        for _ in range(accumulate):
            # The gradient of a batch's mean loss divided by the number of batches.
            for name, p in params.items():
                g = torch.tensor(gradients[at][name]) / accumulate
                p.grad = g if p.grad is None else p.grad + g
            at += 1
        if clip > 0.0:
            torch.nn.utils.clip_grad_norm_(params.values(), clip)
        optimizer.step()
        if scheduler is not None and step + 1 < STEPS:
            scheduler.step()
    settings = {"kind": kind, "learning_rate": learning_rate, "weight_decay": weight_decay}
    if kind == "sgd":
        settings |= {"momentum": momentum, "nesterov": nesterov}
    return {
        "optimizer": settings,
        "backbone_rate": backbone,
        "decay_biases_and_norms": decay_all,
        "clip_norm": clip,
        "accumulate": accumulate,
        "one_cycle": cycle,
        "after": lists({name: p.detach().numpy() for name, p in params.items()}),
    }


optimizers = [
    run("sgd", 0.05, 0.02, momentum=0.9, nesterov=True, backbone=0.1),
    run("sgd", 0.05, 0.02, momentum=0.9, decay_all=False, clip=0.7),
    run("sgd", 0.05, 0.0, momentum=0.9, cycle=True, backbone=0.5),
    run("adam", 0.01, 0.1, backbone=0.1, decay_all=False),
    run("adam", 0.01, 0.1, clip=1.0, accumulate=3),
    run("adam", 0.02, 0.01, cycle=True),
    run("adamw", 0.01, 0.1, backbone=0.1, decay_all=False, clip=0.5, accumulate=2),
    run("adamw", 0.01, 0.3, cycle=True, accumulate=2, backbone=0.2),
]


def rates(schedule, scheduler, epochs, steps=1, watched=None, base=0.1, kind="sgd"):
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=base, momentum=0.9) if kind == "sgd" else torch.optim.Adam([parameter], lr=base)
    scheduler = scheduler(optimizer)
    per_step = schedule["kind"] == "one-cycle"
    out, momenta = [], []
    for epoch in range(epochs):
        for step in range(steps):
            group = optimizer.param_groups[0]
            out.append(group["lr"])
            if schedule.get("cycle_momentum"):
                momenta.append(group["momentum"] if kind == "sgd" else group["betas"][0])
            optimizer.step()
            if per_step and len(out) < epochs * steps:
                scheduler.step()
        if not per_step:
            scheduler.step(watched[epoch]) if schedule["kind"] == "plateau" else scheduler.step()
    return {
        "schedule": schedule,
        "base": base,
        "steps": steps,
        "losses": watched or [0.0] * epochs,
        "rates": out,
        "momenta": momenta,
    }


def warm_cosine(warmup, epochs, final):
    def make_scheduler(optimizer):
        return lr_scheduler.SequentialLR(
            optimizer,
            [
                lr_scheduler.LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup),
                lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs - warmup, eta_min=final),
            ],
            [warmup],
        )

    return rates({"kind": "cosine", "warmup_epochs": warmup, "final_rate": final}, make_scheduler, epochs, steps=2)


def one_cycle(epochs, steps, rise=0.3, start=25.0, end=1e4, momentum=True, kind="sgd"):
    return rates(
        {"kind": "one-cycle", "rise": rise, "start_divisor": start, "end_divisor": end, "cycle_momentum": momentum},
        lambda o: lr_scheduler.OneCycleLR(
            o, max_lr=0.1, epochs=epochs, steps_per_epoch=steps, pct_start=rise, div_factor=start,
            final_div_factor=end, cycle_momentum=momentum,
        ),
        epochs,
        steps,
        kind=kind,
    )


def plateau(watch, factor, patience, threshold, watched, base=0.1):
    mode = "min" if watch == "validation-loss" else "max"
    return rates(
        {"kind": "plateau", "factor": factor, "patience": patience, "watch": watch, "threshold": threshold},
        lambda o: lr_scheduler.ReduceLROnPlateau(o, mode=mode, factor=factor, patience=patience, threshold=threshold),
        len(watched),
        watched=watched,
        base=base,
    )


gains = [0.5, 0.6, 0.6, 0.60005, 0.61, 0.6, 0.7, 0.69, 0.7, 0.70001, 0.7, 0.65, 0.8, 0.8, 0.8]
schedules = [
    rates({"kind": "constant"}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0), 3, steps=2),
    rates({"kind": "step", "every": 2, "gamma": 0.5}, lambda o: lr_scheduler.StepLR(o, 2, 0.5), 7, steps=3),
    rates(
        {"kind": "cosine", "warmup_epochs": 0, "final_rate": 0.002},
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=9, eta_min=0.002),
        9,
    ),
    warm_cosine(3, 10, 0.001),
    plateau("validation-accuracy", 0.5, 1, 1e-4, gains),
    plateau("validation-kappa", 0.1, 2, 0.1, [-0.2, -0.1, 0.0, 0.01, 0.0, 0.3, 0.31, 0.32, 0.33, 0.34, 0.5]),
    # So low a rate that torch no longer lowers it.
    plateau("validation-loss", 0.5, 0, 1e-4, [1.0] * 8, base=1e-7),
    one_cycle(4, 5),
    one_cycle(3, 7, kind="adam"),
    one_cycle(2, 10, rise=0.45, start=10.0, end=100.0, momentum=False),
]


def corn(images, classes, weighted, scale=1.0):
    """The loss of Shi, Cao and Raschka 2021: coral_pytorch's own where all classes weigh the same, else its sum with each
    image weighted by its class; the probabilities are those of the answers up to each grade."""
    values = numbers(images, classes - 1, scale=scale)
    targets = rng.integers(0, classes, images)
    weights = np.round(rng.uniform(0.3, 2.0, classes), 3) if weighted else None
    logits = torch.tensor(values, requires_grad=True)
    if weighted:
        asked = torch.tensor(targets[:, None] >= np.arange(classes - 1)[None])
        above = torch.tensor((targets[:, None] > np.arange(classes - 1)[None]).astype(np.float32))
        w = torch.tensor(weights[targets], dtype=torch.float32)[:, None] * asked
        loss = (functional.binary_cross_entropy_with_logits(logits, above, reduction="none") * w).sum() / w.sum()
    else:
        loss = corn_loss(logits, torch.tensor(targets), classes)
    loss.backward()
    reached = torch.cumprod(torch.sigmoid(torch.tensor(values, dtype=torch.float64)), dim=1)
    reached = torch.cat([torch.ones(images, 1), reached, torch.zeros(images, 1)], dim=1)
    return {
        "logits": values.tolist(),
        "targets": targets.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "loss": loss.item(),
        "gradient": logits.grad.tolist(),
        "probabilities": (reached[:, :-1] - reached[:, 1:]).tolist(),
    }


ordinal = [corn(5, 5, False), corn(6, 4, True), corn(4, 2, False), corn(5, 5, True, scale=60.0)]

out = pathlib.Path(__file__).parent / "expected" / "learning.json"
out.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "coral_pytorch": coral_pytorch.__version__,
            "shapes": {name: list(shape) for name, shape in SHAPES.items()},
            "start": lists(start),
            "gradients": [lists(g) for g in gradients],
            "optimizers": optimizers,
            "schedules": schedules,
            "corn": ordinal,
        }
    )
    + "\n"
)
