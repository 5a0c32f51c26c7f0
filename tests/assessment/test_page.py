"""docs/assessment.md has the rules as they are: ``python -m tests.assessment.test_page`` writes them."""

import re
from pathlib import Path

from pyf.aggregator.assessment.checks import RULES, Rule
from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.assessment.life import Life
from pyf.aggregator.assessment.rank import CAPS, SCALE
from pyf.aggregator.assessment.remedies import fill
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "assessment.md"
BEGIN, END = "<!-- begin checks -->\n", "<!-- end checks -->"


def build_row(rule: Rule) -> str:
    judged = fill(rule.judged, {"framework": "the framework"})
    line = f" `{rule.line}`" if rule.line else ""
    named = f"[`{rule.id}`]({rule.link})"
    return f"| {named} | {rule.section} | {rule.weight} | {judged} | {rule.remedy}{line} |\n"


def build_table() -> str:
    head = ["| check | about | weight | passes if | what mends it |\n", "|---|---|---|---|---|\n"]
    return "".join([*head, *map(build_row, RULES)])


def rewrite(page: str) -> str:
    before, rest = page.split(BEGIN)
    return before + BEGIN + build_table() + END + rest.split(END)[1]


def test_the_page_has_the_rules_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert rewrite(page) == page, "Run: ./run python -m tests.assessment.test_page"


def test_the_page_names_every_verdict_life_field_and_cap() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\w+) \|", page, re.MULTILINE))
    assert {*Verdict, *Life} <= rows
    assert set(ASSESSMENT_FIELDS.names) <= set(re.findall(r"`(\w+)`", page))
    for field in ASSESSMENT_FIELDS.schema:
        assert re.search(rf"`{field.name}`.*\| {re.escape(field.type)}[ ,]", page), field.name
    assert f"{SCALE:,}" in page
    for life, cap in CAPS.items():
        assert life in page
        assert f"{cap:g}" in page


if __name__ == "__main__":
    PAGE.write_text(rewrite(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
