//! The states of a task, as SwarmKit has them (`api/types.proto`).

/// A task's observed or desired state. Observed state only moves up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskState {
    /// Created by an orchestrator.
    New = 0,
    /// Its network resources are allocated: it waits for a place.
    Pending = 64,
    /// A node was chosen.
    Assigned = 192,
    /// The node's agent has it.
    Accepted = 256,
    /// Its image is being pulled and its container created.
    Preparing = 320,
    /// Prepared; a pause point at which replacements wait.
    Ready = 384,
    /// Its container is being started.
    Starting = 448,
    /// Its container runs.
    Running = 512,
    /// Its container exited with 0.
    Complete = 576,
    /// It was told to stop and has stopped.
    Shutdown = 640,
    /// Its container exited with an error, or failed to start.
    Failed = 704,
    /// It could not be prepared, or no longer fits where it is.
    Rejected = 768,
    /// Only ever a desired state: delete once stopped.
    Remove = 800,
    /// Its node has been down for so long that nobody knows.
    Orphaned = 832,
}

impl TaskState {
    /// Every state, in order of progress.
    pub const ALL: [TaskState; 14] = [
        TaskState::New,
        TaskState::Pending,
        TaskState::Assigned,
        TaskState::Accepted,
        TaskState::Preparing,
        TaskState::Ready,
        TaskState::Starting,
        TaskState::Running,
        TaskState::Complete,
        TaskState::Shutdown,
        TaskState::Failed,
        TaskState::Rejected,
        TaskState::Remove,
        TaskState::Orphaned,
    ];

    /// SwarmKit's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            TaskState::New => "new",
            TaskState::Pending => "pending",
            TaskState::Assigned => "assigned",
            TaskState::Accepted => "accepted",
            TaskState::Preparing => "preparing",
            TaskState::Ready => "ready",
            TaskState::Starting => "starting",
            TaskState::Running => "running",
            TaskState::Complete => "complete",
            TaskState::Shutdown => "shutdown",
            TaskState::Failed => "failed",
            TaskState::Rejected => "rejected",
            TaskState::Remove => "remove",
            TaskState::Orphaned => "orphaned",
        }
    }

    /// Past RUNNING: it has ended, however it ended.
    pub fn is_over(self) -> bool {
        self > TaskState::Running
    }
}

impl std::fmt::Display for TaskState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
