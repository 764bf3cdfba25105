//! Client library of [peinit](https://github.com/peios/peinit), the service manager.
//!
//! - [`ControlClient`] asks process 1: services, operations, events, jobs, the machine.
//! - [`RegistryClient`] reads, writes and watches the registry.
//! - [`QueryClient`] reads the logs and events that the event daemon stores.
//! - [`JobsClient`] runs a program as whoever calls, and follows it.
//! - [`notify`] is for services: they tell peinit that they are ready, alive, reloading.
//!
//! ```no_run
//! use peinit::control::{StartRequest, StatusRequest};
//! use peinit::ControlClient;
//!
//! let peinit = ControlClient::connect()?;
//! peinit.start(StartRequest::new("web"))?;
//! println!("{}", peinit.status(StatusRequest::new("web"))?.state);
//! # Ok::<(), peinit::control::Error>(())
//! ```
//!
//! All of these block; with the feature `tokio` the same clients are in [`tokio`](crate::tokio) as well.
//!
//! What a newer daemon adds is no error: members that are not known are passed over, and enums have a value for names that they do not
//! know. What is missing or of another type is a [`ProtocolError`] that names it.

mod connect;
mod error;
mod generated;
mod link;
mod manners;
mod protocol;
mod wire;

pub mod blocking;
pub mod exchange;
pub mod notify;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use connect::Options;
pub use error::{ConnectionError, Error, Loss, NoCode, ProtocolError, Refusal};
pub use generated::blocking_clients::{ControlClient, JobsClient, QueryClient, RegistryClient};
pub use generated::{control, events, jobs, options, output, registry, security, service};
pub use protocol::{Compatibility, Protocol};
