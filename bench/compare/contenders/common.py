"""What every Python contender does: read the workload, report the first losses, then time steps when asked."""
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


def serve(version, step, many=None, chunk=1):
    """step(i) runs step i and returns its loss; many(i, n), if given, runs n steps from i in calls of `chunk`."""
    losses = [float(step(i)) for i in range(20)]
    print(json.dumps({"losses": losses, "version": version}), flush=True)
    done = 20
    for line in sys.stdin:
        n = int(line)
        start = time.perf_counter()
        if many:
            n = (n + chunk - 1) // chunk * chunk
            many(done, n)
        else:
            last = None
            for i in range(done, done + n):
                last = step(i)
            float(last)  # waits for asynchronous work
        done += n
        print((time.perf_counter() - start) / n * int(line), flush=True)
