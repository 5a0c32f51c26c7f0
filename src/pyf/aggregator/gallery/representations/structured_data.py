"""What search engines read of a package's page: structured data (https://schema.org/SoftwareSourceCode)."""

from typing import Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery.templating import keep_safe_url, show_stamp


def build_structured_data(package: Package, page: str) -> Markup:
    """Return the JSON that stands in a script element of the page, which nothing in it can end."""
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "SoftwareSourceCode",
        "name": package.name,
        "description": package.summary,
        "url": page,
        "version": package.version or None,
        "programmingLanguage": "Python",
        "license": _find_license(package),
        "codeRepository": keep_safe_url(package.repository_url),
        "keywords": ", ".join(package.keywords) or None,
        "dateModified": show_stamp(package.upload_timestamp) or None,
        "dateCreated": show_stamp(package.first_upload_timestamp) or None,
    }
    text = msgspec.json.encode({name: value for name, value in told.items() if value is not None}).decode()
    # HTML ends a script at its end tag and at nothing else; JSON may write these three by their numbers.
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing in it is markup any more


def _find_license(package: Package) -> str | None:
    """Return the address of the one licence that is certain, else the expression: schema.org wants a URL."""
    if len(package.license_spdx) == 1:
        return f"https://spdx.org/licenses/{quote(package.license_spdx[0])}.html"
    return package.license_expression
