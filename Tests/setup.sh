#!/bin/sh
# Installs what a build and the tests need and is not there: libpcap's and OpenSSL's headers, and Python's jsonschema for the tests.
set -eu

command -v swift >/dev/null || {
    echo "vipscope needs a Swift 6.3 toolchain: see https://www.swift.org/install/" >&2
    exit 1
}

missing=""
[ -e /usr/include/pcap/pcap.h ] || missing="$missing libpcap-dev"
[ -e /usr/include/openssl/evp.h ] || missing="$missing libssl-dev"
command -v pkg-config >/dev/null || missing="$missing pkg-config"
python3 -c 'import jsonschema' 2>/dev/null || missing="$missing python3-jsonschema"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "vipscope needs, by the names that Debian gives them:$missing. Install them and try again." >&2
    exit 1
fi
root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Run as root: apt-get install$missing" >&2; exit 1; }
    root=sudo
fi
echo "installing:$missing"
# The lists may be old or absent; what counts is whether the install works.
$root apt-get update -qq || true
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "could not install:$missing. Install them by hand and try again." >&2
    exit 1
}
