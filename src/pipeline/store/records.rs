//! What is kept of a user and of an item, as bytes with a checksum.

/// One recommended item of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Its number in the catalog of the build.
    pub item: u32,
    /// The score that ranks it, rounded to 32 bits.
    pub score: f32,
    /// A bit for each source that proposed it: bit 0 for the first source of the plan.
    pub sources: u8,
}

/// So many sources fit into [`Candidate::sources`].
pub const MOST_SOURCES: usize = 8;

/// What the batch left of one user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserRecord {
    pub user: String,
    /// The build that wrote it. An incremental build leaves others' records as they are.
    pub version: u64,
    /// Milliseconds since 1970.
    pub built_at: i64,
    /// What the scores come from: see [`super::super::Manifest::model_hash`].
    pub model: u64,
    /// What the catalog's numbers mean: the identity of the data of the last full build.
    pub dataset: u64,
    /// Stands for the ratings that the batch knew: another number, another profile.
    pub profile: u64,
    /// What is known of the user, for conditions: (column, what it says).
    pub features: Vec<(String, String)>,
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// What the user had rated, in the catalog's numbers, ascending.
    pub seen: Vec<u32>,
}

/// Bytes that are no record: half-written, of another kind, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record is damaged or half-written")]
pub struct Damaged;

const MAGIC: &[u8; 4] = b"rsr1";

/// Bytes with what tells that they are whole before them.
pub fn sealed(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 8);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
    bytes.extend_from_slice(content);
    bytes
}

/// What was [`sealed`].
///
/// # Errors
/// [`Damaged`] where a byte is missing or another.
pub fn unsealed(bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (magic, rest) = bytes.split_at_checked(4).ok_or(Damaged)?;
    let (sum, content) = rest.split_at_checked(4).ok_or(Damaged)?;
    let is_whole = magic == MAGIC && sum == crc32fast::hash(content).to_le_bytes();
    if is_whole { Ok(content) } else { Err(Damaged) }
}

/// Reads numbers off the front of some bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.take(N)?.try_into().map_err(|_| Damaged)
    }

    fn u32(&mut self) -> Result<u32, Damaged> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Damaged> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// `n` words of four bytes.
    fn words(&mut self, n: usize) -> Result<impl Iterator<Item = [u8; 4]> + use<'a>, Damaged> {
        let (words, _) = self.take(n.checked_mul(4).ok_or(Damaged)?)?.as_chunks::<4>();
        Ok(words.iter().copied())
    }

    fn text(&mut self) -> Result<String, Damaged> {
        let n = self.u32()? as usize;
        String::from_utf8(self.take(n)?.to_vec()).map_err(|_| Damaged)
    }
}

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend_from_slice(&(text.len() as u32).to_le_bytes());
    to.extend_from_slice(text.as_bytes());
}

impl UserRecord {
    /// As bytes, nine a candidate and four a seen item.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(96 + 9 * self.candidates.len() + 4 * self.seen.len());
        for number in [
            self.version,
            self.built_at as u64,
            self.model,
            self.dataset,
            self.profile,
        ] {
            to.extend_from_slice(&number.to_le_bytes());
        }
        text(&mut to, &self.user);
        to.extend_from_slice(&(self.features.len() as u32).to_le_bytes());
        for (column, said) in &self.features {
            text(&mut to, column);
            text(&mut to, said);
        }
        to.extend_from_slice(&(self.candidates.len() as u32).to_le_bytes());
        let candidates = || self.candidates.iter();
        candidates().for_each(|c| to.extend_from_slice(&c.item.to_le_bytes()));
        candidates().for_each(|c| to.extend_from_slice(&c.score.to_le_bytes()));
        to.extend(candidates().map(|c| c.sources));
        to.extend_from_slice(&(self.seen.len() as u32).to_le_bytes());
        self.seen.iter().for_each(|i| to.extend_from_slice(&i.to_le_bytes()));
        sealed(&to)
    }

    /// What [`UserRecord::encode`] wrote.
    ///
    /// # Errors
    /// [`Damaged`] where a byte is missing or another.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut from = Reader(unsealed(bytes)?);
        let mut record = Self {
            version: from.u64()?,
            built_at: from.u64()? as i64,
            model: from.u64()?,
            dataset: from.u64()?,
            profile: from.u64()?,
            user: from.text()?,
            ..Self::default()
        };
        for _ in 0..from.u32()? {
            record.features.push((from.text()?, from.text()?));
        }
        let n = from.u32()? as usize;
        let items = from.words(n)?.map(u32::from_le_bytes);
        let scores = from.words(n)?.map(f32::from_le_bytes);
        let sources = from.take(n)?;
        let candidate = |((item, score), sources): ((u32, f32), &u8)| Candidate {
            item,
            score,
            sources: *sources,
        };
        record.candidates = items.zip(scores).zip(sources).map(candidate).collect();
        let n = from.u32()? as usize;
        record.seen = from.words(n)?.map(u32::from_le_bytes).collect();
        let is_finite = record.candidates.iter().all(|c| c.score.is_finite());
        if from.0.is_empty() && is_finite {
            Ok(record)
        } else {
            Err(Damaged)
        }
    }
}

/// An item and how similar it is to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similar {
    /// Its number in the catalog of the build.
    pub item: u32,
    pub similarity: f32,
}

/// The items similar to one, as bytes.
pub fn encode_row(row: &[Similar]) -> Vec<u8> {
    let mut to = Vec::with_capacity(8 * row.len());
    for similar in row {
        to.extend_from_slice(&similar.item.to_le_bytes());
        to.extend_from_slice(&similar.similarity.to_le_bytes());
    }
    sealed(&to)
}

/// What [`encode_row`] wrote.
///
/// # Errors
/// [`Damaged`] where a byte is missing or another.
pub fn decode_row(bytes: &[u8]) -> Result<Vec<Similar>, Damaged> {
    let (pairs, rest) = unsealed(bytes)?.as_chunks::<8>();
    let similar = |pair: &[u8; 8]| {
        let mut from = Reader(pair);
        Ok(Similar {
            item: from.u32()?,
            similarity: f32::from_bits(from.u32()?),
        })
    };
    let row: Vec<Similar> = pairs.iter().map(similar).collect::<Result<_, Damaged>>()?;
    let is_whole = rest.is_empty() && row.iter().all(|s| s.similarity.is_finite());
    if is_whole { Ok(row) } else { Err(Damaged) }
}
