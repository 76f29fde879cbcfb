//! Rows, and what can be read of them.

use sqlx::{
    ColumnIndex, Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow,
};

/// A row of either engine.
pub enum Row {
    /// Of a file.
    Sqlite(SqliteRow),
    /// Of a server.
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    /// What a column holds, by its name or number.
    ///
    /// # Errors
    /// If there is no such column, or it holds something else.
    pub fn read<T: Field>(
        &self,
        column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    ) -> Result<T, sqlx::Error> {
        let stored = match self {
            Self::Sqlite(row) => row.try_get::<T::Stored, _>(column)?,
            Self::Postgres(row) => row.try_get::<T::Stored, _>(column)?,
        };
        T::from_stored(stored).map_err(|e| sqlx::Error::Decode(e.into()))
    }

    /// The words of a column, as long as the row lives.
    ///
    /// # Errors
    /// If there is no such column, or it holds something else.
    pub fn text(
        &self,
        column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    ) -> Result<Option<&str>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    /// The bytes of a text that may not be one; none where there is nothing.
    ///
    /// # Errors
    /// If there is no such column, or it holds something else.
    pub fn bytes(&self, column: usize) -> Result<&[u8], sqlx::Error> {
        let bytes = match self {
            Self::Sqlite(row) => row.try_get::<Option<&[u8]>, _>(column)?,
            // A server lets in nothing else.
            Self::Postgres(row) => row.try_get::<Option<&str>, _>(column)?.map(str::as_bytes),
        };
        Ok(bytes.unwrap_or_default())
    }
}

/// What both engines can store.
pub trait Stored:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Stored for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

/// What can be read of a column.
pub trait Field: Sized {
    /// As which it is stored.
    type Stored: Stored;

    /// Out of what is stored.
    ///
    /// # Errors
    /// Says what is stored instead.
    fn from_stored(stored: Self::Stored) -> Result<Self, String>;
}

impl<T: Field> Field for Option<T>
where
    Option<T::Stored>: Stored,
{
    type Stored = Option<T::Stored>;

    fn from_stored(stored: Self::Stored) -> Result<Self, String> {
        stored.map(T::from_stored).transpose()
    }
}

macro_rules! as_it_is {
    ($($is:ty)+) => {$(
        impl Field for $is {
            type Stored = $is;

            fn from_stored(stored: $is) -> Result<Self, String> {
                Ok(stored)
            }
        }
    )+};
}

macro_rules! smaller {
    ($($is:ty)+) => {$(
        impl Field for $is {
            type Stored = i64;

            fn from_stored(stored: i64) -> Result<Self, String> {
                Self::try_from(stored).map_err(|e| format!("{stored}: {e}"))
            }
        }
    )+};
}

as_it_is! { i64 f64 String Vec<u8> }
smaller! { u32 u16 }

/// 0 is false; what else both engines call true is 1.
impl Field for bool {
    type Stored = i64;

    fn from_stored(stored: i64) -> Result<Self, String> {
        Ok(stored != 0)
    }
}
