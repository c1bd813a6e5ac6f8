"""t-SNE against scikit-learn's: the same factors, perplexity 30, 1,000 steps from the first two principal components.

    cargo build --release
    python benches/peers/tsne.py ml-1m/ratings.csv [--model als] [--threads 2] [--program target/release/recscope]

All maps are judged by one exact KL divergence (nats), with scikit-learn's affinities. By rounding alone a descent ends in one
of many minima, a few per cent apart: scikit-learn's figure is the mean over four orders of the rows. Fails where ours is more
than 2 % above it, or where the figure that the program prints (normalized over its tree) is more than 2 % off.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--model", default="als")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--program", default="target/release/recscope")
    return parser.parse_args()


def kl(points, places):
    """KL(P||Q) of a map, summed over all pairs."""
    import numpy as np
    from scipy.spatial.distance import pdist, squareform
    from sklearn.manifold._t_sne import _joint_probabilities_nn
    from sklearn.neighbors import NearestNeighbors

    n = len(points)
    neighbors = min(n - 1, int(3 * 30.0 + 1))
    distances = NearestNeighbors(n_neighbors=neighbors).fit(points).kneighbors_graph(mode="distance")
    distances.data **= 2
    p = squareform(_joint_probabilities_nn(distances, 30.0, 0).toarray(), checks=False)
    q = 1.0 / (1.0 + pdist(places, "sqeuclidean"))
    q /= 2.0 * q.sum()
    there = p > 0
    return 2.0 * float(np.sum(p[there] * np.log(p[there] / q[there])))


def main():
    args = arguments()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import numpy as np
    from sklearn.manifold import TSNE

    threads = ["--threads", str(args.threads), "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "factors.npy"
        subprocess.run(
            [args.program, "factors", args.data, "--model", args.model, "--all", "--export", file, *threads],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        points = np.load(file)
    command = [args.program, "map", args.data, "--model", args.model, "--projection", "tsne", "--format", "json", *threads]
    start = time.time()
    own = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    own_seconds = time.time() - start
    places = np.array([[point["x"], point["y"]] for point in own["points"]])

    peers, peer_seconds = [], 0.0
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(points)) if seed else np.arange(len(points))
        start = time.time()
        peer = TSNE(perplexity=30.0, init="pca", max_iter=1000, random_state=0, n_jobs=args.threads)
        peer = peer.fit_transform(points[order])
        peer_seconds += (time.time() - start) / 4
        peers.append(kl(points[order], peer))

    own_kl, peer_kl = kl(points, places), float(np.mean(peers))
    print(f"{len(points)} points of {points.shape[1]} factors, {args.model} of {args.data}")
    print(f"recscope {own_seconds:.1f} s with the fit and the trust of each point, scikit-learn {peer_seconds:.1f} s")
    print(f"KL: recscope {own_kl:.4f} (it prints {own['kl']:.4f}), scikit-learn {peer_kl:.4f}: {own_kl / peer_kl - 1:+.2%}")
    print("scikit-learn by order of rows: " + " ".join(f"{x:.4f}" for x in peers))
    if own_kl > 1.02 * peer_kl or abs(own["kl"] / own_kl - 1) > 0.02:
        sys.exit("the map is worse than scikit-learn's, or its figure is wrong")


if __name__ == "__main__":
    main()
