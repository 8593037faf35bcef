"""What a training run is made of; `studio.yolo.train` drives it."""
