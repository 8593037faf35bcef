"""The Detect tab: pictures dropped on a trained model."""
