"""Which words of a text have to be stored beside it, because the server would miss them."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.metadata.words import find_missed_words

SEPARATORS = "".join(".-_@/()[]{}<>=\"'`,;:*!$%&\\^|?~")


def find(text: str) -> set[str]:
    return set(find_missed_words(text, SEPARATORS))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words, (in) brackets; and collective.easyform",
        "machine-learning a|b R&D Yahoo! snake_case",
        "C",
        "naïve café łódź",
        "日",
        "हिन्दी தமிழ் שָׁלוֹם العربية",
        "🚀 • — ™",
    ],
)
def test_what_the_server_finds_by_itself_is_not_stored_again(text: str) -> None:
    assert find(text) == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plan–do", {"plan", "do"}),
        ("plan—do", {"plan", "do"}),
        ("plan‐do", {"plan", "do"}),
        ("plan−do", {"plan", "do"}),
        ("a·b", {"a", "b"}),
        ("rocket🚀ship", {"rocket", "ship"}),
        ("non\u00a0break", {"non", "break"}),
        ("zero\u200bwidth", {"zero", "width"}),
        ("\ufeffbom", {"bom"}),
        ("tab\tstop", {"tab", "stop"}),
        ("“word”…", {"word"}),
        ("Word™", {"word"}),
        ("don’t", {"don", "t"}),
        ("plone+volto", {"plone", "volto"}),
        ("C++ C# GPLv3+", {"c", "gplv3"}),
        ("#12", {"12"}),
        ("«C++»", {"c++", "c"}),
        ("ПЛОН", {"плон", "Плон"}),
        ("План", {"план", "ПЛАН"}),
        ("ΠΛΟΝΕΣ", {"πλονες", "Πλονες"}),
        ("Հայ", {"հայ", "ՀԱՅ"}),
        ("Tiếng", {"tiếng", "TIẾNG", "tieng"}),
        ("ＦＵＬＬ", {"full"}),
        ("ﬁle", {"file"}),
        ("m²", {"m2"}),
        ("日本", set()),
        ("日本語", {"日本", "本語"}),
        ("Python用", {"python", "用"}),
        ("データ", {"デー", "ータ"}),
        ("ﾃﾞｰﾀ", {"デー", "ータ", "データ"}),
        ("ไทย", {"ไท", "ทย"}),
        ("한국어", {"한국", "국어"}),
        ("план", {"ПЛАН", "План"}),
        ("Ploneсайт", {"plone", "сайт", "САЙТ", "Сайт"}),
    ],
)
def test_what_the_server_would_miss_is_stored(text: str, words: set[str]) -> None:
    assert find(text) == words


def test_every_part_of_a_run_is_a_word_or_the_beginning_of_one() -> None:
    run = "自然言語処理入門講座"
    words = find(run) | {run}
    parts = {run[start:end] for start in range(10) for end in range(start + 2, min(start + 8, 10) + 1)}
    assert {part for part in parts if not any(word.startswith(part) for word in words)} == set()
    assert {part for part in parts if len(part) <= 4} <= words


def test_a_word_is_stored_once_and_in_the_order_of_the_text() -> None:
    assert list(find_missed_words("z–a a–z b–z", SEPARATORS)) == ["z", "a", "b"]


@settings(max_examples=60)
@given(st.text())
def test_every_word_of_any_text_is_there_or_stored(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    chunks = {part.casefold() for part in re.split(rf"[ \n{re.escape(SEPARATORS)}]", text)}
    stored = {word.casefold() for word in find(text)}
    for word in re.findall("[a-z0-9]+", text.casefold()):
        assert any(word in known for known in chunks | stored)
    assert not any(re.search(r"\s", word) for word in stored)
