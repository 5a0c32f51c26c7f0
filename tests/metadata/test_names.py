import pytest

from pyf.aggregator.metadata.names import spell_name


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("collective.easyform", ("collectiveeasyform", "collective easyform")),
        ("AccessControl", ("accesscontrol", "access control")),
        ("Products.CMFPlone", ("productscmfplone", "products cmfplone", "products cmf plone")),
        ("requests", ("requests",)),
        ("z3c.form", ("z3cform", "z3c form")),
    ],
)
def test_a_name_has_the_spellings_people_search_for(name: str, spellings: tuple[str, ...]) -> None:
    assert spell_name(name) == spellings
