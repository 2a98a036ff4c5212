"""Makes expected/learner.json: eight training steps of a small network, by PyTorch on the CPU.

    python tests/reference/learner.py
"""

import json
import pathlib

import numpy as np
import torch
from torch import nn

torch.manual_seed(20260101)
rng = np.random.default_rng(20260101)
IMAGES, SIDE, CHANNELS, HIDDEN, CLASSES = 6, 8, (2, 3), 4, 3


class Net(nn.Module):
    """The module names are Overread's tensor names."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()
        inputs = 1
        for outputs in CHANNELS:
            conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            self.blocks.append(nn.ModuleDict({"conv": conv, "bn": nn.BatchNorm2d(outputs)}))
            inputs = outputs
        self.hidden = nn.Linear(CHANNELS[-1] * (SIDE // 4) ** 2, HIDDEN)
        self.fc = nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):
        for block in self.blocks:
            x = nn.functional.max_pool2d(torch.relu(block["bn"](block["conv"](x))), 2)
        return self.fc(torch.relu(self.hidden(x.flatten(1))))


def rounded(values):
    return np.round(np.asarray(values, dtype=np.float64), 5).tolist()


net = Net()
start = {k: rounded(v) for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
shapes = {k: list(np.shape(v)) for k, v in start.items()}
net.load_state_dict({k: torch.tensor(v, dtype=torch.float32) for k, v in start.items()}, strict=False)
images = rounded(rng.normal(size=(IMAGES, 1, SIDE, SIDE)))
targets = [0, 1, 2, 2, 1, 2]
weights, smoothing, rate, decay = [1.5, 0.8, 0.7], 0.1, 0.01, 0.02
x, y = torch.tensor(images, dtype=torch.float32), torch.tensor(targets)
optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
criterion = nn.CrossEntropyLoss(weight=torch.tensor(weights), label_smoothing=smoothing)
losses = []
for _ in range(8):
    loss = criterion(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
out = {
    "torch": torch.__version__,
    "channels": CHANNELS,
    "hidden": HIDDEN,
    "side": SIDE,
    "start": {k: np.ravel(v).tolist() for k, v in start.items()},
    "shapes": shapes,
    "images": np.ravel(images).tolist(),
    "targets": targets,
    "class_weights": weights,
    "label_smoothing": smoothing,
    "learning_rate": rate,
    "weight_decay": decay,
    "losses": losses,
    "after": {k: np.ravel(v.numpy()).tolist() for k, v in net.state_dict().items() if k in start},
}
(pathlib.Path(__file__).parent / "expected" / "learner.json").write_text(json.dumps(out) + "\n")
print(losses)
