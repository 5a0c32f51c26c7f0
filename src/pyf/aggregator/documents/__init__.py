"""What Typesense stores for a project: fields as data, and the way to them. Pure."""
