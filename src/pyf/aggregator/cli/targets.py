"""What ``-p`` and ``-t`` name: a profile, a collection, and the command that fills it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.config.profiles import get_profile, get_topic, load_profiles
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.topics import Topic


def find_profile(settings: Settings, key: str | None, *, otherwise: str) -> Profile:
    """Return the profile named on the command line or by the settings; ``otherwise`` says what else would do.

    Raises :class:`UsageError` where none is named.
    """
    profiles = load_profiles(settings.pyf_profiles)
    key = key or settings.default_profile
    if not key:
        known = ", ".join(sorted(profiles))
        raise UsageError(f"Name a profile with -p (known: {known}), or {otherwise}.")
    return get_profile(profiles, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A collection as a command line names it: ``spelling`` is ``-p flask`` or ``-t packages1``.

    ``filling`` is the command that fills it, ``profile`` the profile that does, where it is known, and
    ``namesake`` one that is called like the collection, where nobody says what fills it.
    """

    name: str
    spelling: str
    filling: str
    profile: Profile | None
    namesake: Profile | None = None

    @property
    def rules_profile(self) -> Profile | None:
        """Whose rules count: a collection that is named alone may be called like a profile."""
        return self.profile or self.namesake


def find_target(settings: Settings, key: str | None, name: str | None) -> Target:
    """Return what ``-p`` and ``-t`` name; a profile that does not exist is a mistake beside ``-t``, too.

    The profiles are read here and handed on, so that a warning about them is told once. Raises
    :class:`UsageError`.
    """
    if not key and name:
        check_collection_name(name)
        return replace(build_target(name), namesake=load_profiles(settings.pyf_profiles).get(name))
    profile = find_profile(settings, key, otherwise="a collection with -t")
    check_collection_name(name or profile.key)
    return build_target(name or profile.key, profile)


def find_topic(target: Target, key: str) -> Topic:
    """Return the topic of that key of the target's profile; raises :class:`UsageError`."""
    if target.profile is None:
        raise UsageError("--topic needs the profile that has the topic: name it with -p.")
    return get_topic(target.profile, key)


def build_target(name: str, profile: Profile | None = None) -> Target:
    """Return the target of that name; ``profile`` is the one that fills it, where that is known."""
    own = profile is not None and profile.key == name
    spelling = f"-p {name}" if own else f"-t {name}"
    source = f"-p {profile.key if profile else 'PROFILE'}"
    filling = f"pyfaggregator -f {spelling if own else f'{source} {spelling}'}"
    return Target(name=name, spelling=spelling, filling=filling, profile=profile)


@contextmanager
def tell_how_to_fill(target: Target) -> Iterator[None]:
    """Let :class:`CollectionNotFound` say which command makes the target."""
    try:
        yield
    except CollectionNotFound as error:
        if (error.kind, error.name) != ("collection", target.name):
            raise
        raise replace(error, remedy=build_target(target.name, target.rules_profile).filling) from error
