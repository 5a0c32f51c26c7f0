"""The gallery as files: the same pages, for a host that serves nothing but files."""
