"""How long, in which steps and at which rate is learnt."""

from __future__ import annotations

from studio.gui.train.fields import Choice, Number, Whole
from studio.gui.train.pages.page import Page

RATES = {
    "cosine": ("along a cosine", "Falls slowly, then quickly, then slowly: suits nearly all"),
    "step": ("in steps", "A tenth after 80 %, and again after 90 % of the epochs"),
    "constant": ("not at all", "Stays at the highest after the warm-up"),
}


class SchedulePage(Page):
    """Epochs, batch and rate."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs = Whole("epochs", "How often every picture is seen")
        self.batch = Whole("batch_size", "Pictures a step; less needs less memory")
        self.parts = Whole("parts", "Compute a batch in so many equal parts: less memory, slower")
        self.rate = Number(
            "learning_rate", "The highest learning rate, reached after the warm-up", 0.0005, 6
        )
        falls = Choice("rate", "How the rate falls until the end", RATES)
        patience = Whole(
            "patience", "End after so many epochs without a better result", none="never early"
        )
        measured = Whole(
            "validate_every", "Epochs from one measurement to the next", none="as time allows"
        )
        measured.setPrefix("every ")
        self.add_field("E&pochs", self.epochs)
        self.add_field("&Batch", self.batch)
        self.add_field("Part&s", self.parts)
        self.add_field("&Rate", self.rate)
        self.add_field("Rate &falls", falls)
        self.add_field("St&op early", patience)
        self.add_field("&Validate", measured)
