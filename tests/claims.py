"""Claims of a test script, counted: check each, and end with the line that tests/run reads."""
passed = failed = 0


def check(claim, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {claim} {detail}", flush=True)  # also where the script dies later


def finish():
    """Exit status of the script."""
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def every_object(schema, path="$"):
    """Each object that a JSON schema describes, with its path."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield path, schema
        for key, value in schema.items():
            yield from every_object(value, f"{path}.{key}")
    elif isinstance(schema, list):
        for i, value in enumerate(schema):
            yield from every_object(value, f"{path}[{i}]")
