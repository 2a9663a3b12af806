#!/bin/sh
# The floor of docs/quality.md on the recorded earthquakes:  test_quality.sh BINARY
records=${RECORDS:-../shared/data}
if [ ! -f "$records/catalogue.csv" ]; then
    echo "SKIPPED 8 claims on detection quality: no records at $records"
    exit 0
fi
exec "$(dirname "$0")/../quality/floor.py" "$1" "$records"
