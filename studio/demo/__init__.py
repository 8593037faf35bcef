"""The demo: a project of handwritten-looking digits, made without any network."""
