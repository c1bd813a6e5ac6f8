"""Two-tower retrieval against PyTorch: the same weights and the same batch must give the same loss and gradient.

    pip install torch numpy
    TWO_TOWER_STEP=/tmp/step.json cargo test --lib two_tower -- --ignored a_step_for_pytorch
    python benches/peers/two_tower.py /tmp/step.json

The file holds, in 64 bits, a network without and one with a hidden layer, a batch, and what the program makes of them.
Fails where a number is off by more than 1e-4 of the largest in its matrix.
"""

import json
import sys

import torch

torch.set_default_dtype(torch.float64)


def matrix(said):
    return torch.tensor(said["numbers"]).reshape(-1, said["width"])


def said_of(rows, n_rows, n_terms):
    dense = torch.zeros(n_rows, n_terms)
    for row, terms in enumerate(rows):
        for term, weight in terms:
            dense[row, term] = weight
    return dense


def tower(layers, activation, x):
    for at, (weights, bias) in enumerate(layers):
        x = torch.nn.functional.linear(x, weights, bias)
        if at + 1 < len(layers):
            x = torch.relu(x) if activation == "Relu" else torch.tanh(x)
    return torch.nn.functional.normalize(x, dim=1)


def check(step):
    network, batch = step["network"], step["batch"]
    names = ["item_ids", "item_terms", "user_ids", "user_terms"]
    tables = [matrix(network[name]).requires_grad_() for name in names]
    item_ids, item_terms, user_ids, user_terms = tables
    towers = []
    for name in ["item_tower", "user_tower"]:
        layers = network[name]["layers"]
        towers.append(
            [(matrix(l["weights"]).requires_grad_(), matrix(l["bias"])[0].clone().requires_grad_()) for l in layers]
        )
    activation = network["item_tower"]["activation"]
    item_said = said_of(step["item_said"], len(item_ids), len(item_terms))
    user_said = said_of(step["user_said"], len(user_ids), len(user_terms))

    n = len(batch["users"])
    slots = torch.tensor(batch["slots"])
    candidates = slots[torch.tensor(batch["positives"])]
    users = torch.tensor(batch["users"])
    history = torch.zeros(n, len(item_ids))
    start = 0
    for row, end in enumerate(batch["ends"]):
        for at in range(start, end):
            history[row, slots[batch["history"][at]]] += batch["weights"][at]
        start = end
    keeps_item = torch.tensor(batch["keeps_item"]).double()[:, None]
    keeps_user = torch.tensor(batch["keeps_user"]).double()[:, None]

    inputs = item_ids + item_said @ item_terms
    items = tower(towers[0], activation, keeps_item * item_ids[candidates] + (item_said @ item_terms)[candidates])
    people = tower(
        towers[1], activation, history @ inputs + keeps_user * user_ids[users] + (user_said @ user_terms)[users]
    )
    logits = people @ items.T / step["temperature"] - torch.tensor(batch["log_share"])[None, :]
    again = (candidates[None, :] == candidates[:, None]) & ~torch.eye(n, dtype=torch.bool)
    loss = torch.nn.functional.cross_entropy(logits.masked_fill(again, -torch.inf), torch.arange(n))
    loss.backward()

    worst = abs(loss.item() - step["loss"])
    flat = [table.grad.flatten() for table in tables]
    for layers in towers:
        flat.append(torch.cat([m.grad.flatten() for layer in layers for m in layer]))
    for name, theirs, ours in zip(names + ["item_tower", "user_tower"], flat, step["gradient"], strict=True):
        ours = torch.tensor(ours)
        off = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        print(f"  {name:<11} {len(ours):>5} numbers, largest {theirs.abs().max().item():.4f}, off by {off:.1e}")
        worst = max(worst, off)
    print(f"  loss        {loss.item():.12f} here, {step['loss']:.12f} there")
    return worst


if __name__ == "__main__":
    steps = json.load(open(sys.argv[1]))
    worst = 0.0
    for step in steps:
        print(f"{len(step['network']['item_tower']['layers'])} layer(s)")
        worst = max(worst, check(step))
    print(f"worst difference {worst:.1e}:", "pass" if worst <= 1e-4 else "FAIL")
    sys.exit(worst > 1e-4)
