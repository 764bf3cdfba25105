//! How messages are read and written, beside what serde derives: open enums, unions, and members that may be missing or null.

mod event_payload;
mod open_enum;
mod open_union;
mod twofold;

use serde::de::{DeserializeOwned, Deserializer};
use serde::Deserialize;

use crate::error::ProtocolError;

/// A member that may be missing; null is no value of it.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// A member that may be null; serde would take a missing one for that.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::<T>::deserialize(from)
}

/// A message from a line. What is wrong is looked for once something is.
pub(crate) fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, ProtocolError> {
    serde_json::from_slice(line).map_err(|error| explain::<T>(line, error))
}

fn explain<T: DeserializeOwned>(line: &[u8], error: serde_json::Error) -> ProtocolError {
    let told = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(line)).err();
    let (path, message) = match told {
        Some(told) => (told.path().to_string(), told.inner().to_string()),
        None => (String::from("."), error.to_string()),
    };
    ProtocolError::of_member(if path == "." { "" } else { &path }, &message, line)
}
