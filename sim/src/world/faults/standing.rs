//! Which units are up.

use super::Around;

/// What holds each unit down, and which are up. A unit is found by its place among those that are up in one step.
#[derive(Clone, Debug)]
pub struct Standing {
    way: u8,
    /// How many things hold each unit down.
    holds: Vec<u32>,
    /// All units: first those that are up, then the others.
    order: Vec<u32>,
    /// Where each unit stands in `order`.
    places: Vec<u32>,
    up: u32,
}

impl Standing {
    pub(super) fn new(way: u8, units: u32) -> Standing {
        let all: Vec<u32> = (0..units).collect();
        Standing { way, holds: vec![0; units as usize], order: all.clone(), places: all, up: units }
    }

    /// How many units there are.
    pub fn units(&self) -> u32 {
        self.holds.len() as u32
    }

    /// How many are up.
    #[inline]
    pub fn up(&self) -> u32 {
        self.up
    }

    /// Whether this one is.
    pub fn is_up(&self, unit: u32) -> bool {
        self.holds[unit as usize] == 0
    }

    /// The units that are up, in an order that is that of no names.
    pub fn those_up(&self) -> &[u32] {
        &self.order[..self.up as usize]
    }

    /// All are up, and in their order.
    pub(super) fn reset(&mut self) {
        self.holds.fill(0);
        self.up = self.units();
        for (i, (order, place)) in self.order.iter_mut().zip(&mut self.places).enumerate() {
            (*order, *place) = (i as u32, i as u32);
        }
    }

    /// One thing more holds it down.
    pub(super) fn hold(&mut self, unit: u32, around: &mut impl Around) {
        self.holds[unit as usize] += 1;
        if self.holds[unit as usize] == 1 {
            self.up -= 1;
            self.swap(self.places[unit as usize], self.up);
            around.turned(self.way, unit, false);
        }
    }

    /// One thing less does.
    pub(super) fn release(&mut self, unit: u32, around: &mut impl Around) {
        let holds = &mut self.holds[unit as usize];
        *holds = holds.checked_sub(1).expect("only what holds a unit lets go of it");
        if *holds == 0 {
            self.swap(self.places[unit as usize], self.up);
            self.up += 1;
            around.turned(self.way, unit, true);
        }
    }

    /// The units at two places change them.
    fn swap(&mut self, one: u32, other: u32) {
        self.order.swap(one as usize, other as usize);
        for place in [one, other] {
            self.places[self.order[place as usize] as usize] = place;
        }
    }
}
