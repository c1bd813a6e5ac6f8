//! Builds in Redis: three hashes a build, and a key that points to the build that is read.
//!
//! ```text
//! recscope:current        the version that is read: renamed onto, so that it changes at once
//! recscope:VERSION:users  id → record        expires after the time to live
//! recscope:VERSION:items  id → similar items expires likewise
//! recscope:VERSION:shared manifest, catalog  stays while it is read, so that there is a fallback without the others
//! ```
//!
//! A build that nobody finishes expires by itself; the build before stays a minute, for requests that are reading it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::{Client, Connection, Pipeline, RedisError};

use super::{Build, Entry, Key, Space, Store, StoreError, Writer, next_version};

/// How long records are served, where nothing else is said.
const LIFE: Duration = Duration::from_secs(72 * 3600);
/// How long an unfinished build is kept after its last sign of life.
const UNFINISHED: Duration = Duration::from_secs(3600);
/// How long the build before is kept for those who are reading it.
const GRACE: Duration = Duration::from_secs(60);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(50);
/// The same while building: the server may be saving its data.
const BUILDING: Duration = Duration::from_secs(30);
/// Bytes a pipeline.
const AT_ONCE: usize = 1 << 20;
/// Connections that are kept for later requests.
const KEPT: usize = 64;

/// A store in a Redis server.
pub struct Remote {
    shared: Arc<Reach>,
    life: Duration,
}

/// How the server is reached.
struct Reach {
    client: Client,
    /// `redis://host:port/0`, without user and password.
    name: String,
    prefix: String,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

impl Remote {
    /// The store at `redis://[USER:PASSWORD@]HOST[:PORT][/DB][#NAME]`: NAME keeps several stores in one database apart.
    ///
    /// # Errors
    /// [`StoreError::Address`] where that is no address. Nothing is connected yet.
    pub fn at(url: &str) -> Result<Self, StoreError> {
        let (address, name) = url.split_once('#').unwrap_or((url, "recscope"));
        let wrong = |e: RedisError| StoreError::Address(format!("this is no address of a Redis server ({e})"));
        let client = Client::open(address).map_err(wrong)?;
        let info = client.get_connection_info();
        let shown = format!("redis://{}/{}#{name}", info.addr(), info.redis_settings().db());
        Ok(Self {
            shared: Arc::new(Reach {
                client,
                name: shown,
                prefix: name.to_owned(),
                patience: PATIENCE,
                idle: Mutex::default(),
            }),
            life: LIFE,
        })
    }

    /// The same store; records of new builds are kept for `life`.
    #[must_use]
    pub fn keeping(mut self, life: Duration) -> Self {
        self.life = life.max(Duration::from_secs(1));
        self
    }
}

impl Reach {
    fn wrong(&self, error: &RedisError, patience: Duration) -> StoreError {
        if error.is_timeout() {
            StoreError::Slow(patience.as_millis() as u64)
        } else {
            StoreError::Down(format!("{}: {error}", self.name))
        }
    }

    fn connect(&self, patience: Duration) -> Result<Connection, StoreError> {
        let wrong = |e: RedisError| self.wrong(&e, patience);
        let connection = self.client.get_connection_with_timeout(patience).map_err(wrong)?;
        connection.set_read_timeout(Some(patience)).map_err(wrong)?;
        connection.set_write_timeout(Some(patience)).map_err(wrong)?;
        Ok(connection)
    }

    /// Asks over a connection that was kept, or a new one. One on which something went wrong is closed: the late answer to
    /// this question must not be taken for the answer to the next.
    fn ask<T>(&self, work: impl Fn(&mut Connection) -> redis::RedisResult<T>) -> Result<T, StoreError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let was_kept = kept.is_some();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect(self.patience)?,
        };
        let answer = match work(&mut connection) {
            // The server was started anew since.
            Err(error) if was_kept && error.is_connection_dropped() => {
                connection = self.connect(self.patience)?;
                work(&mut connection)
            }
            other => other,
        };
        let answer = answer.map_err(|e| self.wrong(&e, self.patience))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
        Ok(answer)
    }

    fn pointer(&self) -> String {
        format!("{}:current", self.prefix)
    }

    fn key(&self, version: u64, space: Space) -> String {
        format!("{}:{version}:{}", self.prefix, space.name())
    }

    fn current(&self) -> Result<Option<u64>, StoreError> {
        let pointer = self.pointer();
        self.ask(|c| redis::cmd("GET").arg(&pointer).query(c))
    }
}

impl Store for Remote {
    fn kind(&self) -> &'static str {
        "redis"
    }

    fn name(&self) -> String {
        self.shared.name.clone()
    }

    fn open(&self) -> Result<Arc<dyn Build>, StoreError> {
        let version = self.shared.current()?;
        Ok(Arc::new(Published {
            version: version.ok_or_else(|| StoreError::Empty(self.name()))?,
            reach: Arc::clone(&self.shared),
        }))
    }

    fn begin(&self, onto: bool) -> Result<Box<dyn Writer>, StoreError> {
        let reach = Arc::clone(&self.shared);
        let mut connection = reach.connect(BUILDING)?;
        let before = reach.current()?;
        let version = next_version(before);
        if onto {
            let before = before.ok_or_else(|| StoreError::Empty(self.name()))?;
            let mut copies = redis::pipe();
            for space in Space::ALL {
                let to = reach.key(version, space);
                copies.cmd("COPY").arg(reach.key(before, space)).arg(&to).ignore();
                copies.cmd("EXPIRE").arg(&to).arg(UNFINISHED.as_secs()).ignore();
            }
            copies
                .atomic()
                .exec(&mut connection)
                .map_err(|e| reach.wrong(&e, BUILDING))?;
        }
        Ok(Box::new(Building {
            reach,
            connection,
            version,
            before,
            life: self.life,
            is_published: false,
        }))
    }
}

/// A build in Redis.
struct Published {
    reach: Arc<Reach>,
    version: u64,
}

impl Build for Published {
    fn version(&self) -> u64 {
        self.version
    }

    fn read(&self, keys: &[Key<'_>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline
                .cmd("HGET")
                .arg(self.reach.key(self.version, key.space))
                .arg(key.id);
        }
        self.reach.ask(|c| pipeline.query(c))
    }

    fn len(&self, space: Space) -> Result<u64, StoreError> {
        let key = self.reach.key(self.version, space);
        self.reach.ask(|c| redis::cmd("HLEN").arg(&key).query(c))
    }

    fn size(&self) -> Result<u64, StoreError> {
        let mut pipeline = redis::pipe();
        for space in Space::ALL {
            // An estimate by a sample of the hash: exact where it is small.
            let key = self.reach.key(self.version, space);
            pipeline.cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(100);
        }
        let sizes: Vec<Option<u64>> = self.reach.ask(|c| pipeline.query(c))?;
        Ok(sizes.into_iter().flatten().sum())
    }
}

/// A build on its way.
struct Building {
    reach: Arc<Reach>,
    connection: Connection,
    version: u64,
    before: Option<u64>,
    life: Duration,
    is_published: bool,
}

impl Building {
    fn send(&mut self, pipeline: &Pipeline) -> Result<(), StoreError> {
        let wrong = |e: RedisError| StoreError::Unwritten(self.reach.wrong(&e, BUILDING).to_string());
        pipeline.exec(&mut self.connection).map_err(wrong)
    }
}

impl Writer for Building {
    fn put(&mut self, entries: Vec<Entry>) -> Result<(), StoreError> {
        let mut rest = entries.as_slice();
        while !rest.is_empty() {
            let (mut pipeline, mut bytes, mut n) = (redis::pipe(), 0, 0);
            for entry in rest.iter().take_while(|e| {
                bytes += e.bytes.len();
                bytes <= AT_ONCE
            }) {
                let key = self.reach.key(self.version, entry.space);
                pipeline.cmd("HSET").arg(key).arg(&entry.id).arg(&entry.bytes).ignore();
                n += 1;
            }
            if n == 0 {
                // One that is larger than a pipeline goes alone.
                let key = self.reach.key(self.version, rest[0].space);
                pipeline
                    .cmd("HSET")
                    .arg(key)
                    .arg(&rest[0].id)
                    .arg(&rest[0].bytes)
                    .ignore();
                n = 1;
            }
            for space in Space::ALL {
                let key = self.reach.key(self.version, space);
                pipeline.cmd("EXPIRE").arg(key).arg(UNFINISHED.as_secs()).ignore();
            }
            self.send(pipeline.atomic())?;
            rest = &rest[n..];
        }
        Ok(())
    }

    fn publish(mut self: Box<Self>) -> Result<u64, StoreError> {
        let (reach, version) = (Arc::clone(&self.reach), self.version);
        let next = format!("{}:next:{version}", reach.prefix);
        let mut pipeline = redis::pipe();
        pipeline.cmd("SET").arg(&next).arg(version).ignore();
        pipeline.cmd("PERSIST").arg(reach.key(version, Space::Shared)).ignore();
        for space in [Space::Users, Space::Items] {
            pipeline
                .cmd("EXPIRE")
                .arg(reach.key(version, space))
                .arg(self.life.as_secs())
                .ignore();
        }
        pipeline.cmd("RENAME").arg(&next).arg(reach.pointer()).ignore();
        if let Some(before) = self.before {
            for space in Space::ALL {
                pipeline
                    .cmd("EXPIRE")
                    .arg(reach.key(before, space))
                    .arg(GRACE.as_secs())
                    .ignore();
            }
        }
        self.send(pipeline.atomic())?;
        self.is_published = true;
        Ok(version)
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if self.is_published {
            return;
        }
        let mut pipeline = redis::pipe();
        for space in Space::ALL {
            pipeline.cmd("UNLINK").arg(self.reach.key(self.version, space)).ignore();
        }
        // What can't be removed now expires.
        let _ = self.send(&pipeline);
    }
}
