"""Where facts go: documents, their schema, and the Typesense server that holds them."""
