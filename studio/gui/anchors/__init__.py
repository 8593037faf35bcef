"""The Anchors tab: clustering the sizes of the boxes."""
