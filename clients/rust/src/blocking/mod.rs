//! Clients that block. A client may be shared by threads: whoever waits first reads for all, so there is no thread of its own.
//!
//! Requests may be sent without waiting for each other ([`Client::send`]). Nothing is read while nobody waits: what the daemon tells then
//! stands in the buffer of the socket, and beyond that it is up to the daemon, which tells a slow reader of a stream how much it lost.

mod client;
mod pending;
mod shared;
mod socket;
mod stream;

pub use client::{Client, Pushed};
pub use pending::{Canceller, Pending};
pub use stream::Stream;
