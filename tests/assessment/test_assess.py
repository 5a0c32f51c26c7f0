"""A whole collection: what each document should say."""

import tracemalloc
from datetime import timedelta

import msgspec
import pytest

from pyf.aggregator.assessment.assess import assess_collection, build_assessment_fields
from pyf.aggregator.assessment.checks import RULES, RULES_VERSION
from pyf.aggregator.assessment.world import build_world
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS, AssessmentInput
from pyf.aggregator.documents.enrichments import ENRICHED_FIELDS
from pyf.aggregator.documents.owned_fields import find_changes
from pyf.aggregator.documents.project import PYPI_FIELDS, build_document
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import NormalizedName, Project, Serial
from pyf.aggregator.metadata.readme.description import Description
from tests.assessment.made import CMFPLONE, PLONE, TODAY, assess, make, make_many, make_release, name

HISTORY = {"history", "history_week", "use_growth"}
"""What goes on from what a document says, and so is no part of a judgement."""

TYPES: dict[str, type] = {"string": str, "int64": int, "string[]": list}


def build(*documents: AssessmentInput) -> dict[NormalizedName, Document]:
    return build_assessment_fields(assess(*documents))


def make_collection() -> list[AssessmentInput]:
    return [
        make("Products.CMFPlone", version="6.2.2"),
        make(
            "tidy.forms",
            requires=["tidy.base>=1", "Products.CMFPlone>=6.0,<6.2"],
            python=">=3.9",
            classifiers=["Plone :: 6.0", "Plone :: 6.1"],
            downloads_month=500,
            releases=(
                make_release("3.0", labels=["Plone 6.0", "Plone 6.1"]),
                make_release("2.0", labels=["Plone 5.2"]),
            ),
        ),
        make("tidy.base", classifiers=["Plone"], downloads_month=900),
        make("tidy.site", requires=["tidy.forms"], downloads_month=10),
    ]


def test_a_document_says_what_was_found() -> None:
    fields = build(*make_collection())[name("tidy.forms")]
    checks = fields.pop("checks")
    assert isinstance(checks, list)
    assert [check["id"] for check in checks] == [rule.id for rule in RULES]
    assert next(check for check in checks if check["id"] == "names_versions") == {
        "id": "names_versions",
        "outcome": "pass",
        "evidence": "declares Plone 6.1, Plone 6.0",
    }
    compatibility = fields.pop("compatibility")
    assert isinstance(compatibility, list)
    assert compatibility[:2] == [
        {
            "version": "Plone 6.2",
            "verdict": "excluded",
            "evidence": "requires Products.CMFPlone>=6.0,<6.2; the newest Plone 6.2 is 6.2.2",
            "supported": True,
        },
        {
            "version": "Plone 6.1",
            "verdict": "declared",
            "evidence": "declares Plone 6.1; requires Products.CMFPlone>=6.0,<6.2",
            "supported": True,
            "declared_by": "3.0",
        },
    ]
    assert compatibility[3] == {
        "version": "Plone 5.2",
        "verdict": "excluded",
        "evidence": "requires Python >=3.9; Plone 5.2 runs on Python 2.7, 3.8",
        "supported": False,
        "declared_by": "2.0",
    }
    assert fields == {
        "requires": ["products-cmfplone", "tidy-base"],
        "required_by_count": 1,
        "required_by": ["tidy-site"],
        "declared_versions": ["Plone 6.0", "Plone 6.1"],
        "allowed_versions": ["Plone 6.0", "Plone 6.1"],
        "excluded_versions": ["Plone 4.3", "Plone 5.0", "Plone 5.1", "Plone 5.2", "Plone 6.2"],
        "life": "alive",
        "life_reason": "it declares Plone 6.1; requires Products.CMFPlone>=6.0,<6.2",
        "quality": 41,
        "quality_known": 78,
        "use": 58,
        "rank": 766663,
        "assessed_by": RULES_VERSION,
    }


def test_a_blocked_document_has_the_path() -> None:
    compatibility = build(*make_collection())[name("tidy.site")]["compatibility"]
    assert isinstance(compatibility, list)
    assert {key: compatibility[0][key] for key in ("verdict", "path", "blocked_by")} == {
        "verdict": "blocked",
        "path": ["tidy-forms"],
        "blocked_by": ["tidy-forms"],
    }


def test_those_who_require_a_package_stand_in_the_order_of_their_use() -> None:
    fields = build(
        make("base"),
        make("a", requires=["base"], downloads_month=10),
        make("b", requires=["base"], downloads_month=1_000),
        make("c", requires=["base"]),
    )
    assert fields[name("base")]["required_by"] == ["b", "a", "c"]


def test_what_is_unknown_is_left_out() -> None:
    fields = build(make())[name("tidy.forms")]
    assert "required_by" not in fields
    assert "declared_versions" not in fields
    assert fields["required_by_count"] == 0


def test_all_fields_are_the_assessments_own_and_of_their_type() -> None:
    owned = {field.name: field for field in ASSESSMENT_FIELDS.schema}
    said = list(build(*make_collection()).values())
    assert {key for fields in said for key in fields} == set(ASSESSMENT_FIELDS.names) - HISTORY
    for fields in said:
        for key, value in fields.items():
            if key in owned:
                assert type(value) is TYPES[owned[key].type]
    assert not set(ASSESSMENT_FIELDS.names) & set(PYPI_FIELDS)
    assert [name for name in ENRICHED_FIELDS if name in ASSESSMENT_FIELDS.names] == [*ASSESSMENT_FIELDS.names]
    assert len(set(ASSESSMENT_FIELDS.names)) == len(ASSESSMENT_FIELDS.names)


def test_a_second_pass_writes_nothing_in_any_order() -> None:
    documents = make_collection()
    first = build(*documents)
    second = build(*reversed(documents))
    assert list(first) == list(second)
    for key, said in first.items():
        carried = msgspec.json.decode(msgspec.json.encode(said), type=dict[str, object])
        assert find_changes(carried, second[key]) == {}


def test_time_alone_changes_nothing() -> None:
    documents = make_collection()
    tomorrow = build_world(
        framework="Plone",
        distributions=CMFPLONE,
        cycles=get_floor("plone"),
        pythons=get_floor("python"),
        today=TODAY + timedelta(days=300),
        newest={cycle.name: str(cycle.newest) for cycle in PLONE.cycles if cycle.newest},
    )
    assert build_assessment_fields(assess_collection(documents, tomorrow)) == build(*documents)


def test_a_document_as_the_pass_over_pypi_builds_it_can_be_read() -> None:
    project = Project(
        name=NormalizedName("tidy-forms"),
        display_name="tidy.forms",
        version="1.0",
        serial=Serial(1),
        summary="Forms for every purpose",
        description=None,
        description_content_type=None,
        keywords=(),
        author=None,
        author_email=None,
        maintainer=None,
        maintainer_email=None,
        license=None,
        license_expression="MIT",
        classifiers=("Framework :: Plone :: 6.2",),
        requires_python=">=3.10",
        requires_dist=("Products.CMFPlone>=6.1",),
        home_page=None,
        docs_url=None,
        package_url=None,
        project_url=None,
        project_urls={},
        release_url=None,
        owners=("ana",),
        organization=None,
        yanked=False,
        yanked_reason=None,
        releases=(),
        vulnerabilities=(),
        vulnerable=False,
    )
    document = build_document(project, {}, Description(text=None, html=None, problem=None), selected=())
    read = msgspec.convert(msgspec.json.decode(msgspec.json.encode(document)), AssessmentInput)
    assert build(read)[project.name]["declared_versions"] == ["Plone 6.2"]


def test_memory_grows_with_the_collection_and_not_faster() -> None:
    peaks = []
    for count in (100, 400):
        documents = make_many(count)
        build(*documents)  # what is remembered between collections is filled
        tracemalloc.start()
        build(*documents)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0]
    assert peaks[1] / 400 < 40_000


@pytest.mark.parametrize("twice", [1, 2])
def test_an_id_counts_once(twice: int) -> None:
    assert list(build(*[make()] * twice)) == ["tidy-forms"]
