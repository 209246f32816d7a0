//! The binary: everything is in the library, so that a binary with a strategy of its own is as short as this one.

fn main() -> std::process::ExitCode {
    swarmbed::main()
}
