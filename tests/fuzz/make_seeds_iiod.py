#!/usr/bin/python3
"""Writes the seeds of the fuzz corpus of iiod's protocol, a client's half: tests/fuzz/make_seeds_iiod.py"""
import os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "fuzz_iiod")
os.makedirs(HERE, exist_ok=True)
TURN, SECOND = b"\xff", b"\xfe"


def lines(*text):
    return b"".join(line.encode() + b"\r\n" for line in text)


def write(where, value):
    return f"WRITE iio:device0 {where} {len(value)}\r\n{value}".encode()


SEEDS = {
    "info": lines("VERSION", "PRINT", "ZPRINT", "TIMEOUT 2500", "GETTRIG iio:device0", "READ iio:device0 INPUT accel_x raw",
                  "READ iio:device0 BUFFER length", "READ iio:device0 current_timestamp_clock", "EXIT"),
    "stream": lines("SET iio:device0 BUFFERS_COUNT 2", "OPEN iio:device0 4 0000001f", "READBUF iio:device0 96") + SECOND
    + lines("READBUF iio:device0 240") + SECOND + lines("CLOSE iio:device0"),
    "two": lines("OPEN acc 2 7") + TURN + lines("OPEN acc 3 1", "READBUF acc 12") + TURN * 5 + lines("READBUF acc 24") + TURN * 9,
    "faults": b"".join(write("DEBUG " + name, value) for name, value in [
        ("stall_ms", "20"), ("hold_ms", "30"), ("skip", "3"), ("duplicate", "2"), ("backward_ms", "15"), ("errno", "5"),
        ("ppm", "500"), ("stale", "4"), ("flat", "1"), ("stuck", "5"), ("clip_mps2", "0.01"), ("noise_mps2", "1")])
    + lines("OPEN acc 4 0000001f", "READBUF acc 96") + TURN * 8 + write("DEBUG hangup", "1") + TURN + write("DEBUG gone_ms", "50"),
    "rates": write("INPUT accel_x sampling_frequency", "250") + write("sampling_frequency", "250.0\n")
    + write("current_timestamp_clock", "monotonic") + write("INPUT accel_x hysteresis", "0")
    + lines("SETTRIG iio:device0", "SETTRIG iio:device0 trigger0", "OPEN acc 1 8", "READBUF acc 2") + TURN * 2,
    "timeout": lines("TIMEOUT 5", "OPEN acc 100 7", "READBUF acc 1200") + TURN * 2 + lines("TIMEOUT 0", "READBUF acc 1200") + SECOND * 2,
    "bad": lines("", "OPEN", "OPEN acc 0 7", "OPEN acc 99999999 7", "READBUF acc 1", "WRITE acc a x"),
}
for name, data in SEEDS.items():
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)
