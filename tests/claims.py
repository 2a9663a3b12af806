"""Claims of a test script, counted: check each, and end with the line that tests/run reads."""
passed = failed = 0


def check(claim, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {claim} {detail}")


def finish():
    """Exit status of the script."""
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
