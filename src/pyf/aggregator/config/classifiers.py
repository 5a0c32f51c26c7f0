"""What is said of a classifier that somebody chose and that no package, or none yet, carries."""

import logging
from collections.abc import Iterable

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.metadata.classifiers import covers
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.trove import Standing, find_nearest, judge_classifier

logger = logging.getLogger(__name__)

_LONGEST_CLASSIFIER = 200


def is_unknown(classifier: str) -> bool:
    """Tell whether PyPI has no such classifier, as far as is known here."""
    return judge_classifier(classifier) in {Standing.YOUNG, Standing.UNKNOWN}


def warn_if_unknown(classifier: str, place: str) -> None:
    """Say so when PyPI has no such classifier, nor one below it: a slip, or one that is new there."""
    # Private ones are fine with an index of somebody's own; which one is asked is not known yet.
    if is_unknown(classifier):
        name = clean_foreign(repr(classifier))
        logger.warning("%s: PyPI has no classifier %s%s", place, name, _hint(classifier))


def check_classifiers(classifiers: Iterable[str], *, own_index: bool) -> None:
    """Refuse classifiers given by hand that no package can carry, and warn of those that may be new.

    With an index of somebody's own packages may carry private ones. Raises :class:`UsageError`.
    """
    for classifier in classifiers:
        if not _may_match(classifier, own_index=own_index):
            raise UsageError(_explain(classifier))
        warn_if_unknown(classifier, "-ft")


def check_profile(profile: Profile, *, own_index: bool) -> None:
    """Refuse a profile of whose classifiers none can match, whatever it includes by name.

    The classifiers were reported when it was loaded.

    Raises :class:`UsageError`.
    """
    selection = profile.selection
    matching = [item for item in selection.classifiers if _may_match(item, own_index=own_index)]
    if selection.classifiers and not matching:
        raise UsageError(f"Profile {profile.key!r} matches nothing. {_explain(selection.classifiers[0])}")


def _may_match(classifier: str, *, own_index: bool) -> bool:
    standing = judge_classifier(classifier)
    return standing in {Standing.KNOWN, Standing.YOUNG} or (own_index and standing is Standing.PRIVATE)


def _explain(classifier: str) -> str:
    if judge_classifier(classifier) is Standing.PRIVATE:
        return f"PyPI takes no package with {classifier!r}; an index of your own, set as PYPI_URL, may."
    hint = _hint(classifier) or "."
    return (
        f"PyPI has no classifier {classifier!r}{hint} If it is new there, update trove-classifiers or add"
        " --force."
    )


def _hint(classifier: str) -> str:
    # Comparing takes its time, a hundredth of a second for an ordinary text.
    nearest = find_nearest(classifier) if len(classifier) <= _LONGEST_CLASSIFIER else None
    # What a new one stands below is no other spelling of it.
    return f"; did you mean {nearest!r}?" if nearest and not covers(nearest, classifier) else ""
