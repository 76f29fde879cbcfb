//! `floorwalker demo --picture`: what the console looks like, into a file.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use ratatui::layout::Size;

use crate::{
    args::{self, Demo},
    commands::Failure,
    console::{
        Settings,
        picture::{self, Scene, Shade},
        theme::Theme,
    },
    engine::Handle,
};

/// The floor is to have moved a little by then.
const AFTER: Duration = Duration::from_secs(3);

/// A picture that is wished for.
pub struct Wished {
    scene: Scene,
    shade: Shade,
    path: PathBuf,
}

/// The picture that `demo` asks for.
///
/// # Errors
/// If one of its keys is none.
pub fn wished(demo: &Demo, path: &Path) -> Result<Wished, Failure> {
    let (width, height) = demo.picture_size;
    let keys: Result<Vec<_>, _> = demo.picture_keys.split_whitespace().map(str::parse).collect();
    let keys = keys.map_err(|error| Failure::usage(format!("--picture-keys: {error}")))?;
    let scene = Scene { size: Size { width, height }, keys, after: AFTER };
    let shade = match demo.shade {
        args::Shade::Dark => Shade::Dark,
        args::Shade::Light => Shade::Light,
    };
    Ok(Wished { scene, shade, path: path.to_owned() })
}

impl Wished {
    /// Takes it.
    pub fn take(self, handle: Handle, settings: &Settings) -> Result<ExitCode, Failure> {
        let settings = Settings { theme: Theme::Terminal, ..settings.clone() };
        let cells = picture::take(handle, &settings, &self.scene)
            .ok_or_else(|| Failure::other("No floor was to be seen in time".to_owned()))?;
        fs::write(&self.path, picture::svg(&cells, self.shade)).map_err(|e| {
            Failure::other(format!("{} can't be written: {e}", self.path.display()))
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
