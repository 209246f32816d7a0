//! `schema`: for editors and for readers, from the types that scenario files are read into.

use crate::args::SchemaArgs;
use crate::exit::{Done, Exit};
use crate::terminal;

/// Prints the JSON Schema of scenario files, or the reference of every key.
pub fn run(args: &SchemaArgs) -> Done {
    terminal::print(&match args.reference {
        true => swarmbed_scenarios::reference(),
        false => swarmbed_scenarios::schema(),
    });
    Ok(Exit::Fine)
}
