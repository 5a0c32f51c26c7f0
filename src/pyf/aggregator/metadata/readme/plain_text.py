"""Plain text to read, built from the pieces of a page in their order."""

import re

MAX_TEXT_LENGTH = 8_000
"""What is shown and searched of a description: memory grows with every word, its matter is at its top."""
_ENOUGH = MAX_TEXT_LENGTH
"""Where collecting ends."""
_LATEST_CUT = MAX_TEXT_LENGTH * 9 // 10
"""A text without a space in its last tenth, as in Chinese, is cut anywhere."""

_SPACES = re.compile(r"\s+")


class TextBuilder:
    """Collects text with line breaks only where blocks begin and end; takes no more once it has enough."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._breaks = 0
        self._spaced = False
        self._marked = False

    def break_line(self, count: int = 1) -> None:
        """Begin a line of its own, or with 2 a paragraph, unless one begins there anyway."""
        if not self._marked:
            self._breaks, self._spaced = max(self._breaks, count), False

    def add(self, data: str) -> None:
        """Add running text, in which any white space is one space."""
        if self._length > _ENOUGH:
            return
        text = _SPACES.sub(" ", data[: 2 * _ENOUGH])
        if words := text.strip():
            self._put(words, spaced=self._spaced or text.startswith(" "))
            self._spaced = text.endswith(" ")
        else:
            self._spaced = self._spaced or bool(text)

    def add_marker(self, marker: str) -> None:
        """Begin a line with a marker of a list; the text that follows stays on its line."""
        self._marked = False
        self.break_line()
        self._put(marker, spaced=False)
        self._spaced = self._marked = True

    def add_code(self, data: str) -> None:
        """Add text whose lines and indentation count, but for more than one empty line in a row."""
        for number, line in enumerate(data[: 2 * _ENOUGH].splitlines()):
            if self._length > _ENOUGH:
                return
            if number:
                self._breaks = min(self._breaks + 1, 2)
            if line.strip():
                self._put(line.rstrip().expandtabs(4), spaced=self._spaced)

    def build(self) -> str | None:
        """Return the text as far as it is shown, cut between words."""
        return _cut("".join(self._parts))

    def _put(self, text: str, *, spaced: bool) -> None:
        if self._parts and (self._breaks or spaced):
            self._parts.append("\n" * self._breaks or " ")
        self._parts.append(text)
        self._length += len(text)
        self._breaks, self._spaced, self._marked = 0, False, False


def _cut(text: str) -> str | None:
    if len(text) > MAX_TEXT_LENGTH:
        shown = text[: MAX_TEXT_LENGTH + 1]
        end = max(shown.rfind(" "), shown.rfind("\n"))
        text = shown[:end] if end > _LATEST_CUT else shown[:MAX_TEXT_LENGTH]
    return text.strip("\n ") or None
