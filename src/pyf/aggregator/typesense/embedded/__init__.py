"""The local Typesense, where none is configured."""
