//! One frame of Explore, everything answered: from the answers to the cells, and to what a terminal is sent.

mod shared;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use recscope::answers::World;
use recscope::app::{Config, Depth, Explorer, Options, Sessions, ThemeName};
use recscope::data::Filters;

fn explorer() -> Explorer {
    let options = Options {
        world: World::new(Arc::new(shared::read(&shared::csv())), 42),
        data: Vec::new(),
        filters: Filters::default(),
        reader: None,
        config: Config::default(),
        model: None,
        follow: None,
        threads: 2,
        sessions: Sessions::nowhere(),
        theme: ThemeName::Dark,
        depth: Depth::True,
    };
    let mut explorer = Explorer::new(options, Arc::new(|| ())).expect("threads");
    assert!(explorer.wait_idle(Duration::from_secs(120)), "answers did not come");
    explorer
}

fn frames(criterion: &mut Criterion) {
    let mut explorer = explorer();
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("no terminal to fail");
        criterion.bench_function(&format!("frame {width}x{height}"), |bencher| {
            bencher.iter(|| {
                let drawn = terminal.draw(|frame| {
                    let area = frame.area();
                    explorer.draw(area, frame.buffer_mut(), false);
                });
                drawn.expect("nothing to fail").count
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = frames
}
criterion_main!(benches);
