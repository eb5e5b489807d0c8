"""What a table is headed with: the machine, the commit, the date."""
import datetime
import os
import subprocess

from environment import ROOT


def commit():
    git = ["git", "-C", str(ROOT)]
    name = subprocess.run([*git, "log", "-1", "--format=%h"], capture_output=True, text=True).stdout.strip() or "unknown"
    return name + ("+" if subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "src", "include"]).returncode else "")


def heading(build):
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    text = f"{model}, {len(os.sched_getaffinity(0))} cores; commit {commit()}, {datetime.date.today()}"
    peak = os.path.join(build or ROOT / "build", "bench", "bench_peak")
    if os.path.exists(peak):
        lines = subprocess.run([peak], capture_output=True, text=True).stdout.splitlines()
        text += "; " + "; ".join(" ".join(line.split()) for line in lines)
    return text
