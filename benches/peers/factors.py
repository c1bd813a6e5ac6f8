"""Implicit factor models side by side with implicit and LensKit: seconds of a fit and nDCG@10, in one go.

    pip install -r benches/peers/requirements.txt
    cargo build --release
    python benches/peers/factors.py ml-1m/ratings.csv
    python benches/peers/factors.py ml-10m/ratings.csv --models als --factors 64

A fifth of the ratings of some users is held out; everybody fits the rest, with the same hyper-parameters and as many
threads, and is measured on the same users in the same way: binary relevance, what was rated is left out.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("ratings", help="a file of user, item, rating with a header, by commas")
arguments.add_argument("--models", default="als,als-exact,bpr,lmf")
arguments.add_argument("--factors", type=int, default=64)
arguments.add_argument("--epochs", type=int, help="15 for als, 30 for bpr and lmf")
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--users", type=int, default=2000, help="how many users are tested")
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "LK_NUM_THREADS"]:
    os.environ[name] = "1" if "BLAS" in name else str(options.threads)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sparse  # noqa: E402


def split():
    ratings = pd.read_csv(options.ratings, usecols=[0, 1, 2], names=["user", "item", "rating"], header=0)
    random = np.random.default_rng(1)
    users = ratings["user"].unique()
    tested = random.choice(users, min(options.users, len(users)), replace=False)
    held_out = ratings["user"].isin(tested).to_numpy() & (random.random(len(ratings)) < 0.2)
    return ratings[~held_out], ratings[held_out]


train, test = split()
user_of, users = pd.factorize(train["user"])
item_of, items = pd.factorize(train["item"])
matrix = sparse.csr_matrix((np.ones(len(train), np.float32), (user_of, item_of)), (len(users), len(items)))
user_at = {user: at for at, user in enumerate(users)}
item_at = {item: at for at, item in enumerate(items)}
wanted = {
    user_at[user]: {item_at.get(i, -1) for i in rows["item"]} for user, rows in test.groupby("user") if user in user_at
}


def ndcg(lists):
    """Mean over users of {user: items, best first}."""
    gain = 1 / np.log2(np.arange(2, 12))
    sums = []
    for user, relevant in wanted.items():
        hits = np.array([item in relevant for item in lists[user]], float)
        sums.append((hits * gain[: len(hits)]).sum() / gain[: min(10, len(relevant))].sum())
    return float(np.mean(sums))


def by_factors(user_factors, item_factors):
    lists = {}
    for user in wanted:
        scores = item_factors @ user_factors[user]
        scores[matrix[user].indices] = -np.inf
        best = np.argpartition(-scores, 10)[:10]
        lists[user] = best[np.argsort(-scores[best])]
    return ndcg(lists)


def recscope(formula, folder):
    command = [options.recscope, "evaluate", "--train", folder / "train.csv", "--test", folder / "test.csv"]
    command += ["--models", formula, "--metrics", "ndcg@10", "--threads", str(options.threads), "--format", "json"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    row = answer["rows"][0]
    return row["fit_seconds"], row["metrics"]["ndcg@10"]["mean"]


def implicit_als(p):
    from implicit.cpu.als import AlternatingLeastSquares

    return AlternatingLeastSquares(
        factors=p["factors"], regularization=p["reg"], alpha=p["alpha"], iterations=p["epochs"],
        use_cg=not p["exact"], num_threads=options.threads, random_state=1,
    )


def implicit_bpr(p):
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    return BayesianPersonalizedRanking(
        factors=p["factors"], learning_rate=p["lr"], regularization=p["reg"], iterations=p["epochs"],
        num_threads=options.threads, random_state=1,
    )


def implicit_lmf(p):
    from implicit.cpu.lmf import LogisticMatrixFactorization

    return LogisticMatrixFactorization(
        factors=p["factors"], learning_rate=p["lr"], regularization=p["reg"], iterations=p["epochs"],
        num_threads=options.threads, random_state=1,
    )


def timed(make, p):
    model = make(p)
    start = time.perf_counter()
    model.fit(matrix, show_progress=False)
    return time.perf_counter() - start, by_factors(model.user_factors, model.item_factors)


def lenskit_als(p):
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    frame = pd.DataFrame({"user_id": user_of, "item_id": item_of})
    data = from_interactions_df(frame)
    model = ImplicitMFScorer(
        embedding_size=p["factors"], epochs=p["epochs"], regularization=p["reg"], weight=p["alpha"] - 1
    )
    start = time.perf_counter()
    model.train(data, TrainingOptions(rng=1))
    seconds = time.perf_counter() - start
    user_rows, item_rows = np.empty((len(users), p["factors"])), np.empty((len(items), p["factors"]))
    user_rows[np.asarray(model.users.ids())] = np.asarray(model.user_embeddings)
    item_rows[np.asarray(model.items.ids())] = np.asarray(model.item_embeddings)
    return seconds, by_factors(user_rows, item_rows)


epochs = options.epochs
SETTINGS = {
    "als": dict(factors=options.factors, epochs=epochs or 15, reg=30, alpha=4, exact=False),
    "als-exact": dict(factors=options.factors, epochs=epochs or 15, reg=30, alpha=4, exact=True),
    "bpr": dict(factors=options.factors, epochs=epochs or 30, lr=0.05, reg=0.01, sampling="popular"),
    "lmf": dict(factors=options.factors, epochs=epochs or 30, lr=1.0, reg=0.6, negatives=30, sampling="popular"),
}
PEERS = {
    "als": [("implicit", lambda p: timed(implicit_als, p))],
    "als-exact": [("implicit", lambda p: timed(implicit_als, p)), ("lenskit", lenskit_als)],
    "bpr": [("implicit", lambda p: timed(implicit_bpr, p))],
    "lmf": [("implicit", lambda p: timed(implicit_lmf, p))],
}


def formula(name, p):
    shown = [f"{k}={v}" for k, v in p.items() if k != "exact"]
    if name.startswith("als"):
        shown.append("solver=cholesky" if p["exact"] else "solver=cg")
    return f"{name.split('-')[0]}:{','.join(shown)}"


print(f"{options.ratings}: {len(train):,} ratings, {len(users):,} users, {len(items):,} items, {options.threads} threads")
with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    for name in options.models.split(","):
        settings = SETTINGS[name]
        own_seconds, own_quality = recscope(formula(name, settings), folder)
        print(f"{formula(name, settings)}\n  {'recscope':9} {own_seconds:8.2f} s   ndcg@10 {own_quality:.4f}", flush=True)
        for peer, run in PEERS[name]:
            seconds, quality = run(settings)
            print(
                f"  {peer:9} {seconds:8.2f} s   ndcg@10 {quality:.4f}   recscope is {seconds / own_seconds:.2f} times as fast,"
                f" its ndcg {100 * (own_quality / quality - 1):+.1f} %",
                flush=True,
            )
