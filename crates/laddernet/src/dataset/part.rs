//! Some of the rows of a dataset, as one of its own.

use super::{Dataset, Values};

impl Dataset {
    /// The rows with these indices, in this order, as a dataset of its own.
    ///
    /// # Panics
    /// When an index is no row.
    pub fn select(&self, indices: &[usize]) -> Dataset {
        let values = match &self.values {
            Values::U8(v) => Values::U8(taken(v, self.stored, indices)),
            Values::F32(v) => Values::F32(taken(v, self.stored, indices)),
        };
        Dataset {
            values,
            stored: self.stored,
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
            class_names: self.class_names.clone(),
            row_shape: self.row_shape.clone(),
            scaling: self.scaling,
            columns: self.columns.clone(),
            encoding: self.encoding.clone(),
        }
    }

    /// Takes rows out: gives them as a dataset of their own, and keeps the others in their order, in the memory that they are in.
    ///
    /// # Panics
    /// When the indices do not ascend, or one is no row.
    pub fn take_out(&mut self, indices: &[usize]) -> Dataset {
        assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "rows in ascending order");
        let taken = self.select(indices);
        let (stored, rows) = (self.stored, self.rows());
        let kept: Vec<usize> = {
            let mut taken = indices.iter().copied().peekable();
            (0..rows).filter(|row| taken.next_if_eq(row).is_none()).collect()
        };
        match &mut self.values {
            Values::U8(v) => compact(v, &kept, stored),
            Values::F32(v) => compact(v, &kept, stored),
        }
        compact(&mut self.labels, &kept, 1);
        taken
    }
}

/// Rows of `width` values one after the other, in memory that is asked for once.
fn taken<T: Copy>(values: &[T], width: usize, rows: &[usize]) -> Vec<T> {
    let mut out = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|&row| out.extend_from_slice(&values[row * width..][..width]));
    out
}

/// Moves the rows that are kept, which ascend, to the front, and cuts off the rest.
fn compact<T: Copy>(values: &mut Vec<T>, kept: &[usize], stored: usize) {
    for (to, &from) in kept.iter().enumerate() {
        values.copy_within(from * stored..(from + 1) * stored, to * stored);
    }
    values.truncate(kept.len() * stored);
    values.shrink_to_fit();
}
