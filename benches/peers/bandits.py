"""Bandits side by side with MABWiser and the Open Bandit Pipeline: what they say of the same history and the same log.

    pip install -r benches/peers/requirements.txt
    pip install --no-deps obp==0.4.1
    cargo build --release
    python benches/peers/bandits.py

Policies: arms with a fixed history of successes and pulls, given to the peer as that many outcomes; what is compared is the
index, or how often each arm is taken (its standard error says how far counted shares may differ). Estimators: a log of 2,000 rows
by a known policy, a target that is neither uniform nor always one arm, expected rewards that are wrong; Open Bandit Pipeline's
classes are called with the same numbers. Its modules import torch for type annotations alone: where there is none, a stand-in
without any function takes its place.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--recscope", default="target/release/recscope")
arguments.add_argument("--draws", type=int, default=20_000, help="choices that shares are counted from")
options = arguments.parse_args()

SUCCESSES, PULLS = [30, 12, 4, 0], [50, 25, 10, 5]
ARMS = list(range(len(PULLS)))


def recscope(*words):
    command = [options.recscope, *words, "--format", "json", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def figures(policy):
    state = ",".join(f"{s}/{n}" for s, n in zip(SUCCESSES, PULLS))
    return recscope("bandit", "--state", state, "--policies", policy)["policies"][0]["figures"]


rows = []


def apart(ours, theirs):
    return float(np.max(np.abs(np.asarray(ours, float) - np.asarray(theirs, float))))


def row(what, peer, ours, theirs, bound):
    """Figures that agree are at most `bound` apart."""
    difference = apart(ours, theirs)
    rows.append((what, peer, difference, f"{bound:.2g}", "agrees" if difference <= bound else "**DIFFERS**", difference <= bound))


def differs(what, peer, ours, theirs, why):
    """Figures of which it is known why they are not the same."""
    difference = apart(ours, theirs)
    rows.append((what, peer, difference, "–", f"differs as known: {why}", difference > 0.02))


def counted(choose):
    """How often each arm is chosen, and four and a half standard errors of a share of one half."""
    shares = np.bincount([choose() for _ in range(options.draws)], minlength=len(ARMS)) / options.draws
    return shares, 4.5 * np.sqrt(0.25 / options.draws)


def history():
    decisions = [arm for arm in ARMS for _ in range(PULLS[arm])]
    rewards = [int(k < SUCCESSES[arm]) for arm in ARMS for k in range(PULLS[arm])]
    return decisions, rewards


def mabwiser():
    from mabwiser.mab import MAB, LearningPolicy

    decisions, rewards = history()
    contexts = [[1.0]] * len(decisions)

    def fitted(policy, with_context=False):
        mab = MAB(ARMS, policy, seed=1)
        mab.fit(decisions, rewards, contexts) if with_context else mab.fit(decisions, rewards)
        return mab

    def expectations(mab, *context):
        found = mab.predict_expectations(*context)
        return [found[arm] for arm in ARMS]

    greedy = fitted(LearningPolicy.EpsilonGreedy(epsilon=0))
    row("means of epsilon-greedy", "MABWiser", figures("epsilon-greedy:epsilon=0"), expectations(greedy), 1e-12)
    # Its margin is alpha * sqrt(2 ln t / N), so alpha = 1 is UCB1.
    row("ucb1", "MABWiser", figures("ucb1"), expectations(fitted(LearningPolicy.UCB1(alpha=1))), 1e-12)
    linear = fitted(LearningPolicy.LinUCB(alpha=1.5, l2_lambda=2), True)
    row("linucb, constant context", "MABWiser", figures("linucb:alpha=1.5,lambda=2"), expectations(linear, [[1.0]]), 1e-9)
    thompson = fitted(LearningPolicy.ThompsonSampling())
    shares, bound = counted(lambda: thompson.predict())
    row("shares of thompson", "MABWiser", figures("thompson"), shares, bound)
    # Covariance alpha^2 A^-1 with both, v is its alpha: the law of every arm is the same, but all its arms share one random number.
    linear = fitted(LearningPolicy.LinTS(alpha=0.5, l2_lambda=1), True)
    draws = np.array([expectations(linear, [[1.0]]) for _ in range(options.draws // 4)])
    means = np.asarray(figures("linucb:alpha=0"))
    widths = np.asarray(figures("linucb:alpha=0.5")) - means
    bound = 4.5 * max(widths) / np.sqrt(len(draws))
    row("means of the draws of lints, v = .5", "MABWiser", means, draws.mean(0), bound)
    row("deviations of the draws of lints, v = .5", "MABWiser", widths, draws.std(0), bound)
    shares = np.bincount(draws.argmax(1), minlength=len(ARMS)) / len(draws)
    differs("shares of lints, v = .5", "MABWiser", figures("lints:v=0.5"), shares, "its arms are drawn with one random number")
    softmax = fitted(LearningPolicy.Softmax(tau=0.1))
    shares, bound = counted(lambda: softmax.predict())
    own = np.asarray(figures("softmax:tau=0.1"))
    highest = counted(lambda: int(np.argmax(np.random.default_rng().dirichlet(own))))[0]
    row("shares of softmax: highest of a Dirichlet draw", "MABWiser", highest, shares, 2 * bound)
    differs("shares of softmax itself", "MABWiser", own, shares, "it is not Boltzmann's")


def open_bandit_modules():
    """Its estimators and policies without what its packages pull in beside them."""
    import importlib.util

    try:
        import torch  # noqa: F401
    except ImportError:
        stand_in = types.ModuleType("torch")
        stand_in.Tensor = type("Tensor", (), {})
        sys.modules["torch"] = stand_in
    folder = Path(importlib.util.find_spec("obp").origin).parent
    for name in ["obp.ope", "obp.policy"]:
        package = types.ModuleType(name)
        package.__path__ = [str(folder / name.split(".")[1])]
        sys.modules[name] = package
    import obp.ope.estimators as estimators
    import obp.policy.contextfree as policies

    return estimators, policies


def open_bandit():
    estimators, policies = open_bandit_modules()

    def told(policy):
        policy.action_counts[:] = PULLS
        policy.reward_counts[:] = SUCCESSES
        return policy

    thompson = told(policies.BernoulliTS(n_actions=len(ARMS), random_state=1))
    shares, bound = counted(lambda: int(thompson.select_action()[0]))
    row("shares of thompson", "Open Bandit Pipeline", figures("thompson"), shares, bound)

    random = np.random.default_rng(7)
    logging = np.array([0.5, 0.3, 0.15, 0.05])
    target = np.array([0.1, 0.2, 0.3, 0.4])
    expected = np.array([0.5, 0.45, 0.3, 0.2])
    n = 2_000
    action = random.choice(len(ARMS), n, p=logging)
    reward = (random.random(n) < np.array([0.6, 0.5, 0.35, 0.1])[action]).astype(int)
    with tempfile.TemporaryDirectory() as folder:
        def table(name, head, lines):
            with open(f"{folder}/{name}", "w", newline="") as file:
                csv.writer(file).writerows([head, *lines])
            return f"{folder}/{name}"

        log = table("log.csv", ["action", "reward", "propensity"], zip(action, reward, logging[action]))
        targeted = table("target.csv", ["action", "probability"], enumerate(target))
        hoped = table("expected.csv", ["action", "q_hat"], enumerate(expected))

        def ours(*words):
            found = recscope("ope", log, "--q-hat", hoped, *words)
            return {e["name"]: e["value"] for e in found["estimators"]}

        shaped = dict(
            reward=reward,
            action=action,
            pscore=logging[action],
            position=np.zeros(n, int),
            estimated_rewards_by_reg_model=np.tile(expected[None, :, None], (n, 1, 1)),
        )

        def compare(name, estimator, found, policy):
            distribution = np.tile(policy[None, :, None], (n, 1, 1))
            value = estimator.estimate_policy_value(action_dist=distribution, **shaped)
            row(name, "Open Bandit Pipeline", found[name.split(",")[0]], value, 1e-9)

        # This version knows no clipped weights: cut by hand, they are its own estimator's again.
        found = ours("--target", f"table:{targeted}", "--clip", "3", "--tau", "3")
        clipped = np.minimum(target[action] / logging[action], 3)
        row("clipped-ips, 3 (numpy)", "none", found["clipped-ips"], np.mean(clipped * reward), 1e-12)
        compare("ips", estimators.InverseProbabilityWeighting(), found, target)
        compare("snips", estimators.SelfNormalizedInverseProbabilityWeighting(), found, target)
        compare("dm", estimators.DirectMethod(), found, target)
        compare("dr", estimators.DoublyRobust(), found, target)
        compare("sndr", estimators.SelfNormalizedDoublyRobust(), found, target)
        compare("switch-dr, 3", estimators.SwitchDoublyRobust(tau=3.0), found, target)
        always = np.eye(len(ARMS))[1]
        compare("replay, always arm 1", estimators.ReplayMethod(), ours("--target", "always:1"), always)


mabwiser()
open_bandit()
print("| what | peer | largest difference | bound | |")
print("| --- | --- | --- | --- | --- |")
for what, peer, difference, bound, verdict, _ in rows:
    print(f"| {what} | {peer} | {difference:.2g} | {bound} | {verdict} |")
sys.exit(any(not as_expected for *_, as_expected in rows))
