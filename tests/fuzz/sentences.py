"""What every sentence to a person is, whatever it repeats of what others said."""

MOST_CHARACTERS = 2_000


def check_sentence(text: str) -> None:
    """Fail for more than one line, for what no terminal should get, for a traceback, and for a book."""
    assert text.strip()
    assert "\n" not in text
    assert text.isprintable(), ascii(text)
    assert "Traceback" not in text
    assert len(text) <= MOST_CHARACTERS
