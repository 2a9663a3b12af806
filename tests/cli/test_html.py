#!/usr/bin/env python3
"""The page of `replay --plot FILE.html`: whole, by itself, and drawn.

    tests/cli/test_html.py BINARY

With the standard library: the document nests as HTML must, asks nothing of a network, its policy names exactly its own
style and script, its data are the events that replay printed and the samples that it read, and nothing in a record's
text becomes markup. Where Chromium is installed (Debian: chromium; it is not asked for), the page is also opened and
used: every panel draws, keys, mouse and fingers do what the page says, nothing complains, nothing is asked for. Ends with "N passed, N failed"."""
import base64
import hashlib
import html.parser
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # tests/claims.py
import browser as browser_of  # tests/browser.py

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Document(html.parser.HTMLParser):
    """Nesting, and the text of what must be looked at."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.scripts, self.styles, self.tags, self.ids = [], [], [], [], [], []
        self.policy = None
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        self.tags.append((tag, at))
        if "id" in at:
            self.ids.append(at["id"])
        if tag == "meta" and (at.get("http-equiv") or "").lower() == "content-security-policy":
            self.policy = at["content"]
        if tag == "script":
            self.scripts.append([at.get("type"), ""])
        if tag == "style":
            self.styles.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"line {self.getpos()[0]}: </{tag}> within {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1][1] += data
        if self.open and self.open[-1] == "style":
            self.styles[-1] += data


def run(binary, *arguments, code=0, **more):
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=300, **more)
    if code is not None:
        check(" ".join(arguments), done.returncode == code, f"status {done.returncode}: {done.stderr.strip()}")
    return done


def floats(text):
    raw = base64.b64decode(text, validate=True)
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def fingerprint(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def look(name, path, lines):
    """What every page must be. Gives its data."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    doc = Document(text)
    check(f"{name}: elements nest", not doc.faults, str(doc.faults[:3]))
    check(f"{name}: begins as HTML", text.lower().startswith("<!doctype html>"))
    check(f"{name}: ids are unique", len(doc.ids) == len(set(doc.ids)), str(doc.ids))
    data_scripts = [s for kind, s in doc.scripts if kind == "application/json"]
    code = [s for kind, s in doc.scripts if kind is None]
    check(f"{name}: one script, one style, one block of data", len(doc.scripts) == 2 and len(data_scripts) == 1
          and len(code) == 1 and len(doc.styles) == 1, str([kind for kind, _ in doc.scripts]))
    policy = {words[0]: words[1:] for words in (part.split() for part in doc.policy.split(";"))}
    check(f"{name}: nothing may be loaded", policy.get("default-src") == ["'none'"], doc.policy)
    check(f"{name}: only its own script may run", policy.get("script-src") == [fingerprint(code[0])], doc.policy)
    check(f"{name}: only its own style", policy.get("style-src") == [fingerprint(doc.styles[0])], doc.policy)
    check(f"{name}: nothing else is allowed", set(policy) == {"default-src", "base-uri", "form-action", "style-src",
                                                              "script-src"}, doc.policy)
    asks = [(tag, a, v) for tag, at in doc.tags for a, v in at.items()
            if a in ("src", "href", "action", "srcset", "data") and not (v or "").startswith("#")
            or a.startswith("on") or a == "style"]
    check(f"{name}: no element refers to anything outside", not asks, str(asks))
    check(f"{name}: the style loads nothing", not re.search(r"url\(|@import", doc.styles[0]))
    check(f"{name}: the script asks nothing of a network", not re.search(
        r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|\bimport\(", code[0]))
    check(f"{name}: the library's licence stands in it", "Permission is hereby granted" in text and "uPlot" in text)
    check(f"{name}: no < > & in the data", not re.search(r"[<>&]", data_scripts[0]))
    data = json.loads(data_scripts[0])
    check(f"{name}: its events are those that were printed", data["events"] == [json.loads(line) for line in lines])
    return data


def rows(track):
    """{time: row} of what is there in full."""
    values, k, out, at = floats(track["rows"]), track["columns"], {}, 0
    for from_s, step_s, n in track["chunks"]:
        for i in range(n):
            out[round(from_s + i * step_s, 4)] = values[at:at + k]
            at += k
    check("as many numbers as rows", at == len(values), f"{at} {len(values)}")
    return out


def quake(path, name=None):
    """A record as CSV: 40 s of quiet, a P of 0.02 and an S of 1 m/s^2, made here. Gives its Z samples."""
    z = []
    with open(path, "w", encoding="utf-8") as f:
        f.write("# rate_hz: 100\n# unit: m/s^2\n" + (f"# station: {name}\n" if name else "") + "z,n,e\n")
        state = 1
        for i in range(9000):
            t, noise = i / 100, []
            for _ in range(3):
                state = (1103515245 * state + 12345) % 2 ** 31
                noise.append((state / 2 ** 30 - 1) * 0.0004)
            p = 0.05 * math.exp(-(t - 40) / 8) * math.sin(2 * math.pi * 4.1 * (t - 40)) if t >= 40 else 0
            s = 1.0 * math.exp(-(t - 46) / 6) * math.sin(2 * math.pi * 1.7 * (t - 46)) if t >= 46 else 0
            v = [9.81 + noise[0] + p + 0.3 * s, noise[1] + 0.3 * p + s, noise[2] + 0.2 * p - 0.8 * s]
            z.append(v[0])
            f.write(",".join(f"{x:.6f}" for x in v) + "\n")
    return z


VIEW = "document.documentElement.dataset.view.split(',').map(Number)"
LOADED = "document.documentElement.dataset.charts !== undefined"


def drawn(browser, panel):
    """How many points the panel says it drew, and how many of its canvas's pixels are not empty."""
    return browser.value(f"""(() => {{
        const f = document.getElementById("{panel}"), c = f && f.querySelector("canvas");
        if (!c) return [0, 0];
        const pixels = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 3; i < pixels.length; i += 4) n += pixels[i] > 0;
        return [Number(f.dataset.points), n];
    }})()""")


def test_drawing(browser, name, path, panels):
    url = "file://" + urllib.parse.quote(path)
    browser.open(url)
    check(f"{name}: the script runs to its end", browser.wait(LOADED))
    check(f"{name}: the browser complains of nothing", not browser.complaints(), str(browser.complaints()[:1]))
    check(f"{name}: the only thing ever asked for is the file", browser.requests() == [url], str(browser.requests()))
    browser.value("for (const d of document.querySelectorAll('details')) d.open = true")
    browser.settle()
    for panel in panels:
        points, pixels = drawn(browser, panel)
        check(f"{name}: {panel} is drawn", points > 1 and pixels > 300, f"{points} points, {pixels} pixels")
    rows_there = browser.value("document.querySelectorAll('#table tbody > tr').length")
    events = browser.value("JSON.parse(document.getElementById('data').textContent).events.length")
    check(f"{name}: the table has its rows", rows_there >= events - 1 - browser.value(
        "JSON.parse(document.getElementById('data').textContent).events.filter((e) => e.refined).length"),
        f"{rows_there} rows, {events} events")


def test_using(browser, path):
    """What a person does with it, on a record of 90 s with its P at 40 s."""
    url = "file://" + urllib.parse.quote(path)
    browser.open(url)
    browser.wait(LOADED)
    view = lambda: browser.value(VIEW)
    span = lambda: round(view()[1] - view()[0], 3)
    check("it begins at the event", 30 < view()[0] < 40 < view()[1] < 80, str(view()))
    browser.key("0")
    check("key 0: the whole record", abs(view()[0]) < 0.01 and abs(view()[1] - 90) < 0.2, str(view()))
    whole = span()
    browser.key("+")
    check("key +: half of it", abs(span() - whole / 2) < 0.01, str(view()))
    before = view()[0]
    browser.key("ArrowRight")
    check("arrow: later", view()[0] > before, str(view()))
    browser.key("e")
    browser.key("n")
    check("key n: a decision is chosen and in view", browser.value("document.querySelectorAll('#table tr.now').length") == 1
          and view()[0] < 40.2 < view()[1], str(view()))
    values = browser.value("[...document.querySelectorAll('#panel-wave-z .u-value')].map((e) => e.textContent)")
    check("the cursor's values stand beside the title", "m/s²" in values[-1], str(values))
    x, y, w = browser.value("(r => [r.left, r.top + 30, r.width])(document.querySelector('#panel-wave-z .u-over')"
                            ".getBoundingClientRect())")
    browser.key("0")
    browser.drag(x + 0.4 * w, x + 0.6 * w, y)
    check("a drag zooms to what was selected", abs(view()[0] - 0.4 * whole) < 0.5 and abs(span() - 0.2 * whole) < 0.5,
          str(view()))
    synced = browser.value("[...document.querySelectorAll('#panel-intensity canvas')].length")
    check("all panels follow", synced == 1 and drawn(browser, "panel-intensity")[0] < 250, str(view()))
    before = view()
    browser.drag(x + 0.5 * w, x + 0.4 * w, y, modifiers=8)
    check("shift and drag moves", view()[0] > before[0] and abs(span() - (before[1] - before[0])) < 0.01, str(view()))
    before = view()
    browser.touch([(x + 300, y)], [(x + 250, y)], [(x + 200, y)])
    check("one finger moves", view()[0] > before[0] and abs(span() - (before[1] - before[0])) < 0.01, str(view()))
    before = view()
    browser.touch([(x + 300, y), (x + 500, y)], [(x + 200, y), (x + 600, y)])
    check("two fingers zoom", span() < 0.8 * (before[1] - before[0]), str(view()))
    browser.open(url + "#t=41.5,43")
    browser.wait(LOADED)
    check("a link keeps the stretch of time", view() == [41.5, 43], str(view()))


def test_looks(browser, path):
    """Dark, and as narrow as a phone: it still fits and is not empty."""
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open("file://" + urllib.parse.quote(path))
        browser.wait(LOADED)
        ground = browser.value("getComputedStyle(document.documentElement).backgroundColor")
        check(f"{scheme}: the ground is {scheme}", (sum(map(int, re.findall(r"\d+", ground)[:3])) > 380)
              == (scheme == "light"), ground)
        check(f"{scheme}: a picture of it is not empty", len(browser.picture()) > 100000)
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
    browser.open("file://" + urllib.parse.quote(path))
    browser.wait(LOADED)
    wide = browser.value("document.documentElement.scrollWidth")
    check("a phone: nothing sticks out sideways", wide <= 390, str(wide))
    check("a phone: the panels are drawn", drawn(browser, "panel-intensity")[1] > 300)


def test_browser(pages, folder):
    program = browser_of.find()
    if not program:
        print("SKIPPED 1: no chromium: the page was not opened in a browser")
        return
    browser = browser_of.Browser(program, folder)
    try:
        for name, path, panels in pages:
            test_drawing(browser, name, path, panels)
        title = browser.value("document.title") # of the last page
        check("hostile: the name is text, and did nothing", title.startswith("<!--</script><script>"), title)
        test_using(browser, pages[0][1])
        test_looks(browser, pages[0][1])
    finally:
        browser.close()


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        z = quake(at("quake.csv"))
        done = run(binary, "replay", "--plot", at("quake.html"), at("quake.csv"), code=None)
        if "built without the page" in done.stderr:
            check("without the page, --plot .html is an error of one line",
                  done.returncode == 1 and done.stderr.count("\n") == 1 and not os.path.exists(at("quake.html")))
            if shutil.which("npm"):
                check("npm is here, so the page must be built in", False, done.stderr)
            else:
                print("SKIPPED all but one: no npm: this program was built without the page")
            return
        check("replay --plot FILE.html", done.returncode == 0, done.stderr)
        lines = done.stdout.splitlines()
        plain = run(binary, "replay", at("quake.csv"))
        check("a page changes nothing of what is printed", plain.stdout == done.stdout)
        data = look("quake", at("quake.html"), lines)

        wave = rows(data["wave"])
        check("a short record is there in full", data["wave"]["complete"] and len(wave) == len(z))
        worst = max(abs(wave[round(i / 100, 4)][0] + z[0] - z[i]) for i in range(len(z)))
        check("its samples are those of the file", worst < 1e-6, str(worst))
        names, steps = data["step_names"], rows(data["steps"])
        last = steps[max(steps)]
        window = [row for row in steps.values() if not math.isnan(row[names.index("pd_m")])]
        summary = data["events"][-1]
        check("a level was raised", summary["level"] != "none")
        check("the window's parameters end where the summary has them", abs(window[-1][names.index("tau_c_s")] -
              summary["parameters"]["tau_c_s"]) < 1e-3, str(window[-1][names.index("tau_c_s")]))
        check("each step says what the ground does", not math.isnan(last[names.index("sta_lta")]))
        p = [row[names.index("p_0")] for row in window if not math.isnan(row[names.index("p_0")])]
        check("probabilities are there, and are some", len(p) > 10 and all(0 <= x <= 1 for x in p))
        check("spectra are there", len(floats(data["spectra"]["noise"])) > 50 and
              len(floats(data["spectra"]["event"])) > 50)

        # a name that would break out; it comes as the file's own name
        hostile = "<!--</script><script>document.title='pwned'"
        bad = at(hostile.replace("/", "\u2215") + ".csv")
        quake(bad, hostile)
        done = run(binary, "replay", "--plot", at("bad.html"), bad)
        data = look("hostile", at("bad.html"), done.stdout.splitlines())
        with open(at("bad.html"), encoding="utf-8") as f:
            check("the name is not in the page as markup", "pwned" not in re.sub(r'<script type="application/json".*?</script>',
                                                                                 "", f.read(), flags=re.S))

        # unknown scale, one axis, nothing at all
        with open(at("counts.csv"), "w", encoding="utf-8") as f:
            f.write("# rate_hz: 50\nz\n" + "".join(f"{(i * 7919) % 13}\n" for i in range(3000)))
        done = run(binary, "replay", "--plot", at("counts.html"), at("counts.csv"))
        data = look("counts", at("counts.html"), done.stdout.splitlines())
        check("unknown scale: counts, nothing decided", data["record"]["unit"] == "counts" and
              [c["present"] for c in data["record"]["components"]] == [True, False, False])

        # longer than there is room for: 25 min at 200 Hz; the quake in it is kept
        run(binary, "synth", "--before", "1500", "--rate", "200", "--seed", "3", at("long.csv"))
        done = run(binary, "replay", "--plot", at("long.html"), at("long.csv"))
        data = look("long", at("long.html"), done.stdout.splitlines())
        wave = data["wave"]
        kept = sum(n for _, _, n in wave["chunks"])
        check("a long record is bounded", not wave["complete"] and kept <= 131072 and
              os.path.getsize(at("long.html")) < 12 << 20, f"{kept}")
        onset = next(e["onset_s"] for e in data["events"] if e["type"] == "pick" and e["onset_s"] > 1400)
        full = sum(n for from_s, step_s, n in wave["chunks"] if onset - 5 < from_s and from_s + n * step_s < onset + 25)
        check("around the pick every sample is there", full > 28 * 200, f"{full}")
        check("the envelope reaches to its end", len(floats(wave["high"])) / 3 * wave["stretch_s"] > 1500)

        done = run(binary, "replay", "--plot", os.path.join(folder, "none", "a.html"), at("quake.csv"), code=1)
        check("a folder that is not there: one line says so", "cannot write" in done.stderr and
              done.stderr.count("\n") == 1, done.stderr)
        os.symlink("/dev/full", at("full.html"))
        done = run(binary, "replay", "--plot", at("full.html"), at("quake.csv"), code=1)
        check("a full disk is told", "No space left" in done.stderr, done.stderr)

        every = ["panel-wave-z", "panel-wave-n", "panel-wave-e", "panel-detection", "panel-intensity",
                 "panel-probability", "panel-guards", "panel-pd", "panel-snr", "panel-period", "panel-character",
                 "panel-size", "panel-frequency", "spectrum"]
        test_browser([("quake", at("quake.html"), every), ("long", at("long.html"), every),
                      ("counts", at("counts.html"), ["panel-wave-z", "panel-detection", "spectrum"]),
                      ("hostile", at("bad.html"), every)], folder)


main()
sys.exit(finish())
