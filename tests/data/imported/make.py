"""Writes the files of this folder: models as other programs save them, and what those programs score.

    python -m venv venv && venv/bin/pip install implicit==0.7.3 pyspark numpy pandas
    venv/bin/python make.py

Needs Java for pyspark. The ratings are made up here and stand in ratings.csv.
"""

import csv
import os
import random
import shutil

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def ratings():
    """Twelve users of two tastes and nine items; ids are no row numbers."""
    draw = random.Random(5)
    rows = []
    for user in range(12):
        for item in range(9):
            if draw.random() < 0.55:
                fits = user % 2 == item % 2
                rows.append((101 + 3 * user, 900 - 7 * item, (4 if fits else 2) + draw.choice([-1, 0, 1])))
    return rows


def write(name, header, rows):
    with open(path(name), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def of_implicit(rows):
    """implicit's ALS, as its save() writes it, and its own scores. It does not save ids: they stand beside."""
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    users, items = sorted({r[0] for r in rows}), sorted({r[1] for r in rows})
    matrix = csr_matrix(
        ([float(r[2]) for r in rows], ([users.index(r[0]) for r in rows], [items.index(r[1]) for r in rows])),
        dtype=np.float32,
    )
    model = AlternatingLeastSquares(factors=4, iterations=10, regularization=0.1, random_state=3, num_threads=1)
    model.fit(matrix, show_progress=False)
    model.save(path("implicit.npz"))
    for name, ids in [("user", users), ("item", items)]:
        with open(path(f"implicit.npz.{name}_ids.txt"), "w") as file:
            file.writelines(f"{i}\n" for i in ids)
    scores = []
    for at, user in enumerate(users):
        ids, values = model.recommend(at, matrix[at], N=len(items), filter_already_liked_items=False)
        scores += [(user, items[i], repr(float(v))) for i, v in zip(ids, values)]
    write("implicit.scores.csv", ["user", "item", "score"], sorted(scores))

    # The taste that it finds anew for each user's ratings, the items held: by its own recalculate_user.
    model.use_cg = False
    again = np.asarray(model.recalculate_user(range(len(users)), matrix)) @ model.item_factors.T
    scores = [(u, i, repr(float(again[m, n]))) for m, u in enumerate(users) for n, i in enumerate(items)]
    write("implicit.recalculated.csv", ["user", "item", "score"], scores)

    # The same factors as numpy saves arrays by themselves, in two orders of memory.
    os.makedirs(path("numpy"), exist_ok=True)
    np.save(path("numpy/user_factors.npy"), np.asfortranarray(model.user_factors))
    np.save(path("numpy/item_factors.npy"), model.item_factors.astype(np.float64))
    for name in ["user", "item"]:
        shutil.copy(path(f"implicit.npz.{name}_ids.txt"), path(f"numpy/{name}_factors.npy.ids.txt"))


def of_spark(rows):
    """Spark's explicit ALS: the model as it saves it, its predictions of known and unknown pairs, and of one user more."""
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.createDataFrame(rows, ["user", "item", "rating"]).repartition(2, "user")
    als = ALS(rank=3, maxIter=8, regParam=0.1, userCol="user", itemCol="item", ratingCol="rating", seed=1, numUserBlocks=2, numItemBlocks=2)
    model = als.fit(frame)
    model.write().overwrite().save(path("spark"))
    users, items = sorted({r[0] for r in rows}), sorted({r[1] for r in rows})
    pairs = spark.createDataFrame([(u, i) for u in users for i in items], ["user", "item"])
    predicted = model.transform(pairs)
    scores = sorted((r["user"], r["item"], repr(float(r["prediction"]))) for r in predicted.collect())
    write("spark.scores.csv", ["user", "item", "score"], scores)
    known = predicted.join(frame, ["user", "item"]).select("user", "item", "prediction")
    known.coalesce(1).write.mode("overwrite").parquet(path("spark-predictions"))
    spark.stop()


def tidy():
    """Checksums and marks that Spark leaves beside its files are of no use here."""
    for folder, _, files in os.walk(HERE):
        for name in files:
            if name.endswith(".crc") or name == "_SUCCESS":
                os.remove(os.path.join(folder, name))


if __name__ == "__main__":
    made = ratings()
    write("ratings.csv", ["user", "item", "rating"], made)
    of_implicit(made)
    of_spark(made)
    tidy()
