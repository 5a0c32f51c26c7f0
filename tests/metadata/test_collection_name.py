import pytest

from pyf.aggregator.metadata.collection_name import is_collection_name


@pytest.mark.parametrize("name", ["plone", "plone-20261125-1", "my.form", "A_1", "0", "x" * 100])
def test_names_of_collections(name: str) -> None:
    assert is_collection_name(name)


@pytest.mark.parametrize(
    "name", ["", "-x", ".x", "_x", "a b", "a/b", "a%b", "a,b", "ä", "x" * 101, "a\n", "*"]
)
def test_what_names_no_collection(name: str) -> None:
    assert not is_collection_name(name)
