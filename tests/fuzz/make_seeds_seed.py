#!/usr/bin/python3
"""Writes the synthetic seeds of the fuzz corpora of miniSEED, StationXML, OpenEEW and JSON."""
import json, math, os, struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, name, data):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


# ---- miniSEED: one record of a sine, 256 bytes

def steim(order, version, x, room):
    frames, i = [], 0
    for f in range(room // 64):
        words, control = [0], 0
        if f == 0:
            words += [x[0] & 0xffffffff, 0]
        while len(words) < 16 and i < len(x):
            d = [x[k] - x[k - 1] if k else 0 for k in range(i, min(i + 4, len(x)))]
            code = 1 if len(d) == 4 and all(-128 <= v < 128 for v in d) else 3 if version == 1 else 2
            if code == 1:
                word, used = sum((v & 255) << 8 * (3 - k) for k, v in enumerate(d)), 4
            else:
                word, used = (d[0] & 0xffffffff if version == 1 else 1 << 30 | d[0] & 0x3fffffff), 1
            control |= code << 30 - 2 * len(words)
            words.append(word)
            i += used
        words[0] = control
        frames.append(words + [0] * (16 - len(words)))
    frames[0][2] = x[i - 1] & 0xffffffff
    return b"".join(struct.pack(order + "16I", *w) for w in frames), i


def record(encoding, order=">", code=("TEST", "00", "HNZ", "XX"), second=0, rate=(100, 1), b100=None, usec=0,
           with_1000=True, size=256, change=b""):
    x = [int(3000 * math.sin(i / 9)) for i in range(2000)]
    blockettes, first = b"", 0
    parts = [struct.pack("BBBx", encoding, order == ">", size.bit_length() - 1)] if with_1000 else []
    kinds = [1000] if with_1000 else []
    if usec:
        parts.append(struct.pack("BbxB", 100, usec, 1))
        kinds.append(1001)
    if b100:
        parts.append(struct.pack(order + "f4x", b100))
        kinds.append(100)
    at = 48
    for kind, part in zip(kinds, parts):
        following = at + 4 + len(part)
        blockettes += struct.pack(order + "HH", kind, following if kind != kinds[-1] else 0) + part
        at = following
    room = size - 128
    if encoding in (10, 11):
        body, n = steim(order, encoding - 9, x, room)
    else:
        letter = {0: "B", 1: "h", 3: "i", 4: "f", 5: "d"}.get(encoding, "H")
        n = room // struct.calcsize(letter)
        body = struct.pack(order + "%d%s" % (n, letter), *[v % 60 if letter in "BH" else v for v in x[:n]])
    if encoding == 12:
        n = room // 3
    sta, loc, cha, net = code
    head = b"000001D " + ("%-5s%-2s%-3s%-2s" % (sta, loc, cha, net)).encode()
    head += struct.pack(order + "HHBBBxH", 2024, 24, 10, 51, second, 50)
    head += struct.pack(order + "HhhBBBBiHH", n, *rate, 0, 0, 0, len(kinds), 0, 128, 48 if kinds else 0)
    return (head + blockettes).ljust(128, b"\0") + body.ljust(room, b"\0")


for encoding in (1, 3, 4, 5, 10, 11):
    put("fuzz_mseed", "encoding%d" % encoding, record(encoding))
    put("fuzz_mseed", "encoding%d_little" % encoding, record(encoding, "<"))
for encoding in (0, 12, 13, 14, 16, 30, 32):
    put("fuzz_mseed", "encoding%d" % encoding, record(encoding) + record(1, second=1))
put("fuzz_mseed", "three", b"".join(record(1, code=("TEST", "", "HN" + c, "XX"), second=s)
                                    for s in range(2) for c in "ZNE"))
put("fuzz_mseed", "blockettes", record(11, b100=99.9, usec=-3))
put("fuzz_mseed", "no_1000", record(10, with_1000=False) + record(10, with_1000=False, second=1))
put("fuzz_mseed", "volume", b"000001V 010009402.3".ljust(256) + b"000002A 030".ljust(256) + record(1) + b" " * 256)
put("fuzz_mseed", "short", record(1, size=256)[:128 + 60])
put("fuzz_mseed", "version3", b"MS\x03\x01".ljust(128, b"\0"))

# ---- StationXML

CHANNEL = """<Channel code="HNZ" locationCode="00" startDate="2010-01-01T00:00:00" endDate="2599-12-31T23:59:59">
<Azimuth>0.0</Azimuth><Dip>-90</Dip><Sensor><Type>accelerometer</Type><Model>none</Model></Sensor>
<Response><InstrumentSensitivity><Value>%s</Value><Frequency>1</Frequency><InputUnits><Name>%s</Name></InputUnits>
</InstrumentSensitivity></Response></Channel>"""


def station_xml(*channels, before="", root="FDSNStationXML"):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n%s<%s xmlns="http://www.fdsn.org/xml/station/1" schemaVersion="1.1">\n'
            '<Network code="XX"><Station code="TEST"><Site><Name>A &amp; B</Name></Site>%s</Station></Network>\n</%s>\n'
            % (before, root, "".join(channels), root))


put("fuzz_stationxml", "plain", station_xml(CHANNEL % ("427336.1", "M/S**2")))
put("fuzz_stationxml", "epochs", station_xml(CHANNEL % ("-1e6", "nm/s"), (CHANNEL % ("5", "cm/s^2")).replace("2010", "2016")))
put("fuzz_stationxml", "empty_channel", station_xml('<Channel code="HNZ" locationCode="00"/>'))
put("fuzz_stationxml", "laughs", station_xml("&b;", before='<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n'))
put("fuzz_stationxml", "cut", station_xml(CHANNEL % ("1", "M/S"))[:400])
put("fuzz_stationxml", "prefixed", '<f:FDSNStationXML xmlns:f="u"><!-- c --><f:Network code="XX"><![CDATA[<x>]]></f:Network></f:FDSNStationXML>')

# ---- OpenEEW


def packet(k, device="012", n=4, **change):
    p = {"country_code": "mx", "device_id": device, "x": [0.1 * k, 0.2, -0.3, 0.147][:n], "y": [0.1] * n, "z": [0] * n,
         "device_t": 1518822283.8 + k * n / 31.25, "cloud_t": 1518824100.1 + k, "sr": 31.25}
    p.update(change)
    return json.dumps(p) + "\n"


put("fuzz_openeew", "plain", "".join(packet(k) for k in range(25)))
put("fuzz_openeew", "order", "".join(packet(k) for k in (2, 0, 1, 1, 3, 9, 4)))
put("fuzz_openeew", "devices", "".join(packet(k, device) for k in range(4) for device in ("a", "b")))
put("fuzz_openeew", "null", packet(0, x=[1, None, 2, 3]) + "\n" + packet(1, sr=None))
put("fuzz_openeew", "uneven", packet(0, y=[1]))
put("fuzz_openeew", "cut", packet(0) + packet(1)[:90])
put("fuzz_openeew", "traces", json.dumps({"device_id": 7, "cloud_t": 1591281968.0, "traces": [
    {"t": 1591281966.2 + i * 0.032, "sr": 125, "x": [i, 2, 3, 4], "y": [0] * 4, "z": [1] * 4} for i in range(4)]}) + "\n")

# ---- JSON

put("fuzz_json", "object", '{"a": [1, 2.5, -3e2, "x\\u00e9", true, false, null, {"b": []}], "a2": {}}')
put("fuzz_json", "twice", '{"a": 1, "a": 2}')
put("fuzz_json", "numbers", "[0, -0.0, 1e308, 1e-308, 9223372036854775807, 123456789012345678901]")
put("fuzz_json", "deep", "[" * 33 + "]" * 33)
put("fuzz_json", "utf8", '["地震", "\\ud83d\\ude00", "🔔"]')
put("fuzz_json", "latin1", b'["caf\xe9"]')
