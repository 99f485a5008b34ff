//! Viewers by plain HTTP: whoever asks for a name that the world knows sees who serves it there.

use super::serve;
use crate::support::scenario;
use serde_json::json;

#[test]
fn a_viewer_sees_who_serves_and_where() {
    let mut world = scenario("legacy-to-new", 1).world;
    world["distributions"][0]["origin"]["headers"]["content-length"] = json!("999999");
    world["distributions"][0]["origin"]["headers"]["bad name"] = json!("x");
    let running = serve(world, 60.0);
    for host in ["a.foo.com", "A.Foo.com:80", "a.foo.com."] {
        let answer = running.view(host, "x-cutover-location: 17\r\n");
        assert_eq!((answer.status, answer.body.as_str()), (200, "E1LEGACYXYZ\n"), "{host}");
        let told = ["x-served-by", "x-cutover-distribution", "x-cutover-location"].map(|name| answer.header(name));
        assert_eq!(told, [Some("legacy"), Some("e1legacyxyz"), Some("17")], "{host}");
    }
    // Without a wish it is somewhere among the 600 locations.
    let location: usize = running.view("a.foo.com", "").header("x-cutover-location").unwrap().parse().unwrap();
    assert!(location < 600);
    assert_eq!(running.view("qrs.cloudfront.net", "").body, "E2NEWQRS\n", "under its own name");
    let nobody = running.view("b.foo.com", "");
    assert!(nobody.status == 403 && nobody.body.contains("no distribution lists the name"), "{nobody:?}");
    assert_eq!(running.view("a.bar.com", "").header("x-cutover-location"), None, "the world knows no such name");
    running.stop();
}

#[test]
fn a_disabled_distribution_serves_nobody() {
    let mut world = scenario("legacy-to-new", 1).world;
    world["distributions"][0]["enabled"] = json!(false);
    let running = serve(world, 60.0);
    for host in ["a.foo.com", "xyz.cloudfront.net"] {
        let answer = running.view(host, "");
        assert!(answer.status == 403 && answer.body.contains("disabled"), "{host}: {answer:?}");
    }
    running.stop();
}
