//! The protocol without sockets, threads or clocks: bytes in, bytes out. The blocking client and that of tokio both drive a [`Core`].

mod core;
mod frames;
mod header;
mod patience;
mod request;
mod trouble;

pub(crate) use self::core::{Closed, Core, End, Exchange, Id, Step};
pub(crate) use patience::{until, Patience};
pub(crate) use trouble::{left, turned_away, unreachable};
