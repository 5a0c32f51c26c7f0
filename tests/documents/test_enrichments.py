from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.enrichments import ENRICHMENTS
from pyf.aggregator.documents.project import PYPI_FIELDS
from pyf.aggregator.jobs.enrich.source_names import SourceName


def test_no_field_belongs_to_two_sources() -> None:
    assert [fields.source for fields in ENRICHMENTS] == [*SourceName]
    owned = [name for fields in ENRICHMENTS for name in fields.names]
    assert len(owned) == len(set(owned))
    assert set(owned) & {"id", *PYPI_FIELDS} == set()


def test_the_history_goes_on_from_what_a_document_says() -> None:
    assert ASSESSMENT_FIELDS.continued == ("history", "use_growth")
    assert {*ASSESSMENT_FIELDS.continued} < {*ASSESSMENT_FIELDS.names}
