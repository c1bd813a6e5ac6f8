"""Statistics of experiments side by side with scipy and statsmodels, on random tables.

    pip install -r benches/peers/requirements.txt
    cargo build --release
    python benches/peers/experiments.py

Counts: z, chi-square, Fisher, Wilson, Clopper-Pearson, Jeffreys, Newcombe, Agresti-Caffo. Users: Welch, Student,
Mann-Whitney, the bootstrap's and the permutation's p against Welch's (loosely: they are drawn). Sizes: rates and means. The score
interval is held against a solution of its own equation, not against statsmodels, whose constrained maximum has a slip.
"""

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy import optimize, stats
from statsmodels.stats import power, proportion

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--tables", type=int, default=40)
arguments.add_argument("--seed", type=int, default=42)
arguments.add_argument("--recscope", default="target/release/recscope")
options = arguments.parse_args()
random = np.random.default_rng(options.seed)
worst = {}


def ours(*args):
    run = [options.recscope, *args, "--format", "json", "--quiet"]
    return json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)


def hold(what, found, expected, digits=1e-8):
    away = abs(found - expected) / max(1.0, abs(expected))
    worst[what] = max(worst.get(what, 0.0), away)
    assert away <= digits, f"{what}: {found} instead of {expected}"


def score_end(xa, na, xb, nb, side):
    """The end of Miettinen and Nurminen's interval, its likeliest rates by a general optimizer."""
    z = stats.norm.ppf(0.975)
    d = xb / nb - xa / na

    def statistic(delta):
        low, high = max(0.0, -delta), min(1.0, 1.0 - delta)

        def loss(p):
            q = p + delta
            terms = [(xa, p), (na - xa, 1 - p), (xb, q), (nb - xb, 1 - q)]
            return -sum(k * np.log(max(x, 1e-300)) for k, x in terms if k > 0)

        p = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
        q, n = p + delta, na + nb
        variance = n / (n - 1) * (p * (1 - p) / na + q * (1 - q) / nb)
        return (d - delta) / np.sqrt(max(variance, 1e-300))

    if side < 0:
        return optimize.brentq(lambda x: statistic(x) - z, -1 + 1e-9, d - 1e-12, xtol=1e-13)
    return optimize.brentq(lambda x: statistic(x) + z, d + 1e-12, 1 - 1e-9, xtol=1e-13)


def counts():
    na, nb = (int(n) for n in random.integers(20, 20_000, 2))
    xa, xb = (int(random.integers(1, n)) for n in (na, nb))
    if random.random() < 0.5:
        xa, xb = max(1, xa // 50), max(1, xb // 50)
    view = ours("abtest", "--a", f"{xa}/{na}", "--b", f"{xb}/{nb}")
    tests = {t["name"]: t for t in view["tests"]}
    z, p = proportion.proportions_ztest([xb, xa], [nb, na])
    hold("z-pooled", tests["z-pooled"]["statistic"], z)
    hold("z-pooled p", tests["z-pooled"]["p"], p)
    table = [[xa, na - xa], [xb, nb - xb]]
    for name, yates in [("chi2", False), ("chi2-yates", True)]:
        expected = stats.chi2_contingency(table, correction=yates)
        hold(name, tests[name]["statistic"], expected.statistic)
        hold(f"{name} p", tests[name]["p"], expected.pvalue)
    hold("fisher p", tests["fisher"]["p"], stats.fisher_exact(table).pvalue)
    for ours_name, name in [("z-unpooled", "wald"), ("newcombe", "newcomb"), ("agresti-caffo", "agresti-caffo")]:
        low, high = proportion.confint_proportions_2indep(xb, nb, xa, na, method=name)
        hold(f"{ours_name} interval", tests[ours_name]["low"], low)
        hold(f"{ours_name} interval", tests[ours_name]["high"], high)
    hold("score interval", tests["score"]["low"], score_end(xa, na, xb, nb, -1), 1e-6)
    hold("score interval", tests["score"]["high"], score_end(xa, na, xb, nb, 1), 1e-6)
    named = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}
    for interval in view["b"]["intervals"]:
        low, high = proportion.proportion_confint(xb, nb, method=named[interval["name"]])
        hold(interval["name"], interval["low"], low)
        hold(interval["name"], interval["high"], high)
    laws = [stats.beta(1 + x, 1 + n - x) for x, n in ((xa, na), (xb, nb))]
    drawn = (laws[1].rvs(200_000, random_state=random) > laws[0].rvs(200_000, random_state=random)).mean()
    hold("bayes (drawn)", tests["bayes"]["statistic"], drawn, 0.006)


def users():
    sizes = random.integers(5, 60, 2)
    kind = random.integers(3)
    draw = [lambda n: random.normal(3, 2, n), lambda n: random.exponential(2, n), lambda n: random.poisson(2, n)][kind]
    arms = [np.asarray(draw(n), float) for n in sizes]
    if np.concatenate(arms).std() == 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["arm", "metric"])
            for name, values in zip("AB", arms):
                writer.writerows((name, repr(float(v))) for v in values)
        view = ours("abtest", str(path), "--draws", "4000")
    tests = {t["name"]: t for t in view["tests"]}
    a, b = arms
    for name, equal in [("welch", False), ("student", True)]:
        expected = stats.ttest_ind(b, a, equal_var=equal)
        hold(name, tests[name]["statistic"], expected.statistic)
        hold(f"{name} p", tests[name]["p"], expected.pvalue)
        interval = expected.confidence_interval()
        hold(f"{name} interval", tests[name]["low"], interval.low)
        hold(f"{name} interval", tests[name]["high"], interval.high)
    ties = len(np.unique(np.concatenate(arms))) < len(a) + len(b)
    method = "exact" if not ties and max(len(a), len(b)) <= 50 else "asymptotic"
    expected = stats.mannwhitneyu(b, a, method=method)
    hold("mann-whitney", tests["mann-whitney"]["statistic"], expected.statistic)
    hold("mann-whitney p", tests["mann-whitney"]["p"], expected.pvalue)
    # scipy's own two-sided p doubles the smaller tail; ours counts what is as far away, on either side.
    shuffled = stats.permutation_test(
        (b, a),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        n_resamples=4_000,
        vectorized=True,
        alternative="greater",
        rng=random,
    )
    hold("permutation p (drawn)", tests["permutation"]["p"], shuffled.pvalue, 0.05)
    split = stats.chisquare([len(a), len(b)])
    hold("srm p", tests["srm"]["p"], split.pvalue)


def sizes():
    d, chance = random.uniform(0.05, 1.5), random.uniform(0.3, 0.95)
    expected = power.TTestIndPower().solve_power(effect_size=d, alpha=0.05, power=chance)
    if expected > 2.5:
        found = ours("power", "--effect", str(d), "--power", str(chance))["n_per_arm"]
        hold("power of means", found, expected, 1e-6)
    p, q = random.uniform(0.01, 0.5, 2)
    h = proportion.proportion_effectsize(q, p)
    expected = power.NormalIndPower().solve_power(effect_size=abs(h), alpha=0.05, power=chance)
    found = ours("power", "--baseline", str(p), "--target", str(q), "--power", str(chance), "--formula", "cohen-h")
    # statsmodels counts the other tail too, which is nothing where the power is not tiny.
    hold("power of rates, Cohen's h", found["n_per_arm"], expected, 2e-3)


for _ in range(options.tables):
    counts()
    users()
    sizes()
print(f"{options.tables} random tables; the farthest of each figure, relative to the larger of 1 and the peer's:")
for what, away in sorted(worst.items()):
    print(f"  {what:28} {away:.1e}")
