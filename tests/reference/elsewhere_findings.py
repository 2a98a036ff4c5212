"""Networks with a sigmoid for each output, tried as a user does: they are imported into a project of findings that this script
makes, what the program answers to a picture is compared with torch, and what leaves as ONNX with ONNX Runtime. Says the largest
difference of each, and ends with 1 where a probability is 5e-6 or more from torch's.

    python tests/reference/elsewhere_findings.py OVERREAD

Needs torch, torchvision, onnx and onnxruntime. Tried with torch 2.15.0, torchvision 0.29.2.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from PIL import Image

overread = sys.argv[1]
folder = pathlib.Path(tempfile.mkdtemp())
findings = ["Mass", "Edema", "Nodule", "Effusion", "Hernia"]
generator = np.random.default_rng(4)
for at, finding in enumerate(findings):
    (folder / "pictures" / f"{at} {finding}").mkdir(parents=True)
    coarse = Image.fromarray(generator.integers(0, 256, (17, 23, 3), dtype=np.uint8))
    coarse.resize((300 + 20 * at, 280), Image.Resampling.BICUBIC).save(folder / "pictures" / f"{at} {finding}" / f"{at}.png")
pictures = sorted(folder.glob("pictures/*/*.png"))
worst = []


def run(*arguments, fails=False):
    done = subprocess.run([overread, *map(str, arguments)], capture_output=True, text=True)
    if (done.returncode == 0) == fails:
        sys.exit(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout if not fails else done.stderr


def judge(what, ours, theirs, most=5e-6):
    apart = np.abs(np.asarray(ours, np.float64) - np.asarray(theirs, np.float64)).max()
    print(f"{what:60} largest difference {apart:.1e}{'' if apart < most else '  TOO LARGE'}")
    if not apart < most:
        worst.append(what)


def filled(network):
    """Random weights, with statistics as after some training, and a last layer that says something."""
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=random) * 0.05)
                module.running_var.copy_(torch.rand(module.running_var.shape, generator=random) * 0.5 + 0.75)
            if isinstance(module, torch.nn.Linear):
                module.weight.mul_(4)
    return network.eval()


def answers(project, model):
    lines = run("predict", "--project", project, "--model", model, *pictures, "--json").splitlines()
    lines = [json.loads(line) for line in lines if line.startswith("{")]
    return [[line["probabilities"][name] for name in named] for line in lines]


for count in [3, 4, 5]:
    named = findings[:count]
    project = folder / f"{count}.overread"
    source = folder / f"of {count}"
    for name in named:
        (source / name).mkdir(parents=True)
        shutil.copy(next(folder.glob(f"pictures/*{name}/*.png")), source / name)
    run("import", source, "--project", project, "--format", "folders")
    run("convert", "--project", project, "--to", "findings", "--yes")
    for arch in ["resnet18", "densenet121"]:
        torch.manual_seed(count)
        transform = next(iter(torchvision.models.get_model_weights(arch))).transforms()
        x = torch.stack([transform(Image.open(p).convert("RGB")) for p in pictures])
        # The network's own order is another than the project's, and it has one output more, which is no finding.
        network = filled(getattr(torchvision.models, arch)(num_classes=count + 1))
        outputs = [*reversed(named)]
        outputs.insert(1, "No Finding")
        file = folder / f"{arch}.pth"
        torch.save(network.state_dict(), file)
        said = run("models", "import", file, "--project", project, "--arch", arch, "--classes", ",".join(outputs), fails=True)
        assert "no finding of the project: No Finding" in said and "--leave-out" in said, said
        said = run("models", "import", file, "--project", project, "--arch", arch, "--head", "softmax", "--classes", ",".join(named), fails=True)
        assert "softmax" in said, said
        told = run("models", "import", file, "--project", project, "--arch", arch, "--classes", ",".join(outputs), "--leave-out", "No Finding")
        assert "each with a sigmoid" in told and "probability of 0.5" in told, told
        places = [outputs.index(name) for name in named]
        with torch.no_grad():
            logits = network(x)[:, places]
        theirs = torch.sigmoid(logits.double()).numpy()
        ours = answers(project, arch)
        print(f"{arch}: probabilities of {theirs.min():.3f} to {theirs.max():.3f}")
        judge(f"{arch}, {count} findings", ours, theirs)

        onnx_file = folder / f"{arch}.onnx"
        run("models", "export", arch, "--project", project, "--out", onnx_file, "--format", "onnx")
        onnx.checker.check_model(str(onnx_file), full_check=True)
        session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
        assert [output.name for output in session.get_outputs()] == ["logits", "probabilities"]
        metadata = session.get_modelmeta().custom_metadata_map
        classes = json.loads(metadata["classes"])
        assert (metadata["answers"], metadata["activation"], sorted(classes)) == ("findings", "sigmoid", sorted(named)), metadata
        at = [classes.index(name) for name in named]
        logits_there, probabilities = session.run(["logits", "probabilities"], {"input": x.numpy()})
        judge(f"{arch}, {count} findings, logits by ONNX Runtime", logits_there[:, at], logits.numpy(), 1e-4)
        judge(f"{arch}, {count} findings, ONNX Runtime", probabilities[:, at], theirs)
shutil.rmtree(folder)
sys.exit(f"too large: {', '.join(worst)}" if worst else 0)
