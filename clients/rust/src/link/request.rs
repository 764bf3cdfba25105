//! A request as a line.

use serde::Serialize;

use crate::error::ProtocolError;
use crate::exchange::Facts;

pub(super) fn encode(facts: &Facts, id: u64, command: &str, members: &impl Serialize) -> Result<Vec<u8>, ProtocolError> {
    let wrong = |received: &str| ProtocolError::of_line("members of a request", received, command.as_bytes());
    let members = serde_json::to_vec(members).map_err(|error| wrong(&error.to_string()))?;
    let Some(inner) = members.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")) else {
        return Err(wrong("no object"));
    };
    let mut line = Vec::with_capacity(inner.len() + 64);
    line.push(b'{');
    if let Some(member) = facts.correlation {
        line.extend_from_slice(format!("\"{member}\":{id}").as_bytes());
    }
    if let Some(member) = facts.discriminator {
        let comma = if line.len() > 1 { "," } else { "" };
        line.extend_from_slice(format!("{comma}\"{member}\":\"{command}\"").as_bytes());
    }
    if line.len() > 1 && !inner.is_empty() {
        line.push(b',');
    }
    line.extend_from_slice(inner);
    line.extend_from_slice(b"}\n");
    Ok(line)
}
