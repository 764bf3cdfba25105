use std::sync::mpsc::channel;
use std::time::Duration;

use peinit::control::{ClearBootAttemptsRequest, SubscribeRequest};
use peinit::registry::{RegistryError, WatchRequest};
use peinit::tokio::{ControlClient, RegistryClient};
use peinit::{Error, Loss};

use crate::numbered;
use crate::server::{accept, serve, serve_one, Server};

/// The task of a connection goes on while the server ends.
async fn ended(server: Server) {
    tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
}

fn request() -> ClearBootAttemptsRequest {
    ClearBootAttemptsRequest::new()
}

#[tokio::test]
async fn answers_go_to_their_requests_also_behind_one_that_was_dropped() {
    let server = serve_one(|mut peer| {
        for _ in 0..3 {
            peer.line();
        }
        peer.say(&format!("{}{}{}", numbered(1), numbered(2), numbered(3)));
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).await.unwrap();
    let first = client.send(request()).unwrap();
    drop(client.send(request()).unwrap());
    let last = client.send(request()).unwrap();
    assert_eq!(last.await.unwrap().attempt, Some(3));
    assert_eq!(first.await.unwrap().attempt, Some(1));
    drop(client);
    ended(server).await;
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_dropped() {
    let (late, is_late) = channel::<()>();
    let server = serve_one(move |mut peer| {
        peer.line();
        is_late.recv().unwrap();
        peer.line();
        peer.say(&format!("{}{}", numbered(1), numbered(2)));
    });
    let client = ControlClient::connect_with(&server.options()).await.unwrap();
    let short = client.with_timeout(Duration::from_millis(20));
    assert_eq!(short.clear_boot_attempts(request()).await, Err(Error::Timeout));
    late.send(()).unwrap();
    assert_eq!(client.clear_boot_attempts(request()).await.unwrap().attempt, Some(2));
}

#[tokio::test]
async fn who_is_turned_away_asks_again() {
    let (gone, is_gone) = channel();
    let server = serve(move |listener| {
        drop(accept(listener));
        gone.send(()).unwrap();
        let mut peer = accept(listener);
        peer.line();
        peer.say(&numbered(1));
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).await.unwrap();
    // Nothing can be written, and the client has not read yet that it is over.
    is_gone.recv().unwrap();
    assert_eq!(client.clear_boot_attempts(request()).await.unwrap().attempt, Some(1));
    drop(client);
    ended(server).await;
}

#[tokio::test]
async fn a_stream_ends_with_its_connection_and_is_bounded_before() {
    let event = "{\"kind\":\"lagged\"}\n";
    let (full, is_full) = channel();
    let server = serve_one(move |mut peer| {
        peer.line();
        peer.say("{\"status\":\"ok\"}\n");
        full.send(!peer.can_say(event, 1 << 18)).unwrap();
    });
    let client = ControlClient::connect_with(&server.options()).await.unwrap();
    let mut stream = client.subscribe(SubscribeRequest::new()).await.unwrap();
    assert!(tokio::task::spawn_blocking(move || is_full.recv().unwrap()).await.unwrap());
    let mut count = 0;
    while let Some(event) = stream.next().await {
        event.unwrap();
        count += 1;
    }
    assert!(count > 1024, "{count}");
}

#[tokio::test]
async fn a_watch_is_ended_when_it_is_left_and_a_call_fails_with_its_code() {
    let (left, is_left) = channel();
    let server = serve_one(move |mut peer| {
        peer.line();
        peer.say("{\"id\":1,\"error\":\"ENOENT\",\"message\":\"none\"}\n");
        peer.line();
        peer.say(
            "{\"id\":2,\"status\":\"ok\",\"watch\":7}\n{\"watch\":7,\"type\":\"overflow\",\"path\":\"A\",\"name\":\"\",\"more\":false}\n",
        );
        assert_eq!(peer.line(), "{\"id\":3,\"op\":\"unwatch\",\"watch\":7}");
        left.send(()).unwrap();
        peer.line();
    });
    let client = RegistryClient::connect_with(&server.options()).await.unwrap();
    assert_eq!(
        client.watch(WatchRequest::new("A")).await.unwrap_err().code(),
        Some(&RegistryError::Enoent)
    );
    let (_, mut events) = client.watch(WatchRequest::new("A")).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().watch, 7);
    drop(events);
    let left = tokio::task::spawn_blocking(move || is_left.recv().unwrap());
    left.await.unwrap();
    drop(client);
    ended(server).await;
}

#[tokio::test]
async fn disconnecting_ends_whatever_waits() {
    let server = serve_one(|mut peer| {
        peer.line();
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).await.unwrap();
    let call = client.send(request()).unwrap();
    client.disconnect();
    match call.await {
        Err(Error::Connection(error)) => assert_eq!(error.loss, Loss::Left),
        other => panic!("{other:?}"),
    }
    ended(server).await;
}
