use super::*;
use crate::panes::PaneState;
use crate::panes::simulator::tests::{answer, question, views};
use crate::panes::tests_common::{assert_contract, texts};

#[test]
fn three_sizes() {
    let view = answer(&question("click:i3,skip:i7,watch:i11"));
    insta::assert_snapshot!(texts(&Nightly, &view, &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in views() {
        assert_contract(&Nightly, &view);
    }
}
