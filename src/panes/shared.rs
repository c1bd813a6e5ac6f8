use std::collections::BTreeMap;
use std::sync::Arc;

use super::controls::{Control, Settings, Values};
use super::selection::{Beside, PaneId, PaneState, Selection, Target};
use crate::answers::{Entity, Subject, Whose, World};
use crate::bandit::Arm;
use crate::data::{Filters, ItemIx, UserIx, Words};
use crate::engine::Order;
use crate::models::{Formula, default_neighborhood};

/// What all panes share, as plain data: everything is about it, and their actions change it.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// Who and what everything is about.
    pub selection: Selection,
    /// What ratings are called, and what they are.
    pub words: Words,
    pub memories: BTreeMap<PaneId, PaneState>,
    /// The pane that has the keyboard.
    pub pane: PaneId,
    /// Its control that has the keyboard, by its place.
    pub control: Option<usize>,
    /// What that pane shows and can do, as of its last answer.
    pub facts: Facts,
    /// The pane whose cursor set the focus.
    pub led_by: Option<PaneId>,
    /// Where one has been, the latest last.
    pub back: Vec<Visit>,
    /// Where one came back from, the latest last.
    pub forward: Vec<Visit>,
    /// Panes that stay as they are when the subject or the model changes.
    pub lasting: Vec<PaneId>,
    /// A sentence in place of the hints, until the next key.
    pub notice: Option<String>,
    /// Through which filters the data was read.
    pub filters: Filters,
    /// Through which filters it is to be read.
    pub wanted_filters: Filters,
    /// Events that are followed: a file that grows, or a Redis stream.
    pub follow: Option<String>,
    /// What is to be said to the runs of panes.
    pub orders: Vec<(PaneId, Order)>,
    /// What an action wants of the explorer beyond changing this.
    pub wish: Option<Wish>,
}

/// What an action of a pane may want of the explorer.
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    /// A pane is shown, on the screen that has it, and gets the keyboard.
    Show(PaneId),
    /// Somebody picks a user or an item.
    Pick(Picks),
    /// A guest who likes what the rows of the pane are about becomes the subject.
    Guest,
    /// Somebody chooses a model, or types a formula.
    Model(fn(&mut Shared, Arc<Formula>)),
}

/// What a user or an item is picked for.
#[derive(Clone, Copy, Debug)]
pub struct Picks {
    /// The question, as the title of the picker.
    pub title: &'static str,
    /// Among users, else among items.
    pub users: bool,
    /// Shows on the panes what it would be like to take it; of the selection, what it changes is undone on the way.
    pub preview: fn(&mut Shared, Entity),
    pub take: fn(&mut Shared, Entity),
}

/// What the pane with the keyboard shows and can do.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub has_view: bool,
    pub rows: usize,
    /// How many of them fit on the screen.
    pub page: usize,
    /// What the row under the cursor is about.
    pub target: Option<Target>,
    /// Its key: what [`PaneState::folded`] holds.
    pub row_key: Option<u64>,
    /// What can be made an arm of the bandit.
    pub arm: Option<Arm>,
    pub is_branch: bool,
    pub is_folded: bool,
    /// How many ways of showing its answer the pane has.
    pub modes: usize,
    /// The cursor keys move what is shown.
    pub pans: bool,
    /// There is arithmetic to be shown.
    pub has_arithmetic: bool,
    /// There is a command line with the same numbers.
    pub has_command: bool,
    /// What it can be set to.
    pub controls: Vec<Control>,
}

/// A place in the history of subjects.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Who or what it is about.
    pub subject: Subject,
    pub focus_item: Option<ItemIx>,
    pub focus_user: Option<UserIx>,
}

/// What the cursor of a pane sets.
#[derive(Clone, Copy, Debug)]
pub enum Leads {
    /// The focus item of a person, or the focus user of an item. Where several panes set it, the one with the lowest rank
    /// comes first; the others wait for it.
    Focus {
        rank: u8,
    },
    Neighbor,
    Other(fn(&mut Shared, &Target)),
}

/// An action of a pane or a screen: possible only there.
pub struct ActionRow {
    /// `verb_noun`, as in the settings file.
    pub id: &'static str,
    /// As the palette and the help call it.
    pub title: &'static str,
    /// The same in a word or two, for the hint line; empty for what needs no hint.
    pub hint: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    pub keys: &'static [&'static str],
    pub run: fn(&mut Shared, &World),
    /// When it is possible; only then is it offered.
    pub possible: fn(&Shared) -> bool,
}

impl Shared {
    /// What a pane remembers.
    pub fn memory(&self, pane: PaneId) -> PaneState {
        self.memories.get(&pane).cloned().unwrap_or_default()
    }

    /// What a pane remembers, to be changed.
    pub fn memory_mut(&mut self, pane: PaneId) -> &mut PaneState {
        self.memories.entry(pane).or_default()
    }

    /// What the controls of a pane were set to.
    pub fn values(&self, pane: PaneId) -> Values {
        self.memories.get(&pane).map_or_else(Values::new, |m| m.values.clone())
    }

    /// The values of these controls of a pane.
    pub fn settings(&self, pane: PaneId, controls: Vec<Control>) -> Settings {
        Settings {
            controls,
            values: self.values(pane),
        }
    }

    /// What the pane with the keyboard remembers, to be changed.
    pub fn focused_mut(&mut self) -> &mut PaneState {
        self.memory_mut(self.pane)
    }

    /// Says something to the run of the pane with the keyboard.
    pub fn order(&mut self, order: Order) {
        self.orders.push((self.pane, order));
    }

    /// The model that the present one is compared with where none was chosen: the neighborhood, or popularity where that
    /// answers already.
    pub fn usual_other(&self) -> Option<Formula> {
        let names = [default_neighborhood(self.words.kind), "popularity"];
        let models = names.iter().filter_map(|name| Formula::parse(name).ok());
        models.into_iter().find(|model| *model != *self.selection.formula)
    }

    /// The model that the present one is compared with.
    pub fn other_model(&self) -> Option<Arc<Formula>> {
        match &self.selection.beside {
            Some(Beside::Model(formula)) => Some(Arc::clone(formula)),
            _ => self.usual_other().map(Arc::new),
        }
    }

    /// The place in the history that this is.
    pub fn visit(&self) -> Visit {
        Visit {
            subject: self.selection.subject.clone(),
            focus_item: self.selection.focus_item,
            focus_user: self.selection.focus_user,
        }
    }

    /// Goes to a subject; `before` is where Back leads.
    pub fn go_to(&mut self, subject: Subject, before: Visit) {
        if before.subject != subject {
            self.back.push(before);
            self.forward.clear();
        }
        self.set_subject(subject);
    }

    /// To the subject before this one, or the one after it.
    pub fn travel(&mut self, back: bool) {
        let here = self.visit();
        let (from, to) = if back {
            (&mut self.back, &mut self.forward)
        } else {
            (&mut self.forward, &mut self.back)
        };
        let Some(visit) = from.pop() else { return };
        to.push(here);
        self.set_subject(visit.subject);
        self.selection.focus_item = visit.focus_item;
        self.selection.focus_user = visit.focus_user;
    }

    /// Makes somebody or something the subject, without a trace in the history.
    pub fn set_subject(&mut self, subject: Subject) {
        if self.selection.subject != subject {
            self.selection.subject = subject;
            self.selection.neighbor = None;
            self.selection.second = None;
            self.start_at_the_top();
        }
    }

    /// Lets a model answer every pane. One that is only turned otherwise keeps the cursors on what they are on.
    pub fn set_formula(&mut self, formula: Arc<Formula>) {
        if self.selection.formula != formula {
            let is_alike = self.selection.formula.is_alike(&formula);
            self.selection.formula = formula;
            if !is_alike {
                self.start_at_the_top();
            }
        }
    }

    /// Other rows: cursors go to the top, filters end, the list leads again; how a pane shows its answer stays.
    fn start_at_the_top(&mut self) {
        (self.selection.focus_item, self.selection.focus_user, self.led_by) = (None, None, None);
        for (_, memory) in self.memories.iter_mut().filter(|(id, _)| !self.lasting.contains(id)) {
            memory.cursor = 0;
            memory.filter.clear();
        }
    }

    /// The cursor of `pane` stands on `target`: what it leads follows.
    pub fn lead(&mut self, pane: PaneId, leads: Leads, target: &Target) {
        if let Leads::Other(lead) = leads {
            return lead(self, target);
        }
        let Some(entity) = target.entity() else { return };
        let selection = &mut self.selection;
        match (leads, entity, &selection.subject) {
            // A neighbor is of the subject's kind; anything else that its pane lists (what both rated) is a focus.
            (Leads::Neighbor, Entity::User(_), Subject::Person(_))
            | (Leads::Neighbor, Entity::Item(_), Subject::Item(_)) => {
                selection.neighbor = Some(entity);
            }
            (_, Entity::Item(item), Subject::Person(_)) => {
                selection.focus_item = Some(item);
                self.led_by = Some(pane);
            }
            (_, Entity::User(user), Subject::Item(_)) => {
                selection.focus_user = Some(user);
                self.led_by = Some(pane);
            }
            _ => {}
        }
    }

    /// Whether nothing is led yet where this pane would lead.
    pub fn lacks(&self, leads: Leads) -> bool {
        let selection = &self.selection;
        match leads {
            Leads::Focus { .. } => match selection.subject {
                Subject::Person(_) => selection.focus_item.is_none(),
                Subject::Item(_) => selection.focus_user.is_none(),
            },
            Leads::Neighbor => selection.neighbor.is_none(),
            Leads::Other(_) => false,
        }
    }

    /// Whose rating of which item `e` edits: of the row under the cursor, else of the focus.
    pub fn rating_cell(&self) -> Option<(Whose, ItemIx)> {
        let under = self.facts.target.as_ref().and_then(Target::entity);
        match (&self.selection.subject, under) {
            (Subject::Person(whose), Some(Entity::Item(item))) => Some((whose.clone(), item)),
            (Subject::Person(whose), _) => self.selection.focus_item.map(|item| (whose.clone(), item)),
            (Subject::Item(item), Some(Entity::User(user))) => Some((Whose::User(user), *item)),
            (Subject::Item(item), _) => self.selection.focus_user.map(|user| (Whose::User(user), *item)),
        }
    }
}
