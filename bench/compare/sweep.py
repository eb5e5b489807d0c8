#!/usr/bin/env python3
"""Times 200 random dense networks beside eager PyTorch, and the 20 where we lead least beside torch.compile.

Every network is drawn from a fixed seed: 1 to 5 layers, widths 1 to 3,000 and batches 1 to 2,048 log-uniform, every
activation, every first-order optimiser that PyTorch has too. Results are added to a file, a line a network; a run goes on
where the last one stopped, and when all are there prints the summary. README.md says how it is fair.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import environment

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--results", type=Path, default=environment.CACHE / "sweep.jsonl")
parser.add_argument("--minutes", type=float, default=60, help="stop after so long; the next run goes on")
parser.add_argument("--shapes", action="store_true", help="print the networks' matrix products for bench_products and stop")
parser.add_argument("--python", help="an interpreter that has the frameworks already")
parser.add_argument("--build", help="folder with bench/bench_contender, taken as it is; else build/ is brought up to date")
args = parser.parse_args()
environment.enter(args.python)

import numpy as np
from peers import CONTENDERS
from machine import commit, heading
from measuring import Process, agree, paired, step_seconds, summary
from workloads import dense, write

NETWORKS, COMPILED = 200, 20
ACTIVATIONS = ["identity", "relu", "leaky_relu", "elu", "celu", "selu", "gelu", "gelu_tanh", "silu", "mish", "hard_swish",
               "softplus", "softsign", "sigmoid", "hard_sigmoid", "tanh"]
OPTIMISERS = ["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "amsgrad", "adamax", "nadam", "rprop"]
BLOCK, BUDGET = 0.03, 2.0  # seconds of a block, and of a network's pairs


def flops(w):
    """Of a step: forward, weight gradient, and input gradient from the second layer on."""
    products = [2 * w["batch"] * a * b for a, b in zip(w["widths"], w["widths"][1:])]
    return 3 * sum(products) - products[0]


def networks():
    rng = np.random.default_rng(200)

    def log_uniform(high):
        return int(np.exp(rng.uniform(0, np.log(high + 1))))

    for _ in range(NETWORKS):
        widths = [log_uniform(3000) for _ in range(rng.integers(1, 6) + 1)]
        batch = log_uniform(2048)
        classes = widths[-1] > 1 and rng.random() < 0.5
        w = dense(widths, batch, activation=str(rng.choice(ACTIVATIONS)), loss="cross_entropy" if classes else "squared_error",
                  optimiser=str(rng.choice(OPTIMISERS)), rate=1e-4)
        yield {**w, "batches": 4, "checked": 20 if flops(w) < 2e9 else 3}


def text_of(w):
    return f"{'-'.join(map(str, w['widths']))} batch {w['batch']} {w['activation']} {w['optimiser']} {w['loss']}"


def print_shapes():
    for w in networks():
        for k, (a, b) in enumerate(zip(w["widths"], w["widths"][1:])):
            print("nn", w["batch"], b, a)
            print("tn", a, b, w["batch"])
            if k:
                print("nt", w["batch"], a, b)


class Side:
    """The processes of one contender, one for each number of threads; each loads one network after the other."""

    def __init__(self, command_of):
        counts = sorted({1, len(os.sched_getaffinity(0))})
        self.processes = [Process(command_of(None, threads), threads) for threads in counts]

    def best(self, folder, w):
        """The process that is quicker. A network of many flops is tried on all threads only."""
        tried = []
        for process in self.processes[-1:] if flops(w) > 2e9 else self.processes:
            process.load(folder)
            tried.append((step_seconds(process, BLOCK, 2), process))
        return min(tried, key=lambda row: row[0])

    def close(self):
        for process in self.processes:
            process.close()


def measure(scratch, index, w, ours, peer, label):
    row = {"network": index, "text": text_of(w), "contender": label, "commit": commit()}
    write(scratch / "network", w)
    (ta, a), (tb, b) = ours.best(scratch / "network", w), peer.best(scratch / "network", w)
    shutil.rmtree(scratch / "network")
    row.update(ours_threads=a.threads, theirs_threads=b.threads, version=b.first["version"])
    if not agree(a.first["losses"], b.first["losses"]):
        return {**row, "error": "the first losses differ", "losses": [a.first["losses"], b.first["losses"]]}
    one_pair = 2 * (max(ta, BLOCK) + max(tb, BLOCK))
    return {**row, **summary(paired(a, b, int(min(15, max(5, BUDGET / one_pair))), BLOCK))}


def run(label, indices, all_networks, known, deadline):
    """Measures what is missing, until the time is over; returns whether all is there."""
    missing = [i for i in indices if (label, i) not in known]
    if not missing:
        return True
    ours, peer = Side(lambda _, threads: [environment.ours(args.build), str(threads)]), Side(CONTENDERS[label].command)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for i in missing:
                if time.monotonic() > deadline:
                    return False
                row = known[label, i] = measure(Path(scratch), i, all_networks[i], ours, peer, label)
                with open(args.results, "a") as f:
                    f.write(json.dumps(row) + "\n")
                print(f"{i:3} {row['text']}: {row.get('error') or '%.2f (%.2f to %.2f)' % (row['ratio'], row['low'], row['high'])}",
                      file=sys.stderr, flush=True)
    finally:
        ours.close()
        peer.close()
    return True


def table(rows):
    print("| network | ours, us | theirs, us | ratio (95 %) | threads, ours and theirs |")
    print("|---|---:|---:|---:|---|")
    for r in rows:
        print(f"| {r['text']} | {r['ours_us']:.2f} | {r['theirs_us']:.2f} | {r['ratio']:.2f} ({r['low']:.2f} to {r['high']:.2f}) | "
              f"{r['ours_threads']}, {r['theirs_threads']} |")


def summarise(label, rows):
    differ = [r for r in rows if "error" in r]
    timed = sorted((r for r in rows if "error" not in r), key=lambda r: r["ratio"])
    version = rows[0]["version"]
    mean = np.exp(np.mean([np.log(r["ratio"]) for r in timed]))
    print(f"\n{version}: {len(timed)} networks timed, {len(differ)} whose first losses differ. Lower end of the 95 % interval above "
          f"0.97: {sum(r['low'] > 0.97 for r in timed)}, above 1: {sum(r['low'] > 1 for r in timed)}; least ratio "
          f"{timed[0]['ratio']:.2f}, geometric mean {mean:.2f}. The five worst:\n")
    table(timed[:5])
    for r in differ:
        print(f"\nFirst losses differ: {r['text']}")
    return timed


def main():
    all_networks = list(networks())
    deadline = time.monotonic() + 60 * args.minutes
    known = {}
    args.results.parent.mkdir(parents=True, exist_ok=True)
    if args.results.exists():
        for row in map(json.loads, args.results.read_text().splitlines()):
            known[row["contender"], row["network"]] = row
    if not run("torch_eager", range(NETWORKS), all_networks, known, deadline):
        sys.exit(f"{sum(c == 'torch_eager' for c, _ in known)} of {NETWORKS} networks done; run it again to go on")
    eager = [known["torch_eager", i] for i in range(NETWORKS)]
    least = [r["network"] for r in sorted((r for r in eager if "ratio" in r), key=lambda r: r["ratio"])[:COMPILED]]
    if not run("torch_compile", least, all_networks, known, deadline):
        sys.exit("torch.compile is under way; run it again to go on")
    commits = sorted({r["commit"] for r in known.values()})
    print(f"{heading(args.build)}; measured at {', '.join(commits)}")
    summarise("torch_eager", eager)
    summarise("torch_compile", [known["torch_compile", i] for i in least])


print_shapes() if args.shapes else main()
