#!/usr/bin/env python3
"""`tocsin keys`, the known answers, and docs/subscriber.py against them:  test_keys.py BINARY

The last line is "N passed, N failed"."""
import importlib.util
import json
import os
import stat
import subprocess
import sys
import tempfile

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOCSIN = sys.argv[1]
passed = failed = 0


def check(claim, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("FAILED", claim, str(detail)[:1500], flush=True)


def keys(*arguments):
    return subprocess.run([TOCSIN, "keys", *arguments], capture_output=True, text=True, timeout=60)


def load_schema(name):
    with open(os.path.join(ROOT, "docs", "schema", name), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


FILES, MESSAGE = load_schema("keys.schema.json"), load_schema("message.schema.json")


def by_schema(text):
    return FILES.is_valid(json.loads(text))


class Owner:
    def __init__(self, folder, name):
        self.folder, self.name, self.file = os.path.join(folder, name), name, os.path.join(folder, name + ".pub")

    def run(self, *arguments):
        return keys(*arguments, "--keys", self.folder)

    def listed(self):
        return [json.loads(line) for line in self.run("list", "--json").stdout.splitlines()]

    def path(self, file):
        return os.path.join(self.folder, file)


def first_start(folder):
    a = Owner(folder, "lobby")
    done = a.run()
    check("no key yet is said, and no failure", done.returncode == 0 and "no own key yet" in done.stderr, done)
    done = a.run("export")
    check("nor can one be exported", done.returncode == 2 and "tocsin keys make" in done.stderr, done)
    check("a key is made", a.run("make", "--name", "lobby").returncode == 0)
    with open(a.path("own"), encoding="utf-8") as f:
        own = f.read()
    check("by its schema", by_schema(own))
    check("for its owner alone", stat.S_IMODE(os.stat(a.path("own")).st_mode) == 0o600 and
          stat.S_IMODE(os.stat(a.folder).st_mode) == 0o700)
    done = a.run("make", "--name", "other")
    with open(a.path("own"), encoding="utf-8") as f:
        check("a second time changes nothing", done.returncode == 0 and f.read() == own, done)
    secret = json.loads(own)["seed"]
    for word in ("list", "export", "rotate"):
        done = a.run(word)
        check(f"{word} tells no secret", done.returncode == 0 and secret not in done.stdout + done.stderr, done)
    return a


def trusts(a, folder):
    b = Owner(folder, "roof")
    b.run("make", "--name", "roof")
    public = b.run("export").stdout
    check("what is exported keeps its schema", by_schema(public), public)
    with open(b.file, "w", encoding="utf-8") as f:
        f.write(public)
    real = json.loads(public)["fingerprint"]
    trust = ("trust", b.file, "--role", "peer,operator")
    done = a.run(*trust)
    check("without its fingerprint it is not trusted, and not told it", done.returncode == 1 and real not in done.stderr,
          done)
    done = a.run(*trust, "--fingerprint", real[:-1] + ("0" if real[-1] != "0" else "1"))
    check("with a wrong digit neither", done.returncode == 1 and "NOT trusted" in done.stderr, done)
    check("with a part of it neither", a.run(*trust, "--fingerprint", real[:-1]).returncode == 1)
    check("with none of it neither", a.run(*trust, "--fingerprint", "").returncode == 1)
    check("nothing has changed", [one["state"] for one in a.listed() if one["state"] == "trusted"] == [])
    done = a.run(*trust, "--fingerprint", real.upper().replace("-", " "))
    check("as a person types it, it is", done.returncode == 0, done)
    listed = [one for one in a.listed() if one["state"] == "trusted"]
    check("as what was said", len(listed) == 1 and listed[0]["roles"] == ["peer", "operator"] and
          listed[0]["name"] == "roof" and FILES.is_valid(listed[0]), listed)
    with open(a.path("trusted"), encoding="utf-8") as f:
        check("kept by its schema", by_schema(f.read()))
    return b


def rotates(a, b, folder):
    statement = b.run("rotate").stdout
    check("a statement, by its schema", by_schema(statement), statement)
    check("the same again", json.loads(b.run("rotate").stdout)["new"] == json.loads(statement)["new"])
    path = os.path.join(folder, "roof.next")
    for claim, text in [("changed on its way", statement.replace('"name":"roof"', '"name":"gate"')),
                        ("with another new key", statement.replace(json.loads(statement)["new"], "ab" * 32)),
                        ("of nobody trusted", statement.replace(json.loads(statement)["old"], "ab" * 32)),
                        ("cut off", statement[:100]), ("a public key", b.run("export").stdout)]:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        done = a.run("follow", path)
        check("not followed: " + claim, done.returncode == 2 and done.stderr.count("\n") == 1, done)
    with open(path, "w", encoding="utf-8") as f:
        f.write(statement)
    check("followed as it is", a.run("follow", path).returncode == 0)
    listed = [one for one in a.listed() if one["state"] == "trusted"]
    check("with the roles of the first", len(listed) == 2 and listed[1]["roles"] == listed[0]["roles"] and
          listed[1]["replaces"] == listed[0]["id"], listed)
    check("the next becomes the own", b.run("rotate", "--finish").returncode == 0 and
          b.listed()[0]["id"] == listed[1]["id"], b.listed())
    check("once", b.run("rotate", "--finish").returncode == 2)
    check("its folder holds one private key", sorted(os.listdir(b.folder)) == ["own"], os.listdir(b.folder))


def revokes(a, b):
    check("one that is not known cannot be revoked", a.run("revoke", "nobody").returncode == 2)
    check("by name, all of it", a.run("revoke", "roof").returncode == 0 and
          [one["state"] for one in a.listed() if one["name"] == "roof"] == ["revoked", "revoked"], a.listed())
    done = a.run("trust", b.file, "--role", "peer", "--fingerprint", json.load(open(b.file, encoding="utf-8"))["fingerprint"])
    check("for good", done.returncode == 2 and "revoked" in done.stderr, done)


def refuses_what_others_can_read(a):
    for file in ("own", "trusted"):
        for mode in (0o640, 0o604, 0o620, 0o602):
            os.chmod(a.path(file), mode)
            done = a.run()
            check(f"{file} of mode {mode:o} is refused", done.returncode == 2 and "others" in done.stderr, done)
        os.chmod(a.path(file), 0o600)
    check("as it was it is fine", a.run().returncode == 0)
    with open(a.path("trusted"), "r+", encoding="utf-8") as f:
        text = f.read().replace("tocsin.trust/1", "tocsin.trust/2")
        f.seek(0)
        f.write(text)
    done = a.run()
    check("of a later version: refused, with the file", done.returncode == 2 and "trusted" in done.stderr and
          "another version" in done.stderr, done)


def usage():
    for claim, arguments in [("an unknown word", ["steal"]), ("trust without a file", ["trust"]),
                             ("trust without a role", ["trust", "x"]), ("--role without trust", ["--role", "peer"]),
                             ("too much", ["make", "x"]), ("an unknown option", ["--force"]),
                             ("--finish alone", ["--finish"])]:
        done = keys(*arguments)
        check("usage: " + claim, done.returncode == 64 and done.stderr.count("\n") == 1 and not done.stdout, done)


def known_answers():
    with open(os.path.join(ROOT, "docs", "known-answers.jsonl"), encoding="utf-8") as f:
        text = f.read()
    done = keys("known-answers")
    check("the known answers are those of this program", done.stdout == text)
    setting, *messages = [json.loads(line) for line in text.splitlines()]
    for m in messages:
        ok = MESSAGE.is_valid(json.loads(m["message"])) if m["verdict"] not in ("malformed", "newer-version") and \
            m["what"] != "cut off by a byte" else True
        check("by the schema: " + m["what"], ok, m["message"])
    return setting, messages


def subscriber(setting, messages):
    """What the subscriber in the documentation says of each message: a signature is good or it is not."""
    try:
        spec = importlib.util.spec_from_file_location("subscriber", os.path.join(ROOT, "docs", "subscriber.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError as why:
        print(f"SKIPPED 1: no python3-cryptography: {why}")
        return
    public = {key["id"]: bytes.fromhex(key["public"]) for key in setting["trusted"]}
    broken = {"malformed", "payload-changed", "bad-signature", "unknown-key", "newer-version"}
    for m in messages:
        signer = "alice" if '"node":"alice"' in m["message"] else "roof"
        key = next(public[k["id"]] for k in setting["trusted"] if k["name"] == signer)
        try:
            _, payload = module.verify(m["message"].encode(), key, m["beside"].encode() if m["beside"] else None)
            good = m["beside"] is not None or m["message"].encode().endswith(payload + b"}")
        except ValueError:
            good = False
        check("subscriber: " + m["what"], good == (m["verdict"] not in broken), m)
    first = json.loads(messages[0]["message"])["envelope"]
    now = setting["now_utc_ms"]
    module.fresh(first, now)
    for claim, envelope, at in [("the same again", first, now), ("11 s old", {**first, "sequence": 99}, now + 11000),
                                ("3 s from the future", {**first, "sequence": 98}, now - 3000)]:
        try:
            module.fresh(envelope, at)
            check("subscriber: refused as not fresh: " + claim, False)
        except ValueError:
            check("subscriber: refused as not fresh: " + claim, True)
    module.fresh({**first, "boot": first["boot"] + 1, "sequence": 1}, now)
    try:
        module.fresh({**first, "sequence": 97}, now)
        check("subscriber: refused from before a restart", False)
    except ValueError:
        check("subscriber: refused from before a restart", True)


with tempfile.TemporaryDirectory() as work:
    one = first_start(work)
    os.remove(one.path("next"))
    two = trusts(one, work)
    rotates(one, two, work)
    revokes(one, two)
    refuses_what_others_can_read(one)
usage()
subscriber(*known_answers())
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
