"""The figures of other evaluators on the same lists: LensKit's and implicit's own, RecBole's as its documentation defines them.

    pip install -r benches/peers/requirements.txt
    cargo build --release
    python benches/peers/evaluators.py ml-100k/u.data [--model ease] [--split stratified:by=item,ratio=0.75,seed=42]

recscope divides the ratings and makes everybody's list from the training part; the lists are then measured by each of them
and by `recscope evaluate --lists LISTS --dialect NAME`. Every figure must agree to 1e-9; the first that does not ends the
script with an error.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("data", help="anything that recscope reads")
arguments.add_argument("--model", default="ease")
arguments.add_argument("--split", default="stratified:by=item,ratio=0.75,seed=42,generator=numpy")
arguments.add_argument("--k", type=int, default=10)
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()
K = options.k

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sparse  # noqa: E402
from implicit.evaluation import ranking_metrics_at_k  # noqa: E402
from lenskit.data import ItemList  # noqa: E402
from lenskit.metrics import RBP, Hit, NDCG, Precision, Recall, RecipRank  # noqa: E402
from lenskit.metrics.ranking import AveragePrecision  # noqa: E402


def recscope(*args):
    command = [options.recscope, *args, "--quiet"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ours(lists, dialect):
    split = ["--split", options.split, "--lists", str(lists), "--dialect", dialect, "--format", "json"]
    names = {"lenskit": LENSKIT, "implicit": IMPLICIT, "recbole": RECBOLE}[dialect]
    metrics = ",".join(f"{name}@{K}" for name in names)
    row = json.loads(recscope("evaluate", options.data, *split, "--metrics", metrics))["rows"][0]
    return {name: row["metrics"][f"{name}@{K}"]["mean"] for name in names}


LENSKIT = {
    "NDCG": NDCG(K), "Recall": Recall(K), "Precision": Precision(K), "AveragePrecision": AveragePrecision(K),
    "RecipRank": RecipRank(K), "Hit": Hit(K), "RBP": RBP(K),
}
IMPLICIT = ["ndcg", "precision", "map", "auc"]
RECBOLE = [
    "ndcg", "recall", "precision", "map", "mrr", "hit", "itemcoverage", "averagepopularity", "shannonentropy",
    "giniindex", "tailpercentage",
]


def lenskit(lists, test):
    """The mean over users of each metric."""
    held = {user: ItemList(item_ids=rows["item"].to_numpy()) for user, rows in test.groupby("user")}
    made = {user: ItemList(item_ids=rows["item"].to_numpy(), ordered=True) for user, rows in lists.groupby("user")}
    nothing = ItemList(item_ids=np.array([], dtype=np.int64), ordered=True)
    return {
        name: np.mean([metric.measure_list(made.get(user, nothing), items) for user, items in held.items()])
        for name, metric in LENSKIT.items()
    }


class Given:
    """Says the lists that it was given, as a fitted model of implicit would."""

    def __init__(self, lists, users, item_of):
        self.ids = np.full((len(users), K), -1, dtype=np.int32)
        for user, rows in lists.groupby("user"):
            items = [item_of[item] for item in rows["item"]][:K]
            self.ids[users[user], : len(items)] = items

    def recommend(self, userids, user_items, N, **_):
        return self.ids[userids][:, :N], np.zeros((len(userids), N), dtype=np.float32)


def implicit(lists, train, test, users, items):
    def matrix(rows):
        of = (rows["user"].map(users), rows["item"].map(items))
        return sparse.csr_matrix((np.ones(len(rows), np.float32), of), (len(users), len(items)))

    found = ranking_metrics_at_k(Given(lists, users, items), matrix(train), matrix(test), K=K, show_progress=False)
    return {name: found[name] for name in IMPLICIT}


def recbole(lists, train, test, items):
    """Hits by place and what they are divided by, as its documentation writes each metric; its code rounds and wants a model."""
    held = test.groupby("user")["item"].agg(set)
    made = lists.groupby("user")["item"].agg(list)
    places = np.array([[item in held[user] for item in made[user][:K]] for user in held.index])
    assert places.shape[1] == K, "its metrics are of full lists"
    n_test = held.map(len).to_numpy()
    ranks = np.arange(1, K + 1)
    hits = places.cumsum(axis=1)
    best = np.minimum(n_test, K)
    discount = 1 / np.log2(ranks + 1)
    listed = np.concatenate([made[user][:K] for user in held.index])
    counts = pd.Series(listed).value_counts()
    shares = counts.to_numpy() / len(listed)
    rated = train["item"].value_counts()
    # Ascending, ties by id: here the order of the items, as ours.
    order = sorted(rated.index, key=lambda item: (rated[item], items[item]))
    tail = set(order[: max(int(len(order) * 0.1), 1)])
    ascending = np.sort(np.concatenate([np.zeros(len(items) - len(counts)), counts.to_numpy()]))
    n = len(items)
    return {
        "ndcg": np.mean((places * discount).sum(axis=1) / discount.cumsum()[best - 1]),
        "recall": np.mean(hits[:, -1] / n_test),
        "precision": np.mean(hits[:, -1] / K),
        "map": np.mean((places * hits / ranks).sum(axis=1) / best),
        "mrr": np.mean(np.where(places.any(axis=1), 1 / (places.argmax(axis=1) + 1), 0)),
        "hit": np.mean(places.any(axis=1)),
        "itemcoverage": len(counts) / n,
        "averagepopularity": np.mean([rated.get(item, 0) for item in listed]),
        "shannonentropy": -(shares * np.log(shares)).sum() / len(counts),
        "giniindex": ((2 * np.arange(1, n + 1) - n - 1) * ascending).sum() / (n * ascending.sum()),
        "tailpercentage": np.mean([item in tail for item in listed]),
    }


with tempfile.TemporaryDirectory() as place:
    place = pathlib.Path(place)
    parts = ["--save-split", str(place / "parts"), "--models", "popularity", "--metrics", "hit"]
    recscope("evaluate", options.data, "--split", options.split, *parts)
    read = {"usecols": [0, 1], "names": ["user", "item"], "header": 0}
    train, test = (pd.read_csv(place / "parts" / f"fold-1.{part}.csv", **read) for part in ["train", "test"])
    made = recscope("recommend", str(place / "parts" / "fold-1.train.csv"), "--users", "all", "--model", options.model,
                    "-n", str(K), "--format", "csv")
    path = place / "lists.csv"
    path.write_text(made)
    lists = pd.read_csv(path)
    # The numbers of users and items in the order of the whole file, as recscope has them.
    whole = pd.read_csv(pathlib.Path(options.data), sep=None, engine="python", header=None, usecols=[0, 1])
    items = {item: n for n, item in enumerate(pd.unique(whole[1]))}
    users = {user: n for n, user in enumerate(pd.unique(whole[0]))}
    theirs = {
        "lenskit": lenskit(lists, test),
        "implicit": implicit(lists, train, test, users, items),
        "recbole": recbole(lists, train, test, items),
    }
    worst = 0.0
    print(f"{options.model}, {options.split}: {len(lists):,} places of {lists['user'].nunique():,} users\n")
    print(f"{'':<10}{'metric':<20}{'theirs':>14}{'recscope':>14}{'difference':>12}")
    for dialect, figures in theirs.items():
        own = ours(path, dialect)
        for name, figure in figures.items():
            difference = abs(figure - own[name])
            worst = max(worst, difference)
            print(f"{dialect:<10}{name:<20}{figure:>14.9f}{own[name]:>14.9f}{difference:>12.1e}")
    print(f"\nlargest difference: {worst:.1e}")
    if worst > 1e-9:
        sys.exit("a figure differs by more than 1e-9")
