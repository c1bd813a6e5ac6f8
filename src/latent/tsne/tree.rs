/// Points of a plane in cells, each divided into four until few are left.
pub(super) struct Tree<'a> {
    places: &'a [(f64, f64)],
    /// The points, those of each cell side by side.
    order: Vec<u32>,
    cells: Vec<Cell>,
}

/// A square of the plane.
struct Cell {
    /// The mean of the points inside.
    middle: (f64, f64),
    count: f64,
    /// The side of the square, squared.
    width: f64,
    /// Its points, by their places in the order.
    points: (u32, u32),
    /// The cell after this one and all that it is divided into; cells stand before their parts.
    next: u32,
    divided: bool,
}

/// Cells with at most so many points are not divided: their points are cheaper one by one.
const FEW: usize = 4;

/// Points that coincide are never told apart: cells are not divided any deeper.
const DEEPEST: usize = 48;

impl<'a> Tree<'a> {
    /// O(n·log n).
    pub fn of(places: &'a [(f64, f64)]) -> Self {
        let mut tree = Self {
            places,
            order: (0..places.len() as u32).collect(),
            cells: Vec::with_capacity(places.len()),
        };
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for (x, y) in places {
            low = (low.0.min(*x), low.1.min(*y));
            high = (high.0.max(*x), high.1.max(*y));
        }
        if !places.is_empty() {
            let middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
            let width = (high.0 - low.0).max(high.1 - low.1).max(f64::MIN_POSITIVE);
            tree.divide((0, places.len()), middle, width, 0);
        }
        tree
    }

    /// The points in the order of the tree.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    fn divide(&mut self, (from, to): (usize, usize), center: (f64, f64), width: f64, depth: usize) {
        let at = self.cells.len();
        let count = (to - from) as f64;
        let (mut x, mut y) = (0.0, 0.0);
        for i in &self.order[from..to] {
            let place = self.places[*i as usize];
            (x, y) = (x + place.0, y + place.1);
        }
        let divided = to - from > FEW && depth < DEEPEST;
        self.cells.push(Cell {
            middle: (x / count, y / count),
            count,
            width: width * width,
            points: (from as u32, to as u32),
            next: 0,
            divided,
        });
        if divided {
            let places = self.places;
            let right = |i: &u32| places[*i as usize].0 >= center.0;
            let above = |i: &u32| places[*i as usize].1 >= center.1;
            let half = parted(&mut self.order[from..to], right) + from;
            let one = parted(&mut self.order[from..half], above) + from;
            let other = parted(&mut self.order[half..to], above) + half;
            let off = width / 4.0;
            let quarters = [
                ((from, one), (-off, -off)),
                ((one, half), (-off, off)),
                ((half, other), (off, -off)),
                ((other, to), (off, off)),
            ];
            for (points, (dx, dy)) in quarters {
                if points.0 < points.1 {
                    self.divide(points, (center.0 + dx, center.1 + dy), width / 2.0, depth + 1);
                }
            }
        }
        self.cells[at].next = self.cells.len() as u32;
    }

    /// Σ_j (y_i − y_j)/(1 + |y_i − y_j|²)² over all other points, as two numbers, and Σ_j 1/(1 + |y_i − y_j|²); cells that look
    /// narrower than `angle` as if all their points were in their middle.
    pub fn repulsion(&self, i: u32, angle: f64) -> (f64, f64, f64) {
        let (x, y) = self.places[i as usize];
        let (mut away, mut sum) = ((0.0, 0.0), 0.0);
        let mut push = |count: f64, dx: f64, dy: f64, distance: f64| {
            let q = 1.0 / (1.0 + distance);
            let by = count * q;
            sum += by;
            away.0 += by * q * dx;
            away.1 += by * q * dy;
        };
        let narrow = angle * angle;
        let mut at = 0;
        while let Some(cell) = self.cells.get(at) {
            let (dx, dy) = (x - cell.middle.0, y - cell.middle.1);
            let distance = dx * dx + dy * dy;
            if cell.width < narrow * distance {
                push(cell.count, dx, dy, distance);
                at = cell.next as usize;
            } else if cell.divided {
                at += 1;
            } else {
                for j in &self.order[cell.points.0 as usize..cell.points.1 as usize] {
                    if *j != i {
                        let (dx, dy) = (x - self.places[*j as usize].0, y - self.places[*j as usize].1);
                        push(1.0, dx, dy, dx * dx + dy * dy);
                    }
                }
                at = cell.next as usize;
            }
        }
        (away.0, away.1, sum)
    }
}

/// Those for which `is` says no before the others, in the order they had; how many say no.
fn parted(points: &mut [u32], is: impl Fn(&u32) -> bool) -> usize {
    let (yes, no): (Vec<u32>, Vec<u32>) = points.iter().partition(|i| is(i));
    points[..no.len()].copy_from_slice(&no);
    points[no.len()..].copy_from_slice(&yes);
    no.len()
}
