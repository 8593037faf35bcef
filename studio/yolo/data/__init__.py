"""From a data set to the batches that are learnt from."""
