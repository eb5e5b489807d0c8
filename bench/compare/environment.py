"""Where the contenders live: a Python environment and compiled programs in the user's cache directory, made once."""
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "backprop-bench"
PACKAGES = ["torch", "jax", "scikit-learn", "numpy"]


def enter(python=None):
    """Runs this program again with the interpreter that has the frameworks, unless it is the one."""
    interpreter = Path(python) if python else CACHE / "python" / "bin" / "python"
    if Path(sys.executable).absolute() == interpreter.absolute():
        return
    if not python and not (CACHE / "python" / "complete").exists():
        print(f"making {CACHE / 'python'} (several GB, once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(CACHE / "python")], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "-q", *PACKAGES], check=True)
        (CACHE / "python" / "complete").touch()
    os.execv(interpreter, [str(interpreter), *sys.argv])


def compiled(name, source, *flags, include=None):
    """Path of the program made of a C++ source; compiled when the source or a header beside it is newer."""
    program = CACHE / "programs" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    sources = [source, *source.parent.glob("*.h*")]
    if not program.exists() or any(s.stat().st_mtime > program.stat().st_mtime for s in sources):
        print(f"compiling {name}", file=sys.stderr)
        command = ["g++", "-std=c++20", "-O3", "-march=native", "-w", "-o", str(program), str(source), *flags]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            errors = [line for line in done.stderr.splitlines() if "error" in line] or ["does not compile"]
            raise RuntimeError(errors[0])
    return str(program)


def libtorch_flags():
    import torch
    from torch.utils import cpp_extension

    libraries = Path(torch.__file__).parent / "lib"
    return [*(f"-isystem{path}" for path in cpp_extension.include_paths()), f"-L{libraries}", f"-Wl,-rpath,{libraries}",
            f"-D_GLIBCXX_USE_CXX11_ABI={int(torch._C._GLIBCXX_USE_CXX11_ABI)}", "-ltorch", "-ltorch_cpu", "-lc10"]


def ours(build):
    """Our program: of a given build folder as it is, else brought up to date with the source."""
    folder = Path(build or ROOT / "build")
    if not build:
        subprocess.run(["cmake", "--build", str(folder), "--target", "bench_contender", "bench_peak"], check=True, stdout=sys.stderr)
    return str(folder / "bench" / "bench_contender")
