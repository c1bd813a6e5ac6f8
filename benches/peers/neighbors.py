"""Neighbors side by side with scipy, implicit and LensKit, on the same file, in one go.

    pip install -r benches/peers/requirements.txt
    cargo build --release
    python benches/peers/neighbors.py ml-1m/ratings.csv

One user's cosine to all users: scipy's is `X @ x` of the matrix with normed rows in 64 bits, with the best ten taken from it;
recscope's is the line `neighbors of a user` of `cargo bench --bench growth`, the same users' median, the heaviest among them.
The twenty nearest items of every item: the seconds of a fit, on sets (every rating a 1) for implicit, on ratings less the
item's mean for LensKit.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("ratings", help="a file of user, item, rating with a header, by commas")
arguments.add_argument("--only", choices=["sets"], help="the nearest items by sets alone: for large files")
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()
for variable in ["OMP_NUM_THREADS", "RAYON_NUM_THREADS", "LK_NUM_THREADS"]:
    os.environ[variable] = str(options.threads)
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sparse  # noqa: E402

ratings = pd.read_csv(options.ratings, usecols=[0, 1, 2], names=["user", "item", "rating"], header=0)
user_of, users = pd.factorize(ratings["user"])
item_of, items = pd.factorize(ratings["item"])
values = ratings["rating"].to_numpy(float)
print(f"{options.ratings}: {len(ratings):,} ratings, {options.threads} threads")


def scipy_neighbors():
    matrix = sparse.csr_matrix((values, (user_of, item_of)), (len(users), len(items)))
    matrix = sparse.diags(1 / np.sqrt(matrix.multiply(matrix).sum(1).A1 if hasattr(matrix.sum(1), "A1") else np.asarray(matrix.multiply(matrix).sum(1)).ravel())) @ matrix
    counts = np.diff(matrix.indptr)
    heaviest = np.argsort(-counts)[:16]
    chosen = np.concatenate([np.random.default_rng(1).integers(0, len(users), 100), heaviest])
    times = []
    for user in chosen:
        start = time.perf_counter()
        similarities = matrix @ np.asarray(matrix[user].todense()).ravel()
        best = np.argpartition(-similarities, 11)[:11]
        best[np.argsort(-similarities[best])]
        times.append(time.perf_counter() - start)
    return 1e3 * np.median(times), 1e3 * np.quantile(times, 0.99)


def recscope_neighbors():
    command = ["cargo", "bench", "--quiet", "--bench", "growth", "--", "--models", "popularity", options.ratings]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"neighbors of a user \| ([0-9.]+) / ([0-9.]+)", answer)
    return float(found[1]), float(found[2])


def recscope_fit(formula, test, *more):
    command = [options.recscope, "evaluate", "--train", options.ratings, "--test", test, *more]
    command += ["--models", formula, "--metrics", "hit@1", "--threads", str(options.threads), "--format", "json", "--no-cache"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["rows"][0]["fit_seconds"]


def implicit_fit():
    from implicit.nearest_neighbours import CosineRecommender

    matrix = sparse.csr_matrix((np.ones(len(ratings)), (user_of, item_of)), (len(users), len(items)))
    model = CosineRecommender(K=20, num_threads=options.threads)
    start = time.perf_counter()
    model.fit(matrix, show_progress=False)
    return time.perf_counter() - start


def lenskit_fit():
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.training import TrainingOptions

    data = from_interactions_df(pd.DataFrame({"user_id": user_of, "item_id": item_of, "rating": values}))
    model = ItemKNNScorer(max_nbrs=20, save_nbrs=20)
    start = time.perf_counter()
    model.train(data, TrainingOptions())
    return time.perf_counter() - start


def compared(what, unit, own, peer, theirs):
    print(f"{what}\n  recscope {own:9.3f} {unit}  {peer} {theirs:9.3f} {unit}  {theirs / own:6.1f} times as fast", flush=True)


if options.only is None:
    own, theirs = recscope_neighbors(), scipy_neighbors()
    compared("one user's cosine to all users, median", "ms", own[0], "scipy", theirs[0])
    compared("one user's cosine to all users, 99th percentile", "ms", own[1], "scipy", theirs[1])
with tempfile.TemporaryDirectory() as folder:
    # Something has to be tested; what is timed is the fit alone.
    test = Path(folder) / "test.csv"
    with open(options.ratings) as file:
        test.write_text(file.readline() + file.readline())
    compared(
        "20 nearest items of every item, sets", "s",
        recscope_fit("item-knn:neighbors=20", test, "--implicit"), "implicit", implicit_fit(),
    )
    if options.only is None:
        compared(
            "20 nearest items of every item, ratings less the item's mean", "s",
            recscope_fit("item-knn:similarity=centered-cosine,prediction=means,neighbors=20", test), "lenskit", lenskit_fit(),
        )
