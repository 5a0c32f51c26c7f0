"""Whether a profile takes a package, and which line would make it do so. Pure."""

from collections.abc import Iterable

from pyf.aggregator.jobs.check.report import Listing
from pyf.aggregator.metadata.classifiers import covers
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile


def find_listing(name: NormalizedName, classifiers: Iterable[str], profile: Profile) -> Listing:
    """Tell whether the profile takes a package of this name with these classifiers, and by what."""
    selection = profile.selection
    if name in selection.exclude:
        return Listing(listed=False, reason=f"the profile {profile.key} excludes it by name (exclude)")
    if name in selection.include:
        return Listing(listed=True, reason=f"the profile {profile.key} includes it by name (include)")
    found = [item for item in classifiers if any(covers(root, item) for root in selection.classifiers)]
    if found:
        # The one that says least is the reason; the others say for which versions.
        first = min(found, key=len)
        more = f" and {len(found) - 1} more like it" if len(found) > 1 else ""
        return Listing(listed=True, reason=f"by its classifier {first!r}{more}")
    return _refuse(profile)


def _refuse(profile: Profile) -> Listing:
    roots = profile.selection.classifiers
    more = f" and {len(roots) - 1} more" if len(roots) > 1 else ""
    reason = f"it has no classifier of the profile {profile.key}, which takes {roots[0]!r}{more}"
    return Listing(listed=False, reason=reason, line=f'"{roots[0]}",')
