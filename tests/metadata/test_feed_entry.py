from pyf.aggregator.metadata.feed_entry import name_entry
from pyf.aggregator.metadata.model import NormalizedName


def test_an_entry_names_a_release_or_a_new_project() -> None:
    name = NormalizedName("flask-kit")
    assert [name_entry(name, version) for version in ("1.0", "", None)] == [
        "flask-kit:1.0",
        "flask-kit:",
        "flask-kit:",
    ]
