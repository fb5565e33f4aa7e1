"""What Google and Microsoft publish about their own interfaces, as checks of single requests and answers.

Google's discovery document names every method with its parameters, scopes and bodies. Microsoft publishes its metadata to typed
languages only: the interfaces of its TypeScript package say which properties each resource has, and of which type.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.published import Published

GOOGLE = Published(
    registry="pypi",
    package="google-api-python-client",
    version="2.202.0",
    member="googleapiclient/discovery_cache/documents/calendar.v3.json",
    sha256="e4668b97464e1a80305a86d6d883a6e772297179fb8a923f5e5ee17d4e178f20",
)
MICROSOFT = Published(
    registry="npm",
    package="@microsoft/microsoft-graph-types",
    version="2.43.1",
    member="package/microsoft-graph.d.ts",
    sha256="2ed1570e3496f4007840bc2b1a7b4f5d46caa8da93f3944148520d11c8f7bdad",
)

Schema = dict[str, Any]


def _faults(schema: Schema, definitions: Schema, body: Any) -> list[str]:
    checker = Draft202012Validator({**schema, "$defs": definitions}, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{fault.json_path}: {fault.message}" for fault in checker.iter_errors(body)]


# ---------------------------------------------------------------- Google


@dataclass(frozen=True)
class GoogleMethod:
    """One method of the discovery document."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Any]
    scopes: frozenset[str]
    request: str | None
    response: str | None

    def faults_of_query(self, query: Sequence[tuple[str, str]]) -> list[str]:
        """What is wrong with the parameters of a request."""
        faults = []
        for name, value in query:
            known = self.parameters.get(name)
            if known is None or known["location"] != "query":
                faults.append(f"{self.id} has no parameter {name}")
            elif "enum" in known and value not in known["enum"]:
                faults.append(f"{name} cannot be {value}")
            elif known["type"] == "boolean" and value not in {"true", "false"}:
                faults.append(f"{name} is true or false, not {value}")
            elif known["type"] == "integer" and not value.isdigit():
                faults.append(f"{name} is a number, not {value}")
        return faults

    def faults_of_request(self, body: Any) -> list[str]:
        """What is wrong with the body of a request."""
        if self.request is None:
            return [] if body is None else [f"{self.id} takes no body"]
        return _faults({"$ref": f"#/$defs/{self.request}"}, _google_definitions(), body)

    def faults_of_response(self, body: Any) -> list[str]:
        """What is wrong with the body of an answer."""
        if self.response is None:
            return [] if body is None else [f"{self.id} answers without a body"]
        return _faults({"$ref": f"#/$defs/{self.response}"}, _google_definitions(), body)


@cache
def _google_document() -> dict[str, Any]:
    return json.loads(GOOGLE.read())  # type: ignore[no-any-return] # a discovery document


@cache
def _google_definitions() -> Schema:
    return {name: _google_schema(schema) for name, schema in _google_document()["schemas"].items()}


def _google_schema(described: Mapping[str, Any]) -> Schema:
    """JSON Schema of what the discovery document says in its own dialect; a property it does not name is a fault."""
    if "$ref" in described:
        return {"$ref": f"#/$defs/{described['$ref']}"}
    schema: Schema = {"type": described["type"]} if described.get("type", "any") != "any" else {}
    schema |= {name: described[name] for name in ("format", "enum", "pattern") if name in described}
    if "items" in described:
        schema["items"] = _google_schema(described["items"])
    if described.get("type") == "object":
        schema["properties"] = {name: _google_schema(one) for name, one in described.get("properties", {}).items()}
        more = described.get("additionalProperties")
        schema["additionalProperties"] = _google_schema(more) if more else False
    return schema


@cache
def google_methods() -> tuple[GoogleMethod, ...]:
    """Every method of Google Calendar v3."""
    return tuple(
        GoogleMethod(
            id=method["id"],
            verb=method["httpMethod"],
            path=re.compile("/calendar/v3/" + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(method["path"]))),
            parameters=method.get("parameters", {}),
            scopes=frozenset(method.get("scopes", ())),
            request=method.get("request", {}).get("$ref"),
            response=method.get("response", {}).get("$ref"),
        )
        for resource in _google_document()["resources"].values()
        for method in resource["methods"].values()
    )


# ---------------------------------------------------------------- Microsoft

_INTERFACE = re.compile(r"^export interface (\w+)(?: extends (\w+))? \{(\}|.*?^\})", re.MULTILINE | re.DOTALL)
_CHOICE = re.compile(r"^export type (\w+) =\s*((?:\|?\s*\"[^\"]+\"\s*)+);", re.MULTILINE)
_PROPERTY = re.compile(r"^ {4}(\w+)\?: ([^;]+);", re.MULTILINE)
# The file belongs to a class of resources of which only the general form is described.
_OPEN = {"ResourceData"}


@cache
def _microsoft_definitions() -> Schema:
    text = re.sub(r"^ *//.*$", "", MICROSOFT.read().decode().partition("export namespace ")[0], flags=re.MULTILINE)
    found: Schema = {name: {"enum": re.findall(r'"([^"]+)"', choices)} for name, choices in _CHOICE.findall(text)}
    interfaces = {name: (parent, dict(_PROPERTY.findall(body))) for name, parent, body in _INTERFACE.findall(text)}

    def properties(name: str) -> dict[str, str]:
        parent, own = interfaces[name]
        return {**(properties(parent) if parent else {}), **own}

    for name in interfaces:
        found[name] = {
            "type": "object",
            "properties": {prop: _microsoft_schema(kind) for prop, kind in properties(name).items()},
            "patternProperties": {r"@odata\.|^@removed$": {}},
            "additionalProperties": name in _OPEN,
        }
    return found


def _microsoft_schema(kind: str) -> Schema:
    """JSON Schema of a TypeScript type."""
    kind = " ".join(kind.split())
    if option := re.fullmatch(r"NullableOption<\s*(.+?)\s*>", kind):
        return {"anyOf": [{"type": "null"}, _microsoft_schema(option.group(1))]}
    if kind.endswith("[]"):
        return {"type": "array", "items": _microsoft_schema(kind.removesuffix("[]"))}
    if kind in {"string", "number", "boolean"}:
        return {"type": kind}
    if kind == "any" or not kind.isidentifier():
        return {}
    return {"$ref": f"#/$defs/{kind}"}


def microsoft_faults(resource: str, body: Any) -> list[str]:
    """What is wrong with a resource of Microsoft Graph, such as an `Event`."""
    return _faults({"$ref": f"#/$defs/{resource}"}, _microsoft_definitions(), body)
