"""Typesense: its connection, and what can be done with it."""

import sys

# httpx imports its own command line, and rich and pygments with it, wherever these are installed. That takes
# longer than all the rest of it. None makes the import of that one module fail, which httpx is prepared for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
