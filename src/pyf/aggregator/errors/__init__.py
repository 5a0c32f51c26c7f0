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
from pyf.aggregator.errors.queue import (
    ArgumentsRefused,
    BrokerUnavailable,
    LeaseHeld,
    ProjectMissing,
    ReleaseMissing,
    RunIncomplete,
    TaskPoisoned,
    TaskTimedOut,
)
from pyf.aggregator.errors.root import (
    AggregatorError,
    ConfigurationError,
    DataFolderUnusable,
    UsageError,
)
from pyf.aggregator.errors.search import (
    CollectionNotFound,
    DocumentRefused,
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
    TurnFarOff,
)

__all__ = [
    "AggregatorError",
    "AliasRefused",
    "ArgumentsRefused",
    "BrokerUnavailable",
    "CollectionNeeded",
    "CollectionNotFound",
    "ConfigurationError",
    "DataFolderUnusable",
    "DocumentRefused",
    "EmbeddedUnavailable",
    "FieldMismatch",
    "KeyTaken",
    "LeaseHeld",
    "MalformedResponse",
    "NothingToRollBack",
    "OversizedResponse",
    "ProjectMissing",
    "QueryTooLarge",
    "RateLimited",
    "RebuildRefused",
    "ReleaseMissing",
    "RemovalRefused",
    "RequestRefused",
    "RunIncomplete",
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
    "TaskPoisoned",
    "TaskTimedOut",
    "TokenRefused",
    "TurnFarOff",
    "UsageError",
]
