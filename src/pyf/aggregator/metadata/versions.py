"""PEP 440: order, and a key that sorts versions where only strings are sorted."""

import re
from collections.abc import Iterable

from packaging.version import Version

_LONGEST_LENGTH = 99
_PARTS = re.compile(r"([0-9]+)|([^\W0-9_]+)")
_NIBBLES = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def sort_key(version: str) -> str:
    """Return a key of ``[0-9a-z]`` whose string order is PEP 440's.

    What PEP 440 cannot read sorts below all that it can, and among its like in natural order: 1.9-final
    below 1.10-final. Typesense 0.24.1 drops punctuation and case when it sorts strings (measured), hence the
    alphabet.
    """
    try:
        parsed = Version(version)
    except ValueError:  # InvalidVersion, or more digits than Python converts
        return "0" + _encode_naturally(version)
    release = _strip_zeros(parsed.release)
    parts = ["1", _encode(parsed.epoch), *("1" + _encode(number) for number in release), "0"]
    parts += [_encode_pre(parsed), _encode_post(parsed), _encode_dev(parsed), _encode_local(parsed)]
    return "".join(parts)


def is_prerelease(version: str) -> bool:
    """Tell whether this is an alpha, beta, candidate or development version."""
    try:
        return Version(version).is_prerelease
    except ValueError:  # InvalidVersion, or more digits than Python converts
        return False


def order_versions(versions: Iterable[str]) -> list[str]:
    """Return the versions, newest first."""
    return sorted(versions, key=sort_key, reverse=True)


def _encode_naturally(text: str) -> str:
    """Return words and numbers, a number by its value and above any word; then the text itself, for ties."""
    words = _PARTS.findall(text.casefold().removeprefix("v"))
    parts = [
        "2" + _encode(digits.lstrip("0") or "0") if digits else "1" + _spell(word) for digits, word in words
    ]
    return "".join(parts) + "0" + _spell(text)


def _spell(text: str) -> str:
    """Return letters that sort as the text does, ended by a "0", which sorts below them all."""
    return text.encode("utf-8", "surrogatepass").hex().translate(_NIBBLES) + "0"


def _encode(number: int | str) -> str:
    """Return digits led by their count in two digits, so that longer numbers sort higher.

    A count of 100 and more is itself led by 99 and encoded the same way.
    """
    digits = str(number)
    if len(digits) < _LONGEST_LENGTH:
        return f"{len(digits):02}{digits}"
    return f"{_LONGEST_LENGTH}{_encode(len(digits))}{digits}"


def _strip_zeros(release: tuple[int, ...]) -> tuple[int, ...]:
    """Return the release without trailing zeros: 1 and 1.0.0 are the same version."""
    length = len(release)
    while length > 1 and release[length - 1] == 0:
        length -= 1
    return release[:length]


def _encode_pre(version: Version) -> str:
    """Order: development releases of the final version, alpha, beta, candidate, the final version itself."""
    if version.pre is not None:
        letter, number = version.pre
        return {"a": "1", "b": "2", "rc": "3"}[letter] + _encode(number)
    return "0" if version.post is None and version.dev is not None else "4"


def _encode_post(version: Version) -> str:
    return "0" if version.post is None else "1" + _encode(version.post)


def _encode_dev(version: Version) -> str:
    return "1" if version.dev is None else "0" + _encode(version.dev)


def _encode_local(version: Version) -> str:
    """Order: no local version, then segment by segment; letters sort below numbers, as PEP 440 has it.

    Letters are written in hexadecimal, which begins above the "0" that ends a segment.
    """
    if version.local is None:
        return "0"
    segments = version.local.split(".")
    return "1" + "".join(_encode_segment(segment) for segment in segments) + "0"


def _encode_segment(segment: str) -> str:
    return "2" + _encode(int(segment)) if segment.isdecimal() else f"1{segment.encode().hex()}0"


def is_major(version: str) -> bool:
    """Tell whether a final release begins a new major version: only zeros follow its first number."""
    try:
        found = Version(version)
    except ValueError:
        return False
    return not found.is_prerelease and found.post is None and not any(found.release[1:])
