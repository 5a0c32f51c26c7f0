"""What templates and tutorials show in place of a repository, left unchanged."""

import re

_MARKUP = re.compile(r"[<>{}\[\]$|*…]|\.\.\.")
"""What no name contains and every template does: ``<user>``, ``{{ cookiecutter.name }}``, ``$REPO``."""

_PERSON = (
    r"(?:user(?:name|id)?|(?:org|organi[sz]ation|account|company|team|group)(?:name)?"
    r"|handle|login|name|profile|namespace|author|owner|id)"
)
_THING = (
    r"(?:repo|repository|project|package|pkg|app|application|plugin|addon|extension|lib|library|module|name)"
)
_MINE = r"(?:my|the|some|an?|example|sample|test|new|own|python|awesome|cool|simple)"

_SURE_OWNER = re.compile(
    rf"your(?:own|github|gh|git)*{_PERSON}?|(?:github|gh)(?:user(?:name)?|handle|account)|user(?:name)?"
)
_SURE_NAME = re.compile(
    rf"your{_MINE}*{_THING}(?:name)?|(?:repo|repository|project|package|pkg|module|app)name"
)
_LIKELY_OWNER = re.compile(
    rf"{_MINE}*{_PERSON}|me|you|example(?:org|user|com)?|foo|acme|test|placeholder|todo|changeme|xx+|j(?:ohn|ane)doe|some(?:one|body)"
)
_LIKELY_NAME = re.compile(
    rf"{_MINE}*{_THING}(?:name)?|example|sample|foo|bar|baz|foobar|test|demo|placeholder|todo|changeme|xx+|helloworld"
)
"""Real ones are called like this, too: only both together make an example."""

_SEPARATORS = re.compile(r"[-_. ]")

TUTORIALS = frozenset(
    {
        "pypa/sampleproject",
        "pypa/packaging_tutorial",
        "audreyr/cookiecutter-pypackage",
        "audreyfeldroy/cookiecutter-pypackage",
        "octocat/hello-world",
        "octocat/spoon-knife",
    }
)
"""Repositories that are there and that tutorials and templates point at."""


def is_example(owner: str, name: str) -> bool:
    """Tell whether ``owner/name``, in lower case, is what a template shows in place of a repository."""
    if _MARKUP.search(owner) or _MARKUP.search(name):
        return True
    owner, name = _SEPARATORS.sub("", owner), _SEPARATORS.sub("", name)
    if _SURE_OWNER.fullmatch(owner) or _SURE_NAME.fullmatch(name):
        return True
    return bool(_LIKELY_OWNER.fullmatch(owner) and _LIKELY_NAME.fullmatch(name))
