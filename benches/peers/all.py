"""All measurements side by side in one go, as Markdown: each row's median of some runs, and what they were taken on.

    cargo build --release
    python benches/peers/all.py ml-1m/ratings.csv [--large ml-25m/ratings.csv] [--sparse plays.csv] [--runs 3] [--write]

With `--write` the table takes the place of the one in benches/README.md. Nothing is installed: what is missing is said, and its rows are left out. Everybody gets as many threads as `--threads` says;
the BLAS of numpy and scipy one, where the peer has threads of its own around it. The large file is what
`recscope generate ml-25m --out ml-25m` writes; the sparse one is invented where there is none of that name. neighbors.py builds
the bench `growth` at its first run.
"""

import argparse
import importlib.metadata
import importlib.util
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What stands around the table in the README beside.
BEGIN, END = "<!-- all.py -->\n", "<!-- /all.py -->\n"

# What a line of a script looks like that has both sides' figures, and the name of what was measured above or before it.
PAIR = re.compile(r"recscope\s+([0-9.]+) (m?s)\s+(\w+)\s+([0-9.]+) m?s")
OWN, PEER = re.compile(r"^\s+recscope\s+([0-9.]+) s"), re.compile(r"^\s+(\w+)\s+([0-9.]+) s\s+ndcg")
OPENED = re.compile(r"^\s*([0-9,]+)\s+[0-9.]+ \|\s+([0-9.]+)\s+[0-9]+ \|\s+([0-9.]+)")

# Script, what it imports, which data it wants, its further arguments; those of SLOW, whose peers take minutes, run once.
SLOW = ["ratings.py"]
JOBS = [
    ("opening.py", ["polars"], "large", ["--runs", "1"]),
    ("opening.py", ["polars"], "ratings", ["--runs", "1"]),
    ("neighbors.py", ["numpy", "pandas", "scipy", "implicit", "lenskit"], "ratings", []),
    ("neighbors.py", ["numpy", "pandas", "scipy", "implicit"], "large", ["--only", "sets"]),
    ("ranking.py", ["numpy", "pandas", "scipy", "implicit"], "sparse", ["--runs", "1"]),
    ("ranking.py", ["numpy", "pandas", "scipy", "implicit"], "ratings", ["--runs", "1"]),
    ("factors.py", ["numpy", "pandas", "scipy", "implicit", "lenskit"], "ratings", ["--models", "als,als-exact,bpr"]),
    ("factors.py", ["numpy", "pandas", "scipy", "implicit"], "large", ["--models", "als", "--epochs", "1"]),
    ("factors.py", ["numpy", "pandas", "scipy", "implicit"], "large", ["--models", "als", "--epochs", "5"]),
    ("ratings.py", ["numpy", "pandas", "surprise"], "ratings", []),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ratings", help="a file of user, item, rating with a header, by commas")
    parser.add_argument("--large", help="such a file with many more ratings")
    parser.add_argument("--sparse", help="such a file with many items, each rated by few; invented if it does not exist")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--recscope", default="target/release/recscope")
    parser.add_argument("--only", help="the scripts to run, by commas")
    parser.add_argument("--write", action="store_true", help="replace the table in benches/README.md")
    return parser.parse_args()


def figures(text):
    """{(what, peer): (own, theirs, unit)} of what a script printed."""
    found, title, own = {}, "", None
    for line in text.splitlines():
        if opened := OPENED.match(line):
            found[f"opening of {opened[1]} ratings, whole, against parsing alone", "polars"] = (
                float(opened[3]), float(opened[2]), "s",
            )
        elif pair := PAIR.search(line):
            found[title, pair[3]] = (float(pair[1]), float(pair[4]), pair[2])
        elif mine := OWN.match(line):
            own = float(mine[1])
        elif (peer := PEER.match(line)) and own is not None:
            found[title, peer[1]] = (own, float(peer[2]), "s")
        elif line and not line.startswith(" "):
            title = line.strip()
    return found


def invent(path):
    """Writes 22,160 users' plays of 255,109 items in 40 communities, in which items are played as Zipf has it."""
    import numpy as np

    users, items, communities = 22_160, 255_109, 40
    random = np.random.default_rng(1)
    lengths = np.minimum(random.lognormal(3.0, 1.1, users).astype(int) + 1, 2000)
    user_of = np.repeat(np.arange(users), lengths)
    own = np.repeat(random.integers(0, communities, users), lengths)
    elsewhere = random.random(len(user_of)) < 0.2
    community = np.where(elsewhere, random.integers(0, communities, len(user_of)), own)
    # The item of rank r is played in proportion to r^-0.8: the inverse of its running sum, taken as an integral.
    ranks = items // communities
    rank = np.minimum((random.random(len(user_of)) * (ranks**0.2)) ** 5, ranks - 1).astype(int)
    pairs = np.unique(np.stack([user_of, rank * communities + community], axis=1), axis=0)
    # Every item is known to somebody.
    unknown = np.setdiff1d(np.arange(items), pairs[:, 1])
    pairs = np.concatenate([pairs, np.stack([random.integers(0, users, len(unknown)), unknown], axis=1)])
    with open(path, "w") as file:
        file.write("user,item,rating\n")
        file.writelines(f"{user},{item},1\n" for user, item in pairs[np.argsort(pairs[:, 0], kind="stable")])


def name_of(path):
    """What a file is called in the table: by its folder, where its own name says nothing."""
    path = Path(path).resolve()
    return path.parent.name if path.stem == "ratings" else path.stem


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    widest = next((name for name in ["avx512f", "avx2"] if f" {name} " in f"{flags} "), "no AVX2")
    return f"{names[0] if names else 'unknown'}, {os.cpu_count()} cores, {widest}"


def blas_kernels():
    if importlib.util.find_spec("threadpoolctl") is None:
        return "unknown (threadpoolctl is missing)"
    code = (
        "import numpy, threadpoolctl\n"
        "for b in threadpoolctl.threadpool_info():\n"
        "    if b['user_api'] == 'blas': print(b['internal_api'], b['version'], b.get('architecture', ''))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    return ", ".join(said.split("\n")).strip(", ") or "unknown"


def main():
    options = arguments()
    program = Path(options.recscope).resolve()
    if not program.is_file():
        sys.exit(f"there is no {program}: cargo build --release")
    if options.sparse and not Path(options.sparse).exists():
        if importlib.util.find_spec("numpy") is None:
            sys.exit(f"there is no {options.sparse}, and without numpy it cannot be invented")
        invent(options.sparse)
    missing, rows = {}, {}
    for script, modules, data, more in JOBS:
        path = getattr(options, data)
        lacking = [name for name in modules if importlib.util.find_spec(name) is None]
        if options.only and script not in options.only.split(","):
            continue
        if path is None or lacking:
            missing[f"{script} {' '.join(more)}".strip()] = f"--{data}" if path is None else ", ".join(lacking)
            continue
        command = [sys.executable, str(HERE / script), str(Path(path).resolve()), "--threads", str(options.threads), "--recscope", str(program)]
        runs = 1 if script in SLOW else options.runs
        for run in range(runs):
            print(f"{script} on {path}, run {run + 1} of {runs}", file=sys.stderr, flush=True)
            done = subprocess.run(command + more, capture_output=True, text=True, cwd=HERE.parent.parent)
            if done.returncode != 0:
                missing[f"{script} {' '.join(more)}".strip()] = (done.stderr.strip().splitlines() or ["it failed"])[-1]
                break
            for (what, peer), measured in figures(done.stdout).items():
                rows.setdefault((what, peer, name_of(path)), []).append(measured)
    table = markdown(rows, missing, options)
    print(table, end="")
    if options.write:
        write(table)


def markdown(rows, missing, options):
    """The table, what it was taken on, and what is not in it."""
    lines = ["| What | Data | recscope | Other | Times |", "|---|---|---|---|---|"]
    few = False
    for (what, peer, data), runs in rows.items():
        note = " ¹" if len(runs) < options.runs else ""
        few |= bool(note)
        own, theirs = (statistics.median(run[side] for run in runs) for side in (0, 1))
        unit = runs[0][2]
        lines.append(f"| {what}{note} | {data} | {own:.3g} {unit} | {peer} {theirs:.3g} {unit} | {theirs / own:.2f} |")
    versions = []
    for name in ["numpy", "scipy", "implicit", "lenskit", "polars", "scikit-surprise"]:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    where = f"{processor()}; {options.threads} threads; BLAS {blas_kernels()}; {', '.join(versions)}"
    lines += ["", f"{'One run' if options.runs == 1 else f'Medians of {options.runs} runs'}; {where}."]
    if few:
        lines += ["", "¹ One run: its peers take minutes."]
    for what, why in missing.items():
        lines += ["", f"Left out: {what} ({why})."]
    return "\n".join(lines) + "\n"


def write(table):
    """Replaces what stands between the marks in the README."""
    readme = HERE.parent / "README.md"
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{readme} has no lines {BEGIN.strip()} and {END.strip()} for the table to stand between")
    before, rest = text.split(BEGIN, 1)
    beside = readme.with_suffix(".md.new")
    beside.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END, 1)[1]}", encoding="utf-8")
    beside.replace(readme)


if __name__ == "__main__":
    main()
