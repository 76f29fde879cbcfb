//! The options of the console alone: what it may do with this terminal.

use clap::Args;

use crate::config::console::{Console, Palette};

/// How the console looks.
#[derive(Args, Clone, Copy, Debug)]
pub struct Looks {
    /// Which colours, whatever NO_COLOR and the configuration say.
    #[arg(long, value_enum, value_name = "THEME", global = true, help_heading = "Console")]
    pub theme: Option<Palette>,
    /// Draw with ASCII alone; `--ascii=false` draws everything, whatever the locale says.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        global = true,
        help_heading = "Console"
    )]
    pub ascii: Option<bool>,
    /// Send as little as possible over a slow line.
    #[arg(long, global = true, help_heading = "Console")]
    pub low_bandwidth: bool,
    /// Show no clock, and ages as of the last news or key: where nothing happens, nothing is written.
    #[arg(long, global = true, help_heading = "Console")]
    pub no_clock: bool,
}

impl Looks {
    /// Puts what the command line says in place of what the file says.
    pub fn change(self, console: &mut Console) {
        console.asked = self.theme;
        console.ascii = self.ascii.or(console.ascii);
        console.low_bandwidth |= self.low_bandwidth;
        console.clock &= !self.no_clock;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Arguments;

    fn told(line: &str, mut console: Console) -> Console {
        Arguments::try_parse_from(line.split(' ')).unwrap().looks.change(&mut console);
        console
    }

    #[test]
    fn the_command_line_counts_for_more_than_the_file() {
        let file = Console { ascii: Some(true), low_bandwidth: true, ..Console::default() };
        assert_eq!(told("floorwalker demo", file), file);
        let changed = told("floorwalker demo --theme light --ascii=false", file);
        assert_eq!((changed.asked, changed.ascii), (Some(Palette::Light), Some(false)));
        let changed =
            told("floorwalker --ascii --low-bandwidth --no-clock demo", Console::default());
        assert_eq!((changed.ascii, changed.low_bandwidth), (Some(true), true));
        assert!(Console::default().clock && !changed.clock);
    }
}
