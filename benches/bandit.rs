//! Pulls a second of each policy, on one core, on ten arms with low success rates.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use recscope::bandit::{POLICIES, PolicyChoice, Posterior, Simulation, arms_of, p_best};
use recscope::task::Cancel;

const LOW_CTR: [f64; 10] = [0.10, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01];
const PULLS: u64 = 20_000;

fn pulls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bandit pulls");
    group.throughput(Throughput::Elements(PULLS)).sample_size(10);
    for spec in POLICIES {
        let fresh = Simulation::new(&arms_of(&LOW_CTR), &[PolicyChoice::of(spec)], PULLS, 42).expect("valid arms");
        group.bench_function(spec.name, |bencher| {
            bencher.iter_batched_ref(
                || fresh.clone(),
                |simulation| simulation.step_many(PULLS, &Cancel::new()),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn best_arm(criterion: &mut Criterion) {
    let counts = [
        (60.0, 551.0),
        (5.0, 117.0),
        (7.0, 133.0),
        (3.0, 95.0),
        (0.0, 51.0),
        (1.0, 44.0),
        (0.0, 43.0),
    ];
    let posteriors: Vec<Posterior> = counts.iter().map(|(s, f)| Posterior::new(1.0 + s, 1.0 + f)).collect();
    criterion.bench_function("bandit P(best) of 7 arms", |bencher| {
        bencher.iter(|| p_best(&posteriors));
    });
}

criterion_group!(benches, pulls, best_arm);
criterion_main!(benches);
