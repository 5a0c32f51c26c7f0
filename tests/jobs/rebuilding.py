"""Rebuilds as tests run them, and what is on the server afterwards."""

import json
from datetime import timedelta

from pyf.aggregator.documents.changes import name_changes
from pyf.aggregator.jobs.progress import RunSummary
from tests.laboratory import Laboratory


async def rebuild(laboratory: Laboratory, **order: object) -> RunSummary:
    # Generations are named by the second.
    laboratory.ahead += timedelta(seconds=1)
    return await laboratory.run_full(rebuild=True, **order)


def get_aliases(laboratory: Laboratory) -> dict[str, str]:
    aliases = json.loads(laboratory.ask("GET", "/aliases"))["aliases"]
    ours = [alias for alias in aliases if f"{alias['name']}-".startswith(f"{laboratory.collection}-")]
    return {alias["name"]: alias["collection_name"] for alias in ours}


def get_collections(laboratory: Laboratory) -> set[str]:
    """Return the collections of packages: not that of their changes."""
    collections = json.loads(laboratory.ask("GET", "/collections"))
    prefix = f"{laboratory.collection}-"
    ours = {item["name"] for item in collections if f"{item['name']}-".startswith(prefix)}
    return ours - {name_changes(laboratory.collection)}
