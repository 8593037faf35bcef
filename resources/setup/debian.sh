#!/bin/sh
# Installs the system libraries that Qt and OpenCV load, on Debian and Ubuntu, if some are missing.
# Everything else that the program needs comes from requirements.lock.
set -eu

command -v apt-get >/dev/null 2>&1 || exit 0

# soname:package
LIBRARIES="
libEGL.so.1:libegl1
libGL.so.1:libgl1
libglib-2.0.so.0:libglib2.0-0
libfontconfig.so.1:libfontconfig1
libdbus-1.so.3:libdbus-1-3
libxkbcommon.so.0:libxkbcommon0
libxkbcommon-x11.so.0:libxkbcommon-x11-0
libX11-xcb.so.1:libx11-xcb1
libwayland-cursor.so.0:libwayland-cursor0
libwayland-egl.so.1:libwayland-egl1
libxcb-cursor.so.0:libxcb-cursor0
libxcb-icccm.so.4:libxcb-icccm4
libxcb-image.so.0:libxcb-image0
libxcb-keysyms.so.1:libxcb-keysyms1
libxcb-randr.so.0:libxcb-randr0
libxcb-render-util.so.0:libxcb-render-util0
libxcb-shape.so.0:libxcb-shape0
libxcb-sync.so.1:libxcb-sync1
libxcb-xfixes.so.0:libxcb-xfixes0
libxcb-xkb.so.1:libxcb-xkb1
"

missing=""
known=$(/sbin/ldconfig -p)
for pair in $LIBRARIES; do
  case "$known" in
    *"${pair%%:*} "*) ;;
    *) missing="$missing ${pair##*:}" ;;
  esac
done
# Without a font every label is a row of empty squares.
find /usr/share/fonts /usr/local/share/fonts -name '*.[to]tf' 2>/dev/null | grep -q . ||
  missing="$missing fonts-dejavu-core"
"${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"

[ -n "$missing" ] || exit 0
SUDO=""
if [ "$(id -u)" != 0 ]; then
  SUDO=sudo
  if ! command -v sudo >/dev/null 2>&1; then
    echo "Missing system packages, which only root can install: apt-get install$missing" >&2
    exit 1
  fi
fi
echo "Installing the system libraries that the window needs:$missing"
export DEBIAN_FRONTEND=noninteractive
$SUDO apt-get update -qq
# shellcheck disable=SC2086 # one word a package
$SUDO apt-get install -y -qq --no-install-recommends $missing >/dev/null
