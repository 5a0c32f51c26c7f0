"""The pages: each module loads the values of one and shows them."""
