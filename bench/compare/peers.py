"""Who takes part: how each contender is started, and in which workloads."""
import os
import sys
from dataclasses import dataclass, field
from typing import Callable

from environment import HERE, ROOT, compiled, libtorch_flags

FOLDER = HERE / "contenders"
RODS = ROOT.parent / "shared" / "ceiling"
OPENBLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0"


@dataclass
class Contender:
    command: Callable  # from (workload's name, threads)
    workloads: Callable = lambda name: True
    # What of a workload is changed, on both sides, where the contender lacks it.
    variant: dict = field(default_factory=dict)
    checks_losses: bool = True


def python(file, *further):
    return lambda name, threads: [sys.executable, str(FOLDER / file), str(threads), *further]


def cpp(name, *flags):
    return lambda workload, threads: [compiled(name, FOLDER / f"{name}.cpp", *flags), str(threads)]


def rod(name, threads):
    """A measuring rod, compiled with our report() in the place of its own."""
    from environment import CACHE

    file, flags = {"W1": ("tiny", []), "W2": ("tiny", []), "W3": ("mnist", ["-DNB=64"]), "W3b": ("mnist", ["-DNB=512"]),
                   "W9": ("mnist", ["-DNB=1"]), "W4": ("wide", ["-fopenmp"])}[name]
    folder = CACHE / "rods"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "common.h").exists() or (folder / "common.h").read_text() != (HERE / "rod_common.h").read_text():
        (folder / "common.h").write_text((HERE / "rod_common.h").read_text())
    for part in [f"{file}.cpp", "fastmath.h"]:
        if not (folder / part).exists() or (folder / part).read_text() != (RODS / part).read_text():
            (folder / part).write_text((RODS / part).read_text())
    program = compiled(f"rod_{name}", folder / f"{file}.cpp", *flags, "-lpthread", "-ldl")
    if file == "wide" and not os.path.exists(OPENBLAS):
        raise RuntimeError("libopenblas0-openmp is not installed")
    if threads > 1 and file == "tiny":
        raise RuntimeError("one thread only")
    return ["env", f"WORKLOAD={name}", "OMP_PROC_BIND=true", program, str(threads), OPENBLAS]


def without_forward(name):
    return not name.startswith("W10")


def small_fann(name):
    return "W4" not in name


CONTENDERS = {
    "torch_eager": Contender(python("torch_eager.py")),
    "torch_compile": Contender(python("torch_eager.py", "compile")),
    "libtorch": Contender(lambda w, t: cpp("libtorch", *libtorch_flags())(w, t)),
    "jax_jit": Contender(python("jax_jit.py")),
    "jax_scan": Contender(python("jax_jit.py", "scan")),
    # Both have Adam with its epsilon before the bias correction.
    "sklearn_mlp": Contender(python("sklearn_mlp.py"), variant={"epsilon_place": "before"}),
    "dlib": Contender(cpp("dlib", "-ldlib", "-lblas", "-llapack", "-lpthread"), variant={"epsilon_place": "before"}),
    "fann": Contender(cpp("fann", "-lfloatfann"), workloads=small_fann, variant={"activation": "tanh"}),
    "rod": Contender(rod, workloads=without_forward, checks_losses=False),
}
