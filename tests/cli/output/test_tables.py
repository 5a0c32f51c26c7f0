"""Lists as tables: what a person sees fits the terminal, what a pipe gets is whole."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from pyf.aggregator.cli.output.tables import (
    Table,
    build_change_table,
    build_collection_table,
    build_key_table,
    build_package_table,
    write_rows,
)
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.jobs.collections.maintain import CollectionState
from pyf.aggregator.typesense.keys import SearchKey

DAY = 1_700_000_000
PACKAGES: list[Document] = [
    {"name": "Plain", "version": "1.0", "upload_timestamp": DAY, "github_stars": 7, "summary": "A form"},
    {"name": "漢字パッケージ", "version": "2", "github_stars": 1200, "summary": "日本語の説明です"},
    {"name": "bare", "version": "0.1"},
]


def test_a_person_gets_aligned_columns_whatever_the_width_of_characters() -> None:
    lines = list(write_rows(build_package_table(PACKAGES, dates=True), for_person=True, width=80))
    assert lines == [
        "name            version  last release  stars  summary",
        "Plain           1.0      2023-11-14        7  A form",
        "漢字パッケージ  2                       1200  日本語の説明です",
        "bare            0.1",
    ]


def test_a_pipe_gets_every_column_whole_with_tabs_in_between() -> None:
    lines = list(write_rows(build_package_table(PACKAGES), for_person=False))
    assert lines == [
        "Plain\t1.0\t2023-11-14T22:13:20Z\t7\tA form",
        "漢字パッケージ\t2\t\t1200\t日本語の説明です",
        "bare\t0.1\t\t\t",
    ]


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("for_person", [True, False])
@pytest.mark.parametrize(
    "break_", ["\t", "\n", "\r\n", "\x1b[2J\x07", "\x00", "\x85", "\u2028", "\u202e", "\ud800"], ids=ascii
)
def test_no_character_breaks_a_row_or_reaches_the_terminal(
    break_: str, *, for_person: bool, cut: bool
) -> None:
    (line,) = list(write_rows(Table(("a", "b"), [(f"x{break_}y", "z")], cut=cut), for_person=for_person))[-1:]
    assert line.isprintable() or "\t" in line
    assert line.split()[-1] == "z"
    assert line.count("\t") == (0 if for_person else 1)
    assert break_ not in line.replace("\t", " ", 1)
    line.encode()


@given(
    cells=st.lists(st.tuples(*[st.text(max_size=60)] * 3), min_size=1, max_size=4),
    width=st.integers(min_value=1, max_value=130),
)
@example(cells=[("漢" * 40, "字" * 40, "x" * 200)], width=31)
def test_the_table_fits_the_terminal(cells: list[tuple[str, str, str]], width: int) -> None:
    table = Table(("name", "version", "summary"), cells, cut=True)
    lines = list(write_rows(table, for_person=True, width=width))
    assert len(lines) == len(cells) + 1
    assert max(map(cell_len, lines)) <= width


def test_the_last_column_gives_way_first_and_shows_it() -> None:
    rows = [("collective.easyform.plus", "A form that anybody can make at once")]
    table = Table(("name", "summary"), rows, cut=True)
    assert list(write_rows(table, for_person=True, width=50)) == [
        "name                      summary",
        "collective.easyform.plus  A form that anybody can…",
    ]
    assert list(write_rows(table, for_person=True, width=42)) == [
        "name                  summary",
        "collective.easyform…  A form that anybody…",
    ]


def write_for(width: int, table: Table) -> list[str]:
    return list(write_rows(table, for_person=True, width=width))


def test_changes_spare_what_their_sentence_says_and_fold_it() -> None:
    changes: list[Document] = [
        {
            "noticed": DAY,
            "kind": "no-longer-works-with",
            "name": "collective.easyform",
            "version": "4.2.1",
            "sentence": "No longer works with Plone 6.2.",
        },
        {
            "noticed": DAY,
            "kind": "license-changed",
            "name": "plone.app.contenttypes",
            "version": "4.0",
            "sentence": "Licence: GPL-2.0-only OR MIT (before: GPL-2.0-only).",
        },
    ]
    table = build_change_table(changes, dates=True)
    wide = write_for(120, table)
    assert wide[0] == "noticed     kind                  name                    version  what happened"
    assert wide[1].endswith(
        "  no-longer-works-with  collective.easyform     4.2.1    No longer works with Plone 6.2."
    )
    assert len(wide) == 3
    assert write_for(80, table) == [
        "noticed     name                    what happened",
        "2023-11-14  collective.easyform     No longer works with Plone 6.2.",
        "2023-11-14  plone.app.contenttypes  Licence: GPL-2.0-only OR MIT (before:",
        "                                    GPL-2.0-only).",
    ]


def test_keys_fold_what_they_are_for_and_no_name_is_broken() -> None:
    keys = [
        SearchKey(
            id=4,
            description="search-only key for plone and plone-changes",
            collections=("plone", "plone-changes"),
            prefix="a1b2",
            expires_at=None,
        ),
        SearchKey(
            id=11,
            description="the gallery's",
            collections=("django", "django-changes", "flask", "flask-changes", "plone", "plone-changes"),
            prefix="c3d4",
            expires_at=datetime.fromtimestamp(DAY, UTC),
        ),
    ]
    assert write_for(80, build_key_table(keys)) == [
        "id  description            collections               key    expires",
        " 4  search-only key for    plone, plone-changes      a1b2…  never",
        "    plone and",
        "    plone-changes",
        "11  the gallery's          django, django-changes,   c3d4…  2023-11-14T22:13:20Z",
        "                           flask, flask-changes,",
        "                           plone, plone-changes",
    ]


def test_collections_spare_their_number_of_fields() -> None:
    state = CollectionState(
        name="plone-20261126T180000123456",
        documents=2847,
        created_at=datetime.fromtimestamp(DAY, UTC),
        aliases=("plone", "plone-previous"),
        schema={"fields": []},
    )
    assert write_for(80, build_collection_table([state])) == [
        "collection                   documents  created               aliases",
        "plone-20261126T180000123456       2847  2023-11-14T22:13:20Z  plone,",
        "                                                              plone-previous",
    ]


@given(
    cells=st.lists(st.tuples(*[st.text(max_size=60)] * 4), min_size=1, max_size=4),
    width=st.integers(min_value=1, max_value=130),
)
def test_what_is_folded_keeps_every_word(cells: list[tuple[str, str, str, str]], width: int) -> None:
    headings = ("name", "kind", "version", "summary")
    whole = list(write_rows(Table(headings, cells), for_person=True))
    folded = write_for(width, Table(headings, cells, fold=("kind", "summary")))
    assert sorted(" ".join(folded).split()) == sorted(" ".join(whole).split())
