"""Chromium without a window, told what to do through two pipes (--remote-debugging-pipe): JSON messages, each ended
by a zero byte. Every option keeps it from asking a network for anything of its own."""
import json
import os
import shutil
import subprocess
import tempfile
import time

QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
KEY_CODES = {"ArrowLeft": 37, "ArrowRight": 39}


def find():
    """The program, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    def __init__(self, program, folder, width=1400, height=2600):
        read_there, self.out = os.pipe()
        self.into, write_there = os.pipe()
        profile = tempfile.mkdtemp(dir=folder)
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{read_there} 4>&{write_there}', "sh", program, *QUIET,
             f"--user-data-dir={profile}", f"--window-size={width},{height}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(read_there, write_there), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(read_there)
        os.close(write_there)
        self.session, self.sent, self.buffer, self.events = None, 0, b"", []
        pages = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        self.session = self.call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                some = os.read(self.into, 1 << 16)
                if not some:
                    raise EOFError("the browser ended")
                self.buffer += some
            one, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(one)
            if answer.get("id") == self.sent:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]
            self.events.append(answer)

    def value(self, expression):
        """Of JavaScript in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait(self, expression, seconds=20):
        """Until it is true; False where it never is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.value(expression):
                return True
            time.sleep(0.05)
        return False

    def open(self, url):
        self.events = []
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def settle(self):
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def key(self, key):
        more = {"text": key} if len(key) == 1 else {"windowsVirtualKeyCode": KEY_CODES[key]}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        self.settle()

    def drag(self, from_x, to_x, y, modifiers=0):
        for kind, x in (("mousePressed", from_x), ("mouseMoved", (from_x + to_x) / 2), ("mouseMoved", to_x),
                        ("mouseReleased", to_x)):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1,
                      modifiers=modifiers)
        self.settle()

    def touch(self, *moves):
        """Each move: the x, y of every finger."""
        for i, fingers in enumerate(moves):
            self.call("Input.dispatchTouchEvent", type="touchMove" if i else "touchStart",
                      touchPoints=[{"x": x, "y": y, "id": k + 1} for k, (x, y) in enumerate(fingers)])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        self.settle()

    def picture(self):
        """PNG of what is in the window, base64."""
        return self.call("Page.captureScreenshot")["data"]

    def complaints(self):
        return [e["params"] for e in self.events
                if e.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")]

    def requests(self):
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
        except (EOFError, OSError):
            pass
        self.process.wait(30)
        os.close(self.out)
        os.close(self.into)
