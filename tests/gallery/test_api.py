"""The API: as its description says, for whatever is asked."""

import gzip
import json
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from pyf.aggregator.assessment.life import Life
from pyf.aggregator.documents.shown import Package
from pyf.aggregator.metadata.repositories.choice import Evidence
from tests.gallery.served import Visitor
from tests.gallery.wares import NASTY

EXAMPLES = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)


@pytest.fixture(scope="session")
def description(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.get("/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


def test_the_description_is_of_our_version(visitor: Visitor, description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    assert description["servers"] == [{"url": f"{visitor.url}/api/v1"}]
    # Every shape is a valid JSON schema (OpenAPI 3.1 has those of draft 2020-12).
    for schema in description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    whole = description["components"]["schemas"]["WholePackage"]
    assert set(whole["properties"]) == {*Package.__struct_fields__, "url"}


def test_every_parameter_says_what_it_takes(description: dict[str, Any]) -> None:
    told = {
        parameter["name"]: parameter
        for parameter in description["paths"]["/profiles/{profile}/packages"]["get"]["parameters"]
    }
    assert told["life"]["schema"]["items"]["enum"] == [str(life) for life in Life]
    assert told["evidence"]["schema"]["items"]["enum"] == [str(evidence) for evidence in Evidence]
    for name, meaning in (
        ("works", "Works with: one of these versions, a number alone such as 6.2."),
        ("declares", "Declares: one of these versions, a number alone such as 6.2."),
        ("python", "Python: one of these versions, a number alone such as 3.12."),
        ("kind", "Kind: one of these."),
    ):
        assert told[name]["description"] == meaning


def test_whatever_is_asked_is_answered_as_described(visitor: Visitor, description: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=f"{visitor.url}/api/v1")
    session = requests.Session()
    failures: list[str] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode in schemathesis.GenerationMode:
            try:
                _check_operation(operation.as_strategy(generation_mode=mode), session)
            except Unsatisfiable:
                # Nothing can be wrong with a request that takes nothing.
                assert mode is schemathesis.GenerationMode.NEGATIVE
            except FailureGroup as group:
                failures += [f"{operation.label}: {failure}" for failure in group.exceptions]
    assert failures == []


def _check_operation(cases: SearchStrategy[schemathesis.Case[Any]], session: requests.Session) -> None:
    @EXAMPLES
    @given(case=cases)
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(session=session, timeout=20)

    check()


def test_a_package_has_what_its_page_has(visitor: Visitor) -> None:
    told = visitor.get("/api/v1/profiles/wares/packages/Collective.Calendar").json()
    assert told["name"] == "collective.calendar"
    assert told["url"] == f"{visitor.url}/wares/packages/collective-calendar/"
    assert told["repository_stars"] == 120
    assert [item["verdict"] for item in told["compatibility"]] == ["declared", "declared", "excluded"]
    assert "repository_missing" not in told
    assert told == visitor.get("/wares/packages/collective-calendar.json").json()


def test_a_search_is_that_of_the_page(visitor: Visitor) -> None:
    told = visitor.get("/api/v1/profiles/wares/packages?q=calendar&works=6.2").json()
    assert [package["id"] for package in told["packages"]] == ["collective-calendar"]
    assert told["query"] == "q=calendar&works=6.2"
    assert {item["value"]: item["count"] for item in told["facets"]["works"]} == {
        "6.2": 1,
        "6.1": 1,
        "5.2": 1,
    }
    page = visitor.get("/wares.json?q=calendar&works=6.2").json()
    assert {**told, "next": None} == {**page, "next": None}


def test_pages_lead_on(visitor: Visitor) -> None:
    names: list[str] = []
    following = f"{visitor.url}/api/v1/profiles/wares/packages?sort=name"
    while following:
        told = visitor.client.get(following).json()
        names += [package["id"] for package in told["packages"]]
        following = told.get("next")
    assert len(names) == told["total"] == 47
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("page=0", "'page'"),
        ("page=x", "'page'"),
        ("page=1&page=2", "'page'"),
        ("sort=best", "'sort'"),
        ("works=", "'works'"),
        ("life=dead", "'life'"),
        ("life=alive&evidence=hearsay", "'evidence'"),
        (f"works={'x' * 101}", "'works'"),
        ("&".join(["works=x"] * 11), "'works'"),
        (f"q={'x' * 201}", "'q'"),
        ("limit=5", "'limit'"),
    ],
)
def test_mistakes_are_told(visitor: Visitor, query: str, named: str) -> None:
    answer = visitor.get(f"/api/v1/profiles/wares/packages?{query}")
    assert answer.status_code == 400
    assert named in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/profiles/nothing",
        "/profiles/nothing/packages",
        "/profiles/wares/packages/nothing",
        "/profiles/wares/packages/nothing/checks",
        "/profiles/wares/readiness/9.9",
        "/profiles/nothing/export.jsonl.gz",
        "/nothing",
    ],
)
def test_what_is_not_there_is_told_in_json(visitor: Visitor, path: str) -> None:
    answer = visitor.get(f"/api/v1{path}")
    assert answer.status_code == 404
    assert answer.json()["error"].endswith(".")


def test_checks_come_with_their_remedies(visitor: Visitor) -> None:
    told = visitor.get("/api/v1/profiles/wares/packages/silent/checks").json()
    failing = {check["id"]: check for check in told["checks"] if check["outcome"] == "fail"}
    assert failing["license"]["line"] == 'license = "MIT"'
    weights = [check["weight"] for check in told["checks"]]
    assert weights == sorted(weights, reverse=True)
    rules = visitor.get("/api/v1/rules").json()
    assert {check["id"] for check in told["checks"]} == {rule["id"] for rule in rules["rules"]}


def test_readiness_lists_a_verdict_whole(visitor: Visitor) -> None:
    told = visitor.get("/api/v1/profiles/wares/readiness/6.2?verdict=declared").json()
    assert len(told["packages"]) == told["counts"]["declared"] == 44
    some = visitor.get("/api/v1/profiles/wares/readiness/6.2").json()
    assert [item["id"] for item in some["packages"]][:2] == ["waits-forms", "old-calendar"]
    assert some["blockers"][0] == {
        "id": "old-calendar",
        "name": "old.calendar",
        "evidence": "requires Products.CMFPlone<6",
        "waiting": ["waits-forms"],
    }
    every = visitor.get("/api/v1/profiles/wares/readiness").json()
    assert [item["version"] for item in every["versions"]] == ["Plone 6.2", "Plone 6.1", "Plone 5.2"]


def test_the_export_has_every_package(visitor: Visitor) -> None:
    answer = visitor.get("/api/v1/profiles/wares/export.jsonl.gz")
    assert answer.headers["content-type"] == "application/gzip"
    lines = [json.loads(line) for line in gzip.decompress(answer.content).splitlines()]
    assert len(lines) == 49
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    (nasty,) = (line for line in lines if line["id"] == "nasty")
    assert nasty["summary"] == " ".join(NASTY.split())
    assert visitor.get("/api/v1/profiles/wares/export.jsonl.gz?x=1").status_code == 400


def test_pages_of_other_sites_may_read_it(visitor: Visitor) -> None:
    for path in ("/api/v1/profiles", "/api/v1/nothing", "/wares.json", "/wares.atom"):
        assert visitor.get(path).headers["access-control-allow-origin"] == "*"
