/// Points in a space of `width` dimensions, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    width: usize,
    n: usize,
    numbers: Vec<f64>,
}

impl Points {
    /// The points of `rows`; what a row lacks of `width` numbers is 0, what it has beyond is left out.
    pub fn of<R: AsRef<[f64]>>(width: usize, rows: impl IntoIterator<Item = R>) -> Self {
        let mut points = Self {
            width,
            n: 0,
            numbers: Vec::new(),
        };
        for row in rows {
            points.n += 1;
            let row = row.as_ref();
            points.numbers.extend(row.iter().take(width));
            points.numbers.resize(points.n * width, 0.0);
        }
        points
    }

    /// How many numbers a point has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The point at `at`, which is below [`Points::len`].
    pub fn row(&self, at: usize) -> &[f64] {
        &self.numbers[at * self.width..(at + 1) * self.width]
    }

    /// All of them in their order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.n).map(|at| self.row(at))
    }

    /// One coordinate of all points.
    pub fn column(&self, dimension: usize) -> Vec<f64> {
        self.rows().map(|row| row[dimension]).collect()
    }

    /// Each point as `turn` makes it, in a space of `width` dimensions.
    #[must_use]
    pub fn map(&self, width: usize, turn: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        Self::of(width, self.rows().map(turn))
    }

    /// Those of the points that stand at `places`, in that order.
    #[must_use]
    pub fn at(&self, places: &[usize]) -> Self {
        Self::of(self.width, places.iter().map(|at| self.row(*at)))
    }
}

impl From<&[(f64, f64)]> for Points {
    fn from(places: &[(f64, f64)]) -> Self {
        Self::of(2, places.iter().map(|(x, y)| [*x, *y]))
    }
}

/// a·b.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// |a − b|², summed in four strands so that additions need not wait for each other.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let (quads_a, rest_a) = a.as_chunks::<4>();
    let (quads_b, rest_b) = b.as_chunks::<4>();
    let mut strands = [0.0; 4];
    for (a, b) in quads_a.iter().zip(quads_b) {
        for k in 0..4 {
            strands[k] += (a[k] - b[k]) * (a[k] - b[k]);
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(x, y)| (x - y) * (x - y)).sum();
    (strands[0] + strands[1]) + (strands[2] + strands[3]) + rest
}
