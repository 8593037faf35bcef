"""Everything that can be done, its menus and its keys."""
