//! What the user typed. Doc comments here are the help.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use swarmbed_reports::conform::timings;

mod examples;

/// A deterministic simulator of Docker Swarm clusters.
///
/// A run is a pure function of its scenario, strategy and seed: the same three give the same bytes on any machine.
#[derive(Debug, Parser)]
#[command(name = "swarmbed", version, after_long_help = examples::TOP, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs, one file each.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a scenario, or deploy a stack file, and tell what happens
    #[command(after_long_help = examples::RUN)]
    Run(RunArgs),
    /// Compare strategies, or values of a scenario, over many trials: which is better, by how much, how sure
    #[command(after_long_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Show what was understood of a stack file
    #[command(after_long_help = examples::STACK)]
    Stack(StackArgs),
    /// Show the cluster at an instant, in Docker's own words
    #[command(after_long_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Show why a task is where it is, or why it waits
    #[command(after_long_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Run again and compare with a run kept by `run --out`
    #[command(after_long_help = examples::REPLAY)]
    Replay(ReplayArgs),
    /// Hold scenarios against a baseline that is kept beside them: for a pipeline
    #[command(after_long_help = examples::CHECK)]
    Check(CheckArgs),
    /// Hold a strategy, or the simulator, against recordings of SwarmKit
    #[command(after_long_help = examples::CONFORM)]
    Conform(ConformArgs),
    /// Look for a scenario in which a strategy breaks a law, and shrink it
    #[command(after_long_help = examples::FUZZ)]
    Fuzz(FuzzArgs),
    /// Hold the simulator against theory: tables of values that are known otherwise
    #[command(after_long_help = examples::VALIDATE)]
    Validate(ValidateArgs),
    /// Answer what somebody asks who plans a cluster
    #[command(after_long_help = examples::PLAN)]
    Plan(PlanArgs),
    /// List the scenarios of the library, the strategies, profiles or metrics
    List(ListArgs),
    /// Print the JSON Schema of scenario files, for editors, or the reference of every key
    Schema(SchemaArgs),
    /// Write a scenario to a new file, as a start of your own
    Init(InitArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

/// What is run, and how.
#[derive(Debug, Parser)]
pub struct SceneArgs {
    /// A scenario file, or the name of one in the library such as `basics/voting-app`
    #[arg(value_name = "FILE", required_unless_present = "stack", conflicts_with = "stack", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// A stack file to deploy on a swarm of like machines
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub stack: Option<PathBuf>,
    #[command(flatten)]
    pub swarm: SwarmArgs,
    /// How nodes are chosen: `name` or `name[key=value,…]`, instead of the scenario's
    #[arg(long)]
    pub strategy: Option<String>,
    /// Seed of every random draw, instead of the scenario's
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
}

/// The swarm that a stack file is deployed on.
#[derive(Clone, Debug, Parser)]
#[command(next_help_heading = "The swarm for --stack")]
pub struct SwarmArgs {
    /// Machines in all
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "file", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub nodes: u32,
    /// Managers among them
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "file", value_parser = clap::value_parser!(u32).range(1..))]
    pub managers: u32,
    /// CPUs of each, such as `8` or `0.5`
    #[arg(long, value_name = "CPUS", default_value = "8", conflicts_with = "file")]
    pub cpu: String,
    /// Memory of each, such as `32GiB`
    #[arg(long, value_name = "SIZE", default_value = "32GiB", conflicts_with = "file")]
    pub memory: String,
    /// A label of every machine; may be given again
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "file")]
    pub node_label: Vec<String>,
    #[command(flatten)]
    pub environment: EnvironmentArgs,
}

/// The variables that a stack file uses. The environment of this process is never looked at.
#[derive(Clone, Debug, Parser)]
pub struct EnvironmentArgs {
    /// A variable of the stack file; may be given again
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// A file with such variables, a line each; may be given again, and `--env` counts more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub env_file: Vec<PathBuf>,
}

/// `run`.
#[derive(Debug, Parser)]
pub struct RunArgs {
    #[command(flatten)]
    pub scene: SceneArgs,
    /// Keep the run in a new folder: manifest, summary, metrics, tasks, requests by the second, timeline and a hash of every observation
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Replace the run that is kept in DIR; a folder with anything else in it is never touched
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Draw the run into a folder, as SVG: how long tasks waited, what was reserved over time and on each node, what became of requests
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plots: Option<PathBuf>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Tell every observation on standard error
    #[arg(long)]
    pub trace: bool,
}

/// `compare`.
#[derive(Clone, Debug, Parser)]
pub struct CompareArgs {
    /// A scenario file, or the name of one in the library such as `basics/voting-app`. Of several, or of a folder, it is
    /// also told whether they agree
    #[arg(id = "file", value_name = "FILE", required_unless_present = "stack", conflicts_with = "stack", value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// A stack file to deploy on a swarm of like machines
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub stack: Option<PathBuf>,
    /// A strategy, `name` or `name[key=value,…]`; may be given again, and the first is the base
    #[arg(long, value_name = "STRATEGY")]
    pub strategy: Vec<String>,
    /// Values for a place of the scenario, such as `cluster.heartbeat=5s,10s`; may be given again
    #[arg(long, value_name = "PATH=VALUE,…")]
    pub set: Vec<String>,
    /// A metric by name, `failover.*`, or `all`; may be given again
    #[arg(long, value_name = "NAME")]
    pub metric: Vec<String>,
    /// Trials of each variant [default: 20; with --precision at most 1,000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub trials: Option<u64>,
    /// Stop as soon as every difference is known to so much of the mean, such as `2%`
    #[arg(long, value_name = "PERCENT")]
    pub precision: Option<String>,
    /// Seed of the first trial, instead of the scenario's; trial i has the i-th after it, in every variant
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Threads; the output does not depend on them [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Keep every trial in a tidy table; if it is there already, go on behind its trials
    #[arg(long, value_name = "CSV", value_hint = ValueHint::FilePath)]
    pub keep: Option<PathBuf>,
    /// Draw the comparison into a folder, as SVG: every difference with its interval, and how long tasks waited
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plots: Option<PathBuf>,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub swarm: SwarmArgs,
}

/// How an outcome is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
    /// The metrics as a tidy table
    Csv,
    /// For a pull request or a wiki
    Markdown,
}

/// How a listing is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
}

/// `stack`.
#[derive(Debug, Parser)]
pub struct StackArgs {
    /// The stack file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    #[command(flatten)]
    pub environment: EnvironmentArgs,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// `inspect`.
#[derive(Debug, Parser)]
pub struct InspectArgs {
    #[command(flatten)]
    pub scene: SceneArgs,
    /// The instant, such as `12m` or `1h30m`; the end of the run if it is not given
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// What to look at
    #[command(subcommand)]
    pub what: What,
}

/// What to look at, as one would say it to Docker.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Nodes
    #[command(subcommand)]
    Node(NodeVerb),
    /// Services
    #[command(subcommand)]
    Service(ServiceVerb),
}

/// `docker node …`.
#[derive(Debug, Subcommand)]
pub enum NodeVerb {
    /// The nodes of the swarm
    Ls,
    /// The tasks on a node
    Ps {
        /// The node
        name: String,
    },
}

/// `docker service …`.
#[derive(Debug, Subcommand)]
pub enum ServiceVerb {
    /// The services
    Ls,
    /// The tasks of a service
    Ps {
        /// The service
        name: String,
    },
}

/// `explain`.
#[derive(Debug, Parser)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub scene: SceneArgs,
    /// The task: a service and a slot, such as `web.3`
    #[arg(long, value_name = "SERVICE.SLOT")]
    pub task: String,
    /// Only what was decided up to then, such as `12m`
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// `replay`.
#[derive(Debug, Parser)]
pub struct ReplayArgs {
    /// The scenario file, or the name of one in the library; the stack file, if that is what was kept
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The folder that `run --out` wrote
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub against: PathBuf,
}

/// `check`.
#[derive(Debug, Parser)]
pub struct CheckArgs {
    /// Scenario files, folders of them, or names in the library such as `basics/voting-app`
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The baseline: a text file to be kept in version control
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: PathBuf,
    /// Make what the scenarios do now the baseline; comments and rules in it stay
    #[arg(long)]
    pub accept: bool,
    /// How nodes are chosen: `name` or `name[key=value,…]`, instead of the scenarios'
    #[arg(long)]
    pub strategy: Option<String>,
    /// Seed of every random draw, instead of the scenarios'
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
}

/// How the result of a check is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
    /// For a CI server: JUnit XML
    Junit,
    /// For the summary of a job
    Markdown,
    /// For GitHub Actions: annotations at the lines of the scenario files
    Github,
}

/// `conform`.
#[derive(Debug, Parser)]
pub struct ConformArgs {
    /// The recording
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The strategy that is to make the recorded decisions, or that places in the clusters whose times were recorded
    #[arg(long)]
    pub strategy: Option<String>,
    /// How often each situation whose times were recorded is played
    #[arg(long, value_name = "N", default_value_t = timings::SEEDS, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub seeds: u64,
}

/// `fuzz`.
#[derive(Debug, Parser)]
pub struct FuzzArgs {
    /// The strategy on trial: `name` or `name[key=value,…]`
    #[arg(long, required_unless_present = "replay")]
    pub strategy: Option<String>,
    /// How many scenarios are drawn
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub trials: u64,
    /// Seed of the scenarios
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
    /// Where a scenario that breaks a law is written; `fuzz-SEED.toml` if it is not given
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Judge the strategy in this one scenario instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["trials", "seed", "out"], value_hint = ValueHint::FilePath)]
    pub replay: Option<PathBuf>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// `validate`.
#[derive(Debug, Parser)]
pub struct ValidateArgs {
    /// The folder of the tables
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// Only these tables, by name
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Write the results as a table, a row for each number
    #[arg(long, value_name = "CSV", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// How long it may take
    #[arg(long, value_enum, default_value_t)]
    pub budget: BudgetArg,
}

/// How long `validate` may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BudgetArg {
    /// Minutes
    #[default]
    Quick,
    /// Half an hour
    Full,
}

/// `plan`.
#[derive(Debug, Parser)]
pub struct PlanArgs {
    /// What is asked
    #[command(subcommand)]
    pub question: Planned,
}

/// What can be asked of `plan`.
#[derive(Debug, Subcommand)]
pub enum Planned {
    /// How many managers, and in which zones: what each number survives, and how long it is without a quorum
    Managers(PlanManagersArgs),
}

/// `plan managers`.
#[derive(Debug, Parser)]
pub struct PlanManagersArgs {
    /// Machines of the cluster; how many of them are workers does not matter to a quorum, but to what it costs
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub nodes: u32,
    /// Numbers of managers, from 1 to 9
    #[arg(long, value_name = "N|N..N", default_value = "1..9")]
    pub managers: String,
    /// Zones that they can stand in
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9))]
    pub zones: u32,
    /// Ways to spread them over zones
    #[arg(long, value_enum, default_value_t)]
    pub splits: SplitsArg,
    /// Mean time until a machine fails
    #[arg(long, value_name = "TIME", default_value = "720h")]
    pub mttf: String,
    /// Mean time until it is back
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub mttr: String,
    /// How often each zone fails, such as 1/yr, 0.5/d or none
    #[arg(long, value_name = "RATE", default_value = "1/yr")]
    pub zone_outages: String,
    /// Mean time until a zone is back
    #[arg(long, value_name = "TIME", default_value = "4h")]
    pub zone_repair: String,
    /// Share of a manager's failures in which it loses its disk: it never comes back, and is replaced
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    pub lost: String,
    /// Tasks that run on each node
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub tasks_per_node: u32,
    /// How often operators and their programs give commands, such as 100/d
    #[arg(long, value_name = "RATE", default_value = "100/d")]
    pub operations: String,
    /// How long a step of replacing a manager takes: one joins, one is demoted
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub step: String,
    /// Processor time that a heartbeat or a report costs the leader: an assumption, since nobody has published it
    #[arg(long, value_name = "TIME", default_value = "100us")]
    pub heartbeat_cost: String,
    /// What a manager costs, in whatever currency
    #[arg(long, value_name = "PRICE", allow_negative_numbers = true)]
    pub price: Option<f64>,
    /// Draw the answer into a folder, as SVG
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plots: Option<PathBuf>,
    /// Write what decided into a folder, as scenario files that can be run
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub explain: Option<PathBuf>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Ways to spread managers over zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SplitsArg {
    /// As evenly as can be
    #[default]
    Even,
    /// Every way there is; over at most 3 zones
    All,
}

/// `list`.
#[derive(Debug, Parser)]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum, default_value_t)]
    pub what: Listed,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Scenarios, strategies and profiles
    #[default]
    All,
    /// The scenarios of the library, and the stack files they deploy
    Scenarios,
    /// The strategies and their parameters
    Strategies,
    /// The named sets of control-plane constants
    Profiles,
    /// The metrics that a run has and an expectation may name
    Metrics,
}

/// `schema`.
#[derive(Debug, Parser)]
pub struct SchemaArgs {
    /// The reference of every key in Markdown instead
    #[arg(long)]
    pub reference: bool,
}

/// `init`.
#[derive(Debug, Parser)]
pub struct InitArgs {
    /// Where to write it
    #[arg(value_name = "FILE", default_value = "scenario.toml", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// A scenario of the library to start from, instead of the template
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
}

/// `completions`.
#[derive(Debug, Parser)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}
