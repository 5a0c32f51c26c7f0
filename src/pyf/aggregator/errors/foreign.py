"""Text from outside in our sentences, logs and terminals: one bounded line, without secrets.

What a server, a proxy or an upload says may carry terminal escapes (ECMA-48), pages of HTML, or the very
token that we sent. Whoever repeats it passes it through :func:`clean_foreign`; the errors of sources, of
Typesense and of Redis do so by themselves (:class:`Quoting`).
"""

import re
from dataclasses import fields
from typing import Any, ClassVar

LONGEST = 500
"""So many characters of somebody else's are enough to know what is meant."""
HIDDEN = "[hidden]"

_LONGEST_READ = 100_000
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]+"
)
_SECRETS = re.compile(
    r"(?P<before>\b(?:authorization|x-typesense-api-key|api[_-]?key|password)\b[\"']?\s*[:=]\s*[\"']?"
    r"(?:(?:bearer|basic|token)\s+)?|\bbearer\s+)[^\s\"'<>&,;]+"
    r"|\bgh[a-z]_\w{10,}|\bgithub_pat_\w{10,}"
    r"|(?P<scheme>://)[^/@\s\"'<>]*(?P<at>@)",
    re.IGNORECASE,
)


def clean_foreign(text: object, *secrets: str | None, longest: int = LONGEST) -> str:
    """Return somebody else's words as one line of at most ``longest`` characters.

    Terminal escapes, control characters and what turns or hides text are taken out; ``secrets``, whatever
    follows ``Authorization``, and passwords in URLs are hidden.
    """
    line = strip_controls(str(text)[:_LONGEST_READ])
    for secret in secrets:
        line = line.replace(secret, HIDDEN) if secret else line
    line = " ".join(_SECRETS.sub(_hide, line).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def strip_controls(text: str, *, keep: str = "") -> str:
    """Return a text that a terminal may print: without escapes, control and invisible characters.

    ``keep`` names control characters that stay, such as the tab.
    """
    if text.isprintable() and text.isascii():
        return text
    bare = _INVISIBLE.sub("", _ESCAPES.sub("", text))
    return _CONTROLS.sub(lambda found: "".join(c for c in found[0] if c in keep) or " ", bare)


class Quoting:
    """What a dataclass of an error inherits whose texts come from outside: they are cleaned at once.

    ``own`` names the fields whose words are ours.
    """

    own: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        """Clean every text."""
        error: Any = self
        for field in fields(error):
            value = getattr(self, field.name)
            if isinstance(value, str) and field.name not in self.own:
                setattr(self, field.name, clean_foreign(value))


def _hide(found: re.Match[str]) -> str:
    return f"{found['before'] or found['scheme'] or ''}{HIDDEN}{found['at'] or ''}"
