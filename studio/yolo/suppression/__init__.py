"""Which of the boxes that overlap stay."""
