"""Holds every answer against botocore's model of it: nothing required is missing, nothing sent is unknown.

Botocore parses what its model names and drops the rest without a word, so an answer that parses may still be wrong.
Must not know what any operation is for."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import boto3
from botocore.config import Config


def local(tag: str) -> str:
    """An element's name without its namespace."""
    return tag.rpartition("}")[2]


class Witness:
    """Listens to clients. `found` names each answer that its model does not fit."""

    def __init__(self, endpoint: str, ignored: frozenset[str] = frozenset()) -> None:
        self.endpoint = endpoint
        self.ignored = ignored
        self.found: list[str] = []
        self.seen: dict[str, int] = {}

    def client(self, service: str, access_key: str, token: str | None = None) -> Any:
        """A client as a user makes it, but for where it sends its requests."""
        client = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key="x",
            aws_session_token=token,
            config=Config(retries={"mode": "standard", "max_attempts": 5}, proxies={}),
        )
        client.meta.events.register("before-parse", self.hear)
        return client

    def hear(self, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        """Before botocore parses: the answer as it came."""
        name = f"{operation_model.service_model.service_name}:{operation_model.name}"
        if response_dict["status_code"] >= 300:
            return
        self.seen[name] = self.seen.get(name, 0) + 1
        shape, body = operation_model.output_shape, response_dict["body"]
        if shape is None:
            return
        headers = {key.lower() for key in response_dict["headers"]}
        self.check_headers(name, shape, headers)
        payload = shape.serialization.get("payload")
        if payload and shape.members[payload].type_name != "structure":
            return
        inner = shape.members[payload] if payload else shape
        if not body.strip():
            self.check_missing(name, inner, set())
        elif operation_model.service_model.metadata["protocol"] in ("json", "rest-json"):
            self.walk_json(name, json.loads(body), inner)
        else:
            root = ElementTree.fromstring(body)
            wrapper = shape.serialization.get("resultWrapper")
            if wrapper:
                root = next(child for child in root if local(child.tag) == wrapper)
            self.walk_xml(name, root, inner)

    def check_headers(self, where: str, shape: Any, headers: set[str]) -> None:
        for member, of in shape.members.items():
            if of.serialization.get("location") == "header" and member in shape.required_members:
                if of.serialization["name"].lower() not in headers:
                    self.found.append(f"{where}: the header {of.serialization['name']} is missing")

    def check_missing(self, where: str, shape: Any, there: set[str]) -> None:
        for member in shape.required_members:
            if "location" not in shape.members[member].serialization and member not in there:
                self.found.append(f"{where}: {member} is required and missing")

    def walk_json(self, where: str, value: Any, shape: Any) -> None:
        if shape.type_name == "structure":
            self.check_missing(where, shape, set(value))
            for key, inner in value.items():
                if key in shape.members:
                    self.walk_json(f"{where}.{key}", inner, shape.members[key])
                else:
                    self.found.append(f"{where}: {key} is in no model")
        elif shape.type_name == "list":
            for inner in value:
                self.walk_json(f"{where}[]", inner, shape.member)
        elif shape.type_name == "string" and shape.enum and value not in shape.enum and where not in self.ignored:
            self.found.append(f"{where}: {value!r} is none of {shape.enum}")

    def walk_xml(self, where: str, node: ElementTree.Element, shape: Any) -> None:
        if shape.type_name == "structure":
            names = {member.serialization.get("name", key): key for key, member in shape.members.items()}
            attributes = {key for key, member in shape.members.items() if member.serialization.get("xmlAttribute")}
            there = {names[local(child.tag)] for child in node if local(child.tag) in names} | attributes
            self.check_missing(where, shape, there)
            for child in node:
                name = local(child.tag)
                if name in names:
                    self.walk_xml(f"{where}.{name}", child, shape.members[names[name]])
                elif name not in self.ignored:
                    self.found.append(f"{where}: {name} is in no model")
        elif shape.type_name == "list" and not shape.serialization.get("flattened"):
            wanted = shape.member.serialization.get("name", "member")
            for child in node:
                if local(child.tag) != wanted:
                    self.found.append(f"{where}: a list of {wanted} holds {local(child.tag)}")
                else:
                    self.walk_xml(f"{where}[]", child, shape.member)
        elif shape.type_name == "list":
            self.walk_xml(f"{where}[]", node, shape.member)
        elif len(node):
            self.found.append(f"{where}: a {shape.type_name} has elements")
        elif shape.type_name == "string" and shape.enum and (node.text or "") not in shape.enum:
            self.found.append(f"{where}: {node.text!r} is none of {shape.enum}")
