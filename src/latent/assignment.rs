//! Who goes with whom.

/// The assignment of every row to a column of its own with the largest sum of `worth` (rows × columns, at least as many
/// columns as rows): the column of each row. The Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant 1987).
/// O(rows²·columns).
pub fn assign(rows: usize, columns: usize, worth: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    // Places from 1: 0 is the column that a new row stands in while it looks for one.
    let (mut row_price, mut column_price) = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    let mut holder = vec![0; columns + 1];
    for row in 1..=rows.min(columns) {
        holder[0] = row;
        let mut column = 0;
        let mut slack = vec![f64::MAX; columns + 1];
        let mut seen = vec![false; columns + 1];
        let mut from = vec![0; columns + 1];
        while holder[column] != 0 {
            seen[column] = true;
            let (here, mut least, mut next) = (holder[column], f64::MAX, 0);
            for other in 1..=columns {
                if seen[other] {
                    continue;
                }
                let cost = -worth(here - 1, other - 1) - row_price[here] - column_price[other];
                if cost < slack[other] {
                    (slack[other], from[other]) = (cost, column);
                }
                if slack[other] < least {
                    (least, next) = (slack[other], other);
                }
            }
            for other in 0..=columns {
                if seen[other] {
                    row_price[holder[other]] += least;
                    column_price[other] -= least;
                } else {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            holder[column] = holder[from[column]];
            column = from[column];
        }
    }
    let mut found = vec![0; rows];
    for (column, &row) in holder.iter().enumerate().skip(1).filter(|(_, row)| **row > 0) {
        found[row - 1] = column - 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best sum by trying everything.
    fn naive(row: usize, rows: usize, free: &mut Vec<usize>, worth: &dyn Fn(usize, usize) -> f64) -> f64 {
        if row == rows {
            return 0.0;
        }
        let mut best = f64::MIN;
        for at in 0..free.len() {
            let column = free.remove(at);
            best = best.max(worth(row, column) + naive(row + 1, rows, free, worth));
            free.insert(at, column);
        }
        best
    }

    #[test]
    fn it_is_as_good_as_trying_everything() {
        for (rows, columns) in [(0, 3), (1, 1), (4, 4), (6, 6), (4, 7)] {
            for salt in 0..20 {
                let worth = |i: usize, j: usize| (((i * 31 + j * 17 + i * j * 7 + salt * 71) * 7919) % 101) as f64;
                let found = assign(rows, columns, worth);
                let sum: f64 = found.iter().enumerate().map(|(i, j)| worth(i, *j)).sum();
                let mut distinct = found.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), rows);
                assert_eq!(sum, naive(0, rows, &mut (0..columns).collect(), &worth));
            }
        }
    }
}
