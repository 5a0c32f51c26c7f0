"""Facts from elsewhere for documents that are there."""
