"""Makes expected/maps.json: maps by pytorch-grad-cam 1.5.7 and captum 0.9, on the CPU and in f64 where they let us, of networks
whose weights follow the formula and are moved clear of kinks (clear.py).

    pip install torch torchvision grad-cam==1.5.7 captum==0.9.0
    python tests/reference/maps.py
"""

import copy
import json
import pathlib

import captum.attr
import numpy as np
import pytorch_grad_cam as cams
import torch
import torchvision
from pytorch_grad_cam.guided_backprop import GuidedBackpropReLUModel
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction
from torch import nn

from clear import add, clear, picture, report
from formula import fill, rounded, values

CLASSES = 3
# Small, so that the test need not look at many pictures.
COPIES, POINTS = 3, 4


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.bn(self.conv(x)))


class SimpleCnn(nn.Module):
    """That of networks.py with its ReLUs as modules, which libraries put hooks on."""

    def __init__(self, channels, hidden, classes):
        super().__init__()
        self.blocks = nn.ModuleList(Block(i, o) for i, o in zip([1, *channels], channels))
        self.pool = nn.MaxPool2d(2)
        self.hidden = nn.Linear(channels[-1], hidden)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x):
        for block in self.blocks:
            x = self.pool(block(x))
        return self.fc(self.relu(self.hidden(x.mean((2, 3)))))


def grid_of(kind, model, layer, x, label):
    """The grid before it is stretched over the picture."""

    class Recording(kind):
        def get_cam_image(self, *args, **kwargs):
            image = super().get_cam_image(*args, **kwargs)
            if kind is cams.EigenCAM:
                image = get_2d_projection_with_sign_correction(args[3])
            self.grid = np.maximum(image, 0)[0]
            return self.grid[None]

    with Recording(model=model, target_layers=[layer]) as cam:
        cam(input_tensor=x, targets=[ClassifierOutputTarget(label)])
        grid = torch.from_numpy(np.asarray(cam.grid))
    return {"shape": list(grid.shape), "values": rounded(grid)}


def thin(map):
    """Every so many of a large map's values, with the sum of all absolute ones."""
    map = map.detach().double()
    return {"values": rounded(map.flatten()[:: max(1, map.numel() // 300)]), "sum": map.abs().sum().item()}


def strongest(attribution):
    return attribution[0].abs().max(0).values


def softmax(model):
    return lambda x: model(x).softmax(1)


def ways(x, copies, points):
    """All inputs that gradients are asked of: the picture, noisy, and on its way from black."""
    noisy = [x + 0.2 * values(f"noise {i}", *x.shape) for i in range(copies)]
    at = (np.polynomial.legendre.leggauss(points)[0] + 1) / 2 if points else []
    return torch.cat([x, *noisy, *(a * x for a in at)]).double()


def case(model, layers, shape, copies=0, points=0):
    # One batch of all inputs, in inference.
    def run_on(model, x):
        model.eval()(ways(x.float(), copies, points).to(next(model.parameters()).dtype))

    name = picture(fill(model).double(), run_on, shape)
    x = values(name, *shape)
    run = lambda model: run_on(model, x)
    shifts = clear(model, run)
    add(fill(model.float()), shifts)
    report(type(model).__name__, copy.deepcopy(model).double(), copy.deepcopy(model), run)
    # Libraries mix in f32 of their own.
    model.eval()
    out = {"picture": name, "shape": list(shape), "shifts": shifts, "classes": []}
    # Of the class it says: the map of another may well be empty.
    said = model(x).argmax().item()
    for label in {said, 0} if copies else {said}:
        by_layer = [
            {
                "grad-cam": grid_of(cams.GradCAM, model, layer, x, label),
                "grad-cam++": grid_of(cams.GradCAMPlusPlus, model, layer, x, label),
                "hires-cam": grid_of(cams.HiResCAM, model, layer, x, label),
                "eigen-cam": grid_of(cams.EigenCAM, model, layer, x, label),
            }
            for layer in layers
        ]
        slope = strongest(captum.attr.Saliency(model).attribute(x, target=label))
        out["classes"].append({"class": label, "layers": by_layer, "gradient": thin(slope)})
    # Many passes: of one layer and one class.
    out["score-cam"] = {"class": 1, "layer": 1, **grid_of(cams.ScoreCAM, model, layers[0], x, 1)}
    guided = torch.from_numpy(GuidedBackpropReLUModel(copy.deepcopy(model))(x.clone(), target_category=said))
    [cam] = [c["layers"][-1]["grad-cam"] for c in out["classes"] if c["class"] == said]
    cam = torch.tensor(cam["values"]).reshape(cam["shape"])
    cam = nn.functional.interpolate(cam[None, None], shape[2:], mode="bilinear")[0, 0]
    out["guided-grad-cam"] = {"class": said, **thin(guided.abs().max(-1).values * cam)}
    return model, x, out


def more(model, x, out):
    """What captum alone has, of the small network."""
    by_captum = captum.attr.GuidedGradCam(model, model.blocks[2]).attribute(
        x, target=out["guided-grad-cam"]["class"], interpolate_mode="bilinear"
    )
    out["guided-grad-cam"]["captum"] = thin(strongest(by_captum))
    noise = iter([0.2 * values(f"noise {i}", *x.shape) for i in range(COPIES)])
    normal, torch.normal = torch.normal, lambda *_: next(noise)
    smooth = captum.attr.NoiseTunnel(captum.attr.Saliency(model)).attribute(
        x, nt_type="smoothgrad", nt_samples=COPIES, nt_samples_batch_size=1, target=0, abs=False
    )
    torch.normal = normal
    out["smooth-grad"] = {"class": 0, "copies": COPIES, **thin(strongest(smooth))}
    integrated = captum.attr.IntegratedGradients(model).attribute(
        x, baselines=torch.zeros_like(x), target=1, n_steps=POINTS, method="gausslegendre"
    )
    out["integrated-gradients"] = {"class": 1, "points": POINTS, **thin(integrated[0].sum(0))}
    side, step, grey = 7, 4, x.mean((2, 3), keepdim=True).expand_as(x)
    hidden = captum.attr.Occlusion(softmax(model)).attribute(
        x, sliding_window_shapes=(1, side, side), strides=(1, step, step), baselines=grey, target=1
    )
    out["occlusion"] = {"class": 1, "side": side, "step": step, **thin(hidden[0].sum(0))}
    # RISE is in neither: its equation 5 with masks by formula.
    masks = [(values(f"mask {i}", *x.shape[2:]) + 1) / 2 for i in range(6)]
    sure = [softmax(model)(x * mask)[0, 1] for mask in masks]
    out["rise"] = {"class": 1, "masks": len(masks), **thin(sum(p * mask for p, mask in zip(sure, masks)))}


small, x, of_small = case(
    *(lambda m: (m, list(m.blocks)))(SimpleCnn([6, 8, 10], 12, CLASSES)), (1, 1, 40, 28), COPIES, POINTS
)
more(small, x, of_small)
_, _, of_resnet = case(
    *(lambda m: (m, [m.layer1, m.layer2, m.layer3, m.layer4]))(torchvision.models.resnet18(num_classes=CLASSES)),
    (1, 3, 64, 48),
)
# Without ReLUs, and so without kinks.
b0 = fill(torchvision.models.efficientnet_b0(num_classes=CLASSES)).eval()
x = values("picture 0", 1, 3, 64, 48)
said = b0(x).argmax().item()
of_b0 = {
    "picture": "picture 0",
    "shape": list(x.shape),
    "shifts": {},
    "classes": [
        {
            "class": said,
            "layers": [{"grad-cam": grid_of(cams.GradCAM, b0, layer, x, said)} for layer in b0.features[1:]],
            "gradient": thin(strongest(captum.attr.Saliency(b0).attribute(x, target=said))),
        }
    ],
}
out = {
    "torch": torch.__version__,
    "captum": captum.__version__,
    "simple_cnn": of_small,
    "resnet18": of_resnet,
    "efficientnet_b0": of_b0,
}
path = pathlib.Path(__file__).parent / "expected" / "maps.json"
path.write_text(json.dumps(out) + "\n")
