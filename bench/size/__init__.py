"""A made-up PyPI as long as the real one, with as many packages of one profile as the largest has."""
