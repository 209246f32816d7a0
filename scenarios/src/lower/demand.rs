//! `use = { … }` -> what containers really use.

use swarmbed_scheduler::Span;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::{Base, Curve, Demand, Use};

use super::Reader;
use crate::file;
use crate::mistakes::Mistakes;
use crate::usage;
use crate::value::{Misread, Path, Written};

/// The shortest day: shorter ones are no days, and each step costs an event.
const SHORTEST_DAY: Span = Span::secs(60);

impl Reader<'_> {
    /// What a task really uses. From now on the run is metered.
    pub(super) fn uses(&mut self, written: &file::Use, mistakes: &mut Mistakes) -> Use {
        self.metered = true;
        let of_reserved = written.of_reserved.as_ref().and_then(|law| mistakes.law(law));
        let otherwise = Demand {
            base: of_reserved.map_or_else(|| Demand::default().base, Base::OfReserved),
            curve: None,
        };
        let drawn = |law: Option<Distribution>| match law {
            Some(law) => Demand { base: Base::Amount(law), curve: None },
            None => otherwise.clone(),
        };
        let cpu = drawn(written.cpu.as_ref().and_then(|law| mistakes.law(law)));
        let memory = drawn(written.memory.as_ref().and_then(|law| mistakes.law(law)));
        let curve = written.diurnal.as_ref().map(|diurnal| self.diurnal(diurnal, mistakes));
        let uses = Use { cpu: Demand { curve, ..cpu }, memory };
        match &written.file {
            None => uses,
            Some(file) => self.listed(written, file, mistakes).unwrap_or(uses),
        }
    }

    fn diurnal(&mut self, written: &file::DiurnalUse, mistakes: &mut Mistakes) -> u32 {
        let swing = f64::from(mistakes.read_or(written.swing.as_ref(), 500_000)) / 1e6;
        let mut period = mistakes.read_or(written.period.as_ref(), Span::secs(86_400));
        if let Some(written) = written.period.as_ref().filter(|_| period < SHORTEST_DAY) {
            let shortest = crate::value::written_span(SHORTEST_DAY);
            mistakes.say(&written.span, format!("a day has at least {shortest}"));
            period = SHORTEST_DAY;
        }
        self.curve(Curve::diurnal(swing, period))
    }

    /// The same use for all tasks, as a list says it.
    fn listed(&mut self, written: &file::Use, file: &Written<Path>, mistakes: &mut Mistakes) -> Option<Use> {
        let said_twice = written.cpu.is_some()
            || written.memory.is_some()
            || written.of_reserved.is_some()
            || written.diurnal.is_some();
        if said_twice {
            let misread = Misread::new("use that is read from a file is not drawn besides");
            mistakes
                .add(&file.span, misread.help("take cpu, memory, of_reserved and diurnal out, or the file"));
        }
        let path = mistakes.read(file)?;
        let source = self.beside("list of use", &file.span, &path, mistakes)?;
        let curves = usage::read(&source).map_err(|trouble| mistakes.foreign(trouble)).ok()?;
        let mut demand = |curve: Option<Curve>| match curve {
            // What the curve says in millionths is an amount: that many millionths of a million.
            Some(curve) => Demand {
                base: Base::Amount(Distribution::constant(Curve::UNITY)),
                curve: Some(self.curve(curve)),
            },
            None => Demand::default(),
        };
        Some(Use { cpu: demand(curves.cpu), memory: demand(curves.memory) })
    }

    /// The number of a curve; equal ones are one.
    fn curve(&mut self, curve: Curve) -> u32 {
        let at = self.curves.iter().position(|known| *known == curve).unwrap_or_else(|| {
            self.curves.push(curve);
            self.curves.len() - 1
        });
        at as u32
    }
}
