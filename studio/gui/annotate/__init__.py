"""The Annotate tab: pictures, boxes, classes."""
