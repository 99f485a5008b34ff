"""Carries out session.sh line by line and prints what a terminal would show, without what is drawn or counted anew.

    session.py

Run at the top of the repository, with `aws` in the path and the environment that `rehearsal serve` prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

HOME = "000000000009"
# Times and the port are other ones each time; what is left has to be the same.
DRAWN = [
    (re.compile(r"\b17\d{8}\.\d+\b"), "<time>"),
    (re.compile(r"\b20\d\d-\d\d-\d\dT[0-9:.]+(Z|\+00:00)"), "<time>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
]
SECONDS_MAX = 120


def shown(text: str) -> str:
    for drawn, name in DRAWN:
        text = drawn.sub(name, text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def main() -> int:
    names = {"MACHINE": f"arn:aws:states:us-east-1:{HOME}:stateMachine:cutover", "FIRST": f"arn:aws:states:us-east-1:{HOME}:execution:cutover:first"}
    for line in (Path(__file__).parent / "session.sh").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        done = subprocess.run(
            ["bash", "-c", line], env={**os.environ, **names}, text=True, timeout=SECONDS_MAX,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )
        for name, value in names.items():
            line = line.replace(f"${name}", value)
        print(f"$ {line}")
        print(shown(done.stdout))
        if done.returncode:
            print(f"# exit status {done.returncode}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
