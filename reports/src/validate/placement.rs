//! `placement_*`: what theory says of strategies, held against those of the catalogue.

mod balls;
mod binpack;
mod makespan;
mod spread;
mod yard;

pub(super) use balls::answer as balls_in_bins;
pub(super) use binpack::answer as binpack;
pub(super) use makespan::answer as makespan;
pub(super) use spread::answer as spread;
