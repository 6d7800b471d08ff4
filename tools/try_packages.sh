#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages in a Debian that has nothing else, and uses them there as
# their users do: the tool and its demo, a device, a served update, the man page and the
# completion; then, with a compiler beside, a program against the library.
#   tools/try_packages.sh FOLDER-OF-PACKAGES
# Needs root and mmdebstrap; leaves nothing behind.
set -eu
packages=$(cd "${1:?expected the folder of the packages, found nothing}" && pwd)
project=$(cd "$(dirname "$0")/.." && pwd)

say() { printf 'try: %s\n' "$*"; }
set -- "$packages"/updraft_*.deb "$packages"/libupdraft-dev_*.deb
for package in "$@"; do
  [ -f "$package" ] || {
    say "expected $package, found none; ./dev package makes it" >&2
    exit 1
  }
done

folder=$(mktemp -d)
root=$folder/root
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What a user types, inside; the hook of mmdebstrap has mounted what is needed.
cat >"$folder/tool" <<'END'
set -eux
cd "$(mktemp -d)"
updraft --version
test "$(updraft --version)" = "updraft $(dpkg-query -W -f='${Version}' updraft)"
updraft demo
updraft device new board --rollback
updraft image make v1.bin --chip native --executable /bin/true --version 1.0.0
mkdir www
updraft image make www/v2.bin --chip native --executable /bin/true --version 2.0.0
updraft device install board v1.bin
updraft serve www --ca-out ca.pem --port-file port >access.log 2>&1 &
server=$!
until [ -s port ]; do kill -0 $server; sleep 0.1; done
updraft device update board --url "https://localhost:$(cat port)/v2.bin" --ca ca.pem
kill $server
updraft boot board
updraft device info board
esp_enc_img_gen --help >help
test -s /usr/share/man/man1/updraft-device-update.1 -o -s /usr/share/man/man1/updraft-device-update.1.gz
test -s /usr/share/bash-completion/completions/updraft
test -s /lib/systemd/system/updraft-gateway@.service
END
cat >"$folder/library" <<'END'
set -eux
cd "$(mktemp -d)"
pkg-config --modversion updraft-host
g++ -std=c++20 /tmp/list_slots.cc -o list_slots $(pkg-config --cflags --libs updraft-host)
updraft device new board
./list_slots board
apt-get purge -qq -y updraft libupdraft-dev >/dev/null
test ! -e /usr/bin/updraft
test ! -e /usr/include/updraft
END
cp "$project/examples/api/list_slots.cc" "$folder"

say "a Debian that has nothing else, then the packages and what they depend on"
# shellcheck disable=SC2016  # $1 is the hook's.
mmdebstrap --quiet --variant=apt \
  --customize-hook='copy-in '"$*"' '"$folder/tool $folder/library $folder/list_slots.cc"' /tmp' \
  --customize-hook='chroot "$1" sh -c "apt-get -qq install --no-install-recommends -y /tmp/updraft_*.deb" >/dev/null' \
  --customize-hook='chroot "$1" sh /tmp/tool' \
  --customize-hook='chroot "$1" sh -c "apt-get -qq install --no-install-recommends -y /tmp/libupdraft-dev_*.deb g++ pkg-config" >/dev/null' \
  --customize-hook='chroot "$1" sh /tmp/library' \
  bookworm "$root" 2>&1 || {
  say "the packages did not do there what they should; the last lines above say where" >&2
  exit 1
}
say "installed, used and removed in a clean Debian"
