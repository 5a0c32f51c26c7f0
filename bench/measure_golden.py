"""How often the first answer is a right one: with the preset of before, with one change to it, and today.

The golden queries are asked in the catalogues of ``tests/golden``. With ``BENCH_PROJECTS`` (JSON lines, each
the ``info`` of a project) those projects are a catalogue, too, and what is asked in it is made from their
names and people; they have no rank.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bench.measure_words import build_documents as build_given_documents
from bench.rows import Row, run_embedded, temporary_folder
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.names import spell_name
from tests.clients import Client, filled_with_documents
from tests.golden.asking import ask_all
from tests.golden.catalogues import PROFILES, GoldenQuery, build_documents, read_queries
from tests.golden.scores import Answer, score

BEFORE: dict[str, object] = {
    "query_by": "name,name_alt,keywords,summary,words,description,description_words",
    "query_by_weights": "5,4,3,2,2,1,1",
    "text_match_type": "max_weight",
    "prefix": "true,true,true,true,true,false,true",
    "num_typos": "2,1,1,1,0,0,0",
    "split_join_tokens": "always",
    "drop_tokens_threshold": 1,
    "typo_tokens_threshold": 1,
    "sort_by": "_text_match:desc,upload_timestamp:desc",
}
_SHORTEST_TYPED = 6

type Document = dict[str, Any]
type Catalogues = Mapping[str, tuple[list[Document], list[GoldenQuery]]]


async def measure_golden() -> list[Row]:
    golden: Catalogues = {name: (build_documents(name), read_queries(name)) for name in PROFILES}
    rows = list(await _measure(golden))
    if os.environ.get("BENCH_PROJECTS"):
        documents = list(build_given_documents())
        rows += await _measure({f"{len(documents)} given": (documents, list(_make_queries(documents)))})
    return rows


async def _measure(catalogues: Catalogues) -> list[Row]:
    variants: dict[str, tuple[Callable[[Document], Document], dict[str, object]]] = {
        "before": (_spell_as_before, BEFORE),
        "before, split_join_tokens fallback": (_spell_as_before, {**BEFORE, "split_join_tokens": "fallback"}),
        "today": (dict, build_preset()),
    }
    rows = []
    with temporary_folder() as folder:
        async with run_embedded(folder) as (url, key):
            client = Client(url, key)
            for variant, (change, preset) in variants.items():
                answers: list[Answer] = []
                for name, (documents, queries) in catalogues.items():
                    with filled_with_documents(client, "golden", map(change, documents)):
                        began = time.perf_counter()
                        found = [answer for answer, _ in ask_all(client, "golden", queries, **preset)]
                        each = (time.perf_counter() - began) / len(queries) * 1000
                    answers += found
                    what = f"{variant}: MRR, success at 1, {len(queries)} queries of {name}"
                    rows.append(Row(what, str(score(found)), f"{each:.1f} ms each"))
                rows += _list_kinds(variant, answers)
    return rows


def _list_kinds(variant: str, answers: Iterable[Answer]) -> Iterator[Row]:
    kinds: dict[str, list[Answer]] = {}
    for answer in answers:
        kinds.setdefault(answer.golden.kind, []).append(answer)
        kinds.setdefault("all", []).append(answer)
    for kind, found in kinds.items():
        yield Row(f"{variant}: {kind}, {len(found)} queries", str(score(found)), "")


def _spell_as_before(document: Document) -> Document:
    whole, *others = spell_name(str(document["name"]))
    return {**document, "name_alt": [whole, *(each for each in others if each.replace(" ", "") == whole)]}


# Queries made from what a catalogue has


def _make_queries(documents: Iterable[Document]) -> Iterator[GoldenQuery]:
    """Yield what people might type for each project; a query that several mean has several right answers."""
    meant: dict[tuple[str, str], set[NormalizedName]] = {}
    for document in documents:
        typed = (*_type_name(str(document["name"])), *_type_people(document))
        for kind, query in typed:
            meant.setdefault((kind, query), set()).add(document["id"])
    for (kind, query), names in meant.items():
        yield GoldenQuery(query=query, kind=kind, expected=frozenset(names))


def _type_name(name: str) -> Iterator[tuple[str, str]]:
    words = re.split(r"[-_.]+", name.lower())
    yield "exact", name
    if len(words) > 1:
        yield "squashed", "".join(words)
        yield "spaced", " ".join(words)
        yield "hyphenated", "-".join(words)
        if len(words[-1]) >= _SHORTEST_TYPED:
            yield "exact", words[-1]
    longest = max(words, key=len)
    if len(longest) >= _SHORTEST_TYPED:
        yield "prefix", name.lower()[:-2]
        middle = len(longest) // 2
        slip = longest[: middle - 1] + longest[middle] + longest[middle - 1] + longest[middle + 1 :]
        yield "typo", name.lower().replace(longest, slip)


def _type_people(document: Document) -> Iterator[tuple[str, str]]:
    listed = f"{document.get('author', '')}, {document.get('maintainer', '')}"
    for person in filter(None, re.split(r"[,;]\s*", listed)):
        yield "person", person.lower()
