"""TFRecord files with the fields of the TensorFlow Object Detection API, both ways."""
