# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that is talked to over a pipe (DevTools protocol)."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
PATIENCE = 60  # seconds for any one answer


def find_browser():
    """The program, or None; UPDRAFT_BROWSER names another one."""
    named = os.environ.get("UPDRAFT_BROWSER")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One page in one browser; `events` is what it told without being asked."""

    def __init__(self, program):
        # Its last processes may still write there when it is removed.
        self.profile = tempfile.TemporaryDirectory(prefix="updraft-browser-",
                                                   ignore_cleanup_errors=True)
        to_browser, self.to_browser = os.pipe()
        self.from_browser, from_browser = os.pipe()

        def as_three_and_four():
            # Where Chromium looks for its pipe; by way of high numbers, so that neither is lost.
            high = [os.dup2(to_browser, 200), os.dup2(from_browser, 201)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        # No sandbox of its own: root has none, and what is shown is our own file.
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
             f"--user-data-dir={self.profile.name}", "about:blank"],
            close_fds=False, preexec_fn=as_three_and_four, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.said = b""
        self.asked = 0
        self.events = []
        self.session = None
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"],
                                flatten=True)["sessionId"]
        self.ask("Emulation.setScrollbarsHidden", hidden=True)
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        self.profile.cleanup()

    def _next(self):
        end = time.monotonic() + PATIENCE
        while b"\0" not in self.said:
            ready, _, _ = select.select([self.from_browser], [], [], max(0, end - time.monotonic()))
            more = os.read(self.from_browser, 1 << 20) if ready else b""
            if not more:
                raise RuntimeError("expected an answer of the browser, found " +
                                   ("silence" if not ready else "its end"))
            self.said += more
        message, _, self.said = self.said.partition(b"\0")
        return json.loads(message)

    def ask(self, method, **parameters):
        """One command and its result."""
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.asked:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def show(self, path, width, height, dark):
        """Loads the file anew as a window of that size shows it, until it is drawn."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events.clear()
        self.ask("Page.navigate", url=path.absolute().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def value(self, script):
        """What an expression gives in the page."""
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def picture(self, path):
        """A PNG of the whole page."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))
