"""What the facts of a collection mean: compatibility, life, quality, use, rank. Pure: no clock, no I/O."""
