#!/bin/sh
# alarm/lines.c compiles against libgpiod 2 too: against declarations of it (tests/gpiod2), since Debian 12 has only
# libgpiod 1. That shows that the calls fit; it runs nothing.
set -u
cd "$(dirname "$0")/../.."
if pkg-config --atleast-version=2 libgpiod; then
    echo 'SKIPPED 1: libgpiod 2 is installed, and the program was built with it'
    exit 0
fi
if ${CC:-cc} -std=c11 -D_GNU_SOURCE -Itests/gpiod2 -I. -Wall -Wextra -Wconversion -Werror -fsyntax-only alarm/lines.c; then
    echo 'compiled against declarations of libgpiod 2; not run'
    echo '1 passed, 0 failed'
else
    echo 'FAILED alarm/lines.c does not compile against libgpiod 2'
    echo '0 passed, 1 failed'
    exit 1
fi
