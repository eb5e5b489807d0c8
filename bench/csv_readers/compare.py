#!/usr/bin/env python3
"""Reads CSV files of numbers with our reader and with others, each on one core, the file in the page cache.

    cmake --build build --target bench_csv && bench/csv_readers/compare.py [MEGABYTES]

Makes an environment of its own in build/csv_readers (pyarrow, polars, pandas from PyPI). Prints the best of five, processor time.
"""
import os
import pathlib
import subprocess
import sys
import time

root = pathlib.Path(__file__).resolve().parent.parent.parent
folder = root / "build/csv_readers"
megabytes = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 100
REPEATS = 5


def make_environment():
    python = folder / "bin/python"
    if not (folder / "complete").exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "numpy", "pyarrow", "polars",
                        "pandas"], check=True)
        (folder / "complete").touch()
    return python


def write_files():
    """Two tables: measurements of four to eight digits, and doubles with all their digits."""
    import numpy
    random = numpy.random.default_rng(1)
    for name, form in [("measurements", "%.4f"), ("doubles", "%.17g")]:
        path = folder / f"{name}-{megabytes}.csv"
        if path.exists():
            continue
        columns = 20
        block = random.normal(size=(10000, columns)) * 10.0 ** random.integers(0, 4, size=columns)
        text = "\n".join(",".join(form % x for x in row) for row in block) + "\n"
        with open(path, "w") as file:
            file.write(",".join(f"x{i}" for i in range(columns)) + "\n")
            for _ in range(max(1, megabytes * 1000000 // len(text))):
                file.write(text)


def readers():
    import pandas
    import polars
    import pyarrow
    import pyarrow.csv
    pyarrow.set_cpu_count(1)
    options = pyarrow.csv.ReadOptions(use_threads=False)
    yield "pyarrow " + pyarrow.__version__, lambda path: pyarrow.csv.read_csv(path, read_options=options)
    yield "polars " + polars.__version__, lambda path: polars.read_csv(path)
    yield "pandas " + pandas.__version__, lambda path: pandas.read_csv(path)


def main():
    write_files()
    for path in sorted(folder.glob(f"*-{megabytes}.csv")):
        size = path.stat().st_size / 1e6
        print(f"{path.name}, {size:.0f} MB, one core", flush=True)
        subprocess.run([root / "build/bench/bench_csv", path, str(REPEATS)], check=True)
        for name, read in readers():
            best = float("inf")
            for _ in range(REPEATS):
                start = time.process_time()
                read(path)
                best = min(best, time.process_time() - start)
            print(f"{name:<28} {size / best:8.1f} MB/s ({best:.3f} s)", flush=True)


if __name__ == "__main__":
    python = make_environment()
    if pathlib.Path(sys.prefix) != folder:
        environment = dict(os.environ, POLARS_MAX_THREADS="1", OMP_NUM_THREADS="1")
        one_core = str(min(os.sched_getaffinity(0)))
        sys.exit(subprocess.run(["taskset", "-c", one_core, python, __file__, *sys.argv[1:]], env=environment).returncode)
    main()
