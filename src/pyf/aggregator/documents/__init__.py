"""What Typesense stores for a project: its fields as data, and how they are built. Pure."""
