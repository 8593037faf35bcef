"""The detector: networks, losses, training, evaluation. The only place that imports TensorFlow.

`config`, `events`, `prepare`, `runs` and `suppress` are plain Python and numpy, for those who
only want to read, show or choose.
"""
