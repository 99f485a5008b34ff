//! Requests that mean harm, or nothing: each gets an answer in AWS's shape, and the next one is served as before.

use super::{HOME, LEGACY, MACHINE, Running, serve, signature};
use crate::support::scenario;
use serde_json::json;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn served() -> Running {
    serve(scenario("legacy-to-new", 1).world, 60.0)
}

#[track_caller]
fn goes_on(running: &Running) {
    let answer = running.who_am_i();
    assert!(answer.status == 200 && answer.body.contains("<Account>000000000001</Account>"), "{answer:?}");
}

#[test]
fn it_listens_on_loopback_alone() {
    let running = served();
    assert!(running.address.ip().is_loopback() && running.address.is_ipv4());
    running.stop();
}

#[test]
fn who_is_not_signed_or_asks_for_what_is_not_there_is_told_what_is() {
    let running = served();
    let [unsigned, garbled] = [&[][..], &["authorization: Basic eDp5"][..]].map(|headers| running.call("GET", "/", headers, b""));
    assert_eq!(unsigned.status, 403);
    assert!(unsigned.body.contains("<Code>MissingAuthenticationToken</Code>") && unsigned.body.contains("states:StartExecution"));
    assert_eq!(garbled.status, 400);
    assert!(garbled.body.contains("<Code>IncompleteSignature</Code>"), "{garbled:?}");
    let s3 = running.call("GET", "/bucket", &[&signature(HOME, "s3")], b"");
    assert!(s3.status == 404 && s3.body.contains("UnknownOperationException") && s3.body.contains("cloudfront:GetDistribution"), "{s3:?}");
    let table = running.call("POST", "/", &[&signature(HOME, "dynamodb"), "x-amz-target: DynamoDB_20120810.ListTables"], b"{}");
    assert_eq!((table.status, table.json()["__type"].as_str().unwrap()), (404, "UnknownOperationException"));
    assert_eq!(table.header("x-amzn-errortype"), Some("unknownoperationexception"), "the head is read in lower case");
    // A path of one service, signed for another.
    let crossed = running.call("GET", "/2020-05-31/distribution/E1LEGACYXYZ", &[&signature(LEGACY, "route53")], b"");
    assert!(crossed.status == 404 && crossed.body.contains("UnknownOperationException"), "{crossed:?}");
    assert!([&unsigned, &s3, &table].iter().all(|answer| answer.header("x-amzn-requestid").is_some()));
    goes_on(&running);
    running.stop();
}

#[test]
fn only_administrators_of_the_home_account_start_executions_and_invoke_functions() {
    let running = served();
    for (key, code) in
        [(LEGACY, "AccessDeniedException"), ("AKIANOBODY", "UnrecognizedClientException"), ("", "UnrecognizedClientException")]
    {
        let headers = [signature(key, "states"), "x-amz-target: AWSStepFunctions.StartExecution".to_owned()];
        let body = json!({"stateMachineArn": MACHINE}).to_string();
        let start = running.call("POST", "/", &[&headers[0], &headers[1]], body.as_bytes());
        assert_eq!((start.status, start.json()["__type"].as_str().unwrap()), (400, code), "{key}");
        let path = "/2015-03-31/functions/cutover-preflight/invocations";
        let invoke = running.call("POST", path, &[&signature(key, "lambda")], b"{}");
        assert_eq!((invoke.status, invoke.json()["__type"].as_str().unwrap()), (403, code), "{key}");
    }
    let served = running.stop();
    assert!(served.executions.is_empty() && served.calls.is_empty(), "{served:?}");
}

#[test]
fn what_cannot_be_read_is_refused_and_the_next_request_is_served() {
    let running = served();
    let deep = "[".repeat(200_000);
    let nested = format!("{{\"stateMachineArn\":\"{MACHINE}\",\"input\":\"{}\"}}", "[".repeat(200_000));
    let bodies: [&[u8]; 8] =
        [b"", b"{", b"\xff\xfe", b"[]", b"null", br#"{"stateMachineArn": 5}"#, br#"{"maxResults": -1}"#, deep.as_bytes()];
    for operation in
        ["StartExecution", "StopExecution", "DescribeExecution", "GetExecutionHistory", "ListExecutions", "DescribeStateMachine"]
    {
        for body in bodies {
            let target = format!("x-amz-target: AWSStepFunctions.{operation}");
            let answer = running.call("POST", "/", &[&signature(HOME, "states"), &target], body);
            let shown = String::from_utf8_lossy(body).chars().take(40).collect::<String>();
            assert_eq!(answer.status, 400, "{operation} {shown:?}: {answer:?}");
            assert!(answer.json()["__type"].is_string() && answer.json()["message"].is_string(), "{operation} {shown:?}");
        }
    }
    let target = "x-amz-target: AWSStepFunctions.StartExecution";
    let start = running.call("POST", "/", &[&signature(HOME, "states"), target], nested.as_bytes());
    assert_eq!((start.status, start.json()["__type"].as_str().unwrap()), (400, "InvalidExecutionInput"));
    let invocations = ["..%2f..%2f", "%00", "%ff", "arn:aws:lambda", "", "cutover-verify:1", "cutover-preflight%0d%0ax:%20y"];
    for called in invocations {
        let path = format!("/2015-03-31/functions/{called}/invocations");
        let answer = running.call("POST", &path, &[&signature(HOME, "lambda")], b"{}");
        assert_eq!((answer.status, answer.json()["__type"].as_str().unwrap()), (404, "ResourceNotFoundException"), "{called}");
    }
    let xml = [b"\xff\xff".to_vec(), b"<a".to_vec(), "<a>".repeat(100_000).into_bytes()];
    for body in xml {
        let path = "/2020-05-31/distribution/E1LEGACYXYZ/config";
        let answer = running.call("PUT", path, &[&signature(LEGACY, "cloudfront"), "if-match: x"], &body);
        assert!((400..500).contains(&answer.status) && answer.body.contains("<Code>"), "{answer:?}");
    }
    goes_on(&running);
    running.stop();
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let running = served();
    let head = |more: &str| format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n{more}\r\n", signature(HOME, "states"));
    let body = vec![b'a'; 3 * 1024 * 1024];
    let announced = running.raw(&[head("content-length: 3145728\r\n").as_bytes(), &body].concat());
    assert_eq!(announced.status, 413, "{announced:?}");
    assert_eq!(announced.json()["__type"], "RequestEntityTooLarge");
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let unannounced = running.raw(&[head("transfer-encoding: chunked\r\n").as_bytes(), &chunk].concat());
    assert_eq!(unannounced.status, 413, "{unannounced:?}");
    let long = running.raw(head(&format!("x: {}\r\n", "y".repeat(200_000))).as_bytes());
    let many = running.raw(head(&"x: y\r\n".repeat(500)).as_bytes());
    assert_eq!((long.status, many.status), (431, 431));
    for garbage in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
    ] {
        let answer = running.raw(garbage);
        assert!(answer.status == 400 || answer.status == 0, "{answer:?}");
    }
    goes_on(&running);
    running.stop();
}

#[test]
fn connections_that_say_nothing_hold_up_neither_others_nor_the_end() {
    let running = served();
    let idle: Vec<_> = (0..100).map(|_| running.connect()).collect();
    let mut half = running.connect();
    half.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").unwrap();
    goes_on(&running);
    let began = Instant::now();
    let served = running.stop();
    assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
    assert_eq!(served.requests, [("sts:GetCallerIdentity".to_owned(), 1)].into());
    drop(idle);
}

#[test]
fn a_reply_in_flight_is_finished_before_the_end() {
    let running = served();
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let head = format!("POST / HTTP/1.1\r\nhost: x\r\n{}\r\ncontent-length: {}\r\n\r\n", signature(LEGACY, "sts"), body.len());
    let mut stream = running.connect();
    stream.write_all(head.as_bytes()).unwrap();
    // Long enough that the server has read the head and waits for the body.
    std::thread::sleep(Duration::from_millis(200));
    let address = running.address;
    let rest = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        assert!(std::net::TcpStream::connect(address).is_err(), "no new connection is accepted");
        stream.write_all(body).unwrap();
        let mut read = String::new();
        stream.read_to_string(&mut read).unwrap();
        read
    });
    let served = running.stop();
    assert!(rest.join().unwrap().contains("<Account>000000000001</Account>"));
    assert!(served.finished);
}

#[test]
fn a_line_of_the_log_cannot_be_forged() {
    let running = served();
    // A host of a zone that the world knows, with what a terminal would act on.
    let answer = running.view("\u{1b}[2J\u{9b}x.foo.com", "");
    assert!([0, 400, 403].contains(&answer.status), "{answer:?}");
    running.call("GET", "/%0a2026-12-01T00:00:00Z%20forged", &[&signature("AKIA\u{1b}[31m", "s3")], b"");
    let lines = running.lines.lock().unwrap().clone();
    assert!(lines.iter().all(|line| !line.contains(|c: char| c.is_control())), "{lines:?}");
    running.stop();
}
