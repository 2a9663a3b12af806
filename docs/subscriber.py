#!/usr/bin/env python3
"""Verified alerts of one node, printed:  subscriber.py PUBLIC-KEY-FILE [BROKER [TOPIC]]

Debian: python3-cryptography, python3-paho-mqtt. PUBLIC-KEY-FILE is what `tocsin keys export` wrote; compare its
fingerprint first (docs/trust.md, which also says what an implementation that acts on alerts must check beyond this)."""
import hashlib
import json
import sys
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEAD, SIGNATURE, PAYLOAD = b'{"envelope":', b',"signature":"', b',"payload":'
seen = {}  # (key, boot): sequences


def verify(message, public, beside=None):
    """(envelope, payload) of a message that `public` (32 bytes) has signed; ValueError for any other."""
    signed, found, rest = message.removeprefix(HEAD).partition(SIGNATURE)
    if not found or rest[128:129] != b'"' or not (beside or rest[129:].startswith(PAYLOAD)) or rest[-1:] != b"}":
        raise ValueError("malformed")
    payload = beside or rest[129 + len(PAYLOAD):-1]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(rest[:128].decode()),
                                                          b"tocsin/envelope/1\n" + signed)
    except InvalidSignature:
        raise ValueError("bad-signature") from None
    envelope = json.loads(signed)
    if hashlib.sha256(payload).hexdigest() != envelope["hash"]:
        raise ValueError("payload-changed")
    return envelope, payload


def fresh(envelope, now_utc_ms):
    """Once each, in the life of this program, and not older than 10 s by two good clocks; ValueError otherwise."""
    heard = seen.setdefault((envelope["key"], envelope["boot"]), set())
    if envelope["sequence"] in heard or any(boot > envelope["boot"] for key, boot in seen if key == envelope["key"]):
        raise ValueError("repeated")
    if not -2000 <= now_utc_ms - envelope["sent_utc_ms"] <= 10000:
        raise ValueError("stale")
    heard.add(envelope["sequence"])


def on_message(client, public, message):
    try:
        envelope, payload = verify(message.payload, public)
        fresh(envelope, time.time() * 1000)
        print(envelope["node"], envelope["kind"], envelope["event"], envelope["revision"], json.loads(payload))
    except (ValueError, KeyError) as why:
        print("refused:", why, file=sys.stderr)


if __name__ == "__main__":
    import paho.mqtt.client as mqtt
    with open(sys.argv[1], encoding="utf-8") as file:
        key = bytes.fromhex(json.load(file)["public"])
    mqttc = mqtt.Client(*([mqtt.CallbackAPIVersion.VERSION1] if hasattr(mqtt, "CallbackAPIVersion") else []), userdata=key)
    mqttc.on_message = on_message
    mqttc.connect((sys.argv[2:] or ["localhost"])[0])
    mqttc.subscribe((sys.argv[3:] or ["tocsin/v1/+/+/alert"])[0], qos=1)
    mqttc.loop_forever()
