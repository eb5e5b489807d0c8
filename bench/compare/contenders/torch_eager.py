"""PyTorch eager with a fused optimiser; with a third argument `compile`, torch.compile of forward, loss and update."""
import sys

import torch
from common import Workload, serve

w, threads = Workload(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.set_flush_denormal(True)

activations = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid, "identity": None}
modules = []
for k, (weight, bias) in enumerate(w.layers):
    layer = torch.nn.Linear(*weight.shape)
    layer.weight.data = torch.tensor(weight.T).contiguous()
    layer.bias.data = torch.tensor(bias)
    modules.append(layer)
    name = w.activation if k + 1 < len(w.layers) else w.last
    if activations[name]:
        modules.append(activations[name]())
net = torch.nn.Sequential(*modules)
loss_of = torch.nn.CrossEntropyLoss() if w.loss == "cross_entropy" else torch.nn.MSELoss()
if w.optimiser == "adam":
    optimiser = torch.optim.Adam(net.parameters(), lr=w.learning_rate, fused=True)
else:
    momentum = 0.9 if w.optimiser == "momentum" else 0
    optimiser = torch.optim.SGD(net.parameters(), lr=w.learning_rate, momentum=momentum, fused=True)
inputs, targets = torch.tensor(w.inputs), torch.tensor(w.targets)


def forward(x, t):
    return loss_of(net(x), t)


update = optimiser.step
version = f"PyTorch {torch.__version__} eager"
if len(sys.argv) > 3 and sys.argv[3] == "compile":
    forward = torch.compile(forward)
    update = torch.compile(optimiser.step)
    version = f"PyTorch {torch.__version__} torch.compile"


def step(i):
    optimiser.zero_grad(set_to_none=True)
    loss = forward(inputs[i % w.batches], targets[i % w.batches])
    loss.backward()
    update()
    return loss.detach()


serve(version, step)
