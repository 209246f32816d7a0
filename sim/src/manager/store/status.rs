//! How far the update of a service has come, as the managers have written it down.

use std::fmt;

/// The state of a service's last update; it is cleared when the service gets a new spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UpdateState {
    /// Slots are being replaced, or the last ones watched.
    Updating,
    /// Too many new tasks failed: no further slot is taken until the service is updated again.
    Paused,
    /// Every slot has the new spec.
    Completed,
    /// The service has its previous spec again, and slots are being replaced.
    RollbackStarted,
    /// Too many tasks of the previous spec failed.
    RollbackPaused,
    /// Every slot has the previous spec.
    RollbackCompleted,
}

impl UpdateState {
    /// Docker's word (`docker service inspect`, `UpdateStatus.State`).
    pub const fn word(self) -> &'static str {
        match self {
            UpdateState::Updating => "updating",
            UpdateState::Paused => "paused",
            UpdateState::Completed => "completed",
            UpdateState::RollbackStarted => "rollback_started",
            UpdateState::RollbackPaused => "rollback_paused",
            UpdateState::RollbackCompleted => "rollback_completed",
        }
    }

    /// Nothing more is done until the service gets another spec.
    pub const fn is_paused(self) -> bool {
        matches!(self, UpdateState::Paused | UpdateState::RollbackPaused)
    }

    /// Slots are still being replaced or watched.
    pub const fn is_under_way(self) -> bool {
        matches!(self, UpdateState::Updating | UpdateState::RollbackStarted)
    }

    /// What it becomes when nothing is left to do (`update/updater.go`: completeUpdate).
    pub(in crate::manager) const fn completed(self) -> UpdateState {
        match self {
            UpdateState::RollbackStarted => UpdateState::RollbackCompleted,
            _ => UpdateState::Completed,
        }
    }

    /// What it becomes when too much fails (`update/updater.go`: pauseUpdate).
    pub(in crate::manager) const fn paused(self) -> UpdateState {
        match self {
            UpdateState::RollbackStarted => UpdateState::RollbackPaused,
            _ => UpdateState::Paused,
        }
    }
}

impl fmt::Display for UpdateState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
