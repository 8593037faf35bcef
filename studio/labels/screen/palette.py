"""The colours of classes: Okabe–Ito first, then evenly spaced hues."""

import colorsys
import re

Colour = tuple[int, int, int]

# Okabe and Ito, "Color Universal Design" (2008): told apart with any kind of colour vision.
OKABE_ITO: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
UNKNOWN: Colour = (150, 150, 150)
"""For a class that the project does not list."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_GOLDEN = 0.618033988749895  # steps of the golden ratio spread hues evenly however many there are
_FIRST_HUE = 0.72  # with this one, sixteen colours are as far apart as Okabe and Ito's own
_TONES = ((0.8, 0.6), (0.6, 1.0))  # saturation and value, in turn


def class_colour(index: int) -> Colour:
    """Return the RGB colour of the class at that position of the project's list; -1 is unknown."""
    if index < 0:
        return UNKNOWN
    if index < len(OKABE_ITO):
        return OKABE_ITO[index]
    hue = (_FIRST_HUE + index * _GOLDEN) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(hue, *_TONES[index % 2])
    return round(red * 255), round(green * 255), round(blue * 255)


def ink_on(colour: Colour) -> Colour:
    """Return black or white, whichever is read better on a colour."""
    red, green, blue = colour
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else (255, 255, 255)


def hex_of(colour: Colour) -> str:
    """Return a colour as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def of_hex(text: str) -> Colour:
    """Return the colour that "#rrggbb" means; raises ValueError."""
    if not _HEX.fullmatch(text):
        raise ValueError(f"{text!r} is no colour like #e69f00")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue
