//! The mouse does what one expects: a press goes where it points, a second one opens, the wheel scrolls what is below it, a
//! drag moves a map or a slider. It only makes actions; what they do is told elsewhere.

use std::time::{Duration, Instant};

use super::action::Action;
use super::events::Mouse;
use super::places::{Places, Spot, share_of};
use crate::panes::PaneId;

/// Two presses within this time on the same cell open.
const DOUBLE: Duration = Duration::from_millis(400);

/// What was pressed last.
#[derive(Debug, Default)]
pub struct Memory {
    pressed: Option<(u16, u16, Instant)>,
    dragged: Option<((u16, u16), Spot)>,
}

impl Memory {
    /// What the mouse means at a cell of the screen, whose panes these are.
    pub fn action(&mut self, what: Mouse, (x, y): (u16, u16), places: &Places, panes: &[PaneId]) -> Option<Action> {
        let spot = places.spot(x, y, panes);
        match what {
            Mouse::Press => {
                self.dragged = Some(((x, y), spot));
                let double = self.is_double(x, y);
                Some(Action::Point { spot, double })
            }
            Mouse::WheelUp | Mouse::WheelDown => Some(Action::Wheel {
                spot,
                up: what == Mouse::WheelUp,
            }),
            Mouse::Drag => {
                let ((from_x, from_y), began) = self.dragged?;
                self.dragged = Some(((x, y), began));
                let (Spot::Pane(pane)
                | Spot::Row(pane, _)
                | Spot::Head(pane, _)
                | Spot::Plane(pane, ..)
                | Spot::Control(pane, ..)) = began
                else {
                    return None;
                };
                // A slider is dragged along its own bar, wherever the pointer has got to.
                let spot = match began {
                    Spot::Control(pane, n, _) => {
                        let drawn = places.drawn(*panes.get(pane)?);
                        let place = *drawn.controls.get(n)?;
                        Spot::Control(pane, n, crate::panes::controls::share_at(place, drawn.bars, x))
                    }
                    Spot::Plane(pane, ..) => {
                        let drawn = places.drawn(*panes.get(pane)?);
                        let (across, down) = share_of(drawn.plane, x, y);
                        Spot::Plane(pane, across, down)
                    }
                    other => other,
                };
                let area = places.area(pane)?;
                let by = |from: u16, to: u16, cells: u16| (f64::from(to) - f64::from(from)) / f64::from(cells.max(1));
                Some(Action::Drag {
                    spot,
                    by: (by(from_x, x, area.width), by(from_y, y, area.height)),
                })
            }
            Mouse::Release => {
                self.dragged = None;
                None
            }
        }
    }

    /// Whether a button is held down, as far as the terminal tells.
    pub fn is_held(&self) -> bool {
        self.dragged.is_some()
    }

    fn is_double(&mut self, x: u16, y: u16) -> bool {
        let now = Instant::now();
        let before = self
            .pressed
            .filter(|(px, py, at)| (*px, *py) == (x, y) && now - *at <= DOUBLE);
        self.pressed = before.is_none().then_some((x, y, now));
        before.is_some()
    }
}
