use peinit::control::{ClearBootAttemptsRequest, ListRequest, StartAnswer, StartRequest, SubscribeRequest};
use peinit::events::{EventName, EventPayload};
use peinit::jobs::SubmitRequest;
use peinit::service::{Health, State};
use peinit::{ControlClient, Error, JobsClient, ProtocolError};

use crate::server::serve_one;

fn listed(answer: &'static str) -> Result<Vec<peinit::control::ListEntry>, peinit::control::Error> {
    let server = serve_one(move |mut peer| {
        peer.line();
        peer.say(answer);
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    client.list(ListRequest::new()).map(|answer| answer.services)
}

fn wrong(answer: &'static str) -> ProtocolError {
    match listed(answer) {
        Err(Error::Protocol(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_newer_does_no_harm_and_is_kept() {
    let line = "{\"status\":\"ok\",\"new\":{},\"services\":[{\"service\":\"a\",\"state\":\"melting\",\"cause\":null,\"health\":\"unknown\",\"granted\":[\"FLY\"],\"new\":[1]}]}\n";
    let services = listed(line).unwrap();
    assert_eq!(services[0].state, State::Unknown("melting".into()));
    assert_eq!(services[0].health, Some(Health::Unknown));
    let again = serde_json::to_value(&services).unwrap();
    let expected = serde_json::json!([{ "service": "a", "state": "melting", "cause": null, "health": "unknown", "granted": ["FLY"] }]);
    assert_eq!(again, expected);
}

#[test]
fn what_is_missing_or_of_another_type_is_named() {
    let error = wrong("{\"status\":\"ok\",\"services\":[{\"service\":\"a\",\"state\":3,\"cause\":null,\"health\":null,\"granted\":[]}]}\n");
    assert_eq!(
        (error.member.as_str(), error.expected.as_str(), error.received.as_str()),
        ("services[0].state", "a string", "integer `3`")
    );
    // One that may be null must be there nevertheless, and one that may be missing is not null.
    let error = wrong("{\"status\":\"ok\",\"services\":[{\"service\":\"a\",\"state\":\"active\",\"health\":null,\"granted\":[]}]}\n");
    assert_eq!((error.member.as_str(), error.received.as_str()), ("services[0].cause", "nothing"));
    let error = wrong("{\"status\":\"ok\",\"services\":[{\"service\":\"a\",\"state\":\"active\",\"cause\":null,\"health\":null,\"granted\":[],\"next_run\":null}]}\n");
    assert_eq!(error.member, "services[0].next_run");
    assert_eq!(wrong("{\"status\":\"ok\"}\n").member, "services");
}

#[test]
fn an_answer_of_two_forms_is_told_by_its_members() {
    let server = serve_one(|mut peer| {
        peer.line();
        peer.say("{\"status\":\"ok\",\"operation_id\":\"o\",\"service\":\"a\",\"state\":\"active\",\"cause\":null,\"warnings\":[]}\n");
        peer.line();
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    match client.start(StartRequest::new("a").wait(false)) {
        Ok(StartAnswer::Start(answer)) => assert_eq!(answer.operation_id, "o"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_have_the_type_of_their_name() {
    let server = serve_one(|mut peer| {
        assert_eq!(peer.line(), "{\"command\":\"subscribe\",\"events\":[\"service.*\"]}");
        peer.say("{\"status\":\"ok\"}\n");
        let event = |id: u32, name: &str, payload: &str| {
            format!("{{\"kind\":\"event\",\"id\":{id},\"event\":\"{name}\",\"timestamp\":\"t\",\"payload\":{payload}}}\n")
        };
        peer.say(&event(1, "service.melted", "{\"at\":1}"));
        peer.say(&event(2, "service.state", "{\"service\":1}"));
    });
    let client = ControlClient::connect_with(&server.options()).unwrap();
    let mut events = client.subscribe(SubscribeRequest::new().events(["service.*"])).unwrap();
    let first = events.next().unwrap().unwrap();
    assert_eq!(first.event, Some(EventName::Unknown("service.melted".into())));
    assert!(matches!(first.payload, Some(EventPayload::Unknown(members)) if members["at"] == 1));
    assert!(matches!(events.next(), Some(Err(Error::Protocol(_)))));
    assert!(events.next().is_none());
}

#[test]
fn a_job_ends_with_its_last_line_and_not_before() {
    let submitted = |last: &'static str| {
        let server = serve_one(move |mut peer| {
            assert_eq!(peer.line(), "{\"image_path\":\"/bin/x\"}");
            peer.say("{\"status\":\"ok\",\"job_id\":\"j\"}\n{\"kind\":\"melted\"}\n");
            peer.say(last);
        });
        let client = JobsClient::connect_with(&server.options()).unwrap();
        let (answer, lines) = client.submit(SubmitRequest::new("/bin/x")).unwrap();
        assert_eq!(answer.job_id, "j");
        lines.map(|line| line.map(|line| line.kind.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(submitted("{\"kind\":\"ended\"}\n"), [Ok("melted".into()), Ok("ended".into())]);
    assert!(matches!(submitted("").as_slice(), [Ok(_), Err(Error::Connection(_))]));
}

#[test]
fn requests_without_members_are_requests() {
    assert_eq!(serde_json::to_string(&ClearBootAttemptsRequest::new()).unwrap(), "{}");
}
