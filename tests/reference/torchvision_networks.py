"""Makes expected/torchvision_networks.json: names, features, logits, gradients, running statistics and one SGD step of
torchvision's networks on weights by formula, on the CPU and in f64. What is drawn at random in training is off.

    python tests/reference/torchvision_networks.py            the numbers
    python tests/reference/torchvision_networks.py FILE NAME  whether a weight file of ours loads into torchvision's network
                                                              NAME (efficientnet_b0, ..) with strict=True
"""

import hashlib
import json
import pathlib
import sys

import torch
import torchvision

from clear import add, clear, picture, report
from formula import fill, rounded, values

# The function of each network, what turns its random parts off, its features, and parameters to look at.
NETWORKS = {
    "resnet34": ({}, lambda m: m.layer4, ["conv1.weight", "layer2.0.downsample.1.weight", "layer3.5.conv2.weight", "fc.bias"]),
    "resnet50": (
        {},
        lambda m: m.layer4,
        ["conv1.weight", "layer1.0.conv3.weight", "layer3.0.conv2.weight", "layer4.2.bn3.bias", "fc.weight"],
    ),
    "efficientnet_b0": (
        {"dropout": 0.0, "stochastic_depth_prob": 0.0},
        lambda m: m.features,
        [
            "features.0.0.weight",
            "features.1.0.block.0.0.weight",
            "features.2.0.block.1.0.weight",
            "features.3.1.block.1.0.weight",
            "features.3.1.block.1.1.weight",
            "features.4.2.block.2.fc1.weight",
            "features.6.3.block.2.fc2.bias",
            "features.8.1.bias",
            "classifier.1.weight",
        ],
    ),
    "densenet121": (
        {},
        lambda m: m.features,
        [
            "features.conv0.weight",
            "features.denseblock1.denselayer3.norm1.weight",
            "features.denseblock2.denselayer12.conv2.weight",
            "features.transition3.conv.weight",
            "features.norm5.bias",
            "classifier.weight",
        ],
    ),
}


def prepare(model, shifts):
    """The formula, shifted clear of kinks (clear.py), with the last batch norm of a bottleneck's branch made small: else the gradients of a ResNet-50 grow so
    much on their way down that f32 and f64 differ by 2e-2 in PyTorch itself."""
    fill(model)
    for name, parameter in model.named_parameters():
        if name.endswith("bn3.weight"):
            parameter.data *= 0.2
    add(model.double(), shifts)
    return model


def spots(t):
    return rounded(t.flatten()[:: max(1, t.numel() // 20)])


def digest(model):
    """Of all names and shapes; `num_batches_tracked` is PyTorch's own affair."""
    state = {k: list(v.shape) for k, v in sorted(model.state_dict().items()) if not k.endswith("num_batches_tracked")}
    lines = "".join(f"{k} {'x'.join(map(str, shape))}\n" for k, shape in state.items())
    return {"tensors": len(state), "sha256": hashlib.sha256(lines.encode()).hexdigest()}


def step(name, settings, shifts, x, dtype):
    """One step of SGD: the network after it, its logits before, the gradients, the loss."""
    model = prepare(getattr(torchvision.models, name)(num_classes=3, **settings), shifts).to(dtype).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    logits = model(x.to(dtype))
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 2, 1, 2]))
    loss.backward()
    gradients = {k: v.grad.double() for k, v in model.named_parameters()}
    optimizer.step()
    return model, logits, gradients, loss.item()


def case(name, settings, layer, parameters):
    build = lambda: getattr(torchvision.models, name)(num_classes=3, **settings)
    shape = (4, 3, 64, 72)
    found = picture(prepare(build(), {}), lambda model, x: model.train()(x), shape)
    x = values(found, *shape).double()
    run = lambda model: model.train()(x.to(next(model.parameters()).dtype))
    shifts = clear(prepare(build(), {}), run)
    report(name, prepare(build(), shifts), prepare(build(), shifts).float(), run)
    model = prepare(build(), shifts).eval()
    kept = []
    hook = layer(model).register_forward_hook(lambda _m, _i, out: kept.append(out))
    with torch.no_grad():
        logits = model(x)
    hook.remove()
    features = kept[0].relu() if name == "densenet121" else kept[0]
    out = {
        "names": digest(model),
        "input": list(x.shape),
        "picture": found,
        "shifts": shifts,
        "logits": rounded(logits),
        "features_shape": list(features.shape),
        "features": rounded(features.flatten()[:: features.numel() // 100]),
    }
    rough = step(name, settings, shifts, x, torch.float32)[2]
    model, logits, exact, loss = step(name, settings, shifts, x, torch.float64)
    gradients = {}
    for key in parameters:
        own = ((rough[key] - exact[key]).abs().max() / exact[key].abs().max()).item()
        print(f"{name}: f32 is off by {own:.1e} in {key}")
        gradients[key] = spots(exact[key])
    named, state = dict(model.named_parameters()), model.state_dict()
    running = [k for k in state if "running" in k]
    out["training"] = {
        "logits": rounded(logits),
        "loss": loss,
        "gradients": gradients,
        "after": {k: spots(named[k]) for k in parameters},
        "running": {k: spots(state[k]) for k in running[:2] + running[len(running) // 2 :][:2] + running[-2:]},
    }
    return out


if len(sys.argv) == 3:
    from safetensors.torch import load_file

    tensors = load_file(sys.argv[1])
    classes = list(tensors.values())[0].shape[0] if len(tensors) == 1 else tensors[
        next(k for k in tensors if k in ("fc.weight", "classifier.weight", "classifier.1.weight"))
    ].shape[0]
    print(getattr(torchvision.models, sys.argv[2])(num_classes=classes).load_state_dict(tensors, strict=True))
else:
    out = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    out |= {name: case(name, *rest) for name, rest in NETWORKS.items()}
    path = pathlib.Path(__file__).parent / "expected" / "torchvision_networks.json"
    path.write_text(json.dumps(out) + "\n")
