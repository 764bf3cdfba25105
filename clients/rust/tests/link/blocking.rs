use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use peinit::control::{ClearBootAttemptsRequest, ErrorCode, StatusRequest, SubscribeRequest};
use peinit::jobs::{JobLineKind, SubmitRequest};
use peinit::output::{BootsRequest, LogsRequest};
use peinit::registry::{EnumRequest, ReadTreeRequest, RegistryError, WatchRequest};
use peinit::{ControlClient, Error, JobsClient, Loss, Options, QueryClient, RegistryClient};

use crate::numbered;
use crate::server::{accept, serve, serve_one};

fn request() -> ClearBootAttemptsRequest {
    ClearBootAttemptsRequest::new()
}

#[test]
fn answers_go_to_their_requests_in_order_also_behind_one_that_was_given_up() {
    let server = serve_one(|mut peer| {
        for _ in 0..4 {
            assert_eq!(peer.line(), "{\"command\":\"clear-boot-attempts\"}");
        }
        peer.say(&numbered(1));
        peer.say(&format!("{}{}", numbered(2), numbered(3)));
        peer.say("{\"status\":\"error\",\"code\":\"INVALID_STATE\",\"message\":\"no\"}\n");
        assert_eq!(peer.line(), "");
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let first = client.send(request()).unwrap();
    let second = client.send(request()).unwrap();
    let dropped = client.send(request()).unwrap();
    let last = client.send(request()).unwrap();
    second.cancel();
    drop(dropped);
    assert_eq!(second.wait(), Err(Error::Cancelled));
    let error = last.wait().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidState));
    assert_eq!(error.to_string(), "INVALID_STATE: no");
    assert!(ErrorCode::InvalidState.remedy().is_some());
    assert_eq!(first.wait().unwrap().attempt, Some(1));
}

#[test]
fn a_call_that_waits_is_given_up_from_another_thread() {
    let (done, ended) = channel::<()>();
    let server = serve_one(move |mut peer| {
        peer.line();
        ended.recv().unwrap();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let call = client.send(request()).unwrap();
    let canceller = call.canceller();
    let waiting = thread::spawn(move || call.wait());
    canceller.cancel();
    assert_eq!(waiting.join().unwrap(), Err(Error::Cancelled));
    done.send(()).unwrap();
}

#[test]
fn an_answer_that_came_too_late_is_dropped() {
    let (late, is_late) = channel::<()>();
    let server = serve_one(move |mut peer| {
        peer.line();
        is_late.recv().unwrap();
        peer.line();
        peer.say(&format!("{}{}", numbered(1), numbered(2)));
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    assert_eq!(
        client.with_timeout(Duration::from_millis(20)).clear_boot_attempts(request()),
        Err(Error::Timeout)
    );
    late.send(()).unwrap();
    assert_eq!(client.clear_boot_attempts(request()).unwrap().attempt, Some(2));
}

#[test]
fn threads_that_wait_together_each_get_their_answer() {
    let server = serve_one(|mut peer| {
        while !peer.line().is_empty() {
            peer.say(&numbered(5));
        }
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || (0..50).all(|_| client.clear_boot_attempts(request()).unwrap().attempt == Some(5)))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    drop(client);
}

#[test]
fn a_registry_without_a_place_is_asked_again() {
    let server = serve(|listener| {
        accept(listener).say("{\"id\":0,\"error\":\"EBUSY\",\"message\":\"full\"}\n");
        let mut peer = accept(listener);
        assert_eq!(peer.line(), "{\"id\":1,\"op\":\"enum\",\"path\":\"a\"}");
        peer.say("{\"id\":1,\"status\":\"ok\",\"names\":[]}\n");
        assert_eq!(peer.line(), "");
    });
    let client = RegistryClient::connect_with(&server.options()).unwrap();
    assert!(client.r#enum(EnumRequest::new("a")).unwrap().names.is_empty());
}

#[test]
fn a_line_that_nobody_asked_for_is_not_taken_for_the_next_answer() {
    let (said, is_said) = channel::<()>();
    let server = serve_one(move |mut peer| {
        peer.line();
        peer.say(&numbered(1));
        peer.say(&numbered(2));
        said.send(()).unwrap();
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    assert_eq!(client.clear_boot_attempts(request()).unwrap().attempt, Some(1));
    is_said.recv().unwrap();
    assert!(matches!(client.clear_boot_attempts(request()), Err(Error::Protocol(_))));
}

#[test]
fn who_waits_goes_on_when_somebody_else_takes_a_part_that_held_the_connection_up() {
    let (taken, is_taken) = channel::<()>();
    let part = |more| format!("{{\"id\":1,\"status\":\"ok\",\"entries\":[],\"more\":{more},\"caught_up\":false,\"cursor\":null}}\n");
    let server = serve_one(move |mut peer| {
        peer.line();
        peer.say(&part(true).repeat(4));
        peer.line();
        is_taken.recv().unwrap();
        peer.say("{\"id\":2,\"status\":\"ok\",\"boots\":[]}\n");
        peer.line();
    });
    let client = QueryClient::connect_with(&server.options()).unwrap();
    let mut parts = client.logs(LogsRequest::new()).unwrap();
    // All four are there once the first has been taken, and one more is lacking to hold the connection up.
    thread::scope(|scope| {
        let boots = scope.spawn(|| client.boots(BootsRequest::new()));
        for _ in 0..2 {
            parts.next().unwrap().unwrap();
        }
        taken.send(()).unwrap();
        assert!(boots.join().unwrap().unwrap().boots.is_empty());
    });
}

#[test]
fn a_time_without_end_is_one() {
    let server = serve_one(|mut peer| {
        peer.line();
        peer.say(&numbered(1));
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options().patience(Duration::MAX)).unwrap();
    let answer = client.with_timeout(Duration::MAX).clear_boot_attempts(request());
    assert_eq!(answer.unwrap().attempt, Some(1));
}

#[test]
fn who_is_turned_away_asks_again_and_everything() {
    let server = serve(|listener| {
        // Closed with what was sent still unread, and before anything was sent.
        drop(accept(listener));
        drop(accept(listener));
        let mut peer = accept(listener);
        assert_eq!((peer.line().is_empty(), peer.line().is_empty()), (false, false));
        peer.say(&format!("{}{}", numbered(1), numbered(2)));
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let first = client.send(request()).unwrap();
    let second = client.send(request()).unwrap();
    assert_eq!(first.wait().unwrap().attempt, Some(1));
    assert_eq!(second.wait().unwrap().attempt, Some(2));
}

#[test]
fn a_request_that_was_read_is_not_sent_twice() {
    let server = serve_one(|mut peer| {
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    match client.clear_boot_attempts(request()) {
        Err(Error::Connection(error)) => assert_eq!(error.loss, Loss::Closed),
        other => panic!("{other:?}"),
    }
    // And nothing more can be asked there.
    assert!(matches!(client.send(request()), Err(Error::Connection(_))));
}

#[test]
fn nobody_there_is_told_at_once() {
    let options = Options::new().path("/nowhere/at-all").patience(Duration::from_secs(3600));
    match ControlClient::connect_with(&options) {
        Err(Error::Connection(error)) => {
            assert_eq!(error.loss, Loss::Unreachable);
            assert!(
                error.message.starts_with("there is no control socket at /nowhere/at-all;"),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_that_are_none_of_the_protocol_end_the_connection() {
    for line in ["nonsense\n", "[]\n", "{\"status\":\"odd\"}\n", "{}\n"] {
        let server = serve_one(move |mut peer| {
            peer.line();
            peer.say(line);
        });
        let client = ControlClient::connect_with(&server.options()).unwrap();
        assert!(matches!(client.clear_boot_attempts(request()), Err(Error::Protocol(_))), "{line}");
    }
}

#[test]
fn a_line_without_end_is_not_kept_without_end() {
    let server = serve_one(|mut peer| {
        peer.line();
        assert!(!peer.can_say(&"x".repeat(1 << 16), 1 << 10));
    });
    let client = ControlClient::connect_with(&server.options().longest_line(1 << 20)).unwrap();
    assert!(matches!(client.clear_boot_attempts(request()), Err(Error::Protocol(_))));
}

#[test]
fn a_stream_ends_with_its_connection_and_is_bounded_before() {
    let event = "{\"kind\":\"lagged\",\"more\":\"than is known\"}\n";
    let (full, is_full) = channel();
    let server = serve_one(move |mut peer| {
        peer.line();
        peer.say("{\"status\":\"ok\"}\n");
        peer.say(event);
        // Nobody reads: the buffers of the socket are all there is.
        full.send(!peer.can_say(event, 1 << 18)).unwrap();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let mut stream = client.subscribe(SubscribeRequest::new().since(1)).unwrap();
    assert!(stream.next().unwrap().is_ok());
    assert!(
        client.status(StatusRequest::new("x")).is_err(),
        "the connection is the stream's alone"
    );
    assert!(is_full.recv().unwrap());
    // What was said is there, but for the last line, which was cut.
    assert!(stream.all(|event| event.is_ok()));
}

#[test]
fn what_a_job_says_ends_with_its_connection() {
    let server = serve_one(|mut peer| {
        peer.line();
        peer.say("{\"status\":\"ok\",\"job_id\":\"01a232e0-56e2-7000-bd6d-e0be00000000\"}\n");
        peer.say(
            "{\"kind\":\"ended\",\"at\":\"2026-12-01T18:31:32.844742058Z\",\"lost\":0,\"final_state\":\"completed\",\"exit_code\":0}\n",
        );
    });
    let client = JobsClient::connect_with(&server.options()).unwrap();
    let (_, lines) = client.submit(SubmitRequest::new("/bin/true")).unwrap();
    let kinds: Vec<_> = lines.map(|line| line.unwrap().kind).collect();
    assert_eq!(kinds, [JobLineKind::Ended]);
}

#[test]
fn a_stream_that_is_refused_leaves_the_connection_as_it_was() {
    let server = serve_one(|mut peer| {
        peer.line();
        peer.say("{\"status\":\"error\",\"code\":\"ACCESS_DENIED\",\"message\":\"no\"}\n");
        peer.line();
        peer.say(&numbered(3));
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    assert_eq!(
        client.subscribe(SubscribeRequest::new()).unwrap_err().code(),
        Some(&ErrorCode::AccessDenied)
    );
    assert_eq!(client.clear_boot_attempts(request()).unwrap().attempt, Some(3));
}

#[test]
fn answers_of_the_registry_overtake_each_other_and_come_in_parts() {
    let server = serve_one(|mut peer| {
        assert_eq!(peer.line(), "{\"id\":1,\"op\":\"read-tree\",\"path\":\"A\"}");
        assert_eq!(peer.line(), "{\"id\":2,\"op\":\"read-tree\",\"path\":\"B\"}");
        let value = |name: &str| format!("{{\"name\":\"{name}\",\"type\":\"QWORD\",\"data\":\"18446744073709551615\"}}");
        peer.say("{\"id\":2,\"error\":\"ENOENT\",\"message\":\"none\"}\n");
        let (x, y) = (value("x"), value("y"));
        peer.say(&format!(
            "{{\"id\":1,\"status\":\"ok\",\"nodes\":[{{\"path\":\"\",\"values\":[{x}]}}],\"more\":true}}\n"
        ));
        peer.say(&format!("{{\"id\":1,\"status\":\"ok\",\"nodes\":[{{\"path\":\"\",\"values\":[{y}]}},{{\"path\":\"C\",\"values\":[]}}],\"more\":false}}\n"));
    });
    let client = RegistryClient::connect_with(&server.options()).unwrap();
    let first = client.send(ReadTreeRequest::new("A")).unwrap();
    assert_eq!(
        client.read_tree(ReadTreeRequest::new("B")).unwrap_err().code(),
        Some(&RegistryError::Enoent)
    );
    let nodes = first.wait().unwrap().nodes;
    let told: Vec<_> = nodes.iter().map(|node| (node.path.as_str(), node.values.len())).collect();
    assert_eq!(told, [("", 2), ("C", 0)]);
    assert_eq!(nodes[0].values[1].data, "18446744073709551615");
}

#[test]
fn a_watch_tells_its_own_events_and_is_ended_when_it_is_left() {
    let server = serve_one(|mut peer| {
        peer.line();
        let event = |watch: u32| format!("{{\"watch\":{watch},\"type\":\"melted\",\"path\":\"A\",\"name\":\"x\",\"more\":false}}\n");
        peer.say(&format!("{{\"id\":1,\"status\":\"ok\",\"watch\":7}}\n{}{}", event(8), event(7)));
        // Nobody waits for its answer.
        assert_eq!(peer.line(), "{\"id\":2,\"op\":\"unwatch\",\"watch\":7}");
    });
    let client = RegistryClient::connect_with(&server.options()).unwrap();
    let (answer, mut events) = client.watch(WatchRequest::new("A")).unwrap();
    assert_eq!(answer.watch, 7);
    let event = events.next().unwrap().unwrap();
    assert_eq!((event.watch, event.r#type.as_str()), (7, "melted"));
}

#[test]
fn parts_are_read_as_they_are_taken_up_to_the_last() {
    let part = |more: bool| {
        format!("{{\"id\":1,\"status\":\"ok\",\"entries\":[{{\"kind\":\"omen\",\"sign\":1}}],\"more\":{more},\"caught_up\":false,\"cursor\":null}}\n")
    };
    let server = serve_one(move |mut peer| {
        peer.line();
        for number in 0..100 {
            peer.say(&part(number < 99));
        }
        peer.line();
    });
    let client = QueryClient::connect_with(&server.options()).unwrap();
    let parts: Vec<_> = client.logs(LogsRequest::new().services(["web"])).unwrap().collect();
    assert_eq!(parts.len(), 100);
    assert!(parts.iter().all(|part| part.as_ref().unwrap().entries.len() == 1));
}

#[test]
fn disconnecting_ends_whatever_waits() {
    let server = serve_one(|mut peer| {
        peer.line();
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let call = client.send(request()).unwrap();
    let waiting = thread::spawn(move || call.wait());
    client.disconnect();
    match waiting.join().unwrap() {
        Err(Error::Connection(error)) => assert_eq!(error.loss, Loss::Left),
        other => panic!("{other:?}"),
    }
}
