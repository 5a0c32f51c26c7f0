import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.keywords import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, read_keywords


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (None, ()),
        ("", ()),
        ("UNKNOWN", ()),
        (7, ()),
        ({"a": 1}, ()),
        (",,, ;", ()),
        ("- | •", ()),
        # Spaces, when nothing else separates
        ("zope plone  cms", ("zope", "plone", "cms")),
        ("click plugin setuptools entry-point", ("click", "plugin", "setuptools", "entry-point")),
        ("plone form z3c.form", ("plone", "form", "z3c.form")),
        ("roman", ("roman",)),
        ("web\tapi", ("web", "api")),
        ("web\u3000api\u00a0rest", ("web", "api", "rest")),
        # Commas and semicolons, and what other scripts have for them
        ("a, b;c", ("a", "b", "c")),
        ("content management, web", ("content management", "web")),
        ("data validation,json,json schema", ("data validation", "json", "json schema")),
        ("数据、网络\uff0c接口\uff1b网页", ("数据", "网络", "接口", "网页")),
        ("شبكة، ويب؛ بيانات", ("شبكة", "ويب", "بيانات")),
        # Line ends, bars, bullets
        ("one thing\nanother thing", ("one thing", "another thing")),
        ("* one thing\r\n* another thing\r\n", ("one thing", "another thing")),
        ("- web\n- api\n", ("web", "api")),
        ("web | rest api | json", ("web", "rest api", "json")),
        ("web|api", ("web", "api")),
        ("• web • rest api • json", ("web", "rest api", "json")),
        ("web · rest api", ("web", "rest api")),
        # A slash inside a word is part of it
        ("I/O, client/server", ("I/O", "client/server")),
        ("rest api / web / json", ("rest api", "web", "json")),
        ("TCP/IP HTTP", ("TCP/IP", "HTTP")),
        # What surrounds a keyword goes, what is part of it stays
        ("#web #api", ("web", "api")),
        ("'quoted', \"double\", «web», “api”", ("quoted", "double", "web", "api")),
        ("['web', 'rest api']", ("web", "rest api")),
        ("(web), python (language), [api]", ("web", "python (language)", "api")),
        ("web, api.", ("web", "api")),
        ("C#, C++, .NET, node.js, F#", ("C#", "C++", ".NET", "node.js", "F#")),
        ("web, 🐍, 3d, 2", ("web", "3d", "2")),
        ("हिन्दी, தமிழ்", ("हिन्दी", "தமிழ்")),
        # Each once
        ("Plone,plone,PLONE", ("Plone",)),
        ("Straße, STRASSE", ("Straße",)),
        # A list is separated already
        (["a", "b c", None, 3, "", ["d"]], ("a", "b c")),
        (("web", "Web", "rest api"), ("web", "rest api")),
        (["search, full text", "web"], ("search, full text", "web")),
        (["web", "rest\n  api"], ("web", "rest api")),
        # Unless it holds all of them in one string
        (["web, rest api, json"], ("web", "rest api", "json")),
        (["web\nrest api"], ("web", "rest api")),
        (["rest api"], ("rest api",)),
        (["", "web; api", None], ("web", "api")),
        ([], ()),
    ],
)
def test_keywords_are_read_however_they_are_separated(sent: object, read: tuple[str, ...]) -> None:
    assert read_keywords(sent) == read


def test_keywords_are_bounded() -> None:
    keywords = read_keywords(",".join(f"{number}{'x' * 300}" for number in range(300)))
    assert len(keywords) == MAX_KEYWORDS
    assert {len(keyword) for keyword in keywords} == {MAX_KEYWORD_LENGTH}


texts = st.text(alphabet=st.characters() | st.sampled_from(" ,;|\n()[]<>'\"#*-./•、ab"), max_size=60)


@given(texts | st.lists(texts | st.none() | st.integers(), max_size=5))
def test_whatever_is_sent_keywords_are_short_clean_and_there_once(value: object) -> None:
    keywords = read_keywords(value)
    assert len({keyword.casefold() for keyword in keywords}) == len(keywords) <= MAX_KEYWORDS
    for keyword in keywords:
        assert keyword == " ".join(keyword.split())
        assert 1 <= len(keyword) <= MAX_KEYWORD_LENGTH
        assert any(map(str.isalnum, keyword))
    assert read_keywords(keywords) == keywords


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True), min_size=2, max_size=6))
def test_a_list_reads_as_the_same_text_with_commas_does(words: list[str]) -> None:
    assert read_keywords(words) == read_keywords(", ".join(words)) == read_keywords(tuple(words))


@pytest.mark.parametrize("sign", ["(", "[(", "#", "<>", ", ", "a/", "' "])
def test_long_nonsense_is_read_at_once(sign: str) -> None:
    assert len(read_keywords(sign * 200_000)) <= 1
