"""What people type finds what they mean, on a real Typesense: symbols, dashes, scripts and capitals."""

from collections.abc import Iterator

import pytest

from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client, filled_collection, make_project

NAME = "words-of-all-kinds"
LICENSES = ("GPLv3", "GPLv3+", "LGPL 2.1", "LGPL 2.1+", "R&D", "RD", "A|B", "AB", "100%A", "100A")
JOINED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
PROJECTS = (
    *(make_project(f"licensed-{number}", license=text) for number, text in enumerate(LICENSES)),
    make_project("lang-c", keywords=("c",), summary="Compiles C"),
    make_project("lang-cpp", keywords=("c++",), summary="Bindings for C++"),
    make_project("lang-csharp", keywords=("c#",), summary="Runs C# code"),
    make_project("cat-and-c", keywords=("cat",), summary="A cat counts"),
    make_project("dashes", summary="Plan–work—check‐act", description="first–second"),
    make_project("joined", summary="one|two three+four five&six seven!eight nine🚀ten eleven\u00a0twelve"),
    make_project("keys", keywords=("alpha–beta", "gamma·delta")),
    make_project("learning", keywords=("machine-learning",), summary="For models"),
    make_project("russian", summary="План Работ", keywords=("ЗАДАЧИ",), description="Описание ПРОЕКТА"),
    make_project("greek", summary="ΕΛΛΗΝΙΚΑ κείμενα"),
    make_project("japanese", summary="日本語処理ライブラリ", description="Python用の形態素解析ツールです"),
    make_project("chinese", summary="使用Django构建的内容管理系统", keywords=("机器学习平台",)),
    make_project("thai", summary="เครื่องมือภาษาไทย"),
    make_project("korean", summary="한국어데이터베이스를 위한 도구"),
    make_project("hindi", summary="हिन्दी भाषा"),
    make_project("hebrew", summary="שָׁלוֹם עולם"),
    make_project("vietnamese", summary="Tiếng Việt"),
    make_project("german", summary="Straße"),
    make_project("french", summary="Un outil naïf"),
    make_project("wide", summary="ＦＵＬＬ width ﬁle"),
    make_project("plone-volto", summary="Volto for Plone"),
    make_project("collective.easyform", summary="Forms through the web"),
)


@pytest.fixture(scope="module")
def client(typesense: EmbeddedServer) -> Iterator[Client]:
    with filled_collection(typesense, NAME, PROJECTS) as opened:
        yield opened


# Facets and filters


def test_values_that_differ_in_symbols_are_counted_apart(client: Client) -> None:
    assert client.count(NAME, "license") == dict.fromkeys(LICENSES, 1)
    counted = client.count(NAME, "keywords")
    assert {value: counted[value] for value in ("c", "c++", "c#")} == {"c": 1, "c++": 1, "c#": 1}


@pytest.mark.parametrize("operator", [":=", ":"])
@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("license", "GPLv3", ["licensed-0"]),
        ("license", "GPLv3+", ["licensed-1"]),
        ("license", "R&D", ["licensed-4"]),
        ("license", "RD", ["licensed-5"]),
        ("license", "A|B", ["licensed-6"]),
        ("keywords", "c", ["lang-c"]),
        ("keywords", "c++", ["lang-cpp"]),
        ("keywords", "c#", ["lang-csharp"]),
    ],
)
def test_a_filter_matches_its_value_and_no_other(
    client: Client, operator: str, field: str, value: str, found: list[str]
) -> None:
    for quoted in (f"`{value}`", f"[`{value}`]"):
        assert client.find(NAME, "*", filter_by=f"{field}{operator}{quoted}") == found


# Queries


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("c++", "lang-cpp"),
        ("C++", "lang-cpp"),
        ("c#", "lang-csharp"),
        ("C# code", "lang-csharp"),
        ("plan", "dashes"),
        ("work", "dashes"),
        ("check", "dashes"),
        ("act", "dashes"),
        ("plan work", "dashes"),
        ("second", "dashes"),
        ("beta", "keys"),
        ("gamma", "keys"),
        ("delta", "keys"),
        ("machine-learning", "learning"),
        ("machine–learning", "learning"),
        ("machine learning", "learning"),
        ("план", "russian"),
        ("ПЛАН", "russian"),
        ("План работ", "russian"),
        ("задачи", "russian"),
        ("Задачи", "russian"),
        ("проекта", "russian"),
        ("раб", "russian"),
        ("ελληνικα", "greek"),
        ("Ελληνικα", "greek"),
        ("日本", "japanese"),
        ("日本語", "japanese"),
        ("処理", "japanese"),
        ("ライブラリ", "japanese"),
        ("語処理ライブ", "japanese"),
        ("日本語 ライブラリ", "japanese"),
        ("形態素解析", "japanese"),
        ("python", "japanese"),
        ("ツール", "japanese"),
        ("django", "chinese"),
        ("内容", "chinese"),
        ("内容管理", "chinese"),
        ("内容管理系统", "chinese"),
        ("机器学习", "chinese"),
        ("学习平台", "chinese"),
        ("ภาษา", "thai"),
        ("ไทย", "thai"),
        ("데이터베이스", "korean"),
        ("한국어", "korean"),
        ("हिन्दी", "hindi"),
        ("भाषा", "hindi"),
        ("שָׁלוֹם", "hebrew"),
        ("TIẾNG VIỆT", "vietnamese"),
        ("tiếng việt", "vietnamese"),
        ("tieng viet", "vietnamese"),
        ("strasse", "german"),
        ("STRASSE", "german"),
        ("Straße", "german"),
        ("naif", "french"),
        ("Naïf", "french"),
        ("full", "wide"),
        ("ＦＵＬＬ", "wide"),
        ("file", "wide"),
        ("plone + volto", "plone-volto"),
        ("volto # plone", "plone-volto"),
        ("volto & plone", "plone-volto"),
        ("easyform", "collective.easyform"),
        ("easy form", "collective.easyform"),
        ("collective.easyform", "collective.easyform"),
        ("collective-easyform", "collective.easyform"),
        ("collectiveeasyform", "collective.easyform"),
        *((word, "joined") for word in JOINED),
    ],
)
def test_what_is_typed_finds_first(client: Client, query: str, first: str) -> None:
    wanted = "collective-easyform" if first == "collective.easyform" else first
    assert client.find(NAME, query)[:1] == [wanted]


def test_one_language_does_not_find_another(client: Client) -> None:
    assert client.find(NAME, "c++") == ["lang-cpp"]
    assert client.find(NAME, "c#") == ["lang-csharp"]


def test_the_fields_that_clients_name_themselves_can_be_searched(client: Client) -> None:
    for field in ("name", "summary", "keywords", "description", "words", "description_words"):
        client.find(NAME, "x", query_by=field)
    assert client.find(NAME, "first", query_by="name,keywords,summary,description") == ["dashes"]
