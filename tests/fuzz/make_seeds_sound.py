#!/usr/bin/python3
"""Writes the seeds of the sound files' fuzz corpus: tests/fuzz/make_seeds_sound.py"""
import math
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "fuzz_wav")


def put(name, data):
    os.makedirs(HERE, exist_ok=True)
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def wav(tag, channels, rate, bits, data, extensible=False, before=b""):
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * channels * bits // 8,
                       channels * bits // 8, bits)
    if extensible:
        form += struct.pack("<HHII", 22, bits, 0, tag) + bytes(12)
    body = (b"WAVE" + before + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data))
            + data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


put("s16.wav", wav(1, 1, 22050, 16, struct.pack("<200h", *(int(9000 * math.sin(i / 3)) for i in range(200)))))
put("u8.wav", wav(1, 2, 8000, 8, bytes(range(100))))
put("s24.wav", wav(1, 1, 48000, 24, bytes(range(150)), True))
put("float.wav", wav(3, 1, 16000, 32, struct.pack("<60f", *(math.sin(i / 5) for i in range(60))), True,
                     b"LIST" + struct.pack("<I", 3) + b"abc\0"))
put("nan.wav", wav(3, 1, 8000, 32, struct.pack("<5f", float("nan"), float("inf"), -1e30, 1, 0)))
put("schedule.txt", b"wed 11:00, 1st 09:30,daily 23:59")
put("languages.txt", b"zh, en,ja")
