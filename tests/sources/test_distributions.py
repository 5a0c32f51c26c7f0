"""What is read of a wheel, an sdist and a folder: as PyPI would show it, and no more than a bound."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pyf.aggregator.errors.distributions import PackageUnreadable
from pyf.aggregator.metadata.model import DistributionKind, Project
from pyf.aggregator.sources.distributions.archives import load_core_metadata
from pyf.aggregator.sources.distributions.unpublished import load_unpublished
from tests.packages import make_sdist, make_tar, make_wheel, write_metadata

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def load(*paths: Path) -> Project:
    (release,) = load_unpublished(paths, NOW)
    return release.project


def test_an_sdist_is_looked_through_to_a_bound_and_not_behind_its_metadata(tmp_path: Path) -> None:
    content, padding = write_metadata(), bytes(300_000)
    late = make_tar(tmp_path / "late-1.tar.gz", {"x-1/big": padding, "x-1/PKG-INFO": content})
    early = make_tar(tmp_path / "early-1.tar.gz", {"x-1/PKG-INFO": content, "x-1/big": padding})
    assert load_core_metadata(late) == content
    assert load_core_metadata(early, most_unpacked=100_000) == content
    with pytest.raises(PackageUnreadable, match=r"no PKG-INFO within its first 100,000 unpacked bytes"):
        load_core_metadata(late, most_unpacked=100_000)


def test_every_field_stands_where_pypi_has_it(tmp_path: Path) -> None:
    metadata = write_metadata(
        Keywords="forms,browser",
        Author="Ada Example",
        Maintainer_email="Team <team@tidy.example>",
        Home_page="https://tidy.example/",
        Download_URL="https://tidy.example/files",
    )
    project = load(make_wheel(tmp_path, metadata))
    assert (project.name, project.display_name, project.version) == ("tidy-forms", "tidy.forms", "3.0")
    assert (project.author, project.maintainer_email) == ("Ada Example", "Team <team@tidy.example>")
    assert (project.keywords, project.license_expression) == (("forms", "browser"), "MIT")
    assert (project.requires_python, project.requires_dist) == (">=3.10", ("Products.CMFPlone>=6.1",))
    assert list(project.project_urls) == [
        "Homepage",
        "Download",
        "Source",
        "Issues",
        "Documentation",
        "Changelog",
    ]
    assert (project.description or "").startswith("# tidy.forms")
    (release,) = project.releases
    assert (release.upload_time, release.requires_python) == (NOW, ">=3.10")
    assert (release.has(DistributionKind.WHEEL), project.vulnerable) == (True, None)


def test_the_metadata_of_the_wheel_counts_whichever_is_named_first(tmp_path: Path) -> None:
    sdist = make_sdist(tmp_path, write_metadata(Summary="Of the sdist"))
    wheel = make_wheel(tmp_path, write_metadata(Summary="Of the wheel"))
    for paths in ((sdist, wheel), (wheel, sdist)):
        project = load(*paths)
        assert (project.summary, len(project.releases[0].distributions)) == ("Of the wheel", 2)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Name: a\nVersion: 1\nSummary: one\nSummary: two\n\n", "one"),
        (b"Name: a\nVersion: 1\nSummary: \xff\xfe caf\xe9\n\n", "caf"),
        (b"Name: a\nVersion: 1\nSummary: UNKNOWN\n\n", None),
    ],
    ids=["said twice", "not UTF-8", "nothing said"],
)
def test_odd_headers_are_read_as_far_as_they_can_be(
    tmp_path: Path, content: bytes, expected: str | None
) -> None:
    summary = load(make_wheel(tmp_path, content)).summary
    assert summary == expected if expected is None else expected in (summary or "")


def test_a_readme_that_is_not_utf_8_stays_readable(tmp_path: Path) -> None:
    description = load(make_wheel(tmp_path, b"Name: a\nVersion: 1\n\nHello \xff world\n")).description
    assert description == "Hello \ufffd world"


def test_versions_are_compared_by_meaning(tmp_path: Path) -> None:
    files = (make_wheel(tmp_path, write_metadata(Version="3.0.0")), make_sdist(tmp_path))
    assert load(*files).version == "3.0.0"
