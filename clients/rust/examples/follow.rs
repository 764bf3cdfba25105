//! A tool for tokio: it submits a job, and asks for the machine's state while the job runs.

use peinit::jobs::{JobLineKind, SubmitRequest};
use peinit::tokio::{ControlClient, JobsClient};

// [follow]

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let jobs = JobsClient::connect().await?;
    let submitted = SubmitRequest::new("/bin/sh").arguments(["-c", "echo working; sleep 1; echo done"]);
    let (_, mut lines) = jobs.submit(submitted).await?;

    let peinit = ControlClient::connect().await?;
    let machine = peinit.send(peinit::control::MachineStatusRequest::new())?;

    while let Some(line) = lines.next().await {
        let line = line?;
        match line.kind {
            JobLineKind::Output => println!("it wrote: {}", line.text.unwrap_or_default()),
            JobLineKind::Ended => println!("it ended with exit code {:?}", line.exit_code),
            _ => {}
        }
    }
    println!("the machine is {}", machine.await?.phase);
    Ok(())
}

// [/follow]
