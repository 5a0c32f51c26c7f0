"""Real small packages: wheels and source distributions with the metadata that a test wants."""

import io
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

FIELDS = {
    "Metadata-Version": "2.4",
    "Name": "tidy.forms",
    "Version": "3.0",
    "Summary": "Forms made in the browser",
    "License-Expression": "MIT",
    "Requires-Python": ">=3.10",
    "Description-Content-Type": "text/markdown",
}
LISTS = (
    ("Classifier", "Framework :: Plone"),
    ("Classifier", "Framework :: Plone :: 6.2"),
    ("Classifier", "Programming Language :: Python :: 3.14"),
    ("Requires-Dist", "Products.CMFPlone>=6.1"),
    ("Project-URL", "Source, https://github.com/tidy/tidy.forms"),
    ("Project-URL", "Issues, https://github.com/tidy/tidy.forms/issues"),
    ("Project-URL", "Documentation, https://tidy.example/docs"),
    ("Project-URL", "Changelog, https://tidy.example/changes"),
)
README = (
    "# tidy.forms\n\n" + "A form for every purpose. " * 20 + "\n\n```shell\npip install tidy.forms\n```\n"
)


def write_metadata(
    *,
    without: Iterable[str] = (),
    lists: Iterable[tuple[str, str]] = LISTS,
    readme: str = README,
    **fields: str,
) -> bytes:
    """Return core metadata; ``fields`` are spelled with underscores, ``without`` leaves headers out."""
    chosen = FIELDS | {name.replace("_", "-"): value for name, value in fields.items()}
    headers = [*chosen.items(), *lists]
    absent = set(without)
    return "\n".join(
        [*(f"{name}: {value}" for name, value in headers if name not in absent), "", readme]
    ).encode()


def make_wheel(folder: Path, metadata: bytes | None = None, name: str = "tidy_forms-3.0") -> Path:
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.dist-info/METADATA", write_metadata() if metadata is None else metadata)
        archive.writestr("tidy/forms/vendored.dist-info/METADATA", b"Name: other\n")
    return path


def make_sdist(folder: Path, metadata: bytes | None = None, name: str = "tidy_forms-3.0") -> Path:
    return make_tar(
        folder / f"{name}.tar.gz",
        {
            f"{name}/src/tidy.egg-info/PKG-INFO": b"Name: other\n",
            f"{name}/PKG-INFO": write_metadata() if metadata is None else metadata,
        },
    )


def make_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
