"""READMEs that take too much of a renderer."""

from pyf.aggregator.metadata.model import Project, Serial, normalize

MD, RST = "text/markdown", "text/x-rst"
LAUGHS = "".join(f".. |{chr(97 + i)}| replace:: |{chr(98 + i)}| |{chr(98 + i)}|\n" for i in range(20))
BOMB = f"{LAUGHS}.. |u| replace:: x\n\n|a|\n"
"""Twenty substitutions that double, in some five hundred bytes."""


def build_project(description: str | None, content_type: str | None = MD, **fields: object) -> Project:
    given: dict[str, object] = {"project_urls": {}, **fields}
    return Project(
        name=normalize("easy-form"),
        display_name="easy-form",
        serial=Serial(1),
        version="1.0",
        description=description,
        description_content_type=content_type,
        **given,  # type: ignore[arg-type]
    )
