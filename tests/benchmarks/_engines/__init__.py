"""Other programs that run our networks, for comparison with our detection."""
