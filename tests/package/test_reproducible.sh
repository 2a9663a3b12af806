#!/bin/sh
# The package a second time, elsewhere, at another hour, in another language, by another umask: the same bytes.
#   tests/package/test_reproducible.sh FOLDER     with what `make deb` made of this very commit
set -eu
cd "$(dirname "$0")/../.."
first=$(cd "$1" && pwd)
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
mkdir -p "$again/elsewhere"
passed=0 failed=0
(umask 077 && TMPDIR="$again/elsewhere" TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 tools/deb "$again/out" >/dev/null)
for deb in "$first"/*.deb; do
    if cmp "$deb" "$again/out/$(basename "$deb")"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $(basename "$deb") is the same bytes wherever it is built"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
