"""The pages of the form of training: Model, Schedule, Augment, Advanced."""
