"""What people draw: boxes, label files, pictures. Knows neither Qt nor TensorFlow."""
