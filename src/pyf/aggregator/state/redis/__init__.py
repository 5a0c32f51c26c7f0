"""What is remembered for many machines: the same, and what workers share."""
