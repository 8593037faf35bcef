"""Picture files: what their headers say, their pixels, versions for the screen."""
