"""What every Python contender does: read a workload, report its first losses, then time steps when asked."""
import json
import sys
import time
from pathlib import Path

import numpy as np


class Workload:
    def __init__(self, folder):
        folder = Path(folder)
        self.__dict__.update(json.loads((folder / "workload.json").read_text()))
        weights = np.fromfile(folder / "weights.f32", np.float32)
        self.layers, at = [], 0
        for rows, columns in zip(self.widths, self.widths[1:]):
            w = weights[at : at + rows * columns].reshape(rows, columns)
            b = weights[at + rows * columns : at + rows * columns + columns]
            self.layers.append((w, b))
            at += rows * columns + columns
        shape = (self.batches, self.batch)
        self.inputs = np.fromfile(folder / "inputs.f32", np.float32).reshape(*shape, self.widths[0])
        if self.loss == "cross_entropy":
            self.targets = np.fromfile(folder / "targets.i64", np.int64).reshape(shape)
        else:
            self.targets = np.fromfile(folder / "targets.f32", np.float32).reshape(*shape, self.widths[-1])

    def activation_of(self, layer):
        return self.activation if layer + 1 < len(self.layers) else self.last


def serve(build):
    """build(workload) returns (version, step) or (version, step, many, chunk): step(i) runs step i and returns its loss,
    or, of forward passes, the outputs; many(i, n) runs n steps from i, in calls of `chunk`."""
    done = 0
    for line in sys.stdin:
        if line.startswith("load "):
            w = Workload(line[5:].strip())
            version, step, *batched = build(w)
            losses = [float(step(i).mean()) for i in range(w.checked)]
            done = w.checked
            print(json.dumps({"losses": losses, "version": version}), flush=True)
            continue
        n = int(line)
        start = time.perf_counter()
        if batched:
            many, chunk = batched
            n = (n + chunk - 1) // chunk * chunk
            many(done, n)
        else:
            last = None
            for i in range(done, done + n):
                last = step(i)
            float(last.mean())  # waits for asynchronous work
        done += n
        print((time.perf_counter() - start) / n * int(line), flush=True)
