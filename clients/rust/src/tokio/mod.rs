//! Clients for tokio, with the feature `tokio`. A task of each connection reads and writes; it ends with the last handle.
//!
//! A future that is dropped gives its call up: the answer is dropped when it comes, and those behind it go to whom they are for.

mod client;
mod shared;
mod stream;

pub use client::{Client, Pending, Pushed};
pub use stream::Stream;

pub use crate::generated::tokio_clients::{ControlClient, JobsClient, QueryClient, RegistryClient};
