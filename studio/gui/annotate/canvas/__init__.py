"""The canvas: what the pointer does, and how picture and boxes are painted."""
