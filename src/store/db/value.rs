//! Values of placeholders. Nothing knows its type too: PostgreSQL asks for it.

/// A value as both engines take it.
#[derive(Clone)]
pub enum Value {
    /// A whole number.
    Integer(Option<i64>),
    /// A number.
    Real(Option<f64>),
    /// Words.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

/// What can be the value of a placeholder.
pub trait Bind {
    /// Nothing, where there could be one of these.
    const NONE: Value;

    /// As both engines take it.
    fn value(self) -> Value;
}

impl<T: Bind> Bind for Option<T> {
    const NONE: Value = T::NONE;

    fn value(self) -> Value {
        self.map_or(T::NONE, T::value)
    }
}

macro_rules! bind {
    ($($as:ident: $($from:ty)+),+ $(,)?) => {$($(
        impl Bind for $from {
            const NONE: Value = Value::$as(None);

            fn value(self) -> Value {
                Value::$as(Some(self.into()))
            }
        }
    )+)+};
}

// Both engines know truth as the numbers 0 and 1.
bind! {
    Integer: i64 u32 u16 bool,
    Real: f64,
    Text: String &str &String,
    Bytes: Vec<u8> &[u8],
}
