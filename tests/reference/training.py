"""Makes expected/training.json: losses, optimizer steps and learning rates, by PyTorch on the CPU.

    python tests/reference/training.py
"""

import json
import pathlib
import warnings

import numpy as np
import torch
from torch.nn import functional
from torch.optim import lr_scheduler

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20260101)


def numbers(*shape, scale=1.0):
    return (rng.normal(size=shape) * scale).astype(np.float32).tolist()


def loss(images, classes, weights, smoothing, scale=1.0):
    values = numbers(images, classes, scale=scale)
    targets = rng.integers(0, classes, images).tolist()
    logits = torch.tensor(values, requires_grad=True)
    w = None if weights is None else torch.tensor(weights)
    out = functional.cross_entropy(logits, torch.tensor(targets), weight=w, label_smoothing=smoothing)
    out.backward()
    return {
        "logits": values,
        "targets": targets,
        "weights": weights,
        "smoothing": smoothing,
        "loss": out.item(),
        "gradient": logits.grad.tolist(),
    }


losses = [
    loss(4, 3, None, 0.0),
    loss(5, 2, [0.7, 1.9], 0.0),
    loss(5, 3, None, 0.1),
    loss(6, 4, [0.5, 1.0, 2.0, 0.25], 0.2),
    loss(3, 3, None, 0.0, scale=200.0),
]

start = [numbers(4), numbers(3)]
gradients = [[numbers(4), numbers(3)] for _ in range(20)]


def steps(kind, learning_rate, make, **settings):
    params = [torch.tensor(v, requires_grad=True) for v in start]
    optimizer = make(params)
    case = {"optimizer": {"kind": kind, "learning_rate": learning_rate, **settings}, "learning_rate": learning_rate}
    for step, values in enumerate(gradients):
        if step == 5:
            case["after_5"] = [p.tolist() for p in params]
        for p, g in zip(params, values):
            p.grad = torch.tensor(g)
        optimizer.step()
    case["after_20"] = [p.tolist() for p in params]
    return case


def sgd(momentum, nesterov, weight_decay):
    return steps(
        "sgd",
        0.05,
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay),
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=weight_decay,
    )


optimizers = [
    sgd(0.0, False, 0.0),
    sgd(0.9, False, 0.01),
    sgd(0.9, True, 0.01),
    steps("adam", 0.01, lambda p: torch.optim.Adam(p, lr=0.01), weight_decay=0.0),
    steps("adam", 0.01, lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1), weight_decay=0.1),
    steps("adamw", 0.01, lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1), weight_decay=0.1),
]


def rates(schedule, make, epochs, losses=None):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = make(optimizer)
    losses = losses or [0.0] * epochs
    out = []
    for epoch in range(epochs):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(losses[epoch]) if schedule["kind"] == "plateau" else scheduler.step()
    return {"schedule": schedule, "base": 0.1, "losses": losses, "rates": out}


def warm_cosine(warmup, epochs):
    def make(optimizer):
        return lr_scheduler.SequentialLR(
            optimizer,
            [
                lr_scheduler.LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup),
                lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs - warmup),
            ],
            [warmup],
        )

    return rates({"kind": "cosine", "warmup_epochs": warmup}, make, epochs)


watched = [1.0, 0.9, 0.95, 0.91, 0.92, 0.90001, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86, 0.87]
schedules = [
    rates({"kind": "constant"}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0), 4),
    rates({"kind": "step", "every": 3, "gamma": 0.3}, lambda o: lr_scheduler.StepLR(o, 3, 0.3), 10),
    rates({"kind": "cosine", "warmup_epochs": 0}, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=10), 10),
    warm_cosine(3, 12),
    rates(
        {"kind": "plateau", "factor": 0.5, "patience": 2},
        lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=2),
        len(watched),
        watched,
    ),
]

out = pathlib.Path(__file__).parent / "expected" / "training.json"
out.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "losses": losses,
            "start": start,
            "gradients": gradients,
            "optimizers": optimizers,
            "schedules": schedules,
        }
    )
    + "\n"
)
