"""A folder with ``pyproject.toml`` → the core metadata that it states. Nothing of it is run.

What a build backend would fill in (``dynamic``) stays unknown: to learn it, the package has to be built.
"""

import re
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version
from pyproject_metadata import ConfigurationError, StandardMetadata

from pyf.aggregator.errors.distributions import PackageUnreadable
from pyf.aggregator.machine.files import NotReadable, load_file
from pyf.aggregator.metadata.requirements import read_python_range, read_requirement
from pyf.aggregator.sources.distributions.archives import MAX_METADATA_BYTES, holds_distributions

PYPROJECT = "pyproject.toml"
UNKNOWN_VERSION = "0"
"""In place of a version that is left to the build."""

_PYTHON = "requires-python"
_BARE = re.compile(r"\s*\^?\s*(\d+(?:\.\d+)*)\s*\+?\s*")
"""A version without an operator of PEP 440's, as other tools write the oldest one: 3.9, 3.9+, ^3.9."""
_DEPENDENCY = re.compile(r"project\.dependencies\[(\d+)\]")
FIELDS_OF_KEYS: Mapping[str, str] = {
    "description": "summary",
    "readme": "description",
    "classifiers": "classifier",
    "urls": "project-url",
    "dependencies": "requires-dist",
}
"""Keys of ``[project]`` that core metadata call otherwise."""


def load_source_tree(folder: Path) -> tuple[bytes, frozenset[str]]:
    """Return the core metadata that a folder states, and the fields that it leaves to the build.

    Fields are called as in core metadata, in lower case. Raises :class:`PackageUnreadable`.
    """
    table = _load_table(folder)
    if not isinstance(project := table.get("project"), dict):
        raise PackageUnreadable(
            folder / PYPROJECT,
            "has no [project], so only a built file tells its metadata: python -m build, then check dist/*",
        )
    _check_texts(project, folder)
    try:
        stated = StandardMetadata.from_pyproject(table, folder, allow_extra_keys=True)
        stated.version = stated.version or Version(UNKNOWN_VERSION)
        body = bytes(stated.as_rfc822())
    except ConfigurationError as error:
        raise PackageUnreadable(
            folder / PYPROJECT, f"is not valid: {error}{_suggest(project, error.key)}"
        ) from error
    except (OSError, ValueError) as error:
        raise PackageUnreadable(folder / PYPROJECT, f"cannot be read: {error}") from error
    return body, frozenset(FIELDS_OF_KEYS.get(key, key) for key in stated.dynamic)


def _suggest(project: Mapping[str, object], key: str | None) -> str:
    """Return what the line that is wrong was probably meant to be, as the end of a sentence."""
    line = None
    if key == f"project.{_PYTHON}":
        text = str(project[_PYTHON])
        oddity, bare = read_python_range(text).oddity, _BARE.fullmatch(text)
        meant = oddity.mended if oddity and oddity.mended else f">={bare[1]}" if bare else None
        line = f'{_PYTHON} = "{meant}"' if meant else None
    elif found := _DEPENDENCY.fullmatch(key or ""):
        listed = project["dependencies"]
        text = str(listed[int(found[1])]) if isinstance(listed, list) else ""
        _, oddity = read_requirement(text)
        meant = oddity.mended if oddity else None
        line = None if meant is None else f'"{meant.replace('"', "'")}",'
    return f"; this was probably meant: {line}" if line else ""


def _load_table(folder: Path) -> dict[str, object]:
    path = folder / PYPROJECT
    try:
        return tomllib.loads(load_file(path, max_bytes=MAX_METADATA_BYTES).decode())
    except FileNotFoundError as error:
        instead = "name a wheel, a source distribution, or a folder with one"
        if holds_distributions(folder):
            instead = f"name the files in it: {shlex.quote(str(folder))}/*"
        raise PackageUnreadable(folder, f"has no {PYPROJECT}; {instead}") from error
    except NotReadable as error:
        raise PackageUnreadable(path, f"cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        # UnicodeDecodeError and TOMLDecodeError are both of these.
        raise PackageUnreadable(path, f"is not TOML: {error}") from error


def _check_texts(project: Mapping[str, object], folder: Path) -> None:
    """Refuse a README or licence that is no ordinary file of a sensible size: it is read whole."""
    for key in ("readme", "license"):
        value = project.get(key)
        name = value.get("file") if isinstance(value, dict) else value if key == "readme" else None
        if isinstance(name, str):
            try:
                load_file(folder / name, max_bytes=MAX_METADATA_BYTES)
            except FileNotFoundError as error:
                raise PackageUnreadable(
                    folder / PYPROJECT, f"names {name!r} as its {key}, which is not there"
                ) from error
            except NotReadable as error:
                raise PackageUnreadable(folder / name, f"cannot be read: {error}") from error
