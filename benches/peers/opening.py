#!/usr/bin/env python3
"""Opens a ratings.csv side by side: recscope from start to a complete `info`, polars merely parsing the same file.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/peers/opening.py FOLDER/ratings.csv [--runs 5] [--threads 2] [--recscope target/release/recscope]

The two take turns, so that whatever else the machine does meets both alike; the file is read once before, so that it lies
in the page cache. polars is timed within Python, around `read_csv` alone; recscope from exec to exit, both orientations
built and `info` printed. Memory is the peak that the operating system counted (maximum resident set).
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

POLARS = """
import time, resource, sys
import polars
begin = time.perf_counter()
frame = polars.read_csv(sys.argv[1])
seconds = time.perf_counter() - begin
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, frame.height, polars.__version__)
"""


def run_polars(path, threads):
    environment = dict(os.environ, POLARS_MAX_THREADS=str(threads))
    done = subprocess.run([sys.executable, "-c", POLARS, path], env=environment, capture_output=True, text=True, check=True)
    seconds, peak, rows, version = done.stdout.split()
    return float(seconds), int(peak) / 1024, int(rows), version


def run_recscope(program, path, threads, cache):
    command = [program, "info", path, "--format", "json", "--threads", str(threads)] + cache
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--recscope", default="target/release/recscope")
    options = parser.parse_args()
    help_text = subprocess.run([options.recscope, "info", "--help"], capture_output=True, text=True).stdout
    cache = ["--no-cache"] if "--no-cache" in help_text else []
    print(f"{'ratings':>12} {'MB':>7} | {'polars s':>9} {'MiB':>7} | {'recscope s':>10} {'MiB':>7} {'cpu s':>7} | ratio")
    for path in options.files:
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass
        polars, recscope = [], []
        for _ in range(options.runs):
            polars.append(run_polars(path, options.threads))
            recscope.append(run_recscope(options.recscope, path, options.threads, cache))
        median = lambda runs, at: statistics.median(run[at] for run in runs)
        ratio = median(recscope, 0) / median(polars, 0)
        size = os.path.getsize(path) / 1e6
        print(
            f"{polars[0][2]:>12,} {size:>7.1f} | {median(polars, 0):>9.3f} {median(polars, 1):>7.0f} |"
            f" {median(recscope, 0):>10.3f} {median(recscope, 1):>7.0f} {median(recscope, 2):>7.2f} | {ratio:.2f}"
        )
    print(f"medians of {options.runs} runs, {options.threads} threads, polars {polars[0][3]}")


if __name__ == "__main__":
    main()
