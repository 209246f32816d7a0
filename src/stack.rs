//! `stack`: what was understood of a stack file.

use std::path::Path;

use swarmbed_scenarios::library;
use swarmbed_scenarios::stack::{self, Environment, Reading};

use crate::args::{EnvironmentArgs, ListFormat, StackArgs};
use crate::exit::{Done, Exit, Mistakes};
use crate::files;
use crate::terminal::{self, Stream};

mod page;

/// Shows a stack file as it was understood.
pub fn run(args: &StackArgs) -> Done {
    let (name, bytes) = load(&args.file)?;
    let reading = stack::understand_bytes(&name, &bytes, &environment(&args.environment)?)?;
    match args.format {
        ListFormat::Json => {
            terminal::print(&format!("{:#}\n", reading.stack.to_json()));
            talk(&reading);
        }
        ListFormat::Text => terminal::print(&page::page(&reading, terminal::style(Stream::Output))),
    }
    Ok(Exit::Fine)
}

/// The bytes of a stack file on the disk, or of one in the library, and what it is called.
pub fn load(file: &Path) -> Result<(String, Vec<u8>), Mistakes> {
    let name = file.display().to_string();
    match library::find(&name).filter(|found| found.is_stack() && !file.exists()) {
        Some(found) => Ok((found.path.to_owned(), found.text.as_bytes().to_vec())),
        None => Ok((name, files::bytes(file)?)),
    }
}

/// The variables: those of the files in their order, then those of the command line.
pub fn environment(args: &EnvironmentArgs) -> Result<Environment, Mistakes> {
    let mut environment = Environment::new();
    for file in &args.env_file {
        environment.set_file(&file.display().to_string(), &files::text(file)?)?;
    }
    for pair in &args.env {
        environment.set_pair(pair)?;
    }
    Ok(environment)
}

/// What a program that reads the JSON should not have to skip.
fn talk(reading: &Reading) {
    reading.notices.iter().for_each(|notice| terminal::say(&format!("note: {notice}")));
    for refusal in &reading.refusals {
        terminal::say(&format!("note: docker stack deploy refuses this file: {refusal:#}"));
    }
}
