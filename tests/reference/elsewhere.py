"""Weights from elsewhere, tried as a user does: checkpoints in every form people save are imported into a copy of a project, and
what the program answers to real pictures is compared with torch; then every model leaves as ONNX, and what ONNX Runtime
answers is compared with the program. Says the largest difference of each, and ends with 1 where one is too large.

    python tests/reference/elsewhere.py OVERREAD PROJECT PICTURE..

PROJECT is a project folder of two classes or more, which is copied to a temporary folder first. Needs torch, torchvision, timm,
onnx and onnxruntime. Tried with torch 2.15.0, torchvision 0.29.2, timm 1.0.31, onnx 1.23.2, onnxruntime 1.32.0.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace

import numpy as np
import onnx
import onnxruntime
import timm
import torch
import torchvision
from PIL import Image
from torchvision.transforms._presets import ImageClassification

from torch import nn

overread, project, *pictures = sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp())
shutil.copytree(project, folder / "p.overread")
project = folder / "p.overread"
# Decoders of JPEG differ by a value here and there; what is compared here are networks.
for at, picture in enumerate(pictures):
    pictures[at] = str(folder / f"{at}.png")
    Image.open(picture).convert("RGB").save(pictures[at])
worst = []


def run(*arguments, fails=False):
    done = subprocess.run([overread, *map(str, arguments)], capture_output=True, text=True)
    if (done.returncode == 0) == fails:
        sys.exit(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout if not fails else done.stderr


def judge(what, ours, theirs, most):
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    apart = np.abs(ours - theirs).max()
    share = apart / max(1.0, np.abs(theirs).max())
    spread = theirs.std(0).max() if theirs.ndim > 1 else theirs.std()
    print(f"{what:48} largest difference {apart:.2e}, of the largest {share:.2e}; they differ by {spread:.1e}{'' if share <= most else '  TOO LARGE'}")
    if share > most:
        worst.append(what)


def filled(network):
    """Random weights, with statistics as after some training."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.05)
                module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) * 0.5 + 0.75)
                module.weight.copy_(torch.rand(module.weight.shape, generator=generator) * 0.4 + 0.8)
                module.bias.copy_(torch.randn(module.bias.shape, generator=generator) * 0.05)
        # Last layers that say something. An EfficientNet without training says the same of every picture, unless the
        # statistics of its batch norms are about those of the pictures; with exactly those it makes a hundred of one rounding.
        for head in [m for m in network.modules() if isinstance(m, nn.Linear)]:
            head.weight.mul_(8)
        if isinstance(network, (torchvision.models.EfficientNet, timm.models.EfficientNet)):
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.momentum = None
                    module.reset_running_stats()
            network.train()(torch.stack([presets["efficientnet_b0"](Image.open(p).convert("RGB")) for p in pictures]))
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.running_var.mul_(1.2)
    return network.eval()


# The classes of the project, in its order.
listed = json.loads(run("info", "--project", project, "--json").splitlines()[0])["classes"]
names = [c if isinstance(c, str) else c["name"] for c in listed]
count = len(names)
presets = {n: next(iter(torchvision.models.get_model_weights(n))).transforms() for n in ["resnet18", "resnet34", "resnet50", "densenet121", "efficientnet_b0"]}


def torch_answers(network, transform, mode="RGB"):
    with torch.no_grad():
        return torch.stack([network(transform(Image.open(p).convert(mode))[None])[0] for p in pictures]).double().numpy()


def our_answers(model):
    lines = run("predict", "--project", project, "--model", model, *pictures, "--json").splitlines()
    return [json.loads(line)["logits"] for line in lines if line.startswith("{")]


def brought(state, name, arch, *more, **save):
    file = folder / f"{name}.pth"
    torch.save(state, file, **save)
    return run("models", "import", file, "--project", project, "--arch", arch, *more)


def leaves(name):
    """The model as ONNX against the program; what is put in is prepared by torchvision."""
    file = folder / f"{name}.onnx"
    run("models", "export", name, "--project", project, "--out", file, "--format", "onnx")
    onnx.checker.check_model(str(file), full_check=True)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    said = session.get_modelmeta().custom_metadata_map
    p = json.loads(said["preprocessing_json"])
    assert json.loads(said["classes"]) == names
    return session, p


# The networks themselves, with torchvision's preset because nothing is said.
for name in ["resnet18", "resnet34", "resnet50", "densenet121", "efficientnet_b0"]:
    network = filled(getattr(torchvision.models, name)(num_classes=count))
    told = brought(network.state_dict(), name, name)
    assert "torchvision's preset" in told and "project's order was taken" in told, told
    ours = our_answers(name)
    judge(f"{name}, nothing said", ours, torch_answers(network, presets[name]), 2e-3)
    session, p = leaves(name)
    # The same numbers into both: what is left is arithmetic.
    x = np.stack([presets[name](Image.open(q).convert("RGB")).numpy() for q in pictures])
    with torch.no_grad():
        of_torch = network(torch.from_numpy(x)).numpy()
    logits, probabilities = session.run(["logits", "probabilities"], {"input": x})
    judge(f"{name}, ONNX Runtime against torch", logits, of_torch, 1e-4)
    judge(f"{name}, ONNX Runtime against the program", logits, ours, 2e-3)
    judge(f"{name}, its probabilities", probabilities, torch.softmax(torch.from_numpy(logits), 1).numpy(), 1e-5)

# Every form in which its weights are saved.
network = filled(torchvision.models.resnet18(num_classes=count))
state = network.state_dict()
expected = torch_answers(network, presets["resnet18"])
copy = filled(torchvision.models.resnet18(num_classes=count))
adam = torch.optim.Adam(copy.parameters())
copy(torch.randn(2, 3, 64, 64)).sum().backward()
adam.step()
averaged = {"n_averaged": torch.tensor(5), **{"module." + k: v for k, v in copy.state_dict().items()}}
inside = filled(torchvision.models.resnet18(num_classes=count))
inside.load_state_dict(state)
inside.fc = nn.Sequential(nn.Dropout(), inside.fc)
last = torchvision.models.resnet18(num_classes=count)
last.load_state_dict(state)
last = last.to(memory_format=torch.channels_last)
prefixed = {f"prefix {p}": {p + k: v for k, v in state.items()} for p in ["module.", "model.", "_orig_mod.", "backbone.", "model._orig_mod."]}
split = {**{"backbone." + k: v for k, v in state.items() if not k.startswith("fc.")}, "head.weight": state["fc.weight"], "head.bias": state["fc.bias"]}
forms = {
    "imagenet example": {"epoch": 3, "arch": "resnet18", "state_dict": state, "best_acc1": torch.tensor(71.2), "optimizer": adam.state_dict()},
    "model_state_dict beside tensors": {"model_state_dict": state, "class_weights": torch.ones(count), "mean": torch.zeros(3), "std": torch.ones(3)},
    "net and a Namespace": {"net": state, "acc": 91.0, "args": Namespace(lr=0.1)},
    "averaged weights first": {"model_ema": averaged, "model": state, "optimizer": adam.state_dict()},
    "lightning": {"state_dict": {"model." + k: v for k, v in state.items()} | {"criterion.weight": torch.ones(count)}, "hyper_parameters": {"lr": 1e-3}, "optimizer_states": [adam.state_dict()]},
    "a Sequential as fc": inside.state_dict(),
    "backbone and head": split,
    "channels_last": last.state_dict(),
    "float64": {k: v.double() if v.is_floating_point() else v for k, v in state.items()},
    "numpy scalar beside": {"state_dict": state, "best": np.float64(0.5)},
    **prefixed,
}
for form, content in forms.items():
    name = "form-" + "".join(c if c.isalnum() else "-" for c in form)
    brought(content, name, "resnet18")
    judge(f"resnet18, {form}", our_answers(name), expected, 2e-3)
for form, save in {"older form": {"_use_new_zipfile_serialization": False}, "protocol 5": {"pickle_protocol": 5}}.items():
    brought({"model": state, "optimizer": adam.state_dict()}, "form-" + form.replace(" ", "-"), "resnet18", **save)
    judge(f"resnet18, {form}, optimizer beside", our_answers("form-" + form.replace(" ", "-")), expected, 2e-3)
for kind in [torch.float16, torch.bfloat16]:
    half = {k: v.to(kind) if v.is_floating_point() else v for k, v in state.items()}
    name = str(kind).split(".")[1]
    brought(half, name, "resnet18")
    widened = torchvision.models.resnet18(num_classes=count)
    widened.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in half.items()})
    judge(f"resnet18, {name}", our_answers(name), torch_answers(widened.eval(), presets["resnet18"]), 2e-3)
told = brought({"model": state, "ema": copy.state_dict()}, "two", "resnet18", "--key", "ema")
judge("resnet18, --key ema", our_answers("two"), torch_answers(copy.eval(), presets["resnet18"]), 2e-3)

# timm's names; what timm itself would do to a picture is in its config.
for name in ["resnet18", "densenet121", "efficientnet_b0"]:
    network = filled(timm.create_model(name, num_classes=count))
    brought(network.state_dict(), f"timm-{name}", name)
    judge(f"timm {name}", our_answers(f"timm-{name}"), torch_answers(network, presets[name]), 2e-3)
network = filled(timm.create_model("efficientnet_b0", num_classes=count))
config = folder / "config.json"
config.write_text(json.dumps({"pretrained_cfg": {k: v for k, v in network.pretrained_cfg.items() if k in ("input_size", "crop_pct", "crop_mode", "interpolation", "mean", "std")}}))
brought(network.state_dict(), "timm-config", "efficientnet_b0", "--preprocessing", config)
data = timm.data.create_transform(**timm.data.resolve_data_config(network.pretrained_cfg))
judge("timm efficientnet_b0, its config", our_answers("timm-config"), torch_answers(network, data), 2e-3)

# Other preparations.
network = filled(torchvision.models.resnet18(num_classes=count))
ways = {
    "stretch": (["--preprocessing", "stretch"], torchvision.transforms.Compose([torchvision.transforms.Resize((224, 224)), torchvision.transforms.ToTensor(), torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])),
    "232 and half": (["--resize", "232", "--mean", "0.5", "--std", "0.5"], ImageClassification(crop_size=224, resize_size=232, mean=(0.5,) * 3, std=(0.5,) * 3)),
    "bicubic": (["--interpolation", "bicubic"], ImageClassification(crop_size=224, interpolation=torchvision.transforms.InterpolationMode.BICUBIC)),
    "lanczos": (["--interpolation", "lanczos"], ImageClassification(crop_size=224, interpolation=torchvision.transforms.InterpolationMode.LANCZOS)),
    "nearest": (["--interpolation", "nearest"], ImageClassification(crop_size=224, interpolation=torchvision.transforms.InterpolationMode.NEAREST)),
    "size 160": (["--size", "160"], ImageClassification(crop_size=160, resize_size=183)),
}
for way, (options, transform) in ways.items():
    name = "way-" + way.replace(" ", "-")
    brought(network.state_dict(), name, "resnet18", *options)
    judge(f"resnet18, {way}", our_answers(name), torch_answers(network, transform), 2e-3)
# Pictures that are not square answer otherwise when they are prepared otherwise: what the old rule cost.
cost = np.abs(torch_answers(network, ways["stretch"][1]) - torch_answers(network, presets["resnet18"])).max(0)
print(f"stretching in torchvision's place: {100 * (cost / np.abs(torch_answers(network, presets['resnet18'])).max()).max():.1f} % of the largest logit")

# Grey pictures.
grey = filled(torchvision.models.resnet18(num_classes=count))
grey.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
said = run("models", "import", (torch.save(grey.state_dict(), folder / "grey.pth"), folder / "grey.pth")[1], "--project", project, "--arch", "resnet18", fails=True)
assert "grey pictures, 1 channel" in said, said
brought(grey.state_dict(), "grey", "resnet18", "--mean", "0.5", "--std", "0.25")
to_grey = torchvision.transforms.Compose([torchvision.transforms.Resize(256), torchvision.transforms.CenterCrop(224), torchvision.transforms.ToTensor(), torchvision.transforms.Normalize([0.5], [0.25])])
judge("resnet18, grey", our_answers("grey"), torch_answers(grey, to_grey, "L"), 2e-3)

if count == 2:
    single = filled(torchvision.models.resnet18(num_classes=1))
    told = brought(single.state_dict(), "single", "resnet18")
    assert "sigmoid" in told, told
    ours = np.asarray(our_answers("single"))
    judge("resnet18, a single output", ours[:, 1] - ours[:, 0], torch_answers(single, presets["resnet18"])[:, 0], 2e-3)
    turned = network.state_dict()
    brought(turned, "turned", "resnet18", "--classes", ",".join(reversed(names)))
    judge("resnet18, classes the other way round", np.asarray(our_answers("turned"))[:, ::-1], torch_answers(network, presets["resnet18"]), 2e-3)
else:
    steps = filled(torchvision.models.resnet18(num_classes=count - 1))
    said = run("models", "import", (torch.save(steps.state_dict(), folder / "steps.pth"), folder / "steps.pth")[1], "--project", project, "--arch", "resnet18", fails=True)
    assert "--head corn or --head coral" in said, said
    brought(steps.state_dict(), "corn", "resnet18", "--head", "corn")
    z = torch.from_numpy(torch_answers(steps, presets["resnet18"]))
    above = torch.cumprod(torch.sigmoid(z), 1)
    one = torch.ones(len(z), 1)
    corn = torch.cat([one, above], 1) - torch.cat([above, 0 * one], 1)
    judge("resnet18, CORN", np.exp(our_answers("corn")), corn.numpy(), 2e-3)
    session, _ = leaves("corn")
    x = np.stack([presets["resnet18"](Image.open(q).convert("RGB")).numpy() for q in pictures])
    judge("resnet18, CORN, ONNX Runtime", session.run(["probabilities"], {"input": x})[0], corn.numpy(), 1e-4)
    coral = {k: v for k, v in filled(torchvision.models.resnet18(num_classes=1)).state_dict().items() if not k.startswith("fc.")}
    weight = torch.randn(1, 512, generator=torch.Generator().manual_seed(2)) * 0.1
    bias = torch.linspace(1.5, -1.5, count - 1)
    told = brought({**coral, "fc.coral_weights.weight": weight, "fc.coral_bias": bias}, "coral", "resnet18")
    assert "CORAL" in told, told
    body = torchvision.models.resnet18()
    body.fc = nn.Identity()
    body.load_state_dict(coral)
    above = torch.sigmoid(torch.from_numpy(torch_answers(body.eval(), presets["resnet18"])) @ weight.T.double() + bias)
    expected = torch.cat([one, above], 1) - torch.cat([above, 0 * one], 1)
    judge("resnet18, CORAL", np.exp(our_answers("coral")), expected.numpy(), 2e-3)
    session, _ = leaves("coral")
    judge("resnet18, CORAL, ONNX Runtime", session.run(["probabilities"], {"input": x})[0], expected.numpy(), 1e-4)

# What holds no weights, or those of something else, gets a sentence.
for form, content, word in [
    ("whole", network, "torchvision.models.resnet.ResNet"),
    ("other", torchvision.models.resnet34(num_classes=count).state_dict(), "expected"),
    ("imagenet", torchvision.models.resnet18().state_dict(), "1000 outputs"),
]:
    torch.save(content, folder / f"{form}.pth")
    said = run("models", "import", folder / f"{form}.pth", "--project", project, "--arch", "resnet18", fails=True)
    assert word in said, said
    print(f"{form}: {said.strip()}")
shutil.rmtree(folder)
sys.exit(f"too large: {', '.join(worst)}" if worst else 0)
