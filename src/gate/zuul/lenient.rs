//! Values of a document that its makers call "subject to change without notice" (Zuul
//! documentation, "REST API", status): whatever stands there is taken, and what is not of the kind
//! that was expected is unknown.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Anything; only what stands by itself is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Scalar {
    /// Nothing, or a list or an object where neither was expected.
    #[default]
    Unknown,
    Flag(bool),
    Number(f64),
    Text(String),
}

impl Scalar {
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A whole number, also where it was written as text.
    pub(super) fn whole(&self) -> Option<u64> {
        match self {
            // Above this a number in JSON is not exact any more (RFC 8259, section 6).
            Self::Number(number) if *number >= 0.0 && *number < 9e15 =>
            {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its range was checked")]
                Some(*number as u64)
            }
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn milliseconds(&self) -> Option<Duration> {
        self.whole().map(Duration::from_millis)
    }

    pub(super) fn time_in_milliseconds(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(i64::try_from(self.whole()?).ok()?).ok()
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
        Ok(Scalar::Flag(flag))
    }
    #[allow(clippy::cast_precision_loss, reason = "what does not fit is not used")]
    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }
    #[allow(clippy::cast_precision_loss, reason = "what does not fit is not used")]
    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }
    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Unknown)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Unknown)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Unknown)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

/// A list; `None` where something else stands, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List<T>(pub(super) Option<Vec<T>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> List<T> {
    /// Its parts; none where nobody knows.
    pub(super) fn items(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

struct AnyList<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyList<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(List(Some(items)))
    }
    fn visit_bool<E>(self, _: bool) -> Result<List<T>, E> {
        Ok(List(None))
    }
    fn visit_i64<E>(self, _: i64) -> Result<List<T>, E> {
        Ok(List(None))
    }
    fn visit_u64<E>(self, _: u64) -> Result<List<T>, E> {
        Ok(List(None))
    }
    fn visit_f64<E>(self, _: f64) -> Result<List<T>, E> {
        Ok(List(None))
    }
    fn visit_str<E>(self, _: &str) -> Result<List<T>, E> {
        Ok(List(None))
    }
    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List(None))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyList(PhantomData))
    }
}
