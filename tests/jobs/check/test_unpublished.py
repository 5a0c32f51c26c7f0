"""What the check before publishing has to know of every rule."""

from itertools import chain

from pyf.aggregator.assessment.checks import RULES
from pyf.aggregator.jobs.check.unpublished import CHECKS_OF, CHECKS_OF_FILES, SEEN_LATER

WHAT_TO_DO = """\
Say in jobs/check/unpublished.py what each check rests on, so that nothing that a build or PyPI adds is called
missing: below each field of core metadata that it reads (CHECKS_OF), in CHECKS_OF_FILES or in SEEN_LATER."""


def test_of_every_check_it_is_said_what_it_rests_on() -> None:
    said = {*chain.from_iterable(CHECKS_OF.values()), *CHECKS_OF_FILES, *SEEN_LATER}
    assert said == {rule.id for rule in RULES}, WHAT_TO_DO
