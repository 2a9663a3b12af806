#!/usr/bin/env python3
"""Write the seeds of fuzz_envelope and fuzz_keys:  tests/fuzz/make_seeds_keys.py

Messages are those of docs/known-answers.jsonl, keys are its keys, which everybody knows."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def write(target, name, text):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def line(**members):
    return json.dumps(members, separators=(",", ":")) + "\n"


with open(os.path.join(HERE, "..", "..", "docs", "known-answers.jsonl"), encoding="utf-8") as answers:
    setting, *messages = [json.loads(one) for one in answers]
for i in (0, 2, 5, 14, 20, 23):
    write("fuzz_envelope", f"message-{i}", messages[i]["message"])
key, other = setting["trusted"]
WHEN = "2025-11-25T03:45:00.000Z"
trusted = {"name": key["name"], "public": key["public"], "roles": key["roles"], "replaces": None, "trusted": WHEN,
           "revoked": None}
write("fuzz_keys", "own", line(schema="tocsin.key/1", name="roof", made=WHEN, replaces=None, public=key["public"],
                               seed=key["seed"]))
write("fuzz_keys", "public", line(schema="tocsin.public-key/1", name="roof", public=key["public"]))
write("fuzz_keys", "trust", line(schema="tocsin.trust/1", keys=[trusted, {
    **trusted, "public": other["public"], "roles": ["operator", "maintainer"], "replaces": key["id"], "revoked": WHEN}]))
write("fuzz_keys", "boot", line(schema="tocsin.boot/1", boot=1764042300))
write("fuzz_keys", "seen", line(schema="tocsin.seen/1", keys=[{
    "key": "0123456789abcdef", "boot": 3, "top": 17, "window": "000000000000007f",
    "events": [{"event": "roof-1", "revision": 2}]}]))
write("fuzz_keys", "rotation", line(schema="tocsin.key-rotation/1", name="roof", old=key["public"], new=other["public"],
                                    by_old="ab" * 64, by_new="cd" * 64))
