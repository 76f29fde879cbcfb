//! Opening a guest's session: a form with the checks beside its fields (SPEC section 8).

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{Ctx, Outcome, Refusal, View, gate},
        widgets::{
            clock,
            form::{self, Form, Label, Press},
            frame, prose,
            prose::Line,
        },
    },
    domain::{
        guest::{GuestOrder, GuestToken},
        id::{QueueId, SessionId},
        queue::Queue,
        text::Plain,
    },
    engine::Turn,
    policy::{
        guest_session::{CAPABILITIES, GuestRefusal, MAX_CONCURRENT, check, plain_order},
        heartbeat::interval,
    },
};

/// The form.
#[derive(Debug)]
pub struct NewSession {
    form: Form<5>,
    /// Made once: what is checked is what is sent.
    token: GuestToken,
    typed: Outcome,
    asked: Asked,
    /// True once it has been on the screen: keys typed ahead open nothing that nobody has read.
    shown: bool,
}

/// How far the opening is.
#[derive(Debug)]
enum Asked {
    /// Nothing was asked for yet.
    Not,
    /// It is being opened, by this order.
    Opening(SessionId),
    /// It was not opened.
    Failed(Plain),
}

const QUEUE: usize = 0;
const NAME: usize = 1;
const LANGUAGE: usize = 2;
const DURATION: usize = 3;
const CAPABLE: usize = 4;

const FIELDS: [Label; 5] = [
    ("queue", "where it waits: a queue's name or id"),
    ("name", "the guest's"),
    ("language", "a tag, as en-US"),
    ("duration", "seconds, 1 to 2700"),
    ("capable of", "what the guest's client can do, with commas between"),
];

/// Letters a field takes.
const LONGEST: usize = 200;

/// Columns of a field's name.
const NAME_WIDTH: u16 = 12;

impl NewSession {
    /// A form for a session in the queue of the session under the cursor, if there is one.
    pub fn new(cx: &Ctx) -> Self {
        let token = GuestToken::random();
        let plain = plain_order(token.clone(), "".into());
        let queue = cx.current().and_then(|session| cx.floor.queue(session.queue.as_ref()?));
        let texts = [
            queue.map_or_else(String::new, |queue| queue.name.to_string()),
            plain.name,
            plain.locale,
            plain.duration.to_string(),
            plain.capabilities.join(", "),
        ];
        let form = Form::new(FIELDS, texts, LONGEST).offering();
        Self { form, token, typed: Outcome::Done, asked: Asked::Not, shown: false }
    }

    /// Takes what has become of an opening. True if the session is open, and the form is done with.
    pub fn take(&mut self, turn: &Turn) -> bool {
        match (&self.asked, turn) {
            (Asked::Opening(id), Turn::Opened { order, .. }) if id == order => return true,
            (Asked::Opening(id), Turn::NotOpened { order, reason }) if id == order => {
                self.asked = Asked::Failed(reason.clone());
                // Whether it came to be may be unknown: the next one is another guest's.
                self.token = GuestToken::random();
            }
            _ => {}
        }
        false
    }

    /// Says that nobody was asked after all.
    pub fn was_not_asked(&mut self) {
        if matches!(self.asked, Asked::Opening(_)) {
            self.asked = Asked::Not;
        }
    }

    /// What is to be opened; or the first thing that is wrong, and in which field if it is in one.
    fn order(&self, cx: &Ctx) -> Result<GuestOrder, (Option<usize>, String)> {
        let text = |field: usize| self.form.text(field);
        // What is no number at all is refused in its own words, in the order of the checks.
        let typed = text(DURATION);
        let duration = if typed.is_empty() { Ok(0) } else { typed.parse() };
        let plain = plain_order(self.token.clone(), "".into());
        let or_plain = |field: usize, plain: String| {
            Some(text(field)).filter(|t| !t.is_empty()).map_or(plain, str::to_owned)
        };
        let order = GuestOrder {
            name: or_plain(NAME, plain.name),
            locale: or_plain(LANGUAGE, plain.locale),
            duration: duration.clone().unwrap_or(1),
            capabilities: words(text(CAPABLE)).map(str::to_owned).collect(),
            ..plain
        };
        let first = check(&order, open(cx)).err();
        if let Some(refusal @ GuestRefusal::Concurrent(_)) = first {
            return Err((None, refusal.to_string()));
        }
        duration.map_err(|_| (Some(DURATION), format!("\"{typed}\" is no whole number")))?;
        if let Some(refusal) = first {
            return Err((field(&refusal), refusal.to_string()));
        }
        let queue = queue(text(QUEUE), cx).map_err(|why| (Some(QUEUE), why))?;
        Ok(GuestOrder { queue, ..order })
    }

    fn accept(&mut self, cx: &Ctx) {
        if !self.shown {
            self.typed = Refusal::from("Read it first, then press enter").into();
            return;
        }
        if let Some(refusal) = gate::refuses_keeping(cx) {
            self.typed = refusal.into();
            return;
        }
        match self.order(cx) {
            Ok(order) => {
                self.asked = Asked::Opening(order.id.clone());
                self.typed = Outcome::OpenSession(order);
            }
            Err((at, why)) => {
                self.form.go(at.unwrap_or(self.form.at()));
                self.typed = Outcome::Refused(why.into());
            }
        }
    }

    fn completions(&self, cx: &Ctx) -> Vec<Plain> {
        let text = self.form.text(self.form.at());
        match self.form.at() {
            QUEUE => form::completions(text, cx.live.queues.iter().map(|queue| &queue.name)),
            CAPABLE => {
                let names = CAPABILITIES.map(Plain::new);
                form::completions(text.rsplit(',').next().unwrap_or(text), names.iter())
            }
            _ => Vec::new(),
        }
    }

    fn completed(&self, name: &str) -> String {
        let text = self.form.text(self.form.at());
        match (self.form.at(), text.rsplit_once(',')) {
            (CAPABLE, Some((before, _))) => format!("{before}, {name}"),
            _ => name.to_owned(),
        }
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let wrong = self.order(cx).err();
        let at = wrong.as_ref().and_then(|(at, why)| Some(((*at)?, why.clone())));
        let names = self.completions(cx);
        let mut lines = vec![room(cx)];
        let (fields, _) = self.form.lines((width, NAME_WIDTH), at.as_ref(), &names, &cx.keymap);
        lines.extend(fields);
        lines.push(
            Line::field("token", Role::Text, self.token.to_string())
                .and(Role::Quiet, "  made here; nobody sees it"),
        );
        lines.push(Line::new());
        lines.extend(match (&self.asked, &wrong) {
            (Asked::Opening(_), _) => vec![Line::of(Role::Accent, "◌ Opening…")],
            (Asked::Failed(reason), _) => {
                vec![Line::of(Role::Alarm, format!("✗ Not opened: {reason}"))]
            }
            // Beside its field it is said already.
            (Asked::Not, Some((Some(_), _))) => Vec::new(),
            (Asked::Not, Some((None, why))) => vec![Line::of(Role::Alarm, format!("✗ {why}"))],
            (Asked::Not, None) => self.promise(cx),
        });
        prose::wrap(lines, width)
    }

    /// What opening it means.
    fn promise(&self, cx: &Ctx) -> Vec<Line> {
        let Ok(order) = self.order(cx) else { return Vec::new() };
        let limit = u64::try_from(order.duration).ok().map(std::time::Duration::from_secs);
        let beat = interval(limit, cx.handbook.heartbeat.floor).as_secs_f64();
        let ends = clock::short(limit.unwrap_or_default().as_secs());
        let text = format!("A heartbeat every {beat} s from here; it ends after {ends}.");
        vec![Line::of(Role::Text, text)]
    }
}

/// How many are open of those there may be.
fn room(cx: &Ctx) -> Line {
    let open = open(cx);
    let role = if open < MAX_CONCURRENT { Role::Text } else { Role::Alarm };
    Line::field("open", role, format!("{open} of {MAX_CONCURRENT}"))
        .and(Role::Quiet, "  guests' sessions, by every floorwalker on this store")
}

/// Sessions that count towards the limit, as this console knows them; the store has the last word.
fn open(cx: &Ctx) -> usize {
    let kept = cx.pulse.ward.iter().flat_map(|ward| ward.kept.values());
    kept.filter(|kept| kept.it.opened_here).count()
}

/// The field that a refusal is about.
fn field(refusal: &GuestRefusal) -> Option<usize> {
    match refusal {
        GuestRefusal::Duration => Some(DURATION),
        GuestRefusal::Capabilities(_) => Some(CAPABLE),
        GuestRefusal::Concurrent(_) | GuestRefusal::GuestId => None,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// The queue of this name or id.
fn queue(text: &str, cx: &Ctx) -> Result<QueueId, String> {
    if text.is_empty() {
        return Err("a session waits in a queue".into());
    }
    let is_it = |queue: &&Queue| {
        queue.id.to_string() == text || queue.name.to_lowercase() == text.to_lowercase()
    };
    let found: Vec<&Queue> = cx.live.queues.iter().filter(is_it).collect();
    match found.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(format!("no queue is called \"{text}\"")),
        many => {
            Err(format!("{} queues are called \"{text}\": its id tells them apart", many.len()))
        }
    }
}

impl View for NewSession {
    fn actions(&self) -> &'static [Action] {
        // What is typed in takes its keys itself.
        &[Action::Back]
    }

    fn handle(&mut self, _action: Action, _cx: &Ctx) -> Outcome {
        Outcome::Close
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, "Open a guest's session");
        let inner = frame::panel(buf, area, &title, cx.theme);
        prose::lines(buf, inner, &self.lines(inner.width, cx), 0, cx.theme);
    }

    fn is_typing(&self) -> bool {
        !matches!(self.asked, Asked::Opening(_))
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        let completed = self.completions(cx).first().map(|name| self.completed(name));
        match self.form.press(chord, &cx.keymap, completed) {
            Press::Filling => self.asked = Asked::Not,
            Press::Drop => self.typed = Outcome::Close,
            Press::Keep => self.accept(cx),
        }
    }

    fn shown(&mut self, _cx: &Ctx) {
        self.shown = true;
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["open it", "drop it", "field"]
    }

    fn most_pasted(&self) -> usize {
        LONGEST
    }

    fn take_typed(&mut self) -> Outcome {
        std::mem::replace(&mut self.typed, Outcome::Done)
    }
}
