//! Lists of everybody beside those of serving one after the other, on real data, to the last bit. Slow, so run by hand:
//!
//! ```sh
//! RECSCOPE_DATA=FOLDER cargo test --release --test ranking -- --ignored --nocapture
//! ```
//!
//! FOLDER holds `ml-100k` or `ml-1m`, or both; `RECSCOPE_MODELS="als; ease"` asks for some models only.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use recscope::data::{Dataset, ItemIx, LoadOptions, Source, UserIx, load};
use recscope::models::{FitStore, Formula, MODELS, Profile, Ranker, Recommender, Serving, Wanted};
use recscope::task::{Pool, Task};

const WANTED: Wanted = Wanted {
    n: 10,
    include_seen: false,
};

type Lists = Vec<Vec<(ItemIx, f64)>>;

fn together(model: &Arc<dyn Recommender>, data: &Dataset, users: &[UserIx], task: &Task) -> Lists {
    let ranker = Ranker::open(model, data, users.len(), task).unwrap();
    let lists = task.pool.map(users.len().div_ceil(Ranker::AT_ONCE), |chunk| {
        let some = users[chunk * Ranker::AT_ONCE..].iter().take(Ranker::AT_ONCE);
        let profiles: Vec<_> = some.map(|user| Arc::new(Profile::of_user(data, *user))).collect();
        ranker.lists(&profiles, WANTED, &task.cancel).unwrap()
    });
    lists.concat()
}

fn alone(model: &Arc<dyn Recommender>, data: &Dataset, users: &[UserIx], task: &Task) -> Lists {
    task.pool.map(users.len(), |at| {
        let profile = Arc::new(Profile::of_user(data, users[at]));
        let serving = Serving::open(model, profile, &task.cancel).unwrap();
        // All scores, as a pane asks for them.
        serving.scores(&task.cancel).unwrap();
        serving.recommend(WANTED.n, WANTED.include_seen, &task.cancel).unwrap()
    })
}

fn compare(name: &str) {
    let Some(folder) = std::env::var_os("RECSCOPE_DATA").map(|f| PathBuf::from(f).join(name)) else {
        println!("skipped: RECSCOPE_DATA names no folder");
        return;
    };
    if !folder.exists() {
        println!("skipped: RECSCOPE_DATA has no {name}");
        return;
    }
    let task = Task {
        pool: Pool::new("ranking", std::thread::available_parallelism().map_or(1, usize::from)),
        ..Task::unattended()
    };
    let data = Arc::new(load(&Source::Path(folder), &LoadOptions::default(), &task).unwrap());
    let users: Vec<UserIx> = data.users().collect();
    let asked = std::env::var("RECSCOPE_MODELS").ok();
    let all = || MODELS.iter().map(|model| model.name.to_owned()).collect();
    let formulas: Vec<String> = asked.map_or_else(all, |text| text.split(';').map(|f| f.trim().to_owned()).collect());
    for text in formulas {
        let store = FitStore::new(Arc::clone(&data), 42);
        let model = match store.fit(&Formula::parse(&text).unwrap(), &task) {
            Ok(model) => model,
            Err(why) => {
                println!("{name}, {text}: {why}");
                continue;
            }
        };
        let begin = Instant::now();
        let many = together(&model, &data, &users, &task);
        let then = Instant::now();
        let one = alone(&model, &data, &users, &task);
        let seconds = [then.duration_since(begin), then.elapsed()].map(|d| d.as_secs_f64());
        println!(
            "{name}, {text}: together {:.2} s, one by one {:.2} s",
            seconds[0], seconds[1]
        );
        for (user, (many, one)) in users.iter().zip(many.iter().zip(&one)) {
            let bits = |list: &[(ItemIx, f64)]| list.iter().map(|(i, s)| (i.0, s.to_bits())).collect::<Vec<_>>();
            assert_eq!(bits(many), bits(one), "{name}, {text}, user {}", data.user_id(*user));
        }
    }
}

#[test]
#[ignore = "slow; see above"]
fn everybody_of_ml_100k() {
    compare("ml-100k");
}

#[test]
#[ignore = "slow; see above"]
fn everybody_of_ml_1m() {
    compare("ml-1m");
}
