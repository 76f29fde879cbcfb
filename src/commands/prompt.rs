//! Questions at the terminal: on standard error, so that what a command prints stays what it prints.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use secrecy::SecretString;

use super::Failure;

/// What Ctrl-C sends.
const INTERRUPT: u8 = 3;

/// True if there is somebody to ask.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; what stands in brackets is taken where nothing is typed.
///
/// # Errors
/// If nobody answers.
pub fn line(question: &str, usual: &str) -> Result<String, Failure> {
    match usual {
        "" => say(&format!("{question}: "))?,
        usual => say(&format!("{question} [{usual}]: "))?,
    }
    let answer = read()?;
    let answer = answer.trim();
    Ok(if answer.is_empty() { usual.to_owned() } else { answer.to_owned() })
}

/// Asks until what is typed can be used.
///
/// # Errors
/// If nobody answers.
pub fn until<T>(
    question: &str,
    usual: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    loop {
        match read(&line(question, usual)?) {
            Ok(value) => return Ok(value),
            Err(why) => say(&format!("{why}\n"))?,
        }
    }
}

/// Asks for a yes until it gets that or a no, which nothing at all is too. Whoever answers something else has read
/// another question.
///
/// # Errors
/// If nobody answers.
pub fn agrees(question: &str) -> Result<bool, Failure> {
    loop {
        match line(&format!("{question} [y/N]"), "")?.to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => say("It is y or n.\n")?,
        }
    }
}

/// Says something without ending the line.
///
/// # Errors
/// Of standard error.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stderr();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| unasked(&e.to_string()))
}

/// Asks for a secret, which is not shown; `None` where there is nobody to ask.
///
/// # Errors
/// If nobody answers, or the terminal can't be kept from showing it.
pub fn secret(question: &str) -> Result<Option<SecretString>, Failure> {
    if !is_possible() {
        return Ok(None);
    }
    let hidden = Hidden::begin().map_err(|e| unasked(&e.to_string()))?;
    say(question)?;
    let answer = read_hidden();
    drop(hidden);
    say("\n")?;
    let answer = answer.map_err(|e| unasked(&e.to_string()))?;
    match answer.trim() {
        "" => Err(unasked("nothing was typed")),
        // Where the terminal sends it as a letter, it still means what it means.
        text if text.bytes().any(|byte| byte == INTERRUPT) => Err(unasked("it was broken off")),
        text => Ok(Some(text.to_owned().into())),
    }
}

fn read() -> Result<String, Failure> {
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(0) => Err(unasked("there is no answer")),
        Ok(_) => Ok(answer),
        Err(error) => Err(unasked(&error.to_string())),
    }
}

/// What is typed up to the end of the line, or up to Ctrl-C.
fn read_hidden() -> io::Result<String> {
    let (mut bytes, mut input) = (Vec::new(), io::stdin().lock());
    loop {
        let typed = input.fill_buf()?;
        let end = typed.iter().position(|byte| [b'\n', INTERRUPT].contains(byte));
        let taken = end.map_or(typed.len(), |end| end + 1);
        bytes.extend(typed.iter().take(taken));
        input.consume(taken);
        if end.is_some() || taken == 0 {
            return String::from_utf8(bytes).map_err(io::Error::other);
        }
    }
}

fn unasked(why: &str) -> Failure {
    Failure::other(format!("Nothing was done: {why}"))
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    /// Ctrl-C ends the line instead of the process: who left in between would leave a terminal that shows
    /// nothing behind.
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
        hidden.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
