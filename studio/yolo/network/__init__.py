"""The networks: sections, how they are built, what their heads mean."""
