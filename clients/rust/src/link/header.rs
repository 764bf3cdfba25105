//! What of a line says whose it is: a handful of its members, found without keeping the others.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::exchange::Facts;

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Header {
    pub(crate) id: Option<i64>,
    /// Value of the outcome; empty where it is no text.
    pub(crate) outcome: Option<String>,
    pub(crate) by: Option<i64>,
    pub(crate) more: Option<bool>,
}

/// `None`: the line is no JSON object.
pub(crate) fn read(line: &[u8], facts: &'static Facts) -> Option<Header> {
    let mut from = serde_json::Deserializer::from_slice(line);
    let header = Seed(facts).deserialize(&mut from).ok()?;
    from.end().ok()?;
    Some(header)
}

struct Seed(&'static Facts);

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Header;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Header, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Header;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        while let Some(which) = members.next_key_seed(Key(self.0))? {
            // Whose the line is would depend on which of them is taken.
            let twice = match which {
                Which::Outcome => header.outcome.is_some(),
                Which::Id => header.id.is_some(),
                Which::By => header.by.is_some(),
                Which::More => header.more.is_some(),
                Which::Other => false,
            };
            if twice {
                return Err(Error::custom("a member stands there twice"));
            }
            match which {
                Which::Outcome => header.outcome = Some(members.next_value::<Value>()?.as_str().unwrap_or_default().to_owned()),
                Which::Id => header.id = members.next_value::<Value>()?.as_i64(),
                Which::By => header.by = members.next_value::<Value>()?.as_i64(),
                Which::More => header.more = members.next_value::<Value>()?.as_bool(),
                Which::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(header)
    }
}

enum Which {
    Outcome,
    Id,
    By,
    More,
    Other,
}

struct Key(&'static Facts);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Which;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Which, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Which;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Which, E> {
        let name = Some(name);
        Ok(match self.0 {
            facts if name == facts.outcome => Which::Outcome,
            facts if name == facts.correlation => Which::Id,
            facts if name == facts.by => Which::By,
            facts if name == facts.more => Which::More,
            _ => Which::Other,
        })
    }
}
