#!/usr/bin/env bash
# An arm64 Debian with Python, edgenlp's runtime and its needs, in a folder, to be run by qemu: no root, chroot or device.
#
#   tests/devices/setup_arm.sh FOLDER
#
# Takes Debian's packages from the mirror that this machine uses, and Python's from pip's index. What it cannot do it says in
# a sentence, and ends well: the tests then skip.
set -euo pipefail
folder=$(realpath -m "${1:?the folder to make}")
[ -e "$folder/ready" ] && exit 0

skip() {
  echo "No tests on ARM: $1"
  exit 0
}

for tool in qemu-aarch64-static apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || skip "$tool is missing; on Debian: apt-get install qemu-user-static"
done
. /etc/os-release
[ "${ID:-}" = debian ] || skip "this is no Debian, whose packages for arm64 are needed."
mirror=$(sed -nE 's#^(URIs:|deb) (.* )?(https?://[^ ]+/debian/?)( .*)?$#\3#p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -n 1p) || true
[ -n "$mirror" ] || skip "/etc/apt names no mirror of Debian."

rm -rf "$folder"
mkdir -p "$folder"/{etc/preferences.d,state/lists/partial,cache/archives/partial,sysroot/proc,site}
touch "$folder/state/status"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [arch=arm64 signed-by=$keys] $mirror $VERSION_CODENAME main" >"$folder/etc/sources.list"
cat >"$folder/apt.conf" <<END
APT::Architecture "arm64"; APT::Architectures { "arm64"; }; APT::Sandbox::User "root";
Dir::Etc::sourcelist "$folder/etc/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "$folder/etc/preferences.d";
Dir::State "$folder/state"; Dir::State::status "$folder/state/status"; Dir::Cache "$folder/cache";
END
(
  export APT_CONFIG="$folder/apt.conf"
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends --download-only -o Debug::NoLocking=1 python3 libstdc++6 libatomic1 >/dev/null
) || skip "Debian's packages for arm64 could not be fetched."
for package in "$folder"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder/sysroot"; done

# LiteRT reads this file to learn about the processor, and fails on one that describes another kind
for number in 0 1; do
  printf 'processor\t: %d\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\n' "$number"
  printf 'CPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n'
done >"$folder/sysroot/proc/cpuinfo"

version=$(basename "$(readlink "$folder/sysroot/usr/bin/python3")")
version=${version#python}
"${PYTHON:-python3}" -m pip install --quiet --target "$folder/site" --only-binary=:all: --implementation cp \
  --python-version "$version" --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 \
  --platform manylinux2014_aarch64 ai-edge-litert numpy pluggy || skip "the wheels for arm64 could not be fetched."
rm -rf "$folder/cache" "$folder/state"
touch "$folder/ready"
echo "Python $version for arm64 is in $folder"
