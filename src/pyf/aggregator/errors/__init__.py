"""Every exception this project raises.

Each carries its data as attributes and prints as one complete sentence that says what to do.
Third-party exceptions are translated into these where the library is owned.
"""

from pyf.aggregator.errors.jobs import (
    AliasRefused,
    CollectionNeeded,
    NothingToRollBack,
    RebuildRefused,
    RemovalRefused,
)
from pyf.aggregator.errors.root import (
    AggregatorError,
    ConfigurationError,
    DataFolderUnusable,
    UsageError,
)
from pyf.aggregator.errors.search import (
    CollectionNotFound,
    EmbeddedUnavailable,
    FieldMismatch,
    KeyTaken,
    RequestRefused,
    SchemaMismatch,
    SearchError,
    SearchNotFound,
    SearchOutOfResources,
    SearchUnauthorized,
    SearchUnavailable,
)
from pyf.aggregator.errors.sources import (
    MalformedResponse,
    OversizedResponse,
    QueryTooLarge,
    RateLimited,
    SecondaryLimit,
    SourceError,
    SourceOutage,
    SourceUnavailable,
    StaleResponse,
    TokenRefused,
)

__all__ = [
    "AggregatorError",
    "AliasRefused",
    "CollectionNeeded",
    "CollectionNotFound",
    "ConfigurationError",
    "DataFolderUnusable",
    "EmbeddedUnavailable",
    "FieldMismatch",
    "KeyTaken",
    "MalformedResponse",
    "NothingToRollBack",
    "OversizedResponse",
    "QueryTooLarge",
    "RateLimited",
    "RebuildRefused",
    "RemovalRefused",
    "RequestRefused",
    "SchemaMismatch",
    "SearchError",
    "SearchNotFound",
    "SearchOutOfResources",
    "SearchUnauthorized",
    "SearchUnavailable",
    "SecondaryLimit",
    "SourceError",
    "SourceOutage",
    "SourceUnavailable",
    "StaleResponse",
    "TokenRefused",
    "UsageError",
]
