"""Looking after collections: lists, aliases, keys, copies."""
