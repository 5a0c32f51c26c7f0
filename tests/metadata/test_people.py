"""Whom a project names. All people are made up; their forms are those of real uploads."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyf.aggregator.metadata.people import MAX_NAME_LENGTH, MAX_PEOPLE, read_people, spell_people


@pytest.mark.parametrize(
    ("names", "emails", "read"),
    [
        (None, None, None),
        ("", "", None),
        ("UNKNOWN", "UNKNOWN", None),
        ("Ana Kern", None, "Ana Kern"),
        ("Ana Kern", "ana@x.example", "Ana Kern"),
        # Both fields name people (PEP 621), each once
        ("Ana Kern", "Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        ("Ana Kern", "Ana Kern <ana@x.example>, Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        ("Example Foundation", "example foundation <f@x.example>", "Example Foundation"),
        ("José Kern", "Jose Kern <j@x.example>", "José Kern"),
        ("Kern, Ana", "Ana Kern <ana@x.example>", "Kern, Ana"),
        ("UNKNOWN", "Example Foundation <f@x.example>", "Example Foundation"),
        (None, "Ana Kern <7+ana@users.noreply.x.example>, Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        # No address is shown, and a bare one names nobody
        (None, "ana@x.example", None),
        ("ana@x.example", None, None),
        ("Ana Kern <ana@x.example>", None, "Ana Kern"),
        ("Ana Kern <ana@x.example", None, "Ana Kern"),
        ("Ana Kern ana@x.example", None, "Ana Kern"),
        ("Ana Kern, ana@x.example", None, "Ana Kern"),
        ("Ana Kern (ana@x.example)", None, "Ana Kern"),
        ("mailto:ana@x.example", "mailto:ana@x.example", None),
        (None, '"ana@x.example" <ana@x.example>', None),
        ("Ana Kern, https://ana.example/about", None, "Ana Kern"),
        ("@ana", None, "@ana"),
        # Disguised addresses go as well
        ("ana at example dot org", None, None),
        ("ana (at) example.org", None, None),
        ("ana.kern[at]example[dot]org", None, None),
        ("ana_at_example_dot_org", None, None),
        ("Ana Kern <ana AT example DOT org>", None, "Ana Kern"),
        ("Ana Kern (ana at example.org)", None, "Ana Kern"),
        ("Ana Kern ana at example dot org", None, "Ana Kern"),
        ("Ana Kern at example.org", None, "Ana Kern"),
        ("Ana Kern at Example Inc.", None, "Ana Kern at Example Inc."),
        # One odd person does not delete the others
        ("Ana Kern", "=?nothing?q?=FF?= <c@x.example>, Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        (None, "<>, , Ana Kern <ana@x.example>, @@@, Bo Lind <b@", "Ana Kern, Bo Lind"),
        (None, 'Ana Kern <ana@x.example>, "Bo Lind <bo@x.example>', "Ana Kern, Bo Lind"),
        (None, "Ana Kern <a@b@c>, Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        (None, "Ana Kern <ana@x.example>; Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        (None, "Ana Kern <ana@x.example> Bo", "Ana Kern Bo"),
        # What mail headers encode, quote, comment and fold
        (None, "=?utf-8?q?J=C3=B6rg_Lind?= <j@x.example>", "Jörg Lind"),
        (None, "=?UTF-8?B?SsO2cmcgTGluZA==?= <j@x.example>, Bo Roe <b@x.example>", "Jörg Lind, Bo Roe"),
        (None, "=?iso-8859-1?q?J=F6rg?= =?iso-8859-1?q?_Lind?= <j@x.example>", "Jörg Lind"),
        (None, "=?utf-8?q?Kern=2C_Ana?= <a@x.example>, Bo Lind <b@x.example>", "Kern, Ana; Bo Lind"),
        ("=?utf-8?q?ana=40x=2Eexample?=", None, None),
        (None, '"Body, Some" <s@x.example>', "Body, Some"),
        (None, '"Kern, Ana" <a@x.example>, "Lind, Bo" <b@x.example>', "Kern, Ana; Lind, Bo"),
        (None, "Kern, Ana <a@x.example>, Lind, Bo <b@x.example>", "Kern, Ana; Lind, Bo"),
        (None, r'"Ana \"Annie\" Kern" <a@x.example>', "Ana Annie Kern"),
        (None, "ana@x.example (Ana Kern)", "Ana Kern"),
        (None, "Ana Kern (Example, Inc.) <ana@x.example>", "Ana Kern"),
        (None, "Ana\n Kern <ana@x.example>,\n Bo Lind <bo@x.example>", "Ana Kern, Bo Lind"),
        ("Ana 'Annie' Kern", None, "Ana 'Annie' Kern"),
        ("'Ana Kern'", None, "Ana Kern"),
        ("['Ana Kern', 'Bo Lind']", None, "Ana Kern, Bo Lind"),
        # Whatever separates them
        ("Ana Kern, Bo Lind and Cy Rowan.", None, "Ana Kern, Bo Lind, Cy Rowan"),
        ("A, B and C", None, "A, B, C"),
        ("Ana Kern, Bo Lind, and Cy Roe", None, "Ana Kern, Bo Lind, Cy Roe"),
        ("Ana Kern & Bo Lind", None, "Ana Kern, Bo Lind"),
        ("Ana und Bo", None, "Ana, Bo"),
        ("Ana Kern; Bo Lind", None, "Ana Kern, Bo Lind"),
        ("Kern, Ana; Lind, Bo", None, "Kern, Ana; Lind, Bo"),
        ("Ana Kern\nBo Lind", None, "Ana Kern, Bo Lind"),
        ("Ana Kern | Bo Lind / Cy Roe", None, "Ana Kern, Bo Lind, Cy Roe"),
        ("安娜、波", None, "安娜, 波"),
        ("Ana L. Kern, Jr.", "Bo Lind <b@x.example>", "Ana L. Kern, Jr.; Bo Lind"),
        ("Bo Lind, 4teams GmbH", None, "Bo Lind, 4teams GmbH"),
        ("Ana Kern, Bo Lind, et al", None, "Ana Kern, Bo Lind, et al"),
        # Some names have an "and" inside
        ("Example Foundation and Contributors", None, "Example Foundation and Contributors"),
        ("Py and Example Foundation and contributors", None, "Py and Example Foundation and contributors"),
        ("Bo Lind and the Example Community", None, "Bo Lind, the Example Community"),
        ("Institute of Arts and Crafts", None, "Institute of Arts and Crafts"),
        ("Kern & Lind Ltd", None, "Kern & Lind Ltd"),
        # What names nobody
        ("See AUTHORS.txt", "Bo Lind <b@x.example>", "Bo Lind"),
        ("see the AUTHORS file", None, None),
        ("Read Kern, See Lind", None, "Read Kern, See Lind"),
        ("Your Name", "Your Name <you@example.com>", None),
        ("-, ?, 42", None, None),
        # Of any type
        (7, ["Ana Kern"], None),
    ],
)
def test_people_are_named_from_both_fields(names: object, emails: object, read: str | None) -> None:
    assert read_people(names, emails) == read


def test_long_lists_are_bounded() -> None:
    people = ", ".join(f"Ana{number} {'x' * 300}" for number in range(200))
    read = (read_people(people, people) or "").split(", ")
    assert len(read) == MAX_PEOPLE
    assert {len(name) for name in read} == {MAX_NAME_LENGTH}


words = st.from_regex("[A-Z][a-z]{2,7}", fullmatch=True)
people = st.builds("{} {}".format, words, words)


@given(st.lists(people, min_size=1, max_size=6, unique_by=lambda name: frozenset(name.split())))
def test_the_same_people_are_read_in_whatever_form_they_stand(listed: list[str]) -> None:
    shown = ", ".join(listed)
    mails = [f"{name} <{name.split()[0]}@x.example>" for name in listed]
    forms = [
        ", ".join(mails),
        "; ".join(mails),
        ",\n  ".join(mails),
        ", ".join(f'"{n}" <n@x.example>' for n in listed),
    ]
    assert {read_people(None, form) for form in forms} == {shown}
    assert read_people(shown, forms[0]) == read_people("; ".join(listed), None) == shown
    assert read_people("\n".join(listed), None) == read_people(" | ".join(listed), None) == shown


odd = st.text(alphabet=st.characters() | st.sampled_from(" ,;|\n()<>\"'@.&=?abAB"), max_size=60)


@given(odd | st.none(), odd | st.none())
@example("=?utf-16?b?AAA=?=", "=?utf-8?b?A?= =?hex?q?a?=")
def test_whatever_is_sent_people_are_read_without_an_address(names: str | None, emails: str | None) -> None:
    read = read_people(names, emails)
    assert read is None or read == " ".join(read.split())
    assert "@x.example" not in (read_people(f"{names} <ana@x.example>", f"ana@x.example, {emails}") or "")


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from(" ,;|.-'abAB"), max_size=60))
def test_what_was_read_reads_the_same(names: str) -> None:
    read = read_people(names, None)
    assert read_people(read, None) == read


@pytest.mark.parametrize(
    "sign",
    [
        '"',
        '\\"',
        "(",
        "(()",
        "<",
        "a@",
        "a at ",
        "a.",
        "=?utf-8?q?",
        "a dot ",
        "a and ",
        ", ",
        "[ ",
        "a_at_",
        "Jr., ",
    ],
)
def test_long_nonsense_is_read_at_once(sign: str) -> None:
    read_people(sign * 100_000, sign * 100_000)


@pytest.mark.parametrize(
    ("people", "spellings"),
    [
        ("Ana Kern", ["Ana Kern", "A Kern"]),
        ("Ana María Kern, Bo", ["Ana María Kern", "A M Kern", "Bo"]),
        ("Kern, Ana", ["Kern, Ana", "A Kern"]),
        ("Kern, Ana; Lind, Bo", ["Kern, Ana", "A Kern", "Lind, Bo", "B Lind"]),
        ("Example, Inc.; Ana Kern", ["Example, Inc.", "I Example", "Ana Kern", "A Kern"]),
        ("A. M. Kern", ["A. M. Kern", "A M Kern"]),
        ("Иван Петров", ["Иван Петров", "И Петров"]),
        ("Ana (42) Kern", ["Ana (42) Kern", "A Kern"]),
    ],
)
def test_people_are_found_by_their_initials_as_well(people: str, spellings: list[str]) -> None:
    assert list(spell_people(people)) == spellings
