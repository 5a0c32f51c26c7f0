"""The API for programs: what the pages show, as JSON whose shapes are declared once."""
