//! Where things are on a screen of a given size.
//!
//! ```text
//!   header    1 or 2 lines         160×40 and more:  Sessions        │ Agents
//!   tabs                                             Queues or Inbox │ Audit or Health
//!   body                           100×30 and more:  Sessions over one other
//!   tour      in a demo, if asked  else:             one pane
//!   status    notice or trouble
//!   footer
//! ```
//! The status line is always there: were it to come and go, every row would jump with it. What is
//! wrong, or was waited for, may take more lines than one, at the cost of the last rows above it: all else is
//! placed as if it took one, and stays where it is.

use ratatui::layout::{Rect, Size};

use crate::console::panes::PaneId;

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// True if nothing useful fits.
    pub too_small: bool,
    /// The header.
    pub header: Rect,
    /// The tab bar.
    pub tabs: Rect,
    /// All the panes.
    pub body: Rect,
    /// The same while the status takes one line: what popups are placed in.
    room: Rect,
    /// The panes that show.
    pub panes: Vec<(PaneId, Rect)>,
    /// The line between panes that stand side by side.
    pub divider: Option<Rect>,
    /// The strip of the tour; empty without one.
    pub tour: Rect,
    /// The status line.
    pub status: Rect,
    /// The footer.
    pub footer: Rect,
}

/// Which panes stand in the places that several share: whichever was gone to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Under the sessions, where there is room for two.
    pub beside: PaneId,
    /// Below at the left, where there is room for four.
    pub left: PaneId,
    /// Below at the right, where there is room for four.
    pub right: PaneId,
}

impl Default for Places {
    fn default() -> Self {
        Self { beside: PaneId::Agents, left: PaneId::Queues, right: PaneId::Audit }
    }
}

impl Places {
    /// Brings `pane` into sight.
    pub fn show(&mut self, pane: PaneId) {
        match pane {
            PaneId::Sessions => return,
            PaneId::Agents => {}
            PaneId::Queues | PaneId::Inbox => self.left = pane,
            PaneId::Audit | PaneId::Health => self.right = pane,
        }
        self.beside = pane;
    }
}

/// The least screen anything useful fits on.
pub const LEAST: Size = Size { width: 50, height: 12 };

impl Layout {
    /// The layout of a screen of `size` with the focus on `focus` and so many lines for the tour and
    /// for the status.
    pub fn new(size: Size, focus: PaneId, places: Places, (tour, status): (u16, u16)) -> Self {
        if size.width < LEAST.width || size.height < LEAST.height {
            return Self { too_small: true, ..Self::default() };
        }
        let four = size.width >= 160 && size.height >= 40;
        let header = if size.width >= 150 { 1 } else { 2 };
        let tabs = 1;
        let strip = |y, height| Rect { x: 0, y, width: size.width, height };
        let room = strip(header + tabs, size.height - header - tabs - tour - 2);
        let mut layout = Self {
            too_small: false,
            header: strip(0, header),
            tabs: strip(header, tabs),
            body: room,
            room,
            panes: Vec::new(),
            divider: None,
            tour: strip(size.height - 1 - status - tour, tour),
            status: strip(size.height - 1 - status, status),
            footer: strip(size.height - 1, 1),
        };
        if four {
            layout.four(places);
        } else if size.width >= 100 && size.height >= 30 {
            layout.two(places.beside);
        } else {
            layout.panes.push((focus, room));
        }
        layout.give_up(status.saturating_sub(1));
        layout
    }

    /// Takes the last rows away from whatever stands there.
    fn give_up(&mut self, rows: u16) {
        let cut = Rect { height: self.room.height.saturating_sub(rows), ..self.room };
        self.body = cut;
        let panes = self.panes.iter_mut().map(|(_, area)| area);
        panes.chain(&mut self.divider).for_each(|area| *area = area.intersection(cut));
    }

    /// Where a popup is that has `placed` itself in the room there is.
    pub fn popup(&self, placed: impl FnOnce(Rect) -> Rect) -> Rect {
        placed(self.room).intersection(self.body)
    }

    fn four(&mut self, places: Places) {
        let Rect { x, y, width, height } = self.body;
        let upper = height * 3 / 5;
        let left = width * 11 / 20;
        let right = (x + left + 1, width - left - 1);
        let at = |(x, width), (y, height)| Rect { x, y, width, height };
        let (top, bottom) = ((y, upper), (y + upper, height - upper));
        self.panes = vec![
            (PaneId::Sessions, at((x, left), top)),
            (PaneId::Agents, at(right, top)),
            (places.left, at((x, left), bottom)),
            (places.right, at(right, bottom)),
        ];
        self.divider = Some(Rect { x: x + left, y, width: 1, height });
    }

    fn two(&mut self, beside: PaneId) {
        let upper = self.body.height * 11 / 20;
        let below = Rect { y: self.body.y + upper, height: self.body.height - upper, ..self.body };
        self.panes = vec![(PaneId::Sessions, Rect { height: upper, ..self.body }), (beside, below)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_fits_and_does_not_overlap() {
        for (n, width) in (1..260).step_by(7).enumerate() {
            for height in 1..80 {
                let size = Size { width, height };
                let (focus, mut places) = (PaneId::ALL[n % PaneId::ALL.len()], Places::default());
                places.show(focus);
                let layout = Layout::new(size, focus, places, (width % 4, height % 3 + 1));
                let screen = Rect::new(0, 0, width, height);
                let mut areas: Vec<Rect> = layout.panes.iter().map(|(_, area)| *area).collect();
                areas.extend([
                    layout.header,
                    layout.tabs,
                    layout.tour,
                    layout.status,
                    layout.footer,
                ]);
                areas.retain(|area| !area.is_empty());
                for (n, area) in areas.iter().enumerate() {
                    assert_eq!(area.intersection(screen), *area, "{size}");
                    assert!(areas[n + 1..].iter().all(|o| !o.intersects(*area)), "{size}");
                }
                assert!(layout.too_small || layout.panes.iter().any(|(id, _)| *id == focus));
            }
        }
    }

    #[test]
    fn nothing_moves_when_the_status_takes_more_lines() {
        for (width, height) in [(80, 24), (100, 30), (200, 60), (50, 12)] {
            let size = Size { width, height };
            let of = |rows| Layout::new(size, PaneId::Agents, Places::default(), (0, rows));
            let (one, three) = (of(1), of(3));
            let edges = |layout: &Layout| -> Vec<_> {
                layout.panes.iter().map(|(_, area)| (area.x, area.y, area.width)).collect()
            };
            assert_eq!(edges(&one), edges(&three), "{size}");
            assert_eq!(three.body.bottom(), three.status.y);
            let centred = |room: Rect| Rect { y: room.y + 2, height: room.height - 4, ..room };
            assert_eq!(one.popup(centred), three.popup(centred), "{size}");
            assert!(three.popup(|room| room).bottom() <= three.status.y, "{size}");
        }
    }
}
