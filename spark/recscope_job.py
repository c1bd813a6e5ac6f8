#!/usr/bin/env python3
"""A recommender trained on a cluster, as a bundle of Parquet files that `recscope BUNDLE` opens.

    spark-submit recscope_job.py --interactions s3a://lake/ratings/ --out s3a://lake/bundle

Interactions (Parquet, CSV with a header, or JSON lines) go in; out come the factors of ALS, similar items by
log-likelihood ratio and by cosine, popularity, the best unseen items of every user, and a sample of users with their
histories. README.md beside this file says what each table holds and what a run costs. Needs pyspark 3.5 or newer, and
numpy, which MLlib needs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import pyspark
from pyspark.ml.recommendation import ALS
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

VERSION = 1
# The lower bits of monotonically_increasing_id count the rows of a partition, the upper ones the partitions.
ROW_BITS = 33
ALIASES = {
    "user": ["user", "user_id", "userid", "reviewerid", "visitorid"],
    "item": ["item", "item_id", "itemid", "movieid", "asin", "product_id"],
    "rating": ["rating", "value", "score", "count", "weight", "overall"],
    "time": ["time", "timestamp", "ts", "date", "unixreviewtime"],
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--interactions", required=True, help="a file or folder that Spark can read, one interaction a row")
    add("--items", help="a table of items: a column with their id, perhaps title, and attributes")
    add("--out", required=True, help="the bundle, a folder that does not exist yet")
    add("--columns", default="", help="user=…,item=…,rating=…,time=… where they are called otherwise; rating=none, time=none")
    add("--duplicates", choices=["last", "sum", "mean"], default="last", help="when a user meets an item again")
    add("--rank", type=int, default=64, help="factors of ALS")
    add("--reg", type=float, default=0.1, help="its regularization, per rating")
    add("--iterations", type=int, default=10)
    add("--implicit", action="store_true", help="values are confidence, not ratings")
    add("--alpha", type=float, default=1.0, help="the weight of a value, with --implicit")
    add("--blocks", type=int, default=10, help="of ALS: parts that its factors are split into")
    add("--neighbors", type=int, default=100, help="similar items kept of each item")
    add("--max-history", type=int, default=500, help="interactions of a user that count for similar items, 0 for all")
    add("--candidates", choices=["als", "llr", "cosine"], default="als", help="what ranks the candidates")
    add("--keep", type=int, default=1000, help="candidates of a user")
    add("--sample-users", type=int, default=10_000, help="users that are handed over with their histories, 0 for all")
    add("--only-sample", action="store_true", help="factors and candidates of the sample alone")
    add("--partitions", type=int, default=0, help="of the shuffles [default: as Spark is configured]")
    add("--seed", type=int, default=42)
    options = parser.parse_args()
    for name in ["rank", "iterations", "blocks", "neighbors", "keep"]:
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return options


def read_table(spark: SparkSession, path: str) -> DataFrame:
    """A table by the end of its name; a folder without one is Parquet."""
    name = path.rstrip("/").lower()
    if name.endswith((".csv", ".csv.gz", ".csv.zst")):
        return spark.read.csv(path, header=True)
    if name.endswith((".tsv", ".inter")):
        return spark.read.csv(path, header=True, sep="\t")
    if name.endswith((".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz")):
        return spark.read.json(path)
    return spark.read.parquet(path)


def column_of(table: DataFrame, role: str, named: dict) -> str | None:
    """The column for a role: the one that was named, else the first with a usual name."""
    if role in named:
        if named[role] == "none":
            return None
        if named[role] not in table.columns:
            raise SystemExit(f"--columns {role}={named[role]}: the columns are {', '.join(table.columns)}")
        return named[role]
    lower = {name.lower(): name for name in table.columns}
    return next((lower[alias] for alias in ALIASES[role] if alias in lower), None)


def seconds(table: DataFrame, column: str) -> Column:
    """A time as seconds since 1970, whether it is a number, a timestamp or text."""
    kind = dict(table.dtypes)[column]
    if kind in ("timestamp", "date", "timestamp_ntz"):
        return F.col(column).cast("timestamp").cast("long")
    number = F.expr(f"try_cast(`{column}` as double)").cast("long")
    return F.coalesce(number, F.expr(f"try_cast(`{column}` as timestamp)").cast("long"))


def read_interactions(spark: SparkSession, options: argparse.Namespace) -> DataFrame:
    """user, item, value, and time where there is one; a pair once. Rows without a user, an item or a finite value are
    left out."""
    table = read_table(spark, options.interactions)
    named = dict(part.split("=", 1) for part in options.columns.split(",") if "=" in part)
    user, item, value, when = (column_of(table, role, named) for role in ("user", "item", "rating", "time"))
    if user is None or item is None:
        raise SystemExit(f"no column of users or items among {', '.join(table.columns)}: name them by --columns")
    rows = table.select(
        F.col(user).cast("string").alias("user"),
        F.col(item).cast("string").alias("item"),
        (F.expr(f"try_cast(`{value}` as double)") if value else F.lit(1.0)).alias("value"),
        (seconds(table, when) if when else F.lit(None).cast("long")).alias("time"),
    )
    rows = rows.where("user <> '' and item <> '' and value is not null and not isnan(value) and abs(value) < 1e15")
    last = F.max_by("value", F.struct(F.coalesce("time", F.lit(0)), "value"))
    taken = {"last": last, "sum": F.sum("value"), "mean": F.avg("value")}[options.duplicates]
    return rows.groupBy("user", "item").agg(taken.alias("value"), F.max("time").alias("time"))


def numbered_users(rows: DataFrame) -> DataFrame:
    """user, user_index, history: ALS wants 32-bit numbers. Counted on the cluster, partition by partition."""
    users = rows.groupBy("user").agg(F.count("*").alias("history"))
    # Sorted: a partition that is lost and made again has the same rows in the same order.
    users = users.sortWithinPartitions("user").withColumn("_place", F.monotonically_increasing_id()).persist()
    part = F.shiftright("_place", ROW_BITS).cast("int")
    counts = {row["part"]: row["n"] for row in users.groupBy(part.alias("part")).agg(F.count("*").alias("n")).collect()}
    total, starts = 0, []
    for place in sorted(counts):
        starts.append((place, total))
        total += counts[place]
    if total >= 1 << 31:
        raise SystemExit(f"{total} users are more than ALS can number")
    starts = F.broadcast(users.sparkSession.createDataFrame(starts, "part int, start long"))
    index = (F.col("start") + F.col("_place").bitwiseAND((1 << ROW_BITS) - 1)).cast("int")
    return users.withColumn("part", part).join(starts, "part").select("user", index.alias("user_index"), "history")


def numbered_items(rows: DataFrame) -> DataFrame:
    """item, item_index, count: the most popular has number 0. Items fit on one machine, users need not."""
    counts = rows.groupBy("item").agg(F.count("*").alias("count"))
    order = Window.orderBy(F.desc("count"), "item")
    return counts.withColumn("item_index", (F.row_number().over(order) - 1).cast("int"))


def thinned(indexed: DataFrame, options: argparse.Namespace) -> DataFrame:
    """At most so many interactions of each user, drawn by a hash: pairs grow with the square of a history."""
    if options.max_history <= 0:
        return indexed
    order = F.xxhash64(F.lit(options.seed), "user_index", "item_index")
    window = Window.partitionBy("user_index").orderBy(order, "item_index")
    return indexed.withColumn("_n", F.row_number().over(window)).where(F.col("_n") <= options.max_history).drop("_n")


def entropy_term(k: Column, row: Column, column: Column, total: Column) -> Column:
    """k ln(k N / (row column)), 0 for k = 0."""
    return F.when(k > 0, k * F.log(k * total / (row * column))).otherwise(0.0)


def log_likelihood(both: Column, a: Column, b: Column, total: Column) -> Column:
    """G² of the 2×2 table (Dunning 1993); 0 where two items meet no more often than by chance."""
    only_a, only_b = a - both, b - both
    neither = F.greatest(total - a - b + both, F.lit(0.0))
    total = both + only_a + only_b + neither
    rest_a, rest_b = only_b + neither, only_a + neither
    sums = (
        entropy_term(both, a, b, total)
        + (entropy_term(only_a, a, rest_b, total) + entropy_term(only_b, rest_a, b, total))
        + entropy_term(neither, rest_a, rest_b, total)
    )
    return F.when(both * neither <= only_a * only_b, 0.0).otherwise(F.greatest(2.0 * sums, F.lit(0.0)))


def pairs_of_items(thin: DataFrame) -> DataFrame:
    """a < b, and for both items what the two similarities need: cosine over whole columns of values, G² over who met
    them."""
    row = thin.select("user_index", "item_index", "value")
    a = row.withColumnsRenamed({"item_index": "a", "value": "value_a"})
    b = row.withColumnsRenamed({"item_index": "b", "value": "value_b"})
    met = a.join(b, "user_index").where("a < b").groupBy("a", "b")
    met = met.agg(F.count("*").cast("double").alias("both"), F.sum(F.col("value_a") * F.col("value_b")).alias("dot"))
    sums = row.groupBy("item_index").agg(
        F.count("*").cast("double").alias("n"), F.sum(F.col("value") * F.col("value")).alias("squares")
    )
    of_a = sums.withColumnsRenamed({"item_index": "a", "n": "n_a", "squares": "squares_a"})
    of_b = sums.withColumnsRenamed({"item_index": "b", "n": "n_b", "squares": "squares_b"})
    met = met.join(F.broadcast(of_a), "a").join(F.broadcast(of_b), "b")
    population = F.lit(float(row.select("user_index").distinct().count()))
    length = F.sqrt(F.col("squares_a") * F.col("squares_b"))
    return met.select(
        "a",
        "b",
        log_likelihood(F.col("both"), F.col("n_a"), F.col("n_b"), population).alias("llr"),
        F.when(length > 0, F.col("dot") / length).otherwise(0.0).alias("cosine"),
    )


def most_similar(pairs: DataFrame, measure: str, keep: int) -> DataFrame:
    """item_index, neighbor_index, rank from 1, and the measure: the best of each item, ties by popularity."""
    some = pairs.where(F.col(measure) > 0).select("a", "b", measure)
    other = some.select(F.col("b").alias("a"), F.col("a").alias("b"), measure)
    order = Window.partitionBy("a").orderBy(F.desc(measure), "b")
    ranked = some.union(other).withColumn("rank", F.row_number().over(order)).where(F.col("rank") <= keep)
    return ranked.select(F.col("a").alias("item_index"), F.col("b").alias("neighbor_index"), "rank", measure)


def by_als(model, users: DataFrame, options: argparse.Namespace, n_items: int, longest: int) -> DataFrame:
    """user_index and its best items by ALS, seen ones among them: so many more are asked for."""
    cap = min(longest, options.max_history) if options.max_history > 0 else longest
    wanted = min(n_items, options.keep + cap)
    found = model.recommendForUserSubset(users.select("user_index"), wanted)
    listed = F.transform(
        "recommendations",
        lambda r: F.struct(r["item_index"].alias("item"), r["rating"].cast("double").alias("score")),
    )
    return found.select("user_index", listed.alias("list"))


def by_similar(similar: DataFrame, measure: str, indexed: DataFrame, options: argparse.Namespace) -> DataFrame:
    """user_index and its best items: Σ over the user's items of the measure, by cosine times the value."""
    counts = F.col(measure) * F.col("value") if measure == "cosine" else F.col(measure)
    mine = indexed.withColumnRenamed("item_index", "neighbor_index").join(similar, "neighbor_index")
    scored = mine.groupBy("user_index", "item_index").agg(F.sum(counts).alias("score"))
    seen = indexed.select("user_index", "item_index")
    scored = scored.join(seen, ["user_index", "item_index"], "left_anti")
    order = Window.partitionBy("user_index").orderBy(F.desc("score"), "item_index")
    best = scored.withColumn("rank", F.row_number().over(order)).where(F.col("rank") <= options.keep)
    entry = F.struct("rank", F.col("item_index").alias("item"), "score")
    listed = best.groupBy("user_index").agg(F.sort_array(F.collect_list(entry)).alias("list"))
    return listed.withColumn("list", F.transform("list", lambda r: F.struct(r["item"], r["score"])))


def candidates(lists: DataFrame, users: DataFrame, indexed: DataFrame, keep: int) -> DataFrame:
    """user, items (their numbers, best first), scores, seen (numbers, ascending): a row a user."""
    seen = indexed.groupBy("user_index").agg(F.sort_array(F.collect_list("item_index")).alias("seen"))
    all_of = users.select("user", "user_index").join(seen, "user_index").join(lists, "user_index", "left")
    empty = F.array().cast("array<struct<item:int,score:double>>")
    unseen = F.filter(F.coalesce("list", empty), lambda r: ~F.array_contains("seen", r["item"]))
    best = all_of.withColumn("list", F.slice(unseen, 1, keep))
    scores = F.col("list.score").cast("array<float>")
    return best.select("user", F.col("list.item").alias("items"), scores.alias("scores"), "seen")


def sampled(users: DataFrame, options: argparse.Namespace) -> DataFrame:
    """Some users, drawn by a hash of their id: the same ones from the same data."""
    if options.sample_users <= 0:
        return users
    return users.orderBy(F.xxhash64(F.lit(options.seed), "user"), "user").limit(options.sample_users)


def items_table(spark: SparkSession, items: DataFrame, path: str | None) -> DataFrame:
    """Every item that somebody met: id, and title and attributes as the table of items has them."""
    ids = items.select(F.col("item").alias("id"))
    if path is None:
        return ids
    table = read_table(spark, path)
    lower = {name.lower(): name for name in table.columns}
    key = next((lower[name] for name in ["id", *ALIASES["item"]] if name in lower), table.columns[0])
    kinds = dict(table.dtypes)
    said = []
    for name in table.columns:
        if name != key and not kinds[name].startswith(("struct", "map", "binary", "array<struct")):
            is_list = kinds[name].startswith("array")
            said.append((F.concat_ws("|", name) if is_list else F.col(name).cast("string")).alias(name))
    table = table.select(F.col(key).cast("string").alias("id"), *said).dropDuplicates(["id"])
    return ids.join(table, "id", "left")


def write_text(spark: SparkSession, path: str, text: str) -> None:
    """One small file, wherever the file system of Hadoop reaches."""
    target = spark._jvm.org.apache.hadoop.fs.Path(path)
    system = target.getFileSystem(spark._jsc.hadoopConfiguration())
    stream = system.create(target, True)
    stream.write(bytearray(text.encode()))
    stream.close()


def main() -> None:
    options = arguments()
    spark = SparkSession.builder.appName("recscope").getOrCreate()
    if options.partitions > 0:
        spark.conf.set("spark.sql.shuffle.partitions", options.partitions)
    out = options.out.rstrip("/")

    begun = [time.monotonic()]

    def said(stage: str) -> None:
        now = time.monotonic()
        print(f"recscope: {stage}: {now - begun[0]:.1f} s", file=sys.stderr)
        begun[0] = now

    def write(table: DataFrame, name: str) -> None:
        table.write.parquet(f"{out}/{name}", compression="snappy")
        said(name)

    rows = read_interactions(spark, options).persist()
    items = numbered_items(rows).persist()
    users = numbered_users(rows).persist()
    indexed = rows.join(F.broadcast(items), "item").join(users.select("user", "user_index"), "user")
    indexed = indexed.select("user_index", "item_index", "value", "user", "item", "time").persist()
    counts = users.agg(F.count("*"), F.sum("history"), F.max("history")).first()
    n_users, n_rows, longest = int(counts[0]), int(counts[1] or 0), int(counts[2] or 0)
    if n_rows == 0:
        raise SystemExit(f"{options.interactions}: no row has a user, an item and a value")
    n_items = items.count()
    rows.unpersist()
    said(f"{n_rows} interactions of {n_users} users with {n_items} items")

    write(items.select("item_index", F.col("item").alias("id"), "count").orderBy("item_index"), "popularity")
    write(items_table(spark, items, options.items), "items")
    sample = sampled(users, options).persist()
    whom = sample if options.only_sample else users
    history = indexed.join(F.broadcast(sample.select("user_index")), "user_index")
    history = history.select("user", "item", F.col("value").alias("rating"), "time").sort("user", "time", "item")
    if history.where("time is not null").limit(1).count() == 0:
        history = history.drop("time")
    write(history, "interactions")

    names = items.select("item_index", "item")
    pairs = pairs_of_items(thinned(indexed, options)).persist()
    similar = {}
    for measure in ("llr", "cosine"):
        similar[measure] = most_similar(pairs, measure, options.neighbors).persist()
        neighbors = names.withColumnsRenamed({"item_index": "neighbor_index", "item": "neighbor"})
        named = similar[measure].join(F.broadcast(names), "item_index").join(F.broadcast(neighbors), "neighbor_index")
        write(named.select("item", "neighbor", "rank", measure).sort("item", "rank"), f"similar-{measure}")
    pairs.unpersist()

    als = ALS(
        userCol="user_index",
        itemCol="item_index",
        ratingCol="value",
        rank=options.rank,
        regParam=options.reg,
        maxIter=options.iterations,
        implicitPrefs=options.implicit,
        alpha=options.alpha,
        numUserBlocks=options.blocks,
        numItemBlocks=options.blocks,
        seed=options.seed,
    )
    model = als.fit(indexed.select("user_index", "item_index", F.col("value").cast("float")))
    said("als")
    of_users = model.userFactors.join(whom.select(F.col("user_index").alias("id"), "user"), "id")
    of_items = model.itemFactors.join(F.broadcast(names.withColumnRenamed("item_index", "id")), "id")
    write(of_users.select(F.col("user").alias("id"), "features"), "als/userFactors")
    write(of_items.select(F.col("item").alias("id"), "features"), "als/itemFactors")

    mine = indexed.join(whom.select("user_index"), "user_index") if options.only_sample else indexed
    if options.candidates == "als":
        lists = by_als(model, whom, options, n_items, longest)
    else:
        lists = by_similar(similar[options.candidates], options.candidates, mine, options)
    write(candidates(lists, whom, mine, options.keep), "candidates")

    about = {
        "format": "recscope bundle",
        "version": VERSION,
        "created": int(time.time()),
        "spark": pyspark.__version__,
        "users": n_users,
        "items": n_items,
        "interactions": n_rows,
        "sample_users": sample.count(),
        "seed": options.seed,
        "als": {
            "rank": options.rank,
            "regularization": options.reg,
            "iterations": options.iterations,
            "implicit": options.implicit,
            "alpha": options.alpha,
        },
        "similar": {"neighbors": options.neighbors, "max_history": options.max_history},
        "candidates": {"by": options.candidates, "keep": options.keep, "users": whom.count()},
    }
    # The last: a bundle without it is not whole.
    write_text(spark, f"{out}/bundle.json", json.dumps(about, indent=2) + "\n")
    spark.stop()


if __name__ == "__main__":
    main()
