"""Everything that can be done in the tab, by menu and by key. labelImg's keys are the default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studio.gui.annotate.commands.bindings import Bindings, canonical


@dataclass(frozen=True, slots=True)
class Command:
    """One action.

    `where` its keys work: everywhere in the "tab"; on canvas and "lists", so that fields and
    buttons keep them; on canvas and list of "boxes"; on the "canvas" alone, or in the list of
    "classes" alone. `tip` says more than the text where that does not say all.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    where: str = "tab"
    checkable: bool = False
    tip: str = ""

    @property
    def title(self) -> str:
        """The text without the sign that marks a letter for the menu."""
        return self.text.replace("&", "")


SEPARATOR = Command("", "")

_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
NUDGES: dict[str, tuple[int, int]] = {
    **{f"nudge_{way}": step for way, step in _WAYS.items()},
    **{f"jump_{way}": (10 * dx, 10 * dy) for way, (dx, dy) in _WAYS.items()},
}
GROWS = {f"grow_{way}": step for way, step in _WAYS.items()}
"""Moves the side that lies that way outwards."""
SHRINKS = {f"shrink_{way}": step for way, step in _WAYS.items()}
"""Moves the side that lies opposite that way, so inwards."""
POSES = ("Unspecified", "Frontal", "Rear", "Left", "Right")
_POSE_TEXTS = ("&Unspecified", "&Frontal", "&Rear", "&Left", "R&ight")
CLASS_KEYS = range(1, 10)
_OPPOSITE = {"left": "right", "right": "left", "up": "bottom", "down": "top"}
_SIDE = {"left": "left", "right": "right", "up": "top", "down": "bottom"}


def _on_arrows(name: str, text: str, modifier: str = "") -> tuple[Command, ...]:
    """Return the four commands on the arrow keys; `{way}`, `{side}`, `{other}` stand in `text`."""
    return tuple(
        Command(
            f"{name}_{way}",
            _first_upper(text.format(way=way, side=_SIDE[way], other=_OPPOSITE[way])),
            (modifier + way.title(),),
            where="canvas",
        )
        for way in _WAYS
    )


def _first_upper(text: str) -> str:
    return text[0].upper() + text[1:]


MENUS: dict[str, tuple[Command, ...]] = {
    "&Edit": (
        Command("undo", "&Undo", ("Ctrl+Z",), "mdi6.undo"),
        Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo"),
        Command("history", "Edit &history", ("Ctrl+Shift+H",), "mdi6.history", checkable=True),
        SEPARATOR,
        Command("cut", "Cu&t boxes", ("Ctrl+X",), "mdi6.content-cut", "boxes"),
        Command("copy", "&Copy boxes", ("Ctrl+C",), "mdi6.content-copy", "boxes"),
        Command(
            "paste",
            "&Paste boxes",
            ("Ctrl+V",),
            "mdi6.content-paste",
            "boxes",
            tip="Paste boxes; with nothing copied, those of the previous picture",
        ),
        Command(
            "paste_previous",
            "Pre&vious picture's boxes",
            ("Ctrl+Shift+V",),
            "mdi6.clipboard-arrow-left-outline",
        ),
        Command(
            "pin",
            "Carr&y boxes on to new pictures",
            ("Ctrl+Alt+V",),
            "mdi6.pin-outline",
            checkable=True,
        ),
        SEPARATOR,
        Command("select_all", "Select &all", ("Ctrl+Shift+A",), "mdi6.select-all", "boxes"),
        Command(
            "select_class", "Select all of this c&lass", ("Ctrl+Shift+C",), "mdi6.select-group"
        ),
        Command("next_box", "Ne&xt box", ("N",), "mdi6.chevron-right", "boxes"),
        Command("previous_box", "Previous b&ox", ("Shift+N",), "mdi6.chevron-left", "boxes"),
        SEPARATOR,
        Command("cancel", "Ca&ncel", ("Esc",), "mdi6.close", "lists"),
    ),
    "&Box": (
        Command("draw", "&Draw box", ("W",), "mdi6.vector-square-plus"),
        Command("confirm", "Set &corner", ("Return", "Enter"), "mdi6.check", "canvas"),
        Command("duplicate", "D&uplicate", ("Ctrl+D",), "mdi6.content-duplicate"),
        Command("delete", "D&elete", ("Del", "Backspace"), "mdi6.delete-outline", "boxes"),
        SEPARATOR,
        Command("difficult", "Di&fficult", ("F",), "mdi6.flag-outline", checkable=True),
        Command("truncated", "&Truncated", ("T",), "mdi6.crop", checkable=True),
        Command("occluded", "&Occluded", ("O",), "mdi6.flip-to-back", checkable=True),
        SEPARATOR,
        Command("hide", "&Hide", ("H",), "mdi6.eye-off-outline"),
        Command("hide_all", "Hide &all boxes", ("Ctrl+H",), "mdi6.eye-off"),
        Command("show_all", "&Show all boxes", ("Ctrl+A",), "mdi6.eye-outline"),
        Command("lock", "&Lock", ("L",), "mdi6.lock-outline", checkable=True),
        Command("unlock_all", "U&nlock all boxes", ("Ctrl+Shift+L",), "mdi6.lock-open-outline"),
        SEPARATOR,
    ),
    "&Class": (
        Command("find_class", "&Find class…", ("/",), "mdi6.magnify", "lists"),
        Command("rename_class", "&Rename or merge…", ("F2",), "mdi6.rename-outline", "lists"),
        Command("recolour_class", "&Colour…", (), "mdi6.palette-outline"),
        Command("class_up", "Move &up", ("Ctrl+Up",), "mdi6.arrow-up", "classes"),
        Command("class_down", "Move &down", ("Ctrl+Down",), "mdi6.arrow-down", "classes"),
        Command(
            "number_classes",
            "&Number classes in this order",
            (),
            "mdi6.format-list-numbered",
            tip="Class numbers, as training and exports use them, follow this order",
        ),
        Command("remove_class", "R&emove", ("Shift+Del",), "mdi6.tag-remove-outline", "classes"),
        SEPARATOR,
    ),
    "&View": (
        Command("zoom_in", "Zoom &in", ("Ctrl++", "Ctrl+="), "mdi6.magnify-plus-outline"),
        Command("zoom_out", "Zoom &out", ("Ctrl+-",), "mdi6.magnify-minus-outline"),
        Command("fit", "&Fit", ("Ctrl+F",), "mdi6.fit-to-page-outline"),
        Command("fit_width", "Fit &width", ("Ctrl+Shift+F",), "mdi6.arrow-expand-horizontal"),
        Command("actual_size", "&100 %", ("Ctrl+0",), "mdi6.image-size-select-actual"),
        SEPARATOR,
        Command("light", "&Brightness and contrast", ("B",), "mdi6.brightness-6", checkable=True),
        Command(
            "names",
            "Class &names on boxes",
            ("Ctrl+Shift+P",),
            "mdi6.label-outline",
            checkable=True,
        ),
        Command("thumbnails", "&Thumbnails", (), "mdi6.image-multiple-outline", checkable=True),
    ),
    "&Go": (
        Command("next", "&Next picture", ("D",), "mdi6.arrow-right"),
        Command("previous", "&Previous picture", ("A",), "mdi6.arrow-left"),
        Command("next_unlabelled", "Next not &labelled", ("U",), "mdi6.skip-next-outline"),
        SEPARATOR,
        Command("verify", "&Verified", ("Space",), "mdi6.check-decagram-outline", "lists", True),
        Command("nothing", "No &objects here", ("E",), "mdi6.circle-off-outline", "lists", True),
        SEPARATOR,
        Command("search", "&Search pictures", ("Ctrl+L",), "mdi6.magnify"),
    ),
    "&Help": (Command("keys", "&Keys", ("?", "F1"), "mdi6.keyboard-outline"),),
}
SAVE = Command("save", "&Save now", ("Ctrl+S",), "mdi6.content-save-outline")

SUBMENUS: dict[str, dict[str, tuple[Command, ...]]] = {
    "&Box": {
        "&Pose": tuple(
            Command(f"pose_{pose.lower()}", text, checkable=True)
            for pose, text in zip(POSES, _POSE_TEXTS, strict=True)
        ),
        "&Move": (
            *_on_arrows("nudge", "One pixel {way}"),
            *_on_arrows("jump", "Ten pixels {way}", "Shift+"),
        ),
        "Move one s&ide": (
            *_on_arrows("grow", "{side} side {way}", "Alt+"),
            *_on_arrows("shrink", "{other} side {way}", "Alt+Shift+"),
        ),
    },
    "&Class": {
        "&Take": tuple(Command(f"class_{n}", f"Class &{n}", (str(n),)) for n in CLASS_KEYS),
    },
}


def commands() -> Iterator[Command]:
    """Return every command there is."""
    submenus = (group for menu in SUBMENUS.values() for group in menu.values())
    for group in (*MENUS.values(), (SAVE,), *submenus):
        yield from (command for command in group if command is not SEPARATOR)


WINDOW_KEYS = {
    "Ctrl+O": ("Open folder…", "opens a folder"),
    "Ctrl+U": ("Open folder…", "opens a folder"),
    "Ctrl+Q": ("Quit", "quits"),
}
"""The keys of the window itself: what its File menu says, and what they do."""

FOLLOWED_BY_KEYS = ("draw", "next_box", "previous_box")
"""After these the arrow keys move the cross-hair or a box, wherever the focus was."""

_FIXED = "cancel"  # a way out that is always there


def default_bindings() -> Bindings:
    """Return the keys of the table above, and those that no command may take from the system."""
    reserved = {
        "Esc": "cancels",
        **{key: does for key, (_, does) in WINDOW_KEYS.items()},
        **dict.fromkeys(("Tab", "Backtab", "Shift+Backtab"), "goes from field to field"),
        **{f"Alt+{_mnemonic(title)}": "opens a menu" for title in ("&File", *MENUS)},
    }
    keys = {c.name: tuple(canonical(key) for key in c.keys) for c in commands()}
    return Bindings(keys, reserved, frozenset([_FIXED]))


def _mnemonic(title: str) -> str:
    return title[title.index("&") + 1].upper()
