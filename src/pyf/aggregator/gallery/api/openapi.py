"""The description of the API (OpenAPI 3.1), from the endpoints and the shapes of their answers."""

from typing import Any

import msgspec

from pyf.aggregator.gallery.addresses import API
from pyf.aggregator.gallery.api import shapes
from pyf.aggregator.gallery.api.endpoints import ENDPOINTS, Endpoint
from pyf.aggregator.gallery.api.parameters import Parameter
from pyf.aggregator.gallery.site import Site

VERSION = "1.0.0"
_SCHEMAS = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "A parameter is not as it has to be.",
    "404": "There is no such thing.",
    "410": "The package was in this profile and has left it.",
    "503": "The server that holds the packages does not answer; try again in some seconds.",
}
_PATH_MEANINGS = {
    "profile": "The key of a profile, such as plone.",
    "name": "The name of a package, in any spelling.",
    "topic": "The key of a topic, such as forms.",
    "person": "The name of an account or organization on PyPI.",
    "cycle": "The number of a version, such as 6.2.",
}


def build_openapi(site: Site) -> bytes:
    """Return the description as JSON."""
    kinds = [*(endpoint.shape for endpoint in ENDPOINTS), shapes.Refusal]
    _, components = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS)
    keys = [profile.key for profile in site.profiles]
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": site.title,
                "version": VERSION,
                "description": (
                    "Python packages by what they are made for. Every answer is the same for everybody and"
                    " may be cached. What is unknown is left out, and never 0."
                ),
            },
            "servers": [{"url": site.addresses.absolute(site.addresses.prefix + API)}],
            "paths": {
                **{endpoint.path: {"get": _describe(endpoint, keys)} for endpoint in ENDPOINTS},
                "/profiles/{profile}/export.jsonl.gz": {"get": _describe_export(keys)},
            },
            "components": {"schemas": {name: _without_null(schema) for name, schema in components.items()}},
        }
    )


def _describe(endpoint: Endpoint, keys: list[str]) -> dict[str, Any]:
    shape = {"schema": {"$ref": msgspec.json.schema(endpoint.shape, ref_template=_SCHEMAS)["$ref"]}}
    unless = {"404": "{", "410": "{name}"}
    refusals = [status for status in _REFUSALS if unless.get(status, "") in endpoint.path]
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [
            *_describe_path(endpoint.path, keys),
            *(_describe_parameter(parameter) for parameter in endpoint.parameters),
        ],
        "responses": {
            "200": {"description": endpoint.summary, "content": {"application/json": shape}},
            **{status: _describe_refusal(status) for status in refusals},
        },
    }


def _describe_export(keys: list[str]) -> dict[str, Any]:
    lines = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": "exportPackages",
        "summary": "All packages of a profile, a JSON object a line, compressed",
        "parameters": _describe_path("{profile}", keys),
        "responses": {
            "200": {"description": "JSON Lines", "content": {"application/gzip": lines}},
            **{status: _describe_refusal(status) for status in ("400", "404", "503")},
        },
    }


def _describe_path(path: str, keys: list[str]) -> list[dict[str, Any]]:
    described = []
    for name, meaning in _PATH_MEANINGS.items():
        if f"{{{name}}}" in path:
            schema: dict[str, Any] = {"type": "string", "minLength": 1}
            if name == "profile":
                schema = {"type": "string", "enum": keys}
            described.append(
                {"name": name, "in": "path", "required": True, "description": meaning, "schema": schema}
            )
    return described


def _describe_parameter(parameter: Parameter) -> dict[str, Any]:
    told = {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.meaning,
        "schema": dict(parameter.schema),
    }
    if parameter.example is not None:
        told["example"] = parameter.example
    return told


def _describe_refusal(status: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(name="Refusal")}
    return {"description": _REFUSALS[status], "content": {"application/json": {"schema": schema}}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose unknown fields are left out rather than null."""
    properties = {name: _without_null_of_one(told) for name, told in schema.get("properties", {}).items()}
    return {**schema, "properties": properties} if properties else schema


def _without_null_of_one(told: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in told.get("anyOf", ()) if kind != {"type": "null"}]
    kept = {key: value for key, value in told.items() if key not in ("anyOf", "default")}
    if not kinds:
        return told
    return {**kinds[0], **kept} if len(kinds) == 1 else {**kept, "anyOf": kinds}
