"""The node's lines against their JSON Schemas: docs/schema/journal.schema.json and health.schema.json."""
import copy
import json
import os

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def load(name):
    with open(os.path.join(ROOT, "docs", "schema", name + ".schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


JOURNAL, HEALTH = load("journal"), load("health")
_health = jsonschema.Draft202012Validator(HEALTH)
# One validator a type: what is wrong is said of the right one.
_line = {one["properties"]["type"]["const"]: jsonschema.Draft202012Validator({**one, "$defs": JOURNAL["$defs"]})
         for one in JOURNAL["oneOf"]}
TYPES = set(_line)


def _say(errors):
    return [f"{e.json_path}: {e.message[:200]}" for e in errors]


def journal_errors(line):
    if not isinstance(line, dict) or not isinstance(line.get("type"), str) or line["type"] not in _line:
        return [f"of no known type: {str(line)[:200]}"]
    return _say(_line[line["type"]].iter_errors(line))


def health_errors(health):
    return _say(_health.iter_errors(health))


def _objects(value, schema, path):
    """Each object in a value with its schema."""
    if "$ref" in schema:
        schema = {**JOURNAL["$defs"], **HEALTH["$defs"]}[schema["$ref"].rsplit("/", 1)[1]]
    for one in schema.get("oneOf", []):
        yield from _objects(value, one, path)
    if isinstance(value, dict) and "properties" in schema:
        yield path, schema
        for key, child in value.items():
            yield from _objects(child, schema["properties"].get(key, {}), path + [key])
    elif isinstance(value, list) and value:
        yield from _objects(value[0], schema.get("items", {}), path + [0])


def broken(value):
    """Copies of a line or of a health, each with one fault, wherever in it: (what, copy)."""
    schema = _line[value["type"]].schema if "type" in value else HEALTH

    def at(copied, path):
        for step in path:
            copied = copied[step]
        return copied
    for path, one in _objects(value, schema, []):
        here = at(value, path)
        faults = [(f"without {key}", lambda o, key=key: o.pop(key)) for key in one["required"]]
        faults.append(("with an unknown key", lambda o: o.update(surprise=1)))
        for key, child in here.items():
            if isinstance(child, bool):
                faults.append((f"with {key} as a number", lambda o, key=key: o.update({key: 1.5})))
            elif isinstance(child, (int, float)):
                faults.append((f"with {key} as text", lambda o, key=key: o.update({key: "12"})))
            elif isinstance(child, str):
                faults.append((f"with {key} as a list", lambda o, key=key: o.update({key: []})))
        for what, fault in faults:
            out = copy.deepcopy(value)
            fault(at(out, path))
            yield f"{'.'.join(map(str, path))} {what}", out
