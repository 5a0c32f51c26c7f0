"""The ``.env`` file: read once, and no line of it passed over without a word.

Left to itself, python-dotenv warns of a line that it cannot read and goes on with a default in its place.
"""

import io
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from pyf.aggregator.errors.root import ConfigurationError

PREFIXES = ("PYF_", "TYPESENSE_", "GITHUB_", "PYPI_", "REDIS_", "DOWNLOAD", "END_OF_LIFE")
"""What begins so in a ``.env`` is meant for us. In the environment ``GITHUB_ACTIONS`` and many more have an
owner, so there only the first one tells."""
OWN_PREFIX = PREFIXES[0]

_LIKENESS = 0.8
"""``TYPESENSE_DATA_DIR`` is like ``TYPESENSE_API_KEY`` in half of its letters, because of the prefix."""


def load_env_file(path: Path) -> dict[str, str]:
    """Return what the file sets, by name; nothing where there is no file.

    Raises ``ConfigurationError`` for a file or a line that cannot be read. What the line says is not
    repeated: it may be a secret.
    """
    # Once, and whatever it is: a keeper of passwords may hand the file out through a pipe.
    text = _load_text(path)
    broken = [_find_line(binding) for binding in parse_stream(io.StringIO(text)) if _is_broken(binding)]
    if broken:
        numbers = ", ".join(str(line) for line in broken)
        raise ConfigurationError(
            f"Correct {path}: line{'s' if len(broken) > 1 else ''} {numbers} cannot be read (expected:"
            " NAME=value with both quotes or none, or a comment that begins with #)."
        )
    values = dotenv_values(stream=io.StringIO(text))
    return {name: value for name, value in values.items() if value is not None}


def _load_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except IsADirectoryError:
        raise ConfigurationError(f"{path} is a folder where a file is expected; move it away.") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}; correct it.") from None


def _is_broken(binding: Binding) -> bool:
    """Tell whether a line says nothing that can be read; a bare name is one of ours without its value."""
    bare = binding.key is not None and binding.value is None
    return binding.error or (bare and (binding.key or "").upper().startswith(PREFIXES))


def _find_line(binding: Binding) -> int:
    """Return the line, counted from 1; python-dotenv counts from the blank lines above it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + len(re.findall(r"\r\n|\n|\r", blank))


def describe_unknown(
    names: Collection[str], known: Collection[str], *, place: str, prefixes: tuple[str, ...]
) -> Iterator[str]:
    """Yield a sentence for each name with one of the prefixes that is no setting: somebody misspelt it."""
    for name in names:
        if name.upper().startswith(prefixes) and name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, n=1, cutoff=_LIKENESS)
            hint = f"did you mean {nearest[0]}?" if nearest else "example.env lists them."
            yield f"{place} sets {name}, which is none of the settings; {hint}"
