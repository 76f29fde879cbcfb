//! What a mouse does: the few gestures that mean something here.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::Action;

/// Rows that one notch of the wheel scrolls.
pub const NOTCH: u16 = 3;

/// A gesture, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The column and line of the screen, from 0.
    pub at: Position,
    /// What is done there.
    pub gesture: Gesture,
}

/// What is done with a mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// The first button goes down.
    Click,
    /// The wheel turns away from the person.
    WheelUp,
    /// The wheel turns towards the person.
    WheelDown,
}

impl Pointer {
    /// The gesture of a terminal event; `None` for those that mean nothing here.
    pub fn read(event: MouseEvent) -> Option<Self> {
        let gesture = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
            MouseEventKind::ScrollUp => Gesture::WheelUp,
            MouseEventKind::ScrollDown => Gesture::WheelDown,
            _ => return None,
        };
        Some(Self { at: Position { x: event.column, y: event.row }, gesture })
    }

    /// Which way the wheel moves, if it is the wheel.
    pub fn turn(self) -> Option<Action> {
        match self.gesture {
            Gesture::Click => None,
            Gesture::WheelUp => Some(Action::Up),
            Gesture::WheelDown => Some(Action::Down),
        }
    }
}
