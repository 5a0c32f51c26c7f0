"""What a publisher that PyPI checked calls its repository → the repository, or none. Pure.

PEP 740's publishers: of GitHub and GitLab they name a repository, of Google and ActiveState none.
"""

import re

from pyf.aggregator.metadata.repositories.repository import RESERVED_OWNERS, parse_slug

_SEGMENT = re.compile(r"[a-z0-9_.][a-z0-9_.-]{0,254}")
_MOST_SEGMENTS = 21
"""GitLab nests groups twenty deep (https://docs.gitlab.com/user/group/subgroups/); then comes the project."""


def name_attested(kind: str, repository: str) -> str | None:
    """Return ``host/path`` in lower case, as both forges take it in any; ``None`` where none is named."""
    match kind.lower():
        case "github":
            slug = parse_slug(repository)
            return f"github.com/{slug}" if slug and slug.partition("/")[0] not in RESERVED_OWNERS else None
        case "gitlab":
            path = parse_group_path(repository)
            return f"gitlab.com/{path}" if path else None
        case _:
            return None


def parse_group_path(text: str) -> str | None:
    """Return a path of GitLab's, groups and project, in lower case; ``None`` for what can be none.

    https://docs.gitlab.com/user/reserved_names/: letters, digits, ``_``, ``-`` and ``.``, not ``-`` first,
    and neither ``.git`` nor ``.atom`` last.
    """
    segments = text.lower().split("/") if text.isascii() else []
    named = len(segments) > 1 and len(segments) <= _MOST_SEGMENTS and all(map(_is_segment, segments))
    return "/".join(segments) if named else None


def _is_segment(text: str) -> bool:
    return bool(_SEGMENT.fullmatch(text)) and not text.endswith((".", ".git", ".atom"))
