//! What the tasks of a parallel loop may write: disjoint pieces of slices, one for each task.
#![allow(unsafe_code, reason = "hands each piece of a slice to one task")]

use std::marker::PhantomData;

/// Something that falls into pieces, piece `j` for task `j`.
///
/// # Safety
/// Pieces of different `j` share nothing that is written.
pub unsafe trait Parts: Sync {
    /// A piece.
    type Item;

    /// How many there are.
    fn count(&self) -> usize;

    /// Piece `j`.
    ///
    /// # Safety
    /// `j` is below [`Parts::count`], and each piece is taken once.
    unsafe fn take(&self, j: usize) -> Self::Item;
}

/// Neighbouring runs of `size` elements of a slice; the last may be shorter. With size 0 every piece is empty, and
/// there are as many as the others in the tuple ask for.
pub struct Chunks<'a, T> {
    start: *mut T,
    length: usize,
    size: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: it stands for an exclusive borrow, and hands out disjoint pieces of it.
unsafe impl<T: Send> Sync for Chunks<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Chunks<'_, T> {}

impl<'a, T> Chunks<'a, T> {
    /// The runs of `slice`.
    pub fn new(slice: &'a mut [T], size: usize) -> Self {
        Chunks { start: slice.as_mut_ptr(), length: slice.len(), size, slice: PhantomData }
    }
}

// SAFETY: runs of different `j` do not overlap.
unsafe impl<'a, T: Send> Parts for Chunks<'a, T> {
    type Item = &'a mut [T];

    fn count(&self) -> usize {
        if self.size == 0 { usize::MAX } else { self.length.div_ceil(self.size) }
    }

    // SAFETY: the caller takes each piece below the count once, as the trait asks.
    unsafe fn take(&self, j: usize) -> &'a mut [T] {
        let first = (j * self.size).min(self.length);
        let last = (first + self.size).min(self.length);
        // SAFETY: inside the slice whose exclusive borrow `self` stands for, and taken once.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(first), last - first) }
    }
}

/// The elements of a slice.
pub struct Items<'a, T>(Chunks<'a, T>);

// SAFETY: elements of different `j` do not overlap.
unsafe impl<'a, T: Send> Parts for Items<'a, T> {
    type Item = &'a mut T;

    fn count(&self) -> usize {
        self.0.count()
    }

    // SAFETY: the caller takes each piece below the count once, as the trait asks.
    unsafe fn take(&self, j: usize) -> &'a mut T {
        // SAFETY: handed on; a run of one element below the count is never empty.
        unsafe { &mut self.0.take(j)[0] }
    }
}

/// The elements of a slice, one for each task.
pub fn items<T: Send>(slice: &mut [T]) -> Items<'_, T> {
    Items(Chunks::new(slice, 1))
}

/// Neighbouring groups of `size` elements of a slice, one for each task; empty ones with size 0.
pub fn groups<T: Send>(slice: &mut [T], size: usize) -> Chunks<'_, T> {
    Chunks::new(slice, size)
}

macro_rules! tuple {
    ($($name:ident $at:tt),+) => {
        // SAFETY: each member keeps its promise.
        unsafe impl<$($name: Parts),+> Parts for ($($name,)+) {
            type Item = ($($name::Item,)+);

            fn count(&self) -> usize {
                usize::MAX$(.min(self.$at.count()))+
            }

            // SAFETY: the caller takes each piece below the count once, as the trait asks.
            unsafe fn take(&self, j: usize) -> Self::Item {
                // SAFETY: handed on; the count is that of the shortest member.
                unsafe { ($(self.$at.take(j),)+) }
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Threads;

    #[test]
    fn pieces_cover_the_slice_once() {
        let threads = Threads::new(2).unwrap();
        let (mut a, mut b, mut none) = (vec![0; 10], vec![0; 4], [0u8; 0]);
        threads.for_each((groups(&mut a, 3), items(&mut b), groups(&mut none, 0)), |j, (a, b, none)| {
            a.iter_mut().for_each(|x| *x += j + 1);
            *b += j + 1;
            assert!(none.is_empty());
        });
        assert_eq!((a, b), (vec![1, 1, 1, 2, 2, 2, 3, 3, 3, 4], vec![1, 2, 3, 4]));
    }
}
