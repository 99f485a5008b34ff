"""AWS's own client for Python, as it is published, against the served AWS: each claim is a function.

    drive.py --two URL --one URL --request FILE

`--two` serves the scenario legacy-to-new, `--one` serves same-account.json. Exit status 1 where a claim does not hold."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from witness import Witness

HOME, LEGACY, NEW = "000000000009", "000000000001", "000000000002"
MACHINE = f"arn:aws:states:us-east-1:{HOME}:stateMachine:cutover"
# Simulated, the longest cutover here takes an hour; at the speed of these servers a few seconds.
PATIENCE_SECONDS = 120

two: Witness
one: Witness
request: dict[str, Any]


def key(account: str) -> str:
    return f"AKIA{account}"


def refused(call: Callable[[], Any], status: int, code: str, says: str) -> None:
    """The call is refused with this HTTP status and code, in AWS's own words."""
    try:
        call()
    except ClientError as error:
        got = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
        assert got == (status, code), f"{got} instead of {(status, code)}: {error}"
        assert says in error.response["Error"]["Message"], f"{says!r} is not in {error}"
        return
    raise AssertionError(f"not refused with {code}")


def until(done: Callable[[], Any]) -> Any:
    """What `done` gives once that is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if result := done():
            return result
        time.sleep(0.2)
    raise AssertionError("it never came to that")


def aliases(config: dict[str, Any]) -> set[str]:
    assert config["Aliases"]["Quantity"] == len(config["Aliases"].get("Items", []))
    return set(config["Aliases"].get("Items", []))


def deployed(cloudfront: Any, *ids: str) -> None:
    for found in ids:
        cloudfront.get_waiter("distribution_deployed").wait(Id=found, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_SECONDS})


def prove(alias: str, domain: str) -> None:
    """Stages the TXT proof for a move of `alias` and waits until every server has it."""
    route53 = one.client("route53", key(LEGACY))
    record = {"Name": f"_{alias}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{domain}"'}]}
    batch = {"Comment": "proof", "Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    change = route53.change_resource_record_sets(HostedZoneId="Z1FOO", ChangeBatch=batch)["ChangeInfo"]
    assert change["Status"] == "PENDING" and change["Id"].startswith("/change/C"), change
    assert route53.get_change(Id=change["Id"])["ChangeInfo"]["SubmittedAt"] == change["SubmittedAt"]
    route53.get_waiter("resource_record_sets_changed").wait(Id=change["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_SECONDS})


def distributions_are_listed_and_read() -> None:
    cloudfront = one.client("cloudfront", key(LEGACY))
    pages = cloudfront.get_paginator("list_distributions").paginate(PaginationConfig={"PageSize": 1})
    listed = [item for page in pages for item in page["DistributionList"].get("Items", [])]
    assert [(item["Id"], item["Status"], item["Enabled"]) for item in listed] == [("E1OLD", "Deployed", True), ("E2NEW", "Deployed", True)]
    read = cloudfront.get_distribution(Id="E1OLD")
    assert read["Distribution"]["DomainName"] == "e1old.cloudfront.net" and read["Distribution"]["Status"] == "Deployed"
    assert aliases(read["Distribution"]["DistributionConfig"]) == {"a.foo.com", "b.foo.com"} == aliases(listed[0])
    config = cloudfront.get_distribution_config(Id="E1OLD")
    assert config["ETag"] == read["ETag"] == listed[0]["ETag"], "one version, one ETag"
    assert config["DistributionConfig"] == read["Distribution"]["DistributionConfig"]
    # An account sees its own, and no other's.
    other = one.client("cloudfront", key(NEW))
    assert [item["Id"] for item in other.list_distributions()["DistributionList"]["Items"]] == ["E3OTHER", "E4MANY"]
    refused(lambda: other.get_distribution(Id="E1OLD"), 403, "AccessDenied", "is not authorized to perform: cloudfront:")
    refused(lambda: cloudfront.get_distribution(Id="E9GONE"), 404, "NoSuchDistribution", "The specified distribution does not exist")


def a_distribution_is_updated_with_its_etag_and_with_no_other() -> None:
    cloudfront = one.client("cloudfront", key(LEGACY))
    read = cloudfront.get_distribution_config(Id="E2NEW")
    config, etag = read["DistributionConfig"], read["ETag"]
    refused(lambda: cloudfront.update_distribution(Id="E2NEW", DistributionConfig=config), 400, "InvalidIfMatchVersion", "If-Match version")
    config["Aliases"] = {"Quantity": 1, "Items": ["c.foo.com"]}
    written = cloudfront.update_distribution(Id="E2NEW", DistributionConfig=config, IfMatch=etag)
    assert written["ETag"] != etag and written["Distribution"]["Status"] == "InProgress"
    assert written["Distribution"]["DistributionConfig"] == config, "what was sent is what it is"
    refused(
        lambda: cloudfront.update_distribution(Id="E2NEW", DistributionConfig=config, IfMatch=etag),
        412, "PreconditionFailed", "didn't meet the preconditions in one or more request-header fields",
    )
    deployed(cloudfront, "E2NEW")


def a_taken_alias_is_refused_in_the_words_of_aws() -> None:
    cloudfront = one.client("cloudfront", key(LEGACY))
    read = cloudfront.get_distribution_config(Id="E2NEW")
    before = aliases(read["DistributionConfig"])
    # Nothing in DNS leads taken.foo.com anywhere; a.foo.com's record leads to the distribution that has it.
    words = {
        "taken.foo.com": "are already associated with a different resource",
        "a.foo.com": "incorrectly configured DNS record that points to another CloudFront distribution",
    }
    for taken, says in words.items():
        config = dict(read["DistributionConfig"], Aliases={"Quantity": len(before) + 1, "Items": [*before, taken]})
        call = lambda: cloudfront.update_distribution(Id="E2NEW", DistributionConfig=config, IfMatch=read["ETag"])  # noqa: B023, E731
        refused(call, 409, "CNAMEAlreadyExists", says)
    assert aliases(cloudfront.get_distribution_config(Id="E2NEW")["DistributionConfig"]) == before


def whoever_holds_a_name_is_listed_half_masked() -> None:
    cloudfront = one.client("cloudfront", key(LEGACY))
    # Half of seven characters and half of twelve, rounded down, are stars.
    holder = {"DistributionId": "***THER", "AccountId": "******000002"}
    listed = cloudfront.list_conflicting_aliases(DistributionId="E2NEW", Alias="taken.foo.com")["ConflictingAliasesList"]
    assert listed["Quantity"] == 1 and listed["Items"] == [{"Alias": "taken.foo.com", **holder}], listed
    asker = {"DistributionId": "E2NEW"}
    conflicts = cloudfront.list_domain_conflicts(Domain="taken.foo.com", DomainControlValidationResource=asker)["DomainConflicts"]
    wanted = {"Domain": "taken.foo.com", "ResourceType": "distribution", "ResourceId": "***THER", "AccountId": "******000002"}
    assert conflicts == [wanted], conflicts
    free = cloudfront.list_domain_conflicts(Domain="free.foo.com", DomainControlValidationResource=asker)
    assert free.get("DomainConflicts", []) == []
    refused(
        lambda: cloudfront.list_domain_conflicts(Domain="a.bar.com", DomainControlValidationResource=asker),
        400, "InvalidArgument", "must attach a trusted certificate",
    )


def a_domain_moves_in_one_call_once_it_is_proved() -> None:
    cloudfront = one.client("cloudfront", key(LEGACY))
    deployed(cloudfront, "E1OLD", "E2NEW")
    etag = cloudfront.get_distribution_config(Id="E2NEW")["ETag"]
    move = {"TargetResource": {"DistributionId": "E2NEW"}, "IfMatch": etag}
    refused(
        lambda: cloudfront.update_domain_association(Domain="b.foo.com", **move),
        400, "IllegalUpdate", "Invalid or missing alias DNS TXT records",
    )
    prove("a.foo.com", "e2new.cloudfront.net")
    refused(
        lambda: cloudfront.update_domain_association(Domain="a.foo.com", **dict(move, IfMatch="E0STALE")),
        412, "PreconditionFailed", "didn't meet the preconditions",
    )
    moved = cloudfront.update_domain_association(Domain="a.foo.com", **move)
    assert (moved["Domain"], moved["ResourceId"]) == ("a.foo.com", "E2NEW") and moved["ETag"] != etag, moved
    old, new = (cloudfront.get_distribution(Id=found)["Distribution"] for found in ("E1OLD", "E2NEW"))
    assert "a.foo.com" not in aliases(old["DistributionConfig"]) and "a.foo.com" in aliases(new["DistributionConfig"])
    deployed(cloudfront, "E1OLD", "E2NEW")
    refused(
        lambda: cloudfront.update_domain_association(Domain="x.foo.com", TargetResource={"DistributionId": "E9GONE"}),
        404, "EntityNotFound", "",
    )


def the_older_call_moves_an_alias_too() -> None:
    cloudfront = one.client("cloudfront", key(LEGACY))
    deployed(cloudfront, "E1OLD", "E2NEW")
    prove("c.foo.com", "e1old.cloudfront.net")
    cloudfront.associate_alias(TargetDistributionId="E1OLD", Alias="c.foo.com")
    old, new = (aliases(cloudfront.get_distribution_config(Id=found)["DistributionConfig"]) for found in ("E1OLD", "E2NEW"))
    assert "c.foo.com" in old and "c.foo.com" not in new, (old, new)


def tenants_and_their_connection_group_are_read() -> None:
    cloudfront = one.client("cloudfront", key(NEW))
    read = cloudfront.get_distribution_tenant(Identifier="dt_shop")
    tenant = read["DistributionTenant"]
    assert [(domain["Domain"], domain["Status"]) for domain in tenant["Domains"]] == [("more.foo.com", "active"), ("shop.foo.com", "active")]
    assert (tenant["DistributionId"], tenant["Status"], tenant["Enabled"]) == ("E4MANY", "Deployed", True), tenant
    assert tenant["Customizations"]["Certificate"]["Arn"] == f"arn:aws:acm:us-east-1:{NEW}:certificate/other"
    assert tenant["CreatedTime"] < tenant["LastModifiedTime"]
    for again in (
        cloudfront.get_distribution_tenant(Identifier=tenant["Arn"]),
        cloudfront.get_distribution_tenant(Identifier="shop"),
        cloudfront.get_distribution_tenant_by_domain(Domain="shop.foo.com"),
    ):
        assert (again["DistributionTenant"], again["ETag"]) == (tenant, read["ETag"])
    group = cloudfront.get_connection_group(Identifier=tenant["ConnectionGroupId"])["ConnectionGroup"]
    assert (group["RoutingEndpoint"], group["Ipv6Enabled"], group["Enabled"]) == ("group.cloudfront.net", False, True), group
    refused(lambda: cloudfront.get_distribution_tenant_by_domain(Domain="a.foo.com"), 404, "EntityNotFound", "")
    refused(lambda: one.client("cloudfront", key(LEGACY)).get_connection_group(Identifier="cg_shops"), 403, "AccessDenied", "is not authorized")


def zones_and_records_are_read_and_changed() -> None:
    route53 = one.client("route53", key(LEGACY))
    zone = route53.get_hosted_zone(Id="Z1FOO")["HostedZone"]
    assert (zone["Id"], zone["Name"], zone["Config"]["PrivateZone"]) == ("/hostedzone/Z1FOO", "foo.com.", False), zone
    by_name = route53.list_hosted_zones_by_name(DNSName="foo.com")
    assert [found["Id"] for found in by_name["HostedZones"]] == ["/hostedzone/Z1FOO"] and not by_name["IsTruncated"]
    sets = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId="Z1FOO", PaginationConfig={"PageSize": "2"})
    records = [record for page in sets for record in page["ResourceRecordSets"]]
    assert len(records) == route53.get_hosted_zone(Id="Z1FOO")["HostedZone"]["ResourceRecordSetCount"]
    a = next(record for record in records if record["Name"] == "a.foo.com.")
    assert a == {"Name": "a.foo.com.", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "e1old.cloudfront.net"}]}, a
    again = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": a}]}
    refused(
        lambda: route53.change_resource_record_sets(HostedZoneId="Z1FOO", ChangeBatch=again),
        400, "InvalidChangeBatch", "already exists",
    )
    refused(lambda: route53.get_hosted_zone(Id="Z9GONE"), 404, "NoSuchHostedZone", "No hosted zone found with ID: Z9GONE")
    refused(lambda: route53.get_change(Id="C9GONE"), 404, "NoSuchChange", "")


def a_certificate_is_described() -> None:
    acm = one.client("acm", key(LEGACY))
    arn = f"arn:aws:acm:us-east-1:{LEGACY}:certificate/site"
    certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert certificate["Status"] == "ISSUED" and certificate["SubjectAlternativeNames"] == ["foo.com", "*.foo.com"]
    assert certificate["NotBefore"] < certificate["NotAfter"]
    used = {used.rpartition("/")[2] for used in certificate["InUseBy"]}
    assert used == {"E1OLD", "E2NEW"}, used
    foreign = f"arn:aws:acm:us-east-1:{NEW}:certificate/other"
    refused(lambda: acm.describe_certificate(CertificateArn=foreign), 400, "ResourceNotFoundException", "Could not find certificate")


def the_registry_takes_writes_under_conditions_and_lists_them() -> None:
    table = two.client("dynamodb", key(HOME))
    item = {"pk": {"S": "JUDGE#1"}, "sk": {"S": "JUDGE"}, "listedUnder": {"S": "JUDGES"}, "listedAs": {"S": "1"}, "fence": {"N": "1"}}
    keys = {name: item[name] for name in ("pk", "sk")}
    new = {"TableName": "cutover", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    assert "Attributes" not in table.put_item(**new)
    refused(lambda: table.put_item(**new), 400, "ConditionalCheckFailedException", "The conditional request failed")
    one_more = {"UpdateExpression": "ADD fence :one", "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "ALL_NEW"}
    assert table.update_item(TableName="cutover", Key=keys, **one_more)["Attributes"]["fence"] == {"N": "2"}
    assert table.get_item(TableName="cutover", Key=keys, ConsistentRead=True)["Item"]["fence"] == {"N": "2"}
    batch = table.batch_get_item(RequestItems={"cutover": {"Keys": [keys], "ConsistentRead": True}})
    assert [found["pk"] for found in batch["Responses"]["cutover"]] == [item["pk"]] and not batch["UnprocessedKeys"]
    wanted = {"KeyConditionExpression": "listedUnder = :u", "ExpressionAttributeValues": {":u": {"S": "JUDGES"}}}
    listed = until(lambda: table.query(TableName="cutover", IndexName="listed", **wanted)["Items"])
    assert [found["listedAs"] for found in listed] == [{"S": "1"}]
    try:
        check = {"TableName": "cutover", "Key": keys, "ConditionExpression": "fence = :f", "ExpressionAttributeValues": {":f": {"N": "1"}}}
        other = {"TableName": "cutover", "Item": {**item, "pk": {"S": "JUDGE#2"}}}
        table.transact_write_items(TransactItems=[{"Put": other}, {"ConditionCheck": check}])
    except table.exceptions.TransactionCanceledException as error:
        assert [reason["Code"] for reason in error.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"], error
    else:
        raise AssertionError("not cancelled")
    assert table.transact_get_items(TransactItems=[{"Get": {"TableName": "cutover", "Key": keys}}])["Responses"][0]["Item"]["pk"] == item["pk"]
    table.delete_item(TableName="cutover", Key=keys)
    assert "Item" not in table.get_item(TableName="cutover", Key=keys, ConsistentRead=True)
    refused(lambda: table.scan(TableName="cutover"), 404, "UnknownOperationException", "is not simulated. Simulated here are")


def keys_say_who_calls_and_roles_what_they_may() -> None:
    identity = two.client("sts", key(LEGACY)).get_caller_identity()
    assert identity["Account"] == LEGACY and identity["Arn"].startswith(f"arn:aws:iam::{LEGACY}:"), identity
    refused(lambda: two.client("sts", "AKIANOBODY").get_caller_identity(), 403, "InvalidClientTokenId", "is invalid")
    assume = {
        "RoleArn": f"arn:aws:iam::{LEGACY}:role/cutover-read",
        "RoleSessionName": "judge",
        "ExternalId": f"cutover-{HOME}-{LEGACY}",
        "DurationSeconds": 900,
    }
    # The role trusts Cutover's functions, and no administrator.
    refused(lambda: two.client("sts", key(HOME)).assume_role(**assume), 403, "AccessDenied", "is not authorized to perform: sts:AssumeRole")
    two.client("lambda", key(HOME)).invoke(FunctionName="cutover-preflight", Payload=b"{}")
    # The key under which the function that has just run calls.
    answer = two.client("sts", "ASIA/cutover-preflight").assume_role(**assume)
    credentials = answer["Credentials"]
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{LEGACY}:assumed-role/cutover-read/judge"
    role = two.client("cloudfront", credentials["AccessKeyId"], credentials["SessionToken"])
    read = role.get_distribution_config(Id="E1LEGACYXYZ")
    refused(
        lambda: role.update_distribution(Id="E1LEGACYXYZ", DistributionConfig=read["DistributionConfig"], IfMatch=read["ETag"]),
        403, "AccessDenied", "is not authorized to perform: cloudfront:UpdateDistribution",
    )


def a_step_is_invoked_as_a_function() -> None:
    functions = two.client("lambda", key(HOME))
    payload = {
        "request": dict(request, execute=False),
        "execution": {"id": f"arn:aws:states:us-east-1:{HOME}:execution:cutover:judge", "startedAt": "2026-12-01T02:00:00Z"},
    }
    for name in ("cutover-preflight", f"arn:aws:lambda:us-east-1:{HOME}:function:cutover-preflight", "PreflightFunction"):
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        assert answer["StatusCode"] == 200 and "FunctionError" not in answer, answer
        document = json.loads(answer["Payload"].read())
        assert document["plan"] and document["strategy"] == "wildcardBridge", document
    wrong = functions.invoke(FunctionName="cutover-verify", Payload=b"{}")
    assert wrong["StatusCode"] == 200 and wrong["FunctionError"] == "Unhandled"
    assert set(json.loads(wrong["Payload"].read())) == {"errorType", "errorMessage"}
    refused(lambda: functions.invoke(FunctionName="cutover-fly"), 404, "ResourceNotFoundException", "Function not found")
    refused(lambda: functions.invoke(FunctionName="cutover-verify", Payload=b"{"), 400, "InvalidRequestContentException", "json")
    foreign = two.client("lambda", key(LEGACY))
    refused(lambda: foreign.invoke(FunctionName="cutover-verify"), 403, "AccessDeniedException", "is not authorized to perform: lambda:")


def an_execution_runs_to_its_end_and_tells_its_history() -> None:
    states = two.client("stepfunctions", key(HOME))
    text = json.dumps(request)
    arn = states.start_execution(stateMachineArn=MACHINE, name="judge", input=text)["executionArn"]
    assert arn == f"arn:aws:states:us-east-1:{HOME}:execution:cutover:judge"
    # Others are served while it runs.
    assert two.client("sts", key(NEW)).get_caller_identity()["Account"] == NEW
    ended = until(lambda: (found := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and found)
    assert ended["status"] == "SUCCEEDED" and ended["startDate"] < ended["stopDate"] and ended["input"] == text, ended
    assert json.loads(ended["output"])["outcome"] == "completed"
    new = two.client("cloudfront", key(NEW)).get_distribution_config(Id="E2NEWQRS")["DistributionConfig"]
    assert aliases(new) == {"a.foo.com"}, "what the execution did is there for everyone"
    pages = states.get_paginator("get_execution_history")
    events = [event for page in pages.paginate(executionArn=arn, PaginationConfig={"PageSize": 90}) for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    back = [event for page in pages.paginate(executionArn=arn, reverseOrder=True) for event in page["events"]]
    assert back == events[::-1]
    check_history(events, text, ended["output"])
    bare = states.get_execution_history(executionArn=arn, includeExecutionData=False, maxResults=1)["events"]
    assert "input" not in bare[0]["executionStartedEventDetails"]


def check_history(events: list[dict[str, Any]], text: str, output: str) -> None:
    """What the console would list: a beginning, states entered and left in turn, calls with their ends, an end."""
    assert events[0]["type"] == "ExecutionStarted" and json.loads(events[0]["executionStartedEventDetails"]["input"]) == json.loads(text)
    assert events[-1]["type"] == "ExecutionSucceeded" and events[-1]["executionSucceededEventDetails"]["output"] == output
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    inside, calling, calls = None, False, 0
    for event in events[1:-1]:
        kind, previous = event["type"], event["previousEventId"]
        assert previous == (0 if event["id"] == 2 else event["id"] - 1), event
        if kind.endswith("StateEntered"):
            assert inside is None, event
            inside = event["stateEnteredEventDetails"]["name"]
        elif kind.endswith("StateExited"):
            assert event["stateExitedEventDetails"]["name"] == inside and not calling, event
            inside = None
        elif kind == "LambdaFunctionScheduled":
            details = event["lambdaFunctionScheduledEventDetails"]
            assert details["resource"].startswith(f"arn:aws:lambda:us-east-1:{HOME}:function:cutover-") and details["timeoutInSeconds"] > 0
            calling, calls = True, calls + 1
        elif kind in ("LambdaFunctionSucceeded", "LambdaFunctionFailed", "LambdaFunctionTimedOut"):
            assert calling, event
            calling = False
        else:
            assert kind == "LambdaFunctionStarted", event
    assert inside is None and calls > 10, (inside, calls)
    # The clock is AWS's: a wait is as long as it says, whatever the server's speed.
    waited = [b["timestamp"] - a["timestamp"] for a, b in zip(events, events[1:]) if b["type"] == "WaitStateExited"]
    assert waited and all(1 <= each.total_seconds() <= 3600 for each in waited), waited


def executions_are_idempotent_listed_and_stopped() -> None:
    states = one.client("stepfunctions", key(HOME))
    # Over at once: there is no request in it.
    over = states.start_execution(stateMachineArn=MACHINE, name="over", input="{}")["executionArn"]
    until(lambda: states.describe_execution(executionArn=over)["status"] == "SUCCEEDED")
    refused(
        lambda: states.start_execution(stateMachineArn=MACHINE, name="over", input="{}"),
        400, "ExecutionAlreadyExists", "Execution Already Exists",
    )
    where = {side: {"account": LEGACY, "distribution": found} for side, found in (("source", "E1OLD"), ("target", "E2NEW"))}
    dns = {"account": LEGACY, "hostedZone": "Z1FOO"}
    text = json.dumps({"aliases": ["b.foo.com"], **where, "dns": dns, "strategy": "wildcardBridge", "execute": True})
    start = {"stateMachineArn": MACHINE, "name": "stopped", "input": text}
    first, again = states.start_execution(**start), states.start_execution(**start)
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    refused(lambda: states.start_execution(**dict(start, input="{}")), 400, "ExecutionAlreadyExists", "Execution Already Exists")
    # Its first edit takes 60 s to every edge, so that it is under way.
    held = lambda: aliases(one.client("cloudfront", key(LEGACY)).get_distribution_config(Id="E2NEW")["DistributionConfig"])  # noqa: E731
    until(lambda: "*.foo.com" in held())
    stopped = states.stop_execution(executionArn=first["executionArn"], error="Mine", cause="enough")
    found = states.describe_execution(executionArn=first["executionArn"])
    assert found["stopDate"] == stopped["stopDate"]
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Mine", "enough"), found
    last = states.get_execution_history(executionArn=first["executionArn"], reverseOrder=True, maxResults=1)["events"][0]
    assert last["type"] == "ExecutionAborted" and last["executionAbortedEventDetails"] == {"error": "Mine", "cause": "enough"}
    # No Catch was taken: nothing has put the wildcard back.
    assert "*.foo.com" in held()
    listed = states.get_paginator("list_executions").paginate(stateMachineArn=MACHINE, PaginationConfig={"PageSize": 1})
    assert [item["name"] for page in listed for item in page["executions"]] == ["stopped", "over"]
    aborted = states.list_executions(stateMachineArn=MACHINE, statusFilter="ABORTED")["executions"]
    assert [item["name"] for item in aborted] == ["stopped"]
    machine = states.describe_state_machine(stateMachineArn=MACHINE)
    assert json.loads(machine["definition"])["StartAt"] == "Begin" and machine["type"] == "STANDARD"
    assert [item["stateMachineArn"] for item in states.list_state_machines()["stateMachines"]] == [MACHINE]


def what_step_functions_refuses_is_refused_by_its_codes() -> None:
    states = two.client("stepfunctions", key(HOME))
    gone = MACHINE.replace("cutover", "gone")
    execution = MACHINE.replace("stateMachine", "execution") + ":gone"
    table = [
        (lambda: states.start_execution(stateMachineArn=gone), "StateMachineDoesNotExist", "State Machine Does Not Exist"),
        (lambda: states.start_execution(stateMachineArn="gone"), "InvalidArn", "Invalid Arn"),
        (lambda: states.start_execution(stateMachineArn=MACHINE, name="a b"), "InvalidName", "Invalid Name"),
        (lambda: states.start_execution(stateMachineArn=MACHINE, name="x" * 81), "InvalidName", "Invalid Name"),
        (lambda: states.start_execution(stateMachineArn=MACHINE, input="{"), "InvalidExecutionInput", "Invalid State Machine Execution Input"),
        (lambda: states.describe_execution(executionArn=execution), "ExecutionDoesNotExist", "Execution Does Not Exist"),
        (lambda: states.stop_execution(executionArn=execution), "ExecutionDoesNotExist", "Execution Does Not Exist"),
        (lambda: states.list_executions(stateMachineArn=MACHINE, nextToken="1-mine"), "InvalidToken", "Invalid Token"),
    ]
    for call, code, says in table:
        refused(call, 400, code, says)
    foreign = two.client("stepfunctions", key(LEGACY))
    refused(lambda: foreign.list_executions(stateMachineArn=MACHINE), 400, "AccessDeniedException", "is not authorized to perform: states:")
    refused(lambda: states.list_activities(), 404, "UnknownOperationException", "is not simulated. Simulated here are")
    refused(lambda: two.client("s3", key(HOME)).list_buckets(), 404, "UnknownOperationException", "s3: GET / is not simulated")


CLAIMS = [
    distributions_are_listed_and_read,
    a_distribution_is_updated_with_its_etag_and_with_no_other,
    a_taken_alias_is_refused_in_the_words_of_aws,
    whoever_holds_a_name_is_listed_half_masked,
    a_domain_moves_in_one_call_once_it_is_proved,
    the_older_call_moves_an_alias_too,
    tenants_and_their_connection_group_are_read,
    zones_and_records_are_read_and_changed,
    a_certificate_is_described,
    the_registry_takes_writes_under_conditions_and_lists_them,
    keys_say_who_calls_and_roles_what_they_may,
    a_step_is_invoked_as_a_function,
    an_execution_runs_to_its_end_and_tells_its_history,
    executions_are_idempotent_listed_and_stopped,
    what_step_functions_refuses_is_refused_by_its_codes,
]


def answers_fit_their_models() -> None:
    for witness in (one, two):
        assert not witness.found, "\n".join(sorted(set(witness.found)))
    operations = set(one.seen) | set(two.seen)
    assert len(operations) >= 25, operations


def main() -> int:
    global one, two, request
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--two", required=True)
    parser.add_argument("--one", required=True)
    parser.add_argument("--request", required=True, type=Path)
    arguments = parser.parse_args()
    # Every config of this world holds an element that no model knows, on purpose.
    two = Witness(arguments.two, ignored=frozenset({"NotYetKnown"}))
    # The model says RSA_2048, AWS itself RSA-2048.
    one = Witness(arguments.one, ignored=frozenset({"acm:DescribeCertificate.Certificate.KeyAlgorithm"}))
    request = json.loads(arguments.request.read_text())
    failed = 0
    for claim in [*CLAIMS, answers_fit_their_models]:
        try:
            claim()
            print("ok  ", claim.__name__)
        except Exception:
            failed += 1
            print("FAIL", claim.__name__)
            traceback.print_exc(file=sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
