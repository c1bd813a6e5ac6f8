//! Parts that fail on purpose, to see what becomes of an answer.

use std::sync::{Arc, Mutex, PoisonError};

use super::store::{Build, Key, Space, Store, StoreError, Writer};

/// What fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fault {
    #[default]
    None,
    StoreDown,
    StoreSlow,
    /// The batch did not run for five days.
    Stale,
    /// The user's record was cut off while it was written.
    HalfWritten,
    /// The store was built of other data.
    OtherData,
    /// The similarities that a session needs are not there.
    FeatureMissing,
    /// The session's stage takes 80 ms longer.
    SlowStage,
}

impl Fault {
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::StoreDown,
        Self::StoreSlow,
        Self::Stale,
        Self::HalfWritten,
        Self::OtherData,
        Self::FeatureMissing,
        Self::SlowStage,
    ];

    /// As a control writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StoreDown => "store down",
            Self::StoreSlow => "store slow",
            Self::Stale => "model stale",
            Self::HalfWritten => "half-written",
            Self::OtherData => "other data",
            Self::FeatureMissing => "feature missing",
            Self::SlowStage => "stage slow",
        }
    }
}

/// A store some part of which may fail.
pub struct Breakable {
    store: Arc<dyn Store>,
    fault: Mutex<Fault>,
}

impl Breakable {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            fault: Mutex::default(),
        }
    }

    /// From now on this fails.
    pub fn fail(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Breakable {
    fn kind(&self) -> &'static str {
        self.store.kind()
    }

    fn name(&self) -> String {
        self.store.name()
    }

    fn open(&self) -> Result<Arc<dyn Build>, StoreError> {
        let fault = self.fault();
        match fault {
            Fault::StoreDown => Err(StoreError::Down("connection refused (simulated)".to_owned())),
            Fault::StoreSlow => Err(StoreError::Slow(50)),
            _ => Ok(Arc::new(Broken {
                build: self.store.open()?,
                fault,
            })),
        }
    }

    fn begin(&self, onto: bool) -> Result<Box<dyn Writer>, StoreError> {
        self.store.begin(onto)
    }
}

struct Broken {
    build: Arc<dyn Build>,
    fault: Fault,
}

impl Build for Broken {
    fn version(&self) -> u64 {
        self.build.version()
    }

    fn read(&self, keys: &[Key<'_>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found = self.build.read(keys)?;
        for (key, bytes) in keys.iter().zip(&mut found) {
            match (self.fault, key.space) {
                (Fault::HalfWritten, Space::Users) => {
                    if let Some(bytes) = bytes {
                        bytes.truncate(bytes.len() / 2);
                    }
                }
                (Fault::FeatureMissing, Space::Items) => *bytes = None,
                _ => {}
            }
        }
        Ok(found)
    }

    fn len(&self, space: Space) -> Result<u64, StoreError> {
        self.build.len(space)
    }

    fn size(&self) -> Result<u64, StoreError> {
        self.build.size()
    }
}
