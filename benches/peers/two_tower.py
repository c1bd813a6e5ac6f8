"""Two-tower retrieval against PyTorch: the same step must give the same loss and gradient; or seconds of a fit side by side.

    pip install torch numpy pandas
    TWO_TOWER_STEP=/tmp/step.json cargo test --lib two_tower -- --ignored a_step_for_pytorch
    python benches/peers/two_tower.py /tmp/step.json
    cargo build --release
    python benches/peers/two_tower.py --ratings ml-1m/ratings.csv

The file of a step holds, in 64 bits, networks with and without a hidden layer, a batch, and what the program makes of them.
Fails where a number is off by more than 1e-4 of the largest in its matrix.

With --ratings (user, item, rating with a header, by commas) a fifth of the ratings is held out; both fit the same network to
the rest, in as many epochs of as large steps, in 32 bits on as many threads. Their losses must be as near each other as two
seeds are, and the lists as good; seconds are those of a fit alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("step", nargs="?", help="a file of steps to check")
arguments.add_argument("--ratings", help="ratings to fit")
arguments.add_argument("--epochs", type=int, default=20)
arguments.add_argument("--factors", type=int, default=64)
arguments.add_argument("--batch", type=int, default=128)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)

import torch  # noqa: E402

torch.set_num_threads(options.threads)


def matrix(said):
    return torch.tensor(said["numbers"]).reshape(-1, said["width"])


def dense(rows, n_rows, n_columns):
    table = torch.zeros(n_rows, n_columns)
    for row, entries in enumerate(rows):
        for column, weight in entries:
            table[row, column] += weight
    return table


def tower(layers, activation, x):
    if not layers:
        return x
    (into, bias), (out, shift) = layers
    hidden = torch.nn.functional.linear(x, into, bias)
    hidden = torch.relu(hidden) if activation == "Relu" else torch.tanh(hidden)
    return x + torch.nn.functional.linear(hidden, out, shift)


def check(step):
    network, batch = step["network"], step["batch"]
    names = ["item_ids", "item_terms", "user_ids", "user_terms"]
    halves = [network["items"], network["users"]]
    tables = [matrix(half[name]).requires_grad_() for half in halves for name in ["ids", "terms"]]
    item_ids, item_terms, shared, user_terms = tables
    biases = matrix(network["biases"]).requires_grad_()
    towers = []
    for half in halves:
        layers = half["tower"]["layers"]
        towers.append(
            [(matrix(l["weights"]).requires_grad_(), matrix(l["bias"])[0].clone().requires_grad_()) for l in layers]
        )
    activation = network["items"]["tower"]["activation"]
    item_said = dense(step["item_said"], len(item_ids), len(item_terms))
    user_said = dense(step["user_said"], len(step["user_said"]), len(user_terms))

    slots, keeps = torch.tensor(batch["slots"]), torch.tensor(batch["keeps"]).double()[:, None]
    n, n_candidates = len(batch["users"]), len(keeps)
    candidates = slots[:n_candidates]
    history = dense(batch["history"], n, len(slots))
    targets = dense(batch["targets"], n, len(slots))[:, :n_candidates]
    inputs = item_ids + item_said @ item_terms
    items = tower(towers[0], activation, keeps * item_ids[candidates] + (item_said @ item_terms)[candidates])
    said = (user_said @ user_terms)[torch.tensor(batch["users"])]
    people = tower(towers[1], activation, history @ inputs[slots] + shared + said)
    logits = people @ items.T + biases[candidates, 0] - torch.tensor(batch["log_share"])
    logits = logits.masked_fill(history[:, :n_candidates] > 0, -torch.inf)
    chances = torch.log_softmax(logits, dim=1)
    loss = -torch.where(targets > 0, targets * chances, 0.0).sum() / targets.sum()
    loss = loss + step["reg"] * (people**2).sum() / n
    loss.backward()

    worst = abs(loss.item() - step["loss"])
    flat = [table.grad.flatten() for table in tables]
    for layers in towers:
        flat.append(torch.cat([torch.zeros(0)] + [m.grad.flatten() for layer in layers for m in layer]))
    flat.append(biases.grad.flatten())
    names += ["item_tower", "user_tower", "biases"]
    for name, theirs, ours in zip(names, flat, step["gradient"], strict=True):
        ours = torch.tensor(ours)
        if len(ours) == 0:
            continue
        off = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        print(f"  {name:<11} {len(ours):>5} numbers, largest {theirs.abs().max().item():.4f}, off by {off:.1e}")
        worst = max(worst, off)
    print(f"  loss        {loss.item():.12f} here, {step['loss']:.12f} there")
    return worst


def check_all(path):
    torch.set_default_dtype(torch.float64)
    worst = 0.0
    for step in json.load(open(path)):
        print(f"{len(step['network']['items']['tower']['layers'])} layer(s)")
        worst = max(worst, check(step))
    print(f"worst difference {worst:.1e}:", "pass" if worst <= 1e-4 else "FAIL")
    return worst <= 1e-4


LR, REG, HIDDEN, STRENGTH, DROPOUT = 0.003, 0.07, 0.3, 0.5, 0.1


class Peer:
    """The default network in PyTorch: sparse sums of histories, one product with the catalog, Adam."""

    def __init__(self, users, items, values, shape):
        order = (users * shape[1] + items).argsort()
        users, self.items, values = users[order], items[order], values[order]
        spread = (values - values.mean()) / max((values.max() - values.min()).item(), 1e-9)
        self.weights = (1 + STRENGTH * spread.clamp(-1, 1)).float()
        self.counts = torch.bincount(users, minlength=shape[0])
        self.starts = self.counts.cumsum(0) - self.counts
        popularity = torch.bincount(items, minlength=shape[1]).float() + 1
        self.ids = (0.1 * torch.randn(shape[1], options.factors)).requires_grad_()
        self.shared = torch.zeros(options.factors, requires_grad=True)
        self.biases = (popularity / popularity.sum()).log().requires_grad_()
        self.n_users, self.n_items = shape

    def rows(self, users):
        """The row and the place of each rating of some users."""
        counts = self.counts[users]
        rows = torch.repeat_interleave(torch.arange(len(users)), counts)
        within = torch.arange(len(rows)) - (counts.cumsum(0) - counts)[rows]
        return rows, self.starts[users][rows] + within

    def tastes(self, rows, places, n):
        weights = self.weights[places]
        share = weights / torch.zeros(n).index_add_(0, rows, weights).clamp(min=1e-9)[rows]
        offsets = torch.searchsorted(rows, torch.arange(n))
        bag = torch.nn.functional.embedding_bag(
            self.items[places], self.ids, offsets, mode="sum", per_sample_weights=share
        )
        return bag + self.shared

    def step(self, users):
        rows, places = self.rows(users)
        is_hidden = torch.rand(len(rows)) < HIDDEN
        read, hidden = (rows[~is_hidden], places[~is_hidden]), (rows[is_hidden], places[is_hidden])
        tastes = self.tastes(*read, len(users))
        keeps = (torch.rand(self.n_items, 1) >= DROPOUT).float()
        logits = torch.addmm(self.biases, tastes, (self.ids * keeps).T)
        logits = logits.index_put((read[0], self.items[read[1]]), torch.tensor(-torch.inf))
        weights = self.weights[hidden[1]]
        rights = logits[hidden[0], self.items[hidden[1]]]
        loss = (weights * (logits.logsumexp(1)[hidden[0]] - rights)).sum() / weights.sum()
        return loss + REG * (tastes**2).sum() / len(users), weights.sum().item()

    def fit(self):
        adam = torch.optim.Adam([self.ids, self.shared, self.biases], lr=LR)
        for _ in range(options.epochs):
            total = weight = 0.0
            for users in torch.randperm(self.n_users).split(options.batch):
                adam.zero_grad(set_to_none=True)
                loss, hidden = self.step(users)
                loss.backward()
                adam.step()
                total, weight = total + loss.item() * hidden, weight + hidden
        return total / weight

    @torch.no_grad()
    def ndcg(self, wanted):
        rows, places = self.rows(torch.arange(self.n_users))
        scores = self.tastes(rows, places, self.n_users) @ self.ids.T + self.biases
        scores[rows, self.items[places]] = -torch.inf
        best = scores.topk(10).indices.tolist()
        gains = 1 / torch.arange(2, 12).log2()
        sums = []
        for user, relevant in wanted.items():
            hits = torch.tensor([float(item in relevant) for item in best[user]])
            sums.append(((hits * gains).sum() / gains[: min(10, len(relevant))].sum()).item())
        return sum(sums) / len(sums)


def recscope(folder, user):
    formula = f"two-tower:factors={options.factors},epochs={options.epochs},batch={options.batch},validation=0"
    formula += f",lr={LR},reg={REG},dropout={HIDDEN},rating-weight={STRENGTH},item-dropout={DROPOUT}"
    command = [options.recscope, "evaluate", "--train", folder / "train.csv", "--test", folder / "test.csv"]
    command += ["--models", formula, "--metrics", "ndcg@10", "--threads", str(options.threads), "--format", "json"]
    row = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["rows"][0]
    command = [options.recscope, "factors", folder / "train.csv", "--model", formula, "--user", str(user)]
    command += ["--threads", str(options.threads), "--format", "json"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return row["fit_seconds"], answer["training"][1][-1], row["metrics"]["ndcg@10"]["mean"]


def side_by_side():
    import numpy as np
    import pandas as pd

    torch.manual_seed(1)
    ratings = pd.read_csv(options.ratings, usecols=[0, 1, 2], names=["user", "item", "rating"], header=0)
    held_out = np.random.default_rng(1).random(len(ratings)) < 0.2
    train, test = ratings[~held_out], ratings[held_out]
    users, user_at = pd.factorize(train["user"])
    items, item_at = pd.factorize(train["item"])
    places = {user: at for at, user in enumerate(user_at)}, {item: at for at, item in enumerate(item_at)}
    wanted = {places[0][u]: {places[1].get(i, -1) for i in rows["item"]} for u, rows in test.groupby("user") if u in places[0]}
    peer = Peer(
        torch.tensor(users), torch.tensor(items), torch.tensor(train["rating"].to_numpy(float)),
        (len(user_at), len(item_at)),
    )
    start = time.perf_counter()
    loss = peer.fit()
    theirs = (time.perf_counter() - start, loss, peer.ndcg(wanted))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        train.to_csv(folder / "train.csv", index=False)
        test.to_csv(folder / "test.csv", index=False)
        ours = recscope(folder, user_at[0])
    for name, (seconds, loss, ndcg) in [("recscope", ours), ("PyTorch", theirs)]:
        print(f"{name:<9} {seconds:7.2f} s   loss {loss:.4f}   nDCG@10 {ndcg:.4f}")
    print(f"{theirs[0] / ours[0]:.2f} times as fast; losses off by {abs(ours[1] - theirs[1]):.4f}")
    return abs(ours[1] - theirs[1]) < 0.02 and abs(ours[2] - theirs[2]) < 0.01


if __name__ == "__main__":
    is_good = side_by_side() if options.ratings else check_all(options.step)
    sys.exit(not is_good)
