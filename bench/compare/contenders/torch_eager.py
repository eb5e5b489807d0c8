"""PyTorch eager with a fused optimiser where there is one; with a second argument `compile`, torch.compile of the step."""
import sys

import torch
from torch import nn
from workload import serve

threads, compiled = int(sys.argv[1]), len(sys.argv) > 2 and sys.argv[2] == "compile"
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.set_flush_denormal(True)

ACTIVATIONS = {
    "identity": None, "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "celu": nn.CELU, "selu": nn.SELU,
    "gelu": nn.GELU, "gelu_tanh": lambda: nn.GELU(approximate="tanh"), "silu": nn.SiLU, "mish": nn.Mish,
    "hard_swish": nn.Hardswish, "softplus": nn.Softplus, "softsign": nn.Softsign, "sigmoid": nn.Sigmoid,
    "hard_sigmoid": nn.Hardsigmoid, "tanh": nn.Tanh,
}
O = torch.optim
OPTIMISERS = {
    "sgd": lambda p, lr: O.SGD(p, lr=lr, fused=True),
    "momentum": lambda p, lr: O.SGD(p, lr=lr, momentum=0.9, fused=True),
    "nesterov": lambda p, lr: O.SGD(p, lr=lr, momentum=0.9, nesterov=True, fused=True),
    "adagrad": lambda p, lr: O.Adagrad(p, lr=lr, fused=True),
    "adam": lambda p, lr: O.Adam(p, lr=lr, fused=True),
    "adamw": lambda p, lr: O.AdamW(p, lr=lr, fused=True),
    "amsgrad": lambda p, lr: O.Adam(p, lr=lr, amsgrad=True, fused=True),
    "adadelta": lambda p, lr: O.Adadelta(p, lr=lr),
    "rmsprop": lambda p, lr: O.RMSprop(p, lr=lr),
    "adamax": lambda p, lr: O.Adamax(p, lr=lr),
    "nadam": lambda p, lr: O.NAdam(p, lr=lr),
    "rprop": lambda p, lr: O.Rprop(p, lr=lr),
}


def network(w):
    modules = []
    for k, (weight, bias) in enumerate(w.layers):
        layer = nn.Linear(*weight.shape)
        layer.weight.data = torch.tensor(weight.T).contiguous()
        layer.bias.data = torch.tensor(bias)
        modules.append(layer)
        activation = ACTIVATIONS[w.activation_of(k)]
        if activation:
            modules.append(activation())
    return nn.Sequential(*modules)


def build(w):
    torch._dynamo.reset() if compiled else None
    net = network(w)
    batches = [(torch.tensor(x), torch.tensor(t)) for x, t in zip(w.inputs, w.targets)]
    version = f"PyTorch {torch.__version__} {'torch.compile' if compiled else 'eager'}"
    if w.forward_only:
        forward = torch.compile(net) if compiled else net

        def passes(i):
            with torch.inference_mode():
                return forward(batches[i % w.batches][0])

        return version, passes
    loss_of = nn.CrossEntropyLoss() if w.loss == "cross_entropy" else nn.MSELoss()
    optimiser = OPTIMISERS[w.optimiser](net.parameters(), w.learning_rate)

    def whole(x, t):
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(net(x), t)
        loss.backward()
        optimiser.step()
        return loss.detach()

    step = torch.compile(whole) if compiled else whole
    return version, lambda i: step(*batches[i % w.batches])


serve(build)
