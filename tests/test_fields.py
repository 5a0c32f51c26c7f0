import pytest

from pyf.aggregator.metadata.fields import clean_urls


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        (None, {}),
        (
            {
                "Home": "https://x.example",
                "Empty": None,
                "Bad": "javascript:alert(1)",
                "": "https://y.example",
            },
            {"Home": "https://x.example"},
        ),
        (["Home, https://x.example", "nothing", 3], {"Home": "https://x.example"}),
        (
            {"Mail": "mailto:a@x.example", "Data": "data:text/html,x", "Rel": "/docs"},
            {"Mail": "mailto:a@x.example"},
        ),
        ({"Broken": "http://[::1"}, {}),
        # What only git opens becomes the page of the repository
        ({"Source": "git@github.com:o/N.git"}, {"Source": "https://github.com/o/n"}),
        ({"Source": "git+ssh://git@github.com/o/n.git"}, {"Source": "https://github.com/o/n"}),
        ({"Source": "git@gitlab.com:o/n.git"}, {}),
        ("https://x.example", {}),
    ],
)
def test_urls_are_what_a_browser_may_open(sent: object, clean: dict[str, str]) -> None:
    assert clean_urls(sent) == clean
