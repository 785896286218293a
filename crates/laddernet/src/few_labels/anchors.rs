//! Rows that are labelled besides: some of those that their group is surest of.

use super::{FewLabels, Groups};
use crate::graph::GraphError;
use laddernet_math::random::{Purpose, permutation};

impl Groups {
    /// The surest share of the rows of each class, the surest first, of those whose class the graphs agree on.
    ///
    /// # Errors
    /// When the settings name no share.
    pub(crate) fn sure(&self, settings: &FewLabels) -> Result<Vec<Vec<usize>>, GraphError> {
        let mut sure = self.grouping.sure(settings.sure)?;
        sure.iter_mut().for_each(|rows| rows.retain(|&row| self.agreed[row]));
        Ok(sure)
    }

    /// Anchors, as rows and classes, in the order of the rows: up to as many of each class, drawn at random from its sure rows. Medoids or the very surest would be alike, and teach little.
    ///
    /// # Errors
    /// When the settings name no share.
    pub fn anchors(&self, settings: &FewLabels, seed: u64) -> Result<Vec<(usize, u16)>, GraphError> {
        let sure = self.sure(settings)?;
        let each = settings.anchors.div_ceil(sure.len().max(1));
        let of_class = |(class, rows): (usize, &Vec<usize>)| {
            let order = permutation(seed, Purpose::Anchors, class as u32, rows.len());
            order.into_iter().take(each).map(|place| (rows[place], class as u16)).collect::<Vec<_>>()
        };
        let mut anchors: Vec<(usize, u16)> = sure.iter().enumerate().flat_map(of_class).collect();
        anchors.sort_unstable();
        Ok(anchors)
    }
}
