"""What the labels of a project's URLs stand for."""

import pytest

from pyf.aggregator.metadata.labels import Label, find_url, normalize_label, read_label


@pytest.mark.parametrize(
    ("label", "form"),
    [
        ("Homepage", "homepage"),
        ("Home-page", "homepage"),
        ("Change_Log", "changelog"),
        ("What's New?", "whatsnew"),
    ],
)
def test_labels_are_compared_as_pep_753_has_it(label: str, form: str) -> None:
    assert normalize_label(label) == form


WELL_KNOWN = {
    Label.SOURCE: ("Source", "repository", "Source Code", "GitHub"),
    Label.HOMEPAGE: ("Homepage", "Home-Page"),
    Label.ISSUES: ("Issues", "bugs", "issue", "tracker", "Issue Tracker", "bug-tracker"),
    Label.CHANGELOG: ("changelog", "Changes", "What's new?", "HISTORY", "Release notes"),
    Label.DOCUMENTATION: ("Documentation", "docs"),
    Label.DOWNLOAD: ("Download",),
    Label.FUNDING: ("Funding", "sponsor", "Donate", "donation"),
}
"""The words of https://packaging.python.org/en/latest/specifications/well-known-project-urls/."""


@pytest.mark.parametrize(
    ("label", "wanted"), [(label, wanted) for wanted, labels in WELL_KNOWN.items() for label in labels]
)
def test_a_well_known_label_is_known_however_it_is_written(label: str, wanted: Label) -> None:
    meaning = read_label(label)
    assert meaning is not None
    assert meaning[0] is wanted
    pictured = read_label(f"\N{ROCKET} {label}")
    assert pictured == meaning


@pytest.mark.parametrize("label", ["", "!", "Chat", "Django", "Issues of Django", "Mastodon", "\N{ROCKET}"])
def test_any_other_label_stands_for_nothing(label: str) -> None:
    assert read_label(label) is None


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([], None),
        (["Chat"], None),
        (["Releases", "Release notes", "Changes", "Changelog"], "Changelog"),
        (["Releases", "Release notes"], "Release notes"),
        (["change log", "Changelog"], "change log"),
    ],
)
def test_of_several_the_word_of_the_specification_wins_and_then_the_first(
    labels: list[str], found: str | None
) -> None:
    urls = {label: f"https://x.example/{label}" for label in labels}
    assert find_url(urls, Label.CHANGELOG) == (None if found is None else urls[found])
