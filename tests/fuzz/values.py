"""Values that somebody may send or type who means no good, or has a fault."""

import json
import os
import re

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

EXAMPLES = "FUZZ_EXAMPLES"
"""The variable that says how many examples each test tries, chosen anew each time; see ``tests.fuzz``."""


def try_examples(few: int) -> settings:
    """Return how a test of this room runs: ``few`` examples, always the same, or as many as are asked for."""
    many = os.environ.get(EXAMPLES)
    return settings(
        max_examples=int(many) if many else few,
        derandomize=many is None,
        database=None,
        deadline=None,
        # To make a failing example small takes minutes of real runs where nobody waits for it.
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if many else [Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


ODD_TEXTS = [
    *("", " ", "\x00", "\n", "\x1b[2J\x1b]0;x\x07", "\u202e", "\u2028", "\ufeff", "\U000e0041", "é" * 300),
    *("-", "--", "-1", "0", "1e999", "nan", "9" * 20, "9" * 400, "9" * 5000, "²", "\u0667", "true", "null"),
    *("0000-00-00T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:00", "http://[::1"),
    *(
        "http://127.0.0.1:99999/",
        "https://user:secret@127.0.0.1:9/",
        "file:///dev/null",
        "../../x",
        "a" * 5000,
    ),
    *("%", "%s", "{x}", "[link=x]y[/link]", "[/]", "`", "'", '"', "\\", "*", "!!python/object:x", "&a *a"),
]
ODD_BYTES = [
    *(b"", b"[", b"{", b"]", b"}", b'"', b"<", b">", b"&", b"\x00", b"\xff", b"\xed\xa0\x80", b"\x1f\x8b"),
    *(b"null", b"NaN", b"-1", b"1e999", b"9" * 400, b"9" * 5000, b"true", b'"\\ud800"', b"[]", b"{}"),
    *(b"[" * 3000, b'{"a":' * 3000, b"<value>", b"</value>", b"<nil/>", b"<![CDATA[", b"]]>", b"&#0;"),
    *(b"<html><body>503 \x1b[2J</body></html>", b"Authorization: Bearer secret-token-of-somebody"),
]
ANY_BYTES = st.sampled_from(ODD_BYTES) | st.binary(max_size=40)
ANY_TEXT = st.sampled_from(ODD_TEXTS) | st.text(max_size=12)
HOSTILE_JSON = (
    st.sampled_from(
        [
            *('"\\ud800"', '"\\u0000"', "NaN", "Infinity", "-1", "1e999", "1.5", "9" * 19, "9" * 400),
            *("9" * 5000, "[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200, "null", "true", "[]", "{}"),
            *('{"a": 1, "a": 2}', "[null]", "[[]]", "[{}]", '{"": null}', "9223372036854775808"),
        ]
    )
    | ANY_TEXT.map(json.dumps)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
        max_leaves=5,
    ).map(json.dumps)
)
"""A JSON value as text; some are none that the standard knows."""


LONGEST_SENTENCE = 1500
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""What moves the cursor, ends the line or turns text round."""


def is_printable(line: str) -> bool:
    """Tell whether a terminal may get a line."""
    return _UNSEEN.search(line) is None


def find_faults(sentence: str, *secrets: str, longest: int = LONGEST_SENTENCE) -> list[str]:
    """Return what keeps a sentence from being one printable, bounded line without a secret."""
    faults = {
        "it is empty": not sentence.strip(),
        "it has a character that no terminal should get": not is_printable(sentence),
        "it is too long": len(sentence) > longest,
        "it tells a secret": any(secret in sentence for secret in secrets),
    }
    return [what for what, holds in faults.items() if holds]
