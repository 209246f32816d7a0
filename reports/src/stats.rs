//! The statistics of simulation output, written here because the project exists for them: what a mean over trials is
//! worth, whether two means differ, when to stop, what to delete at the beginning of a run.
//!
//! Nothing here returns a NaN: what cannot be told (a spread of one value, a ratio to zero) is `None`. Logarithms and
//! the like come from `libm`, so that the same trials give the same bytes on every machine. All of it is held to the
//! values of an independent implementation, to 10⁻⁹ (`reports/tests/stats_vectors.rs`).

mod batch;
mod bootstrap;
mod estimate;
mod histogram;
mod holm;
mod interval;
mod moments;
mod mser;
mod proportion;
mod quantile;
mod regenerative;
mod sequential;
pub mod special;
mod student;

pub use batch::{BatchMeans, batch_means};
pub use bootstrap::{Bootstrap, bca, every_resample};
pub use estimate::Estimate;
pub use histogram::Histogram;
pub use holm::holm;
pub use interval::{Difference, Interval};
pub use moments::Moments;
pub use mser::{Mser5, mser5};
pub use proportion::{clopper_pearson, wilson};
pub use quantile::{QuantileRange, quantile, quantile_range};
pub use regenerative::ratio_interval;
pub use sequential::{Stopped, stopping, trials_for};
pub use student::{student_quantile, student_two_sided};
