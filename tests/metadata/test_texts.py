import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.texts import clean_line, clean_text, clean_texts


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        (" a ", "a"),
        ("", None),
        ("UNKNOWN", None),
        ("\u200bN/A\u2060", None),
        (None, None),
        (3, None),
        (["a"], None),
        ("a\x00b", "ab"),
        ("\ud800", "\ufffd"),
        ("e\u0301", "\u00e9"),
        ("one\ttwo\nthree\r\nfour", "one\ttwo\nthree\r\nfour"),
        ("one\vtwo\fthree\x85four\u2028five\u2029six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("\x1b[31mred\x07\x7f\x9b", "[31mred"),
        ("a\u202egpj.exe\u202c", "agpj.exe"),
        ("\u2066\u2067\u2068a\u2069\u202a\u202b\u202d", "a"),
        ("\u200e\u200f\u061ca", "a"),
        ("zero\u200bwidth soft\u00adhyphen \ufeffmark", "zerowidth softhyphen mark"),
        ("tag\U000e0041\U000e007f", "tag"),
        # Persian and Sinhala are misspelt without their joiners, a family of emoji falls apart
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("\u200da \u200c\u200d b\u200c", "a  b"),
        # Marks that no composed letter takes in stay as well
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u05d1\u05bc q\u0303",
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u05d1\u05bc q\u0303",
        ),
    ],
)
def test_a_text_is_clean_or_nothing(sent: object, clean: str | None) -> None:
    assert clean_text(sent) == clean


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ("one\n  two", "one two"),
        ("one\r\n\r\ntwo\tthree", "one two three"),
        ("one\u00a0two\u3000three\u2028four", "one two three four"),
        ("  one  two  ", "one two"),
        ("unknown\n", None),
        (None, None),
        (b"one", None),
    ],
)
def test_a_line_has_no_line_ends_and_single_spaces(sent: object, line: str | None) -> None:
    assert clean_line(sent) == line


@given(st.text(alphabet=st.characters()))
def test_a_clean_text_can_always_be_stored_and_is_clean_for_good(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert cleaned is None or cleaned == cleaned.encode().decode().strip()


@given(st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Zs", "Mn", "Lo"])))
def test_nothing_invisible_is_left_in_a_line(text: str) -> None:
    line = clean_line(text) or ""
    assert clean_line(line) == (line or None)
    left = {char for char in line if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Zs"}}
    assert left <= {" "}
    assert not any(
        char in line for char in "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def test_texts_are_clean_and_there_once() -> None:
    assert clean_texts(["b", "a", " b ", None, 3, ""]) == ("b", "a")
    assert clean_texts("alone") == ("alone",)
    assert clean_texts(None) == clean_texts({"a": 1}) == ()
