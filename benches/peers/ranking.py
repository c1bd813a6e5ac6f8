"""Ranking everybody side by side with implicit: seconds for the ten best items of every user, the model fitted, in one go.

    pip install -r benches/peers/requirements.txt
    cargo build --release
    python benches/peers/ranking.py ml-1m/ratings.csv [--factors 64] [--n 10]

Both fit als with the same settings and leave out what was rated. implicit's time is that of one `recommend` for all users
with its own threads; recscope's is the stage `ranking` of `recommend --users all --timings`, which makes rows with titles
of the same lists.
"""

import argparse
import os
import re
import statistics
import subprocess
import time

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("ratings", help="a file of user, item, rating with a header, by commas")
arguments.add_argument("--factors", type=int, default=64)
arguments.add_argument("--epochs", type=int, default=5)
arguments.add_argument("--n", type=int, default=10)
arguments.add_argument("--runs", type=int, default=3)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()
os.environ["OMP_NUM_THREADS"] = str(options.threads)
# implicit has threads of its own around each product.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sparse  # noqa: E402
from implicit.cpu.als import AlternatingLeastSquares  # noqa: E402

REG, ALPHA = 30, 4


def recscope(*more):
    model = f"als:factors={options.factors},epochs={options.epochs},reg={REG},alpha={ALPHA}"
    command = [options.recscope, "recommend", options.ratings, "--users", "all", "--model", model, "-n", str(options.n)]
    command += ["--format", "csv", "--threads", str(options.threads), "--timings", "--quiet", *more]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.search(r"^ranking\s+([0-9.]+)", said, re.MULTILINE)[1])


ratings = pd.read_csv(options.ratings, usecols=[0, 1], names=["user", "item"], header=0)
user_of, users = pd.factorize(ratings["user"])
item_of, items = pd.factorize(ratings["item"])
matrix = sparse.csr_matrix((np.ones(len(ratings), np.float32), (user_of, item_of)), (len(users), len(items)))
print(f"{options.ratings}: {len(ratings):,} ratings, {len(users):,} users, {len(items):,} items, {options.threads} threads")
peer = AlternatingLeastSquares(
    factors=options.factors, regularization=REG, alpha=ALPHA, iterations=options.epochs, num_threads=options.threads,
    random_state=1,
)
peer.fit(matrix, show_progress=False)
own, theirs = [], []
for _ in range(options.runs):
    own.append(recscope())
    start = time.perf_counter()
    peer.recommend(np.arange(len(users)), matrix, N=options.n)
    theirs.append(time.perf_counter() - start)
own, theirs = statistics.median(own), statistics.median(theirs)
print(
    f"the {options.n} best items of every user, als {options.factors}\n"
    f"  recscope {own:9.3f} s  implicit {theirs:9.3f} s  {theirs / own:6.1f} times as fast"
)
