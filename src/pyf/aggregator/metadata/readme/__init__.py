"""A README: its HTML, its text, and what is wrong with it. Pure."""
