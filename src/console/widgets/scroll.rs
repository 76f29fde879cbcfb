//! A text that may be longer than its place: which part of it shows, and what the keys do about that.
//!
//! It knows no text. Whoever has it says how many lines there are when a key is pressed, and brings them
//! when it is drawn; so nothing is kept that could be older than the floor.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    frame, prose,
    prose::{Line, scrolled},
};
use crate::console::{keys::Action, theme::Theme};

/// Where a text is scrolled to, in a panel.
#[derive(Debug, Default)]
pub struct Scroll {
    from: usize,
    area: Rect,
}

impl Scroll {
    /// Is told the panel's place.
    pub fn arrange(&mut self, area: Rect) {
        self.area = area;
    }

    /// The panel's place.
    pub fn area(&self) -> Rect {
        self.area
    }

    /// The columns of a line.
    pub fn width(&self) -> u16 {
        frame::inside(self.area).width
    }

    /// The lines that show at a time, at least one.
    pub fn page(&self) -> usize {
        usize::from(frame::inside(self.area).height).max(1)
    }

    /// Moves through a text of so many lines.
    pub fn turn(&mut self, action: Action, count: usize) {
        let last = self.last(count);
        self.from = scrolled(self.from.min(last), action, self.page(), last);
    }

    /// Back to the first line.
    pub fn rewind(&mut self) {
        self.from = 0;
    }

    /// The first line that shows of so many. A text may have become shorter since it was scrolled.
    pub fn first(&self, count: usize) -> usize {
        self.from.min(self.last(count))
    }

    fn last(&self, count: usize) -> usize {
        count.saturating_sub(self.page())
    }

    /// Draws the panel and what shows of `lines`, which are told the columns there are.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        title: &Line,
        lines: impl FnOnce(u16) -> Vec<Line>,
        theme: Theme,
    ) {
        let inner = frame::panel(buf, area, title, theme);
        let lines = lines(inner.width);
        prose::lines(buf, inner, &lines, self.first(lines.len()), theme);
        self.draw_more(buf, area, lines.len(), theme);
    }

    /// Says on the panel's edge how many of so many lines are below.
    pub fn draw_more(&self, buf: &mut Buffer, area: Rect, count: usize, theme: Theme) {
        let shown = usize::from(frame::inside(area).height);
        frame::more(buf, area, count.saturating_sub(self.first(count) + shown), theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten columns and four lines inside.
    fn scroll() -> Scroll {
        let mut scroll = Scroll::default();
        scroll.arrange(Rect::new(0, 0, 14, 6));
        scroll
    }

    #[test]
    fn it_scrolls_to_the_last_page_and_no_further() {
        let mut scroll = scroll();
        assert_eq!((scroll.width(), scroll.page()), (10, 4));
        for (action, first) in [
            (Action::Down, 1),
            (Action::PageDown, 5),
            (Action::PageDown, 6),
            (Action::Up, 5),
            (Action::Home, 0),
            (Action::Up, 0),
            (Action::End, 6),
        ] {
            scroll.turn(action, 10);
            assert_eq!(scroll.first(10), first, "{action}");
        }
        scroll.rewind();
        assert_eq!(scroll.first(10), 0);
    }

    #[test]
    fn a_text_that_has_become_shorter_is_not_scrolled_out_of_sight() {
        let mut scroll = scroll();
        scroll.turn(Action::End, 100);
        assert_eq!(scroll.first(5), 1);
        // And the next key begins from what shows.
        scroll.turn(Action::Up, 5);
        assert_eq!(scroll.first(5), 0);
    }
}
