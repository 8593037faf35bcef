"""What training makes small: three terms, each a function, weighed by a named scheme."""
