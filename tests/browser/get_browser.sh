#!/bin/sh
# Finds a Chromium for the browser tests: the system's own, else Debian's package when root, else Playwright's build.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "browser: $(command -v "$name")"
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null
    echo "browser: $(command -v chromium)"
    exit 0
fi
playwright install chromium
