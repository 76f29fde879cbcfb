//! Keys, and what they mean.
//!
//! `terminal event → Chord → Keymap → Action`. Past this border nobody sees a key code: panes and
//! popups declare and handle [`Action`]s, and the help is made of the same words as the config.

pub mod action;
pub mod chord;
pub mod keymap;
pub mod pointer;
pub mod written;

pub use action::Action;
pub use chord::{Chord, Edit};
pub use keymap::Keymap;
