"""The world of the size benchmark: few projects that have pages, among many that only stand in the list."""

import itertools
import random
from collections.abc import Sequence

from tests.servers.github import Hub, Repository
from tests.servers.world import Project, World

CLASSIFIERS = tuple(f"Framework :: Plone :: {version}" for version in ("5.2", "6.0", "6.1", "6.2"))
README_BYTES = (66, 1_550, 2_608, 3_484, 4_502, 6_663, 9_559, 12_743, 16_290, 25_147, 139_021)
"""Deciles of the length of READMEs: 152 projects of Plone, Django, Flask and what they need, 2026."""
REQUIREMENTS = (0, 1, 2, 2, 4, 6, 9, 11, 16, 21, 58)
"""Deciles of their numbers of requirements."""
RELEASES = (1, 1, 2, 3, 5, 7, 10, 15, 22, 40, 150)
"""Assumed deciles of their numbers of releases."""
CHANGED = 500
_WORDS = 100_000


class LargeWorld(World):
    """``names`` in all, of which ``matching`` carry classifiers of the profile."""

    def __init__(self, names: int, matching: int, hub: Hub, seed: int = 1) -> None:
        super().__init__()
        self._random = random.Random(seed)  # noqa: S311 - made-up text
        self._vocabulary = [f"w{number:x}" for number in range(_WORDS)]
        # Few words are frequent and many are rare, as in every language (Zipf).
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, _WORDS + 1)))
        self._names = [f"collective.p{number:05}" for number in range(matching)]
        for number, name in enumerate(self._names):
            self._add(number, name, hub)
        for number in range(CHANGED // 2):
            self.add_project(f"zz-changing-{number:03}", classifiers=["Topic :: Utilities"])
        others = names - len(self.projects)
        self._others = ",".join(
            f'{{"_last-serial":1,"name":"other-{number:07}"}}' for number in range(others)
        )

    def change(self) -> None:
        """Let half of the changes befall the profile's packages, and half the others."""
        for name in self._names[: CHANGED // 2]:
            self.release(name, "1000.0")
        for number in range(CHANGED // 2):
            self.release(f"zz-changing-{number:03}", "2.0")

    def build_list(self) -> bytes:
        """Return the body of ``GET /simple/``, the greater part of it as it was made in the beginning."""
        with self.lock:
            rows = ",".join(
                f'{{"_last-serial":{project.serial},"name":"{project.display_name}"}}'
                for project in self.projects.values()
            )
            meta = f'{{"_last-serial":{self.serial},"api-version":"1.4"}}'
            return f'{{"meta":{meta},"projects":[{rows},{self._others}]}}'.encode()

    def _add(self, number: int, name: str, hub: Hub) -> Project:
        slug = hub.add(f"collective/p{number:05}", stars=number % 900).slug
        required = self._random.choices(self._names[: number + 1], k=self._draw(REQUIREMENTS))
        info = {
            "summary": " ".join(self._choose_words(8)),
            "description": self._write_readme(self._draw(README_BYTES)),
            "description_content_type": "text/markdown",
            "keywords": ",".join(self._choose_words(4)),
            "author": f"Author {number % 2_000}",
            "license_expression": "GPL-2.0-or-later",
            "requires_dist": ["Products.CMFPlone>=5.2", *sorted({*required} - {name})],
            "requires_python": ">=3.9",
            "project_urls": {"Source": f"https://github.com/{slug}"},
        }
        classifiers = ["Framework :: Plone", *CLASSIFIERS[self._random.randrange(4) :]]
        count = self._draw(RELEASES)
        project = self.add_project(name, version="1.0", classifiers=classifiers, files=2, **info)
        for release in range(2, count + 1):
            self.release(name, f"{release}.0", files=2)
        project.roles = [{"role": "Owner", "user": "collective"}]
        if number % 4 == 0:
            self.attest(name, f"{count}.0", {"kind": "GitHub", "repository": slug})
        return project

    def _draw(self, deciles: Sequence[int]) -> int:
        tenth = self._random.randrange(10)
        return self._random.randint(deciles[tenth], deciles[tenth + 1])

    def _choose_words(self, count: int) -> list[str]:
        return self._random.choices(self._vocabulary, cum_weights=self._weights, k=count)

    def _write_readme(self, size: int) -> str:
        words = self._choose_words(size // 6 + 8)
        parts = []
        for at, paragraph in enumerate(itertools.batched(words, 60)):
            text = " ".join(paragraph)
            if at % 6 == 0:
                parts.append(f"## {' '.join(paragraph[:3])}")
            parts.append(f"```python\n{text[:200]}\n```" if at % 6 == 3 else text)
        return "\n\n".join(parts)[:size]


class IndexedHub(Hub):
    """GitHub's repositories by their names: to look through all would be growth of the stand-in alone."""

    def __init__(self) -> None:
        super().__init__()
        self._by_slug: dict[str, Repository] = {}

    def add(self, slug: str, **figures: object) -> Repository:
        """Add a repository."""
        added = super().add(slug, **figures)
        self._by_slug[slug.lower()] = added
        return added

    def find(self, slug: str) -> Repository | None:
        """Return the repository of this name."""
        return self._by_slug.get(slug.lower())
