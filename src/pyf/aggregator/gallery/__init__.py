"""The gallery: web pages of the collections, for people, feeds and programs. Starlette lives here only."""
