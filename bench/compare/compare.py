#!/usr/bin/env python3
"""Times training steps beside other frameworks; README.md says how and why it is fair. Python 3.9 or later."""
import argparse
import json
import os
import tempfile
from pathlib import Path

import environment

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--workloads", help="of W1, W2, W3, W3b, W4, W9 and, forward passes only, W10-W1 ...; all by default")
parser.add_argument("--contenders", help="of those in peers.py; all by default")
parser.add_argument("--pairs", type=int, default=15)
parser.add_argument("--seconds", type=float, default=0.2, help="of one block")
parser.add_argument("--results", type=Path, help="rows are added to this file; those it has of this commit are not measured again")
parser.add_argument("--python", help="an interpreter that has the frameworks already")
parser.add_argument("--build", help="folder with bench/bench_contender, taken as it is; else build/ is brought up to date")
args = parser.parse_args()
environment.enter(args.python)

from peers import CONTENDERS
from machine import commit, heading
from measuring import Process, agree, paired, quickest, summary
from workloads import WORKLOADS, write

ours = environment.ours(args.build)
thread_counts = sorted({1, len(os.sched_getaffinity(0))})


def our_command(_, threads):
    return [ours, str(threads)]


def started(command_of, name, folder, counts=thread_counts):
    """A process of the contender for each number of threads."""
    processes, reason = [], None
    for threads in counts:
        try:
            processes.append(Process(command_of(name, threads), threads))
            processes[-1].load(folder)
        except RuntimeError as error:  # one that has no such network, or no threads
            reason = error
            if processes and not hasattr(processes[-1], "first"):
                processes.pop().close()
    if not processes:
        raise reason
    return processes


class Side:
    """Our processes of one workload, one for each variant."""

    def __init__(self, scratch, name):
        self.scratch, self.name, self.sides = scratch, name, {}

    def variant(self, changes):
        w = {**WORKLOADS[self.name], **changes}
        if w["optimiser"] != "adam" or w["forward_only"]:
            w["epsilon_place"] = "after"
        key = json.dumps(w)
        if key not in self.sides:
            folder = self.scratch / f"{self.name}-{len(self.sides)}"
            write(folder, w)
            self.sides[key] = folder, started(our_command, self.name, folder)
        return self.sides[key]

    def close(self):
        for _, processes in self.sides.values():
            for process in processes:
                process.close()


def measure(side, name, label):
    contender = CONTENDERS.get(label)
    folder, processes = side.variant(contender.variant if contender else {})
    # Chosen again for each contender: how near to each other the machine's cores are changes from minute to minute.
    a = quickest(processes, args.seconds)
    row = {"workload": name, "contender": label, "commit": commit(), "ours_threads": a.threads}
    try:
        theirs = started(contender.command, name, folder) if contender else started(our_command, name, folder, [a.threads])
    except RuntimeError as error:
        return {**row, "error": f"not run: {str(error)[:80]}"}
    b = quickest(theirs, args.seconds)
    row.update(version=b.first["version"] if contender else "A against A", theirs_threads=b.threads)
    if contender and contender.checks_losses and not agree(a.first["losses"], b.first["losses"]):
        row["error"] = "not timed: the first losses differ"
    else:
        row.update(summary(paired(a, b, args.pairs, args.seconds)))
    for process in theirs:
        process.close()
    return row


def text(row):
    label = row.get("version", row["contender"])
    changes = CONTENDERS[row["contender"]].variant if row["contender"] in CONTENDERS else {}
    if "activation" in changes and changes["activation"] != WORKLOADS[row["workload"]]["activation"]:
        label += f" ({changes['activation']} on both sides)"
    if "error" in row:
        return f"| {row['workload']} | {label} | | | {row['error']} | |"
    return (f"| {row['workload']} | {label} | {row['ours_us']:.2f} | {row['theirs_us']:.2f} | "
            f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f}) | {row['ours_threads']}, {row['theirs_threads']} |")


print(f"{heading(args.build)}; {args.pairs} pairs of blocks of {args.seconds} s, A B B A\n")
print("| workload | contender | ours, us | theirs, us | ratio (95 %) | threads, ours and theirs |")
print("|---|---|---:|---:|---:|---|", flush=True)
known = {}
if args.results and args.results.exists():
    for row in map(json.loads, args.results.read_text().splitlines()):
        if row["commit"] == commit():
            known[row["workload"], row["contender"]] = row
with tempfile.TemporaryDirectory() as scratch:
    for name in args.workloads.split(",") if args.workloads else WORKLOADS:
        side = Side(Path(scratch), name)
        for label in ["control", *(args.contenders.split(",") if args.contenders else CONTENDERS)]:
            if label in CONTENDERS and not CONTENDERS[label].workloads(name):
                continue
            row = known.get((name, label))
            if not row:
                row = measure(side, name, label)
                if args.results:
                    with open(args.results, "a") as f:
                        f.write(json.dumps(row) + "\n")
            print(text(row), flush=True)
        side.close()
