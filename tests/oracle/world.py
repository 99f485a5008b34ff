"""A served world whose time stands between requests (docs/SERVE.md), as a foreign interpreter needs it: functions to invoke,
and time that passes when it is asked to. Must not know any interpreter."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import quote

# Real seconds for one answer.
PATIENCE_SECONDS = 60


class World:
    """One server. Each thread has a connection of its own."""

    def __init__(self, address: str, account: str) -> None:
        self.address = address
        self.account = account
        self.local = threading.local()

    def post(self, service: str, path: str, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        """An answer of 200; signatures are not checked there, so the scope is all that it has."""
        scope = f"AKIA{self.account}/20261201/us-east-1/{service}/aws4_request"
        headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS)
        self.local.connection.request("POST", path, body, headers)
        answer = self.local.connection.getresponse()
        told = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {told!r}"
        return answer, told

    def invoke(self, function: str, payload: bytes) -> tuple[str | None, bytes]:
        """The kind of the function's error, if it has failed, and its answer."""
        answer, told = self.post("lambda", f"/2015-03-31/functions/{quote(function, safe='')}/invocations", payload)
        return answer.headers.get("x-amz-function-error"), told

    def wait(self, millis: int) -> str:
        """The time there, once so much of it has passed."""
        _, told = self.post("clock", f"/wait?seconds={millis / 1000:.3f}", b"")
        return json.loads(told)["now"]
