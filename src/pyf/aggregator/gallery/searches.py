"""The searches that pages are made of, as parameters of Typesense's. Pure."""

from pyf.aggregator.documents.shown import Row
from pyf.aggregator.gallery.asking import Search

ROW_FIELDS = ",".join(("id", *Row.__struct_fields__))
PACKAGE_EXCLUDED = "description,words,description_words,people_alt,name_alt"
"""Texts that are there to be searched; a page shows others."""


def build_base(key: str) -> Search:
    """Return what every search of a collection begins with: its preset."""
    return {"collection": key, "preset": key}


def build_list(key: str, filter_by: str, sort_by: str, limit: int) -> Search:
    """Return a search for the rows of a list."""
    search = build_base(key) | {
        "q": "*",
        "sort_by": sort_by,
        "per_page": limit,
        "include_fields": ROW_FIELDS,
    }
    return search | {"filter_by": filter_by} if filter_by else search
