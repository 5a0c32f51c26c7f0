"""Sections: what a search is held within, a whole profile or one of its topics."""

from dataclasses import dataclass

from pyf.aggregator.documents.topics import build_topic_filter
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Where a search is held: the ``path`` of its page, its title, and the filter that holds of all in it."""

    path: str
    title: str
    filter_by: str = ""
    topic: Topic | None = None

    def at(self, query: str) -> str:
        """Return the path of a search in this section."""
        return f"{self.path}?{query}" if query else self.path


def find_section(site: Site, profile: Profile, topic_key: str | None) -> Section | None:
    """Return the section of a profile, or of its topic with that key; ``None`` if it has no such topic."""
    if topic_key is None:
        return Section(path=site.addresses.profile(profile.key), title=f"{profile.name} packages")
    topic = next((topic for topic in profile.topics if topic.key == topic_key), None)
    if topic is None:
        return None
    return Section(
        path=site.addresses.topic(profile.key, topic.key),
        title=f"{topic.title} for {profile.name}",
        filter_by=build_topic_filter(topic),
        topic=topic,
    )
