//! What panes are made of. Widgets know text, roles and keys; nothing of queues or handoffs.

pub mod ascii;
pub mod ask;
pub mod chart;
pub mod clock;
pub mod digits;
pub mod form;
pub mod frame;
pub mod grid;
pub mod minutes;
pub mod paint;
pub mod prompt;
pub mod prose;
pub mod scroll;
pub mod sparkline;
