"""Makes expected/networks.json: logits, features, running statistics, gradients and Grad-CAM of networks whose weights
follow the formula, by PyTorch, torchvision and pytorch-grad-cam on the CPU.

    python tests/reference/networks.py
"""

import copy
import json
import pathlib

import numpy as np
import torch
import torchvision
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from clear import add, clear, picture, report
from formula import fill, rounded, values


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class SimpleCnn(nn.Module):
    """The knee and ankle projects' shape: blocks with pooling between, mean over positions, hidden layer, classifier."""

    def __init__(self, channels, hidden, classes):
        super().__init__()
        self.blocks = nn.ModuleList(Block(i, o) for i, o in zip([1, *channels], channels))
        self.hidden = nn.Linear(channels[-1], hidden)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x):
        for block in self.blocks:
            x = nn.functional.max_pool2d(block(x), 2)
        return self.fc(torch.relu(self.hidden(x.mean((2, 3)))))


class Recording(GradCAM):
    """Keeps the grid before it is stretched over the picture."""

    def get_cam_image(self, *args, **kwargs):
        self.grid = np.maximum(super().get_cam_image(*args, **kwargs), 0)[0]
        return self.grid[None]


def grad_cam(model, layer, x, classes):
    maps = []
    for label in range(classes):
        with Recording(model=model, target_layers=[layer]) as cam:
            cam(input_tensor=x, targets=[ClassifierOutputTarget(label)])
            grid = torch.from_numpy(cam.grid)
        maps.append({"shape": list(grid.shape), "values": rounded(grid)})
    return maps


def case(model, layer, shape, gradient_names):
    def step(model, x):
        model.train()(x)

    # Clear of kinks where gradients are compared.
    name = picture(fill(model).double(), step, shape)
    x = values(name, *shape)
    run = lambda model: step(model, x.to(next(model.parameters()).dtype))
    shifts = clear(model, run)

    def start():
        add(fill(model.float()), shifts)
        return model

    report(type(model).__name__, copy.deepcopy(start()).double(), copy.deepcopy(start()), run)
    start().eval()
    kept = []
    hook = layer.register_forward_hook(lambda _m, _i, out: kept.append(out))
    logits = model(x)
    hook.remove()
    features = kept[0]
    out = {
        "input": list(x.shape),
        "picture": name,
        "shifts": shifts,
        "logits": rounded(logits),
        "features_shape": list(features.shape),
        "features": rounded(features.flatten()[:: max(1, features.numel() // 100)]),
        "grad_cam": grad_cam(model, layer, x[:1], logits.shape[1]),
    }
    start().train()
    model.zero_grad()
    logits = model(x)
    logits.backward(values("dy", *logits.shape))
    named, state = dict(model.named_parameters()), model.state_dict()
    spots = lambda t: rounded(t.flatten()[:: max(1, t.numel() // 20)])
    out["training"] = {
        "logits": rounded(logits),
        "gradients": {name: spots(named[name].grad) for name in gradient_names},
        "running": {k: spots(v) for k, v in state.items() if "running" in k and (".0." in k or k.startswith("bn1"))},
    }
    return out


resnet = torchvision.models.resnet18(num_classes=3)
small = SimpleCnn([6, 8, 10], 12, 3)
out = {
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
    "resnet18": case(
        resnet,
        resnet.layer4,
        (2, 3, 96, 80),
        ["conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.weight", "fc.weight"],
    ),
    "simple_cnn": case(
        small,
        small.blocks[2],
        (2, 1, 40, 28),
        ["blocks.0.conv.weight", "blocks.2.bn.bias", "hidden.weight", "fc.bias"],
    ),
}
path = pathlib.Path(__file__).parent / "expected" / "networks.json"
path.write_text(json.dumps(out) + "\n")
