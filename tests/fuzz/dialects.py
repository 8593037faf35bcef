"""Pascal VOC XML in the manner of those who write it: two objects in a picture of 640 × 480."""

from __future__ import annotations

import codecs

HEAD = "<size><width>640</width><height>480</height><depth>3</depth></size>"


def _frame(xmin: str, ymin: str, xmax: str, ymax: str) -> str:
    edges = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
    return f"<bndbox>{''.join(f'<{e}>{value}</{e}>' for e, value in edges.items())}</bndbox>"


def _indented(text: str, indent: str) -> str:
    return text.replace("\t", indent)


LABELIMG = """<annotation verified="yes">
	<folder>pictures</folder>
	<filename>a.jpg</filename>
	<path>/home/someone/pictures/a.jpg</path>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>640</width>
		<height>480</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>cat</name>
		<pose>Unspecified</pose>
		<truncated>1</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>10</xmin>
			<ymin>20</ymin>
			<xmax>110</xmax>
			<ymax>220</ymax>
		</bndbox>
	</object>
	<object>
		<name>dog &amp; bone</name>
		<pose>Left</pose>
		<truncated>0</truncated>
		<difficult>1</difficult>
		<bndbox>
			<xmin>300</xmin>
			<ymin>40</ymin>
			<xmax>640</xmax>
			<ymax>480</ymax>
		</bndbox>
	</object>
</annotation>
"""

LABELME = f"""<annotation>
  <folder/>
  <filename>a.jpg</filename>
  <database/>
  <annotation/>
  <image/>
  <size>
    <height>480</height>
    <width>640</width>
    <depth>3</depth>
  </size>
  <segmented/>
  <object>
    <name>cat</name>
    <pose/>
    <truncated/>
    <difficult/>
    {_frame("10.0", "20.0", "110.0", "220.0")}
  </object>
  <object>
    <name>dog &amp; bone</name>
    <pose></pose>
    <truncated></truncated>
    <difficult></difficult>
    {_frame("300.0", "40.0", "640.0", "480.0")}
  </object>
</annotation>
"""

CVAT = f"""<?xml version="1.0" encoding="utf-8"?>
<annotation>
  <folder></folder>
  <filename>task/a.jpg</filename>
  <source>
    <database>Unknown</database>
    <annotation>Unknown</annotation>
    <image>Unknown</image>
  </source>
  {HEAD}
  <segmented>0</segmented>
  <object>
    <name>cat</name>
    <occluded>1</occluded>
    {_frame("10.25", "20.50", "110.0", "220.75")}
    <attributes>
      <attribute>
        <name>rotation</name>
        <value>0.0</value>
      </attribute>
    </attributes>
    <part>
      <name>head</name>
      {_frame("12.5", "22.5", "40.0", "60.0")}
    </part>
  </object>
  <object>
    <name>dog &amp; bone</name>
    <truncated>1</truncated>
    <occluded>0</occluded>
    <difficult>0</difficult>
    {_frame("300", "40.0", "640.0", "480")}
    <attributes>
      <attribute><name>track_id</name><value>7</value></attribute>
      <attribute><name>keyframe</name><value>True</value></attribute>
    </attributes>
  </object>
</annotation>"""

ROBOFLOW = """<annotation>
	<folder></folder>
	<filename>a_jpg.rf.0123456789abcdef.jpg</filename>
	<path>a_jpg.rf.0123456789abcdef.jpg</path>
	<source>
		<database>roboflow.com</database>
	</source>
	<size>
		<width>640</width>
		<height>480</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>cat</name>
		<pose>Unspecified</pose>
		<truncated>0</truncated>
		<difficult>0</difficult>
		<occluded>0</occluded>
		<bndbox>
			<xmin>10</xmin>
			<xmax>110</xmax>
			<ymin>20</ymin>
			<ymax>220</ymax>
		</bndbox>
		<polygon>
			<x1>10</x1>
			<y1>20</y1>
			<x2>110</x2>
			<y2>220</y2>
			<x3>10</x3>
			<y3>220</y3>
		</polygon>
	</object>
	<object>
		<name>dog &#38; bone</name>
		<pose></pose>
		<truncated>0</truncated>
		<difficult>0</difficult>
		<occluded>0</occluded>
		<bndbox>
			<xmin>300</xmin>
			<xmax>640</xmax>
			<ymin>40</ymin>
			<ymax>480</ymax>
		</bndbox>
		<polygon/>
	</object>
</annotation>
"""

ODD = f"""<?xml version='1.0' standalone="yes" ?><!DOCTYPE annotation>
<!-- <object> of a --> <?tool <object> ?>
<annotation  note=' > verified="yes" '
   verified = "TRUE">
  <!-- <size> -->
  <meta><object><name>no box</name></object><bndbox/></meta>
  <object  id = "1" ><bndbox><ymax>220.75</ymax><!-- c --><xmax> 1.1e2
    </xmax><ymin>+20.5</ymin><xmin>010.25</xmin></bndbox
    ><difficult>TRUE</difficult><truncated>False</truncated><occluded>Yes</occluded>
    <name><![CDATA[cat]]></name><score>0.5</score></object>

  text between<object><name>dog<!-- and --> &amp; b&#111;ne</name>{
    _frame("300", "40", "640", "480")
}  <pose>Front&#x61;l</pose></object><object/>
</annotation>
<!-- the end -->
"""

_BARE = (
    f"<annotation><object><name>cat</name>{_frame('10', '20', '110', '220')}</object>"
    f"<object><name>dog &amp; bone</name>{_frame('300', '40', '640', '480')}</object></annotation>"
)

DIALECTS: dict[str, bytes] = {
    "labelImg": LABELIMG.encode(),
    "labelme": LABELME.encode(),
    "CVAT": CVAT.encode(),
    "Roboflow": ROBOFLOW.encode(),
    "odd": ODD.encode(),
    "neither file name nor size": _BARE.encode(),
    "Windows": LABELIMG.replace("\n", "\r\n").encode(),
    "old Macintosh": CVAT.replace("\n", "\r").encode(),
    "mark of UTF-8": codecs.BOM_UTF8 + LABELIMG.encode(),
    "UTF-16": ('<?xml version="1.0" encoding="UTF-16"?>\n' + ROBOFLOW).encode("utf-16"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + LABELME.encode("utf-16-be"),
    "Latin 1": b"<?xml version='1.0' encoding='ISO-8859-1'?><!-- caf\xe9 -->" + LABELIMG.encode(),
    "a default namespace": LABELIMG.replace("<annotation", '<annotation xmlns="urn:v"').encode(),
    "a namespace's prefix": (
        LABELIMG.replace("<", "<v:")
        .replace("<v:/", "</v:")
        .replace("<v:annotation", '<v:annotation xmlns:v="urn:v"')
        .encode()
    ),
}
"""By the manner; each says the same of where the two objects are."""

LABELS = ("cat", "dog & bone")
PLACES = ((10, 20, 110, 220), (300, 40, 640, 480))
"""Where the objects are, to less than a pixel."""
