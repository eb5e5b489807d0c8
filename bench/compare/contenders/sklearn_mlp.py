"""scikit-learn's MLP by partial_fit on one batch in float32. It has cross-entropy with relu or tanh, Adam and SGD only."""
import os
import sys

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = sys.argv[1]
import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer
from workload import serve


def build(w):
    if w.loss != "cross_entropy" or w.optimiser != "adam":
        sys.exit("scikit-learn does not have this loss with this optimiser")
    net = MLPClassifier(
        w.widths[1:-1], activation=w.activation, solver="adam", alpha=0, batch_size=w.batch,
        learning_rate_init=w.learning_rate, shuffle=False,
    )
    classes = np.arange(w.widths[-1])
    net.partial_fit(w.inputs[0], w.targets[0], classes=classes)
    for k, (weight, bias) in enumerate(w.layers):
        net.coefs_[k], net.intercepts_[k] = weight.copy(), bias.copy()
    net._optimizer = AdamOptimizer(net.coefs_ + net.intercepts_, w.learning_rate)
    net.t_ = 0

    def step(i):
        net.partial_fit(w.inputs[i % w.batches], w.targets[i % w.batches], classes=classes)
        return np.float64(net.loss_)

    if w.forward_only:
        net.out_activation_ = "identity"  # the others' outputs are what goes into the softmax

    def passes(i):
        return net._forward_pass_fast(w.inputs[i % w.batches], check_input=False)

    return f"scikit-learn {sklearn.__version__}", passes if w.forward_only else step


serve(build)
