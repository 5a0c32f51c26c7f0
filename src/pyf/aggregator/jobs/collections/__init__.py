"""The care of collections: lists, aliases, keys, copies."""
