"""Lists as tables: what a person sees fits the terminal, what a pipe gets is whole."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from pyf.aggregator.cli.output.tables import build_package_table, write_rows
from pyf.aggregator.documents.schema import Document

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


@pytest.mark.parametrize("for_person", [True, False])
@pytest.mark.parametrize(
    "break_", ["\t", "\n", "\r\n", "\x1b[2J\x07", "\x00", "\x85", "\u2028", "\u202e", "\ud800"], ids=ascii
)
def test_no_character_breaks_a_row_or_reaches_the_terminal(break_: str, *, for_person: bool) -> None:
    (line,) = list(write_rows((("a", "b"), [(f"x{break_}y", "z")]), for_person=for_person))[-1:]
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
    lines = list(write_rows((("name", "version", "summary"), cells), for_person=True, width=width))
    assert len(lines) == len(cells) + 1
    assert max(map(cell_len, lines)) <= width


def test_the_last_column_gives_way_first_and_shows_it() -> None:
    table = (("name", "summary"), [("collective.easyform.plus", "A form that anybody can make at once")])
    assert list(write_rows(table, for_person=True, width=50)) == [
        "name                      summary",
        "collective.easyform.plus  A form that anybody can…",
    ]
    assert list(write_rows(table, for_person=True, width=42)) == [
        "name                  summary",
        "collective.easyform…  A form that anybody…",
    ]
