//! Reads a file of 100,000 ratings from memory: parsing, both orientations, what was noticed on the way.

mod shared;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn loading(criterion: &mut Criterion) {
    let bytes = shared::csv();
    assert_eq!(shared::read(&bytes).n_ratings(), 100_000);
    let mut group = criterion.benchmark_group("load");
    group.sample_size(20).throughput(Throughput::Elements(100_000));
    group.bench_function("100,000 ratings", |bencher| {
        bencher.iter(|| shared::read(black_box(&bytes)));
    });
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
