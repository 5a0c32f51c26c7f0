"""Names that stand on a command line."""


def check_collection_name(name: str | None) -> None:
    """Raise :class:`UsageError` for a name that no address or filter should have to carry."""
    if name is None:
        return
    from pyf.aggregator.metadata.collection_name import is_collection_name

    if is_collection_name(name):
        return
    from pyf.aggregator.errors.root import UsageError

    raise UsageError(
        f"{name!r} cannot name a collection; use up to 100 letters, digits, '-', '_' and '.',"
        " beginning with a letter or digit."
    )
