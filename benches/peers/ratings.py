"""Rating models side by side with Surprise: seconds and RMSE on the same file, in one go.

    pip install -r benches/peers/requirements.txt
    cargo build --release
    python benches/peers/ratings.py ml-1m/ratings.csv
    python benches/peers/ratings.py ml-1m/ratings.csv --models svdpp --epochs 1

A fifth of the ratings is held out. Surprise fits and tests in one thread, as it always does; recscope with one thread as well
for what is trained in the order that the published figures need, with `--threads` for the neighborhoods. A neighborhood's
seconds are those of fitting and testing together, since Surprise computes all similarities when it fits and recscope those
that are asked for when they are asked for; of the others the seconds of the fit alone.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import surprise

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("ratings", help="a file of user, item, rating with a header, by commas")
arguments.add_argument("--models", default="knn-user,knn-item,svd,nmf,slope-one,co-clustering")
arguments.add_argument("--epochs", type=int, help="of svd, svdpp and nmf; by default Surprise's own")
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()

EPOCHS = {"svd": 20, "svdpp": 20, "nmf": 50}


def epochs(name):
    return options.epochs or EPOCHS[name]


def neighborhood(user_based):
    similarity = {"name": "msd", "user_based": user_based}
    return lambda: surprise.KNNBasic(sim_options=similarity, verbose=False)


# Name: (formula, Surprise's, one thread, seconds of fit and test together)
SIDES = {
    "knn-user": ("user-knn:similarity=msd,prediction=basic", neighborhood(True), False, True),
    "knn-item": ("item-knn:similarity=msd,prediction=basic,k=40,neighbors=all", neighborhood(False), False, True),
    "svd": (f"svd:epochs={epochs('svd')}", lambda: surprise.SVD(n_epochs=epochs("svd"), random_state=0), True, False),
    "svdpp": (f"svdpp:epochs={epochs('svdpp')}", lambda: surprise.SVDpp(n_epochs=epochs("svdpp"), random_state=0), True, False),
    "nmf": (f"nmf:epochs={epochs('nmf')}", lambda: surprise.NMF(n_epochs=epochs("nmf"), random_state=0), True, False),
    "slope-one": ("slope-one", surprise.SlopeOne, True, True),
    "co-clustering": ("co-clustering", lambda: surprise.CoClustering(random_state=0), True, False),
}


def peer(make, trainset, testset):
    model = make()
    start = time.perf_counter()
    model.fit(trainset)
    fitted = time.perf_counter()
    predictions = model.test(testset)
    ended = time.perf_counter()
    return fitted - start, ended - fitted, surprise.accuracy.rmse(predictions, verbose=False)


def recscope(formula, folder, threads):
    command = [options.recscope, "evaluate", "--train", folder / "train.csv", "--test", folder / "test.csv"]
    command += ["--models", formula, "--metrics", "rmse", "--threads", str(threads), "--format", "json", "--no-cache"]
    row = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["rows"][0]
    return row["fit_seconds"], row["test_seconds"], row["metrics"]["rmse"]["mean"]


ratings = pd.read_csv(options.ratings, usecols=[0, 1, 2], names=["user", "item", "rating"], header=0, dtype={0: str, 1: str})
held_out = np.random.default_rng(1).random(len(ratings)) < 0.2
train, test = ratings[~held_out], ratings[held_out]
scale = (ratings["rating"].min(), ratings["rating"].max())
trainset = surprise.Dataset.load_from_df(train, surprise.Reader(rating_scale=scale)).build_full_trainset()
testset = list(test.itertuples(index=False, name=None))
print(f"{options.ratings}: {len(train):,} ratings to fit, {len(test):,} to test; surprise {surprise.__version__}")
with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    for name in options.models.split(","):
        formula, make, alone, together = SIDES[name]
        own = recscope(formula, folder, 1 if alone else options.threads)
        theirs = peer(make, trainset, testset)
        seconds = [side[0] + (side[1] if together else 0) for side in (own, theirs)]
        what = "fit and test" if together else "fit"
        print(
            f"{formula}\n  recscope {seconds[0]:9.3f} s  surprise {seconds[1]:9.3f} s  ({what})"
            f"  {seconds[1] / seconds[0]:6.1f} times as fast   rmse {own[2]:.4f} against {theirs[2]:.4f}",
            flush=True,
        )
