//! `floorwalker completions` and `floorwalker man`: both are made from the command line's own definition, so that
//! they can't say anything else than it does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Failure, listing::put, paths};
use crate::args::{Arguments, Completions};

const NAME: &str = "floorwalker";

/// Prints what completes the command line, or puts it where the shell looks for it.
///
/// # Errors
/// If it can't be written, or the shell has no such place.
pub fn completions(wish: &Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(wish.shell, &mut Arguments::command(), NAME, &mut script);
    if !wish.install {
        put(|out| out.write_all(&script))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (folder, name) = place(wish.shell)?;
    let path = folder.join(name);
    written(&folder).and_then(|()| fs::write(&path, script).map_err(|e| unwritable(&path, &e)))?;
    let hint = match wish.shell {
        Shell::Zsh => {
            format!("\nIn ~/.zshrc, before compinit: fpath=({} $fpath)", folder.display())
        }
        _ => String::new(),
    };
    put(|out| {
        writeln!(out, "{}: a new {} completes floorwalker{hint}", path.display(), wish.shell)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Where a shell looks for the completions of a user, and by which name.
fn place(shell: Shell) -> Result<(PathBuf, &'static str), Failure> {
    let (data, config) = paths::shared()?;
    match shell {
        Shell::Bash => Ok((data.join("bash-completion/completions"), NAME)),
        Shell::Zsh => Ok((data.join("zsh/site-functions"), "_floorwalker")),
        Shell::Fish => Ok((config.join("fish/completions"), "floorwalker.fish")),
        other => Err(Failure::usage(format!(
            "{other} has no place of its own for completions: redirect `floorwalker completions {other}` into \
             a file that it reads at its start"
        ))),
    }
}

/// Prints the manual page, or puts all of them into a folder; without one, where `man` looks.
///
/// # Errors
/// If they can't be written.
pub fn man(install: Option<Option<PathBuf>>) -> Result<ExitCode, Failure> {
    let Some(folder) = install else {
        let mut page = Vec::new();
        let rendered = Man::new(described(Arguments::command())).render(&mut page);
        rendered.map_err(|e| Failure::other(e.to_string()))?;
        put(|out| out.write_all(&page))?;
        return Ok(ExitCode::SUCCESS);
    };
    let folder = match folder {
        Some(folder) => folder,
        None => paths::shared()?.0.join("man/man1"),
    };
    written(&folder)?;
    clap_mangen::generate_to(described(Arguments::command()), &folder)
        .map_err(|e| unwritable(&folder, &e))?;
    put(|out| writeln!(out, "{}: floorwalker.1 and a page for each command", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// As a manual describes it: without what this process's environment happens to hold.
fn described(command: clap::Command) -> clap::Command {
    let command = command.disable_help_subcommand(true);
    command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(described)
}

/// Makes the folder, if there is none.
fn written(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::other(format!("{} can't be written: {error}", path.display()))
}
