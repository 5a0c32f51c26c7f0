"""Python Package Filter Aggregator: a framework's packages on PyPI as a Typesense collection."""
