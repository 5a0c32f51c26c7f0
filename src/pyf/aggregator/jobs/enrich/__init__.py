"""Facts from elsewhere, added to documents that are there."""
