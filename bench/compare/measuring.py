"""Contenders as processes, and paired timing: blocks in the order A B B A, medians of the pairs' ratios."""
import json
import os
import random
import signal
import statistics
import subprocess
import tempfile


class Process:
    """A contender that computes when asked. In between it is stopped, whatever its threads would do."""

    def __init__(self, command, threads):
        # OpenBLAS is to take the kernel of this machine.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        environment.update(OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
        # Compiling in processes of its own, which nothing would stop, while others are timed: not so.
        environment.update(TORCHINDUCTOR_COMPILE_THREADS="1")
        self.threads = threads
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment
        )

    def ask(self, line, starts=""):
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # why stands in its errors
        answer = self.process.stdout.readline()
        while answer and not answer.startswith(starts):
            answer = self.process.stdout.readline()
        if not answer:
            self.errors.seek(0)
            raise RuntimeError((self.errors.read().strip().splitlines() or ["stopped"])[-1])
        self.process.send_signal(signal.SIGSTOP)
        return answer

    def load(self, folder):
        self.first = json.loads(self.ask(f"load {folder}", "{"))

    def seconds(self, steps):
        return float(self.ask(steps))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


def steps_for(process, target):
    """So many steps take about `target` seconds."""
    n = 1
    while True:
        t = process.seconds(n)
        if t > target / 4 or n > 1 << 24:
            return max(1, round(n * target / max(t, 1e-9)))
        n *= 4


def step_seconds(process, target, blocks=3):
    """Of a step, the least of so many blocks of about `target` seconds."""
    n = steps_for(process, target)
    return min(process.seconds(n) / n for _ in range(blocks))


def quickest(processes, target):
    """The one whose steps take the least time now."""
    return min(processes, key=lambda process: step_seconds(process, target))


def paired(a, b, pairs, target):
    """Microseconds a step of A and B, a row for each pair of blocks."""
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


def summary(rows):
    ratios = [b / a for a, b in rows]
    low, high = interval(ratios)
    return {"ours_us": statistics.median(a for a, _ in rows), "theirs_us": statistics.median(b for _, b in rows),
            "ratio": statistics.median(ratios), "low": low, "high": high}


def agree(ours, theirs):
    return all(abs(a - b) <= 1e-4 * max(1, abs(a)) for a, b in zip(ours, theirs))
