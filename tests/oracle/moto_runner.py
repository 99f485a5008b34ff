"""Runs definitions with moto's interpreter of the states language, the functions behind a served world.

    moto_runner.py < jobs > results

One job a line, one result a line, as tests/claims/oracle has them. What is put in place of moto's own: where a Lambda
function is invoked, how a pause passes, the dice of a jitter, and when the execution says that it began. Everything else
is moto's. Must not know what a state is for, nor what is expected of a run."""

from __future__ import annotations

import io
import json
import logging
import random
import sys
import threading
import time
from typing import Any

from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from world import World

# Real: the longest job takes a few seconds.
PATIENCE_SECONDS = 100
REGION = "us-east-1"


class Stage:
    """The run that is under way, as the places see it that are changed in moto. There is one at a time."""

    world: World
    dice: list[float]
    retries: int
    started_at: str
    waits: list[int]
    mutex = threading.Lock()

    def pause(self, seconds: float, is_retry: bool = False) -> None:
        """Passes in the world, and is noted."""
        millis = round(seconds * 1000)
        with self.mutex:
            self.retries += is_retry
        if millis > 0:
            with self.mutex:
                self.waits.append(millis)
            self.world.wait(millis)

    def throw(self, least: float, most: float) -> float:
        """The die of this retry, which says how far between the two."""
        return least + (most - least) * self.dice[self.retries]


stage = Stage()


class Functions:
    """What moto uses of a client for Lambda."""

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        failed, payload = stage.world.invoke(FunctionName, Payload)
        answer: dict[str, Any] = {"StatusCode": 200, "Payload": io.BytesIO(payload)}
        return {**answer, "FunctionError": failed} if failed else answer


class Pauses:
    """In place of the module `time` where a retrier sleeps."""

    @staticmethod
    def sleep(seconds: float) -> None:
        stage.pause(seconds, is_retry=True)


class Dice:
    """In place of the module `random` where a jitter is drawn."""

    @staticmethod
    def uniform(least: float, most: float) -> float:
        return stage.throw(least, most)


def take_moto_over() -> None:
    """Each of these exists, or moto is not the one that this was written for."""
    assert lambda_eval_utils.boto_client_for and retrier_decl.time is time and jitter_strategy_decl.random is random
    lambda_eval_utils.boto_client_for = lambda **_: Functions()
    retrier_decl.time = Pauses
    jitter_strategy_decl.random = Dice
    assert WaitFunction._wait_interval
    WaitFunction._wait_interval = lambda self, env, wait_seconds: stage.pause(wait_seconds)
    details_of = Execution.get_start_execution_details

    def details(self: Execution) -> Any:
        found = details_of(self)
        found.start_time = stage.started_at
        return found

    Execution.get_start_execution_details = details
    # It writes a line for each optional field that is not there.
    logging.disable(logging.CRITICAL)


def play(number: int, run: dict[str, Any]) -> dict[str, Any]:
    """One run, from the creation of its state machine to its end."""
    stage.dice, stage.retries, stage.waits = run["dice"], 0, []
    stage.started_at = stage.world.wait(max(0, run["startsAfterMillis"]))
    backend = stepfunctions_parser_backends[run["account"]][REGION]
    # Runs of one job have a state machine each, so that each may have a definition of its own.
    machine = backend.create_state_machine(name=run["machine"], definition=json.dumps(run["definition"]), roleArn=run["role"])
    execution = backend.start_execution(machine.arn, name=run["name"], execution_input=json.dumps(run["input"]))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while execution.exec_status.value == "RUNNING":
        assert time.monotonic() < deadline, f"run {number} never ended"
        time.sleep(0.002)
    events = execution.to_history_output()["events"]
    backend.state_machines.clear()
    entered = [event["stateEnteredEventDetails"] for event in events if "stateEnteredEventDetails" in event]
    scheduled = [event["lambdaFunctionScheduledEventDetails"] for event in events if "lambdaFunctionScheduledEventDetails" in event]
    return {
        "status": execution.exec_status.value,
        "error": execution.error,
        "cause": execution.cause,
        "output": execution.output,
        "states": [state["name"] for state in entered],
        "calls": [{"resource": call["resource"], "payload": json.loads(call["input"])} for call in scheduled],
        "waits": stage.waits,
    }


def main() -> None:
    take_moto_over()
    for line in sys.stdin:
        job = json.loads(line)
        stage.world = World(job["address"], job["account"])
        try:
            result: dict[str, Any] = {"runs": [play(number, run) for number, run in enumerate(job["runs"])]}
        except Exception as error:  # noqa: BLE001 - whoever asked has to hear of it
            result = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


main()
