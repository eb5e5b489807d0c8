#!/usr/bin/env python3
"""Times training steps beside other frameworks; README.md says how and why it is fair. Python 3.9 or later."""
import argparse
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "backprop-bench"


def dense(widths, batch, activation="relu", last="identity", loss="cross_entropy", optimiser="adam", rate=1e-3):
    return {"widths": widths, "batch": batch, "activation": activation, "last": last, "loss": loss,
            "optimiser": optimiser, "learning_rate": rate, "batches": 8}


WORKLOADS = {
    "W1": dense([2, 4, 1], 4, "tanh", "sigmoid", "squared_error", "momentum", 0.1),
    "W2": dense([4, 16, 3], 16),
    "W3": dense([784, 256, 128, 10], 64),
    "W3b": dense([784, 256, 128, 10], 512),
    "W4": dense([1024, 2048, 2048, 1024], 256, loss="squared_error", optimiser="sgd"),
    "W9": dense([784, 256, 128, 10], 1),
}

# name: (file, further arguments)
CONTENDERS = {
    "torch_eager": ("torch_eager.py", []),
    "torch_compile": ("torch_eager.py", ["compile"]),
    "jax_jit": ("jax_jit.py", []),
    "jax_scan": ("jax_jit.py", ["scan"]),
    "sklearn_mlp": ("sklearn_mlp.py", []),
}


def environment(python):
    """The interpreter that has the frameworks, made once."""
    if python:
        return python
    interpreter = CACHE / "python" / "bin" / "python"
    if not interpreter.exists():
        print(f"making {interpreter.parent.parent} (several GB, once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(CACHE / "python")], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "-q", "torch", "jax", "scikit-learn", "numpy"], check=True)
    return str(interpreter)


def write_workload(folder, w, seed=1):
    """Start weights uniform in +-1/sqrt(in), inputs uniform in +-1, targets by a rule that can be learnt."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    (folder / "workload.json").write_text(json.dumps(w))

    def uniform(n, limit):
        return struct.pack(f"{n}f", *(rng.uniform(-limit, limit) for _ in range(n)))

    with open(folder / "weights.f32", "wb") as f:
        for rows, columns in zip(w["widths"], w["widths"][1:]):
            f.write(uniform(rows * columns, rows**-0.5))
            f.write(uniform(columns, rows**-0.5))
    rows = w["batches"] * w["batch"]
    (folder / "inputs.f32").write_bytes(uniform(rows * w["widths"][0], 1))
    if w["loss"] == "cross_entropy":
        (folder / "targets.i64").write_bytes(struct.pack(f"{rows}q", *(rng.randrange(w["widths"][-1]) for _ in range(rows))))
    else:
        (folder / "targets.f32").write_bytes(struct.pack(f"{rows * w['widths'][-1]}f", *(rng.random() for _ in range(rows * w["widths"][-1]))))


class Contender:
    """A process that computes steps when asked, and sleeps in between."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError((self.process.stderr.read().strip().splitlines() or ["stopped"])[-1])
        self.first = json.loads(line)

    def seconds(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def steps_for(contender, target):
    """So many steps take about `target` seconds."""
    n = 1
    while True:
        t = contender.seconds(n)
        if t > target / 4 or n > 1 << 24:
            return max(1, round(n * target / max(t, 1e-9)))
        n *= 4


def paired(a, b, pairs, target):
    """Medians of A and B in microseconds a step, and the ratios B / A of the pairs."""
    na, nb = steps_for(a, target), steps_for(b, target)
    rows = []
    for _ in range(pairs):
        a1, b1, b2, a2 = a.seconds(na), b.seconds(nb), b.seconds(nb), a.seconds(na)
        rows.append(((a1 + a2) / 2 / na * 1e6, (b1 + b2) / 2 / nb * 1e6))
    return rows


def interval(ratios, seed=1):
    """95 % bootstrap interval of the median."""
    rng = random.Random(seed)
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(1000))
    return medians[25], medians[974]


def agree(ours, theirs):
    return all(abs(a - b) <= 1e-4 * max(1, abs(a)) for a, b in zip(ours, theirs))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--workloads", default=",".join(WORKLOADS))
    p.add_argument("--contenders", default=",".join(CONTENDERS))
    p.add_argument("--pairs", type=int, default=15)
    p.add_argument("--seconds", type=float, default=0.2, help="of one block")
    p.add_argument("--python", help="an interpreter that has the frameworks already")
    p.add_argument("--build", default=str(ROOT / "build"), help="folder with bench/bench_contender")
    args = p.parse_args()
    python = environment(args.python)
    ours = str(Path(args.build) / "bench" / "bench_contender")
    if not os.path.exists(ours):
        subprocess.run(["cmake", "--build", args.build, "--target", "bench_contender"], check=True, stdout=sys.stderr)
    cores = len(os.sched_getaffinity(0))
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%h %cs"], capture_output=True, text=True).stdout.strip()
    print(f"{model}, {cores} cores; commit {commit}; {args.pairs} pairs of blocks of {args.seconds} s, A B B A\n")
    print("| workload | contender | ours, us | theirs, us | ratio (95 %) | threads, ours and theirs |")
    print("|---|---|---:|---:|---:|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in args.workloads.split(","):
            folder = Path(scratch) / name
            write_workload(folder, WORKLOADS[name])
            counts = sorted({1, cores})

            def best(command_of):
                """The contender with the number of threads that is faster, as (contender, threads)."""
                tried = []
                for threads in counts:
                    contender = Contender(command_of(threads))
                    n = steps_for(contender, args.seconds)
                    tried.append((min(contender.seconds(n) / n for _ in range(3)), threads, contender))
                tried.sort(key=lambda row: row[0])
                for _, _, loser in tried[1:]:
                    loser.close()
                return tried[0][2], tried[0][1]

            a, our_threads = best(lambda threads: [ours, str(folder), str(threads)])
            control = Contender([ours, str(folder), str(our_threads)])
            for contender in ["control"] + args.contenders.split(","):
                try:
                    if contender == "control":
                        b, their_threads = control, our_threads
                    else:
                        file, further = CONTENDERS[contender]
                        b, their_threads = best(lambda threads: [python, str(HERE / "contenders" / file), str(folder), str(threads), *further])
                except RuntimeError as error:
                    print(f"| {name} | {contender} | | | not run: {str(error)[:80]} | |", flush=True)
                    continue
                if not agree(a.first["losses"], b.first["losses"]):
                    print(f"| {name} | {b.first['version']} | | | not timed: the first losses differ | |", flush=True)
                    b.close()
                    continue
                rows = paired(a, b, args.pairs, args.seconds)
                ratios = [t / o for o, t in rows]
                low, high = interval(ratios)
                label = "A against A" if contender == "control" else b.first["version"]
                print(f"| {name} | {label} | {statistics.median(o for o, _ in rows):.2f} | {statistics.median(t for _, t in rows):.2f} | "
                      f"{statistics.median(ratios):.2f} ({low:.2f} to {high:.2f}) | {our_threads}, {their_threads} |", flush=True)
                b.close()
            a.close()


if __name__ == "__main__":
    main()
