#!/bin/sh
# Instructions a sample of `tocsin replay`, against the accepted figure:  tests/cli/test_instructions.sh BINARY
exec python3 "$(dirname "$0")/../bench/guard" "$1"
