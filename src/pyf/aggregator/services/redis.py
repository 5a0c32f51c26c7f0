"""Which Redis the queue uses."""

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.state.redis.embedded import EmbeddedValkey


def find_redis_url(settings: Settings) -> str:
    """Return where Redis is: what the settings say, else the Valkey of a ``pyfqueue up`` on this machine."""
    if settings.names_redis:
        return settings.redis_url
    return EmbeddedValkey(settings.pyf_data_dir).find_running_url() or settings.redis_url
