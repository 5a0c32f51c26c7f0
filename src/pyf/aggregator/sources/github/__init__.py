"""GitHub: its two APIs, what they say of repositories, and what they grant."""
