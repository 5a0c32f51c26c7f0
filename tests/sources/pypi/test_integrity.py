"""Who published a file: all publishers of all bundles, and which repository each names."""

import json
from typing import Any

import pytest

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.sources.pypi.integrity import Provenance, Publisher, parse_provenance


def parse(*bundles: Any) -> Provenance:
    body = json.dumps({"version": 1, "attestation_bundles": list(bundles)}).encode()
    return parse_provenance(body, "https://pypi.example/x")


def make_bundle(kind: Any, repository: Any) -> dict[str, Any]:
    return {"publisher": {"kind": kind, "repository": repository, "claims": None}, "attestations": []}


def test_all_publishers_of_all_bundles_are_named_each_once() -> None:
    found = parse(
        make_bundle("GitHub", "Plone/plone.api"),
        make_bundle("GitHub", "Plone/plone.api"),
        make_bundle("GitLab", "Group/Sub/thing"),
        {"publisher": {"kind": "Google", "email": "robot@x.example"}, "attestations": []},
    )
    assert found.publishers == (
        Publisher(kind="GitHub", repository="Plone/plone.api"),
        Publisher(kind="GitLab", repository="Group/Sub/thing"),
        Publisher(kind="Google"),
    )
    assert found.repositories == ("github.com/plone/plone.api", "gitlab.com/group/sub/thing")


@pytest.mark.parametrize(
    "bundle",
    [
        None,
        7,
        [],
        {},
        {"publisher": None},
        {"publisher": []},
        make_bundle(None, "o/n"),
        make_bundle(7, "o/n"),
        make_bundle("x" * 600, "o/n"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_bundle_that_cannot_be_read_leaves_the_others_good(bundle: object) -> None:
    assert parse(bundle, make_bundle("GitHub", "o/n")).repositories == ("github.com/o/n",)
    with pytest.raises(MalformedResponse, match="no publisher"):
        parse(bundle)


@pytest.mark.parametrize("repository", [None, 7, [], "", "x" * 600, "../..", "o", "o/n/x", "sponsors/o"])
def test_a_repository_that_is_none_is_not_believed(repository: object) -> None:
    assert parse(make_bundle("GitHub", repository)).repositories == ()


def test_a_file_with_no_bundle_has_no_publisher() -> None:
    assert parse() == Provenance(publishers=())


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"attestation_bundles": {}}', b"<html>", b""])
def test_what_is_no_provenance_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedResponse):
        parse_provenance(body, "https://pypi.example/x")
