"""The same work in labelImg and here, each in processes of its own, in turn."""
