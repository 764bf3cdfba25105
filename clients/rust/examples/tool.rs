//! A tool that controls: it starts a service, shows what becomes of it, has it reload and stops it.

use std::process::ExitCode;
use std::time::Duration;

use peinit::control::{Error, ErrorCode, ReloadRequest, StartAnswer, StartRequest, StatusRequest, StopRequest, SubscribeRequest};
use peinit::events::{EventName, EventPayload};
use peinit::service::State;
use peinit::{ControlClient, Options};

fn main() -> ExitCode {
    let Some(service) = std::env::args().nth(1) else {
        eprintln!("usage: tool SERVICE");
        return ExitCode::from(2);
    };
    match drive(&service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.code() == Some(&ErrorCode::UnknownService) => {
            eprintln!("no service is called {service}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

// [drive]

fn drive(service: &str) -> Result<(), Error> {
    // Whatever happens, the tool does not hang.
    let options = Options::new().timeout(Duration::from_secs(60));
    let peinit = ControlClient::connect_with(&options)?;
    peinit.check_protocol()?;

    // A stream has its connection for itself.
    let events = ControlClient::connect_with(&options)?;
    let steps = events.subscribe(SubscribeRequest::new().events([EventName::ServiceState.as_str()]))?;

    // The answer comes when the service is up, or has failed; of one that is up already it is its status.
    match peinit.start(StartRequest::new(service))? {
        StartAnswer::Start(done) => println!("start: done as operation {}", done.operation_id),
        StartAnswer::Status(status) => println!("start: it is {} already", status.state),
    }

    // Both are on their way at once, and are answered in their order.
    let reload = peinit.send(ReloadRequest::new(service).wait(true))?;
    let status = peinit.send(StatusRequest::new(service))?;
    reload.wait()?;
    let status = status.wait()?;
    println!("status: {}", status.state);
    if let Some(text) = status.status_text {
        println!("it says: {text}");
    }

    peinit.stop(StopRequest::new(service))?;
    for event in steps {
        let Some(EventPayload::ServiceState(step)) = event?.payload else {
            continue;
        };
        if step.service == service {
            println!("{} -> {} by {}", step.from, step.to, step.cause);
            if step.to == State::Inactive {
                break;
            }
        }
    }
    Ok(())
}

// [/drive]
