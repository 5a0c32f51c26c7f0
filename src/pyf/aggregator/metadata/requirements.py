"""What a project requires: ``requires_dist`` and ``requires_python`` as people uploaded them. Pure.

Read by ``packaging`` (https://packaging.python.org/en/latest/specifications/dependency-specifiers/). What it
refuses and can only mean one thing is mended and told; the rest is unknown, by its text and why. Nothing
raises, and both length and number are bounded.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as ParsedRequirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from pyf.aggregator.metadata.model import NormalizedName, normalize
from pyf.aggregator.metadata.ranges import write_range

MAX_REQUIREMENTS = 2_000
"""So many lines of a project are read; the longest lists in use have some hundred."""
MAX_LENGTH = 1_000
"""Characters of a line that is read; direct URLs make the longest."""
MAX_NESTING = 50
"""So many brackets a marker may open: the parser of packaging calls itself for each."""

_LONGEST_QUOTED = 100
_NO_EXTRA = "\0"
"""No extra is called so, nor is it part of one's name: ``extra in "a b"`` is no hard requirement."""
_LATE_PATCH = 99
"""A marker that asks for the patch release is answered as for a late one, which is what most people run."""

_NAMED = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?![A-Za-z0-9._-]|\s*:)"
    r"\s*(\[[^\]]*\])?\s*([^;]*)(;.*)?",
    re.DOTALL,
)
"""A name, extras, versions and a marker, whatever the last two are; ``https:`` is no name."""
_MENDS = (
    # What setuptools wrote for ">=3.6.*" before PEP 440 was enforced.
    (re.compile(r"(>=|<)\s*(\d+(?:\.\d+)*)\.\*"), r"\1\2"),
    (re.compile(r"(!=|==)\s*(\d+(?:\.\d+)*)\*"), r"\1\2.*"),
    (re.compile(r"(?<![=<>!~])=\s*([<>])(?!=)"), r"\1="),
    # An operator behind a version begins the next clause.
    (re.compile(r"(?<=[\w*])\s*(?=[<>!~=])"), ","),
)
_RUBBISH = " \t\r\n,;()'\""
_COMMENT = re.compile(r"\s+#.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A text that is no valid requirement, and why; ``mended`` is as what it was read all the same.

    ``name`` is the project that it is about, where that can be told. Without ``mended`` it counts as unknown.
    """

    text: str
    why: str
    name: NormalizedName | None = None
    mended: str | None = None

    def __str__(self) -> str:
        """Return it as a part of a sentence."""
        return f"{self.text!r} {self.why}" + (f"; read as {self.mended}" if self.mended else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement: a project, the versions it may have, and the environments where it holds.

    ``display_name`` is as its author wrote it, ``written`` the specifier as people read it. One that is
    ``direct`` names a URL, so it says nothing of versions. ``marker`` is ``None`` where it always holds.
    """

    name: NormalizedName
    display_name: str
    specifier: SpecifierSet
    written: str = ""
    marker: Marker | None = None
    direct: bool = False

    def holds(self, python: str) -> bool | None:
        """Tell whether it holds without extras on a Python such as ``3.12``; ``None``: nobody can tell."""
        if self.marker is None:
            return True
        return _holds(self.marker, python)

    def __str__(self) -> str:
        """Return it as a part of a sentence, without its marker: ``Django>=4.2,<6``."""
        return f"{self.display_name} by URL" if self.direct else self.display_name + self.written


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """All requirements of a release that could be read, and what was odd among them."""

    readable: tuple[Requirement, ...] = ()
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRange:
    """``requires_python``, ``>=3.10,<4``: ``None`` where there is none, or none that can be read."""

    written: str | None = None
    oddity: Oddity | None = None


def read_requirements(lines: Iterable[str]) -> Requirements:
    """Read the lines of ``requires_dist``, as many as are read at all."""
    readable: list[Requirement] = []
    oddities: list[Oddity] = []
    for number, line in enumerate(lines):
        if number == MAX_REQUIREMENTS:
            oddities.append(Oddity(text="…", why=f"stands below the first {MAX_REQUIREMENTS} lines"))
            break
        requirement, oddity = (
            read_requirement(line) if len(line) <= MAX_LENGTH else (None, _find_too_long(line))
        )
        readable += [requirement] if requirement else []
        oddities += [oddity] if oddity else []
    return Requirements(readable=tuple(readable), oddities=tuple(oddities))


@lru_cache(maxsize=16_384)
def read_requirement(text: str) -> tuple[Requirement | None, Oddity | None]:
    """Read one line, such as ``Django (>=4.2) ; python_version >= "3.8"``: what it says, and what is odd."""
    try:
        return _build_requirement(_parse(text)), None
    except InvalidRequirement as error:
        why = _explain(error)
    named = _NAMED.fullmatch(_COMMENT.sub("", text))
    if named is None:
        return None, Oddity(text=_quote(text), why=why)
    display_name, extras, versions, marker = named.groups()
    condition = marker if marker and marker.strip(_RUBBISH) else ""
    mended = f"{display_name}{extras or ''} {_mend(versions)}{condition}"
    try:
        parsed = _parse(mended)
    except InvalidRequirement:
        return None, Oddity(text=_quote(text), why=why, name=normalize(display_name))
    requirement = _build_requirement(parsed)
    return requirement, Oddity(text=_quote(text), why=why, name=requirement.name, mended=_write(parsed))


def _write(parsed: ParsedRequirement) -> str:
    extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
    marker = f"; {parsed.marker}" if parsed.marker else ""
    return f"{parsed.name}{extras}{write_range(parsed.specifier)}{marker}"


@lru_cache(maxsize=1024)
def _read_python(text: str) -> PythonRange:
    why, mended = "is no version specifier", _mend(text)
    try:
        return PythonRange(written=write_range(SpecifierSet(text)) or None)
    except InvalidSpecifier:
        if not mended:
            return PythonRange(oddity=Oddity(text=_quote(text), why=why))
    try:
        written = write_range(SpecifierSet(mended))
    except InvalidSpecifier:
        return PythonRange(oddity=Oddity(text=_quote(text), why=why))
    return PythonRange(written=written, oddity=Oddity(text=_quote(text), why=why, mended=written))


def read_python_range(text: str | None) -> PythonRange:
    """Read ``requires_python``; an empty text says nothing."""
    if text is None or not text.strip():
        return PythonRange()
    return _read_python(text) if len(text) <= MAX_LENGTH else PythonRange(oddity=_find_too_long(text))


def _parse(text: str) -> ParsedRequirement:
    if text.count("(") > MAX_NESTING:
        raise InvalidRequirement("nests its brackets too deeply")
    return ParsedRequirement(text)


def _build_requirement(parsed: ParsedRequirement) -> Requirement:
    return Requirement(
        name=normalize(parsed.name),
        display_name=parsed.name,
        specifier=parsed.specifier,
        written=write_range(parsed.specifier),
        marker=parsed.marker,
        direct=parsed.url is not None,
    )


def _mend(versions: str) -> str:
    """Return a specifier with what can only be meant; the same where nothing is known to be wrong."""
    text = versions.strip(_RUBBISH)
    for wrong, right in _MENDS:
        text = wrong.sub(right, text)
    return text


@lru_cache(maxsize=4096)
def _holds(marker: Marker, python: str) -> bool | None:
    try:
        return marker.evaluate(build_environment(python))
    except (UndefinedComparison, UndefinedEnvironmentName, ValueError):
        return None


@lru_cache(maxsize=64)
def build_environment(python: str) -> Mapping[str, str | AbstractSet[str]]:
    """Return the environment of a CPython such as ``3.12`` on Linux, where what we judge mostly runs."""
    full = f"{python}.{_LATE_PATCH}"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": python,
        "sys_platform": "linux",
        "extra": _NO_EXTRA,
        "extras": frozenset(),
        "dependency_groups": frozenset(),
    }


def _find_too_long(text: str) -> Oddity:
    named = _NAMED.match(text[:MAX_LENGTH])
    return Oddity(
        text=_quote(text),
        why=f"has more than {MAX_LENGTH} characters",
        name=normalize(named[1]) if named else None,
    )


def _explain(error: InvalidRequirement) -> str:
    """Return packaging's reason, which stands in the first line, as it goes on after a text."""
    reason = str(error).partition("\n")[0].strip()
    return f"is no valid requirement ({reason[:1].lower()}{reason[1:_LONGEST_QUOTED]})"


def _quote(text: str) -> str:
    line = " ".join(text[: 2 * _LONGEST_QUOTED].split())
    return line if len(line) <= _LONGEST_QUOTED else line[: _LONGEST_QUOTED - 1] + "…"
