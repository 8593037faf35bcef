"""Pascal VOC XML in the manner of those who write it: two objects in a picture of 640 × 480.

The texts are files in `voc_samples`, each with the peculiarities of whom it is named after; that
of nobody, `odd`, has those that XML allows and no program that is known.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path


def _sample(name: str) -> str:
    """Return the text of a sample; its lines end with line feeds, however it was checked out."""
    return (Path(__file__).with_name("voc_samples") / f"{name}.xml").read_text("utf-8")


LABELIMG, LABELME, CVAT, ROBOFLOW, ODD = map(
    _sample, ("labelImg", "labelme", "CVAT", "Roboflow", "odd")
)

_BARE = """<annotation><object><name>cat</name><bndbox>\
<xmin>10</xmin><ymin>20</ymin><xmax>110</xmax><ymax>220</ymax></bndbox></object>\
<object><name>dog &amp; bone</name><bndbox>\
<xmin>300</xmin><ymin>40</ymin><xmax>640</xmax><ymax>480</ymax></bndbox></object></annotation>"""

LABELIMG_OTHERWISE: dict[str, bytes] = {
    "Windows": LABELIMG.replace("\n", "\r\n").encode(),
    "mark of UTF-8": codecs.BOM_UTF8 + LABELIMG.encode(),
    "UTF-16": ('<?xml version="1.0" encoding="utf-16"?>' + LABELIMG).encode("utf-16"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + LABELIMG.encode("utf-16-be"),
    "Latin 1": b"<?xml version='1.0' encoding='ISO-8859-1'?><!-- caf\xe9 -->" + LABELIMG.encode(),
    "a default namespace": LABELIMG.replace("<annotation", '<annotation xmlns="urn:v"').encode(),
    "comments around it": f"<!DOCTYPE annotation><!-- by x -->{LABELIMG}<!-- end -->".encode(),
    "comments inside": LABELIMG.replace("<xmin>", "<!-- left --><xmin>").encode(),
    "unknown elements": LABELIMG.replace(
        "<object>", "<extra>7<object/></extra><object><id>9</id>"
    ).encode(),
    "no file name": LABELIMG.replace("<filename>a.jpg</filename>", "").encode(),
    "an empty flag": LABELIMG.replace("<difficult>0</difficult>", "<difficult/>").encode(),
    "one line": LABELIMG.replace("\n", "").replace("\t", "").encode(),
    "CDATA": LABELIMG.replace("dog &amp; bone", "<![CDATA[dog & bone]]>").encode(),
}
CVAT_OTHERWISE: dict[str, bytes] = {
    "old Macintosh": CVAT.replace("\n", "\r").encode(),
    "a namespace's prefix": re.sub(r"<(/?)(?=\w)", r"<\1v:", CVAT)
    .replace("<v:annotation>", '<v:annotation xmlns:v="urn:v">', 1)
    .encode(),
}
"""By what is different; each says what the sample says."""

DIALECTS: dict[str, bytes] = {
    "labelImg": LABELIMG.encode(),
    "labelme": LABELME.encode(),
    "CVAT": CVAT.encode(),
    "Roboflow": ROBOFLOW.encode(),
    "odd": ODD.encode(),
    "neither file name nor size": _BARE.encode(),
    **LABELIMG_OTHERWISE,
    **CVAT_OTHERWISE,
}
"""By the manner; each says the same of where the two objects are."""

LABELS = ("cat", "dog & bone")
PLACES = ((10, 20, 110, 220), (300, 40, 640, 480))
"""Where the objects are, to less than a pixel."""
