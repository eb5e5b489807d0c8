"""The networks of the comparison, and the folders that contenders read them from."""
import json

import numpy as np


def dense(widths, batch, activation="relu", last="identity", loss="cross_entropy", optimiser="adam", rate=1e-3, **more):
    return {"widths": widths, "batch": batch, "activation": activation, "last": last, "loss": loss,
            "optimiser": optimiser, "learning_rate": rate, "batches": 8, "checked": 20, "epsilon_place": "after",
            "forward_only": False, **more}


STEPS = {
    "W1": dense([2, 4, 1], 4, "tanh", "sigmoid", "squared_error", "momentum", 0.1),
    "W2": dense([4, 16, 3], 16),
    "W3": dense([784, 256, 128, 10], 64),
    "W3b": dense([784, 256, 128, 10], 512),
    "W4": dense([1024, 2048, 2048, 1024], 256, loss="squared_error", optimiser="sgd"),
    "W9": dense([784, 256, 128, 10], 1),
}
# W10 is the forward passes of each of them.
WORKLOADS = {**STEPS, **{f"W10-{name}": {**w, "forward_only": True} for name, w in STEPS.items()}}


def write(folder, w, seed=1):
    """Start weights uniform in +-1/sqrt(in), inputs uniform in +-1, targets at random."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workload.json").write_text(json.dumps(w))

    def uniform(file, n, limit):
        ((2 * rng.random(n, np.float32) - 1) * np.float32(limit)).tofile(file)

    with open(folder / "weights.f32", "wb") as f:
        for rows, columns in zip(w["widths"], w["widths"][1:]):
            uniform(f, (rows + 1) * columns, rows**-0.5)
    rows = w["batches"] * w["batch"]
    uniform(folder / "inputs.f32", rows * w["widths"][0], 1)
    if w["loss"] == "cross_entropy":
        rng.integers(0, w["widths"][-1], rows).tofile(folder / "targets.i64")
    else:
        rng.random(rows * w["widths"][-1], np.float32).tofile(folder / "targets.f32")
