//! Rows under dense ids that are never reused, although their rows are.

/// A table as large as the most rows that ever were at once, plus four bytes for each id that ever was.
#[derive(Clone, Debug)]
pub struct Table<R> {
    /// For each id one more than its place in `rows`; 0 if it has no row.
    places: Vec<u32>,
    rows: Vec<Option<R>>,
    free: Vec<u32>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Table { places: Vec::new(), rows: Vec::new(), free: Vec::new() }
    }
}

impl<R> Table<R> {
    /// Puts a row under an id that has none.
    pub fn insert(&mut self, id: u32, row: R) {
        if self.places.len() <= id as usize {
            self.places.resize(id as usize + 1, 0);
        }
        assert_eq!(self.places[id as usize], 0, "an id has one row at most");
        let place = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.rows.len() as u32 - 1
        });
        self.rows[place as usize] = Some(row);
        self.places[id as usize] = place + 1;
    }

    /// The row, if there is one.
    #[inline]
    pub fn get(&self, id: u32) -> Option<&R> {
        let place = (*self.places.get(id as usize)? as usize).checked_sub(1)?;
        self.rows[place].as_ref()
    }

    /// The row, if there is one, to be changed.
    #[inline]
    pub fn get_mut(&mut self, id: u32) -> Option<&mut R> {
        let place = (*self.places.get(id as usize)? as usize).checked_sub(1)?;
        self.rows[place].as_mut()
    }

    /// Takes the row out, if there is one.
    pub fn remove(&mut self, id: u32) -> Option<R> {
        let place = std::mem::take(self.places.get_mut(id as usize)?).checked_sub(1)?;
        self.free.push(place);
        self.rows[place as usize].take()
    }

    /// The rows by ascending id.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.places.iter().filter(|p| **p > 0).filter_map(|p| self.rows[*p as usize - 1].as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_reused_and_ids_are_not() {
        let mut table = Table::default();
        for id in 0..4 {
            table.insert(id, id * 10);
        }
        assert_eq!((table.remove(1), table.remove(1), table.get(1)), (Some(10), None, None));
        table.insert(7, 70);
        assert_eq!(table.iter().copied().collect::<Vec<_>>(), [0, 20, 30, 70]);
        assert_eq!(table.rows.len(), 4);
    }
}
