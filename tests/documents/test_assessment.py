"""What is assessed of a document, and what of it counts as the project's own."""

from typing import Any

import msgspec
import pytest

from pyf.aggregator.documents.assessment import (
    AssessmentInput,
    HistoryPoint,
    JudgementInput,
    ReadinessInput,
    ReleaseInput,
    VulnerabilityInput,
)
from pyf.aggregator.metadata.model import NormalizedName


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (AssessmentInput, {"id": "kit"}),
        (ReadinessInput, {"id": "kit"}),
        (HistoryPoint, {"week": 7}),
        (JudgementInput, {}),
        (ReleaseInput, {}),
        (VulnerabilityInput, {}),
    ],
)
def test_what_a_document_lacks_is_unknown(read: type[msgspec.Struct], said: dict[str, Any]) -> None:
    found = msgspec.structs.asdict(msgspec.convert(said, read))
    assert {field: value for field, value in found.items() if value} == said


def find(**said: Any) -> AssessmentInput:
    return AssessmentInput(id=NormalizedName("kit"), **said)


def test_publishers_are_read_in_either_form() -> None:
    assert find(attested_by=None).publishers == ()
    assert find(attested_by="").publishers == ()
    assert find(attested_by="github.com/a/b").publishers == ("github.com/a/b",)
    assert find(attested_by=("github.com/a/b", "gitlab.com/a/b")).publishers == (
        "github.com/a/b",
        "gitlab.com/a/b",
    )


@pytest.mark.parametrize(
    ("said", "stars", "archived"),
    [
        ({}, None, None),
        ({"repository_stars": 5, "repository_archived": True}, None, None),
        ({"repository_stars": 5, "repository_archived": True, "repository_evidence": "owner"}, 5, True),
        ({"repository_evidence": "owner", "github_stars": 3, "github_archived": False}, 3, False),
        ({"repository_stars": 5, "repository_archived": True, "github_stars": 3}, 3, None),
    ],
)
def test_figures_count_where_the_repository_is_its_own(
    said: dict[str, Any], stars: int | None, archived: bool | None
) -> None:
    found = find(**said)
    assert (found.stars, found.archived) == (stars, archived)
