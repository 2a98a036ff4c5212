"""Moves a network on weights by formula clear of kinks.

A ReLU whose input is within rounding of zero, or a maximum of two inputs within rounding of each other, lets half of all
processors see the other side of its kink: every gradient below it is another one then, and neither is wrong. A comparison
of gradients can be exact only where there is no such input. So a picture without close maxima is looked for among those of
the formula, and shifts are added to biases, channel by channel, until every input of a ReLU lies well off zero."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from formula import values

aten = torch.ops.aten
# How far off zero the inputs of a ReLU shall lie, as a share of their size, in a channel of so many of them; and how far
# apart the two largest inputs of a maximum. How many times that is what f32 is off, the scripts print.
RELU = lambda count: min(1e-2, 0.3 / count)
POOL = 1.2e-5


class Kinks(TorchDispatchMode):
    """Keeps the inputs of every ReLU, with the name of the parameter that shifts them, and of every maximum."""

    def __init__(self, model):
        super().__init__()
        self.last, self.relus, self.pools = None, [], []
        self.hooks = []
        for name, module in model.named_modules():
            if getattr(module, "bias", None) is not None:
                self.hooks.append(module.register_forward_hook(self.remember(f"{name}.bias")))

    def remember(self, name):
        def hook(_module, _inputs, _output):
            self.last = name

        return hook

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function in (aten.relu.default, aten.relu_.default):
            self.relus.append((self.last, args[0].detach().clone()))
        if function is aten.max_pool2d_with_indices.default and args[1][0] > 1:
            x, size = args[0].detach(), args[1][0]
            stride = args[2][0] if len(args) > 2 and args[2] else size
            padding = args[3][0] if len(args) > 3 else 0
            x = torch.nn.functional.pad(x, (padding,) * 4)
            windows = x.unfold(2, size, stride).unfold(3, size, stride).flatten(4)
            first, second = windows.topk(2).values.unbind(-1)
            # Below zero, as in windows that a ReLU emptied, nothing flows back.
            self.pools.append((first - second)[first > 0])
        return function(*args, **(kwargs or {}))


def kinks(model, run):
    with Kinks(model) as seen, torch.no_grad():
        run(model)
    for hook in seen.hooks:
        hook.remove()
    return seen


def by_channel(z):
    return z.transpose(0, 1).flatten(1)


def picture(model, run_on, shape):
    """The name of the first picture by formula that no maximum is close on."""
    for number in range(1000):
        name = f"picture {number}"
        x = values(name, *shape).double()
        if all(gaps.min() >= POOL for gaps in kinks(model, lambda model: run_on(model, x)).pools):
            return name
    raise SystemExit("no picture is clear of close maxima")


def shift_for(inputs, least):
    """The smallest shift that leaves none of the inputs within `least` of zero; 0 where that is so already."""
    if inputs.abs().min() >= least:
        return 0.0
    edges = (-inputs).sort().values
    # A shift between two neighbours of `edges` crosses none; it keeps `least` from both.
    low, high = edges[:-1] + 1.05 * least, edges[1:] - 1.05 * least
    low, high = low[low <= high], high[low <= high]
    ends = torch.cat([low, high, edges[:1] - 1.05 * least, edges[-1:] + 1.05 * least])
    return float(f"{ends[ends.abs().argmin()].item():.6g}")


def clear(model, run):
    """Shifts biases of a model in f64 so that what `run` calls is clear of kinks; what was added, by name and channel."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    momentums = [module.momentum for module in norms]
    # Running statistics stay what they are.
    for module in norms:
        module.momentum = 0.0
    parameters = dict(model.named_parameters())
    shifts = {}
    for name in dict.fromkeys(name for name, _ in kinks(model, run).relus):
        # Shifts above have changed what is below.
        inputs = torch.cat([by_channel(z) for at, z in kinks(model, run).relus if at == name], 1)
        least = RELU(inputs.shape[1]) * inputs.pow(2).mean().sqrt()
        moved = {channel: shift_for(of, least) for channel, of in enumerate(inputs)}
        moved = {channel: shift for channel, shift in moved.items() if shift}
        for channel, shift in moved.items():
            parameters[name].data[channel] += shift
        if moved:
            shifts[name] = list(map(list, moved.items()))
    for module, momentum in zip(norms, momentums):
        module.momentum = momentum
    return shifts


def add(model, shifts):
    """Adds what `clear` found."""
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, moved in shifts.items():
            for channel, shift in moved:
                parameters[name][channel] += shift


def report(what, exact, rough, run):
    """How much room there is: for the ReLU with the least, the smallest distance of its inputs from zero, and the smallest
    distance of two maxima, each as a multiple of the most that PyTorch's f32 is off there. Less than 1 is no harm where a
    ReLU has millions of inputs, as in the head of a detector over all its regions: there one of them shows nowhere."""
    exact, rough = kinks(exact, run), kinks(rough, run)
    if not exact.relus:
        print(f"{what}: has no kinks")
        return
    pairs = [(name, e, (r.double() - e).abs().max()) for (name, e), (_, r) in zip(exact.relus, rough.relus)]
    rooms = [((e.abs().min() / off).item(), name, e.numel()) for name, e, off in pairs]
    for room, name, count in sorted(rooms)[:3]:
        print(f"{what}: {room:.1f} times what f32 is off, after {name}, {count} inputs")
    print(f"{what}: maxima {min((gaps.min() / pairs[0][2]).item() for gaps in exact.pools):.1f} times")
