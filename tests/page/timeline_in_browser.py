#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Looks at the page of `updraft device log --html` in a headless browser.

A virtual device takes an update over a connection that breaks once and stalls once.
Its page must show the bytes, the retry and the stall, ask nobody for anything, run no
script, and fit windows wide and narrow, light and dark. Without a browser it ends
with 77, which CTest shows as skipped; --required makes that a failure. --pictures
keeps what was seen as PNG.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from browser import Browser, find_browser

SKIPPED = 77
WIDTHS = (1280, 768, 360)
FAULTS = {"requests": [{"times": 1, "fault": "reset", "at": 600000},
                       {"times": 1, "fault": "stall", "at": 500000}]}

# What sticks out of the window, what text overlaps another, in words.
OVERFLOW = """(() => {
  const wide = document.documentElement.clientWidth;
  const out = [];
  if (document.documentElement.scrollWidth > wide) out.push('the page scrolls sideways');
  for (const node of document.querySelectorAll('body *')) {
    if (node.closest('.scrolls') && !node.matches('.scrolls')) continue;
    const box = node.getBoundingClientRect();
    if (box.right > wide + 0.5 || box.left < -0.5) out.push(node.tagName + ' sticks out');
  }
  const texts = [...document.querySelectorAll('svg text')].map(node => [node, node.getBoundingClientRect()]);
  for (const [a, ra] of texts) for (const [b, rb] of texts) {
    if (a === b || !ra.width || !rb.width) continue;
    if (ra.left < rb.right && rb.left < ra.right && ra.top < rb.bottom && rb.top < ra.bottom)
      out.push(`"${a.textContent}" lies over "${b.textContent}"`);
  }
  return out;
})()"""

# The least contrast (WCAG 2) of any text with what lies behind it.
CONTRAST = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  let least = [99, ''];
  for (const node of document.querySelectorAll('body *, svg text')) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue;
    if (!node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    let behind = node;
    while (behind && (rgb(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
    const a = light(rgb(node instanceof SVGElement ? style.fill : style.color));
    const b = light(rgb(behind ? getComputedStyle(behind).backgroundColor : 'rgb(255,255,255)'));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least[0]) least = [ratio, node.textContent.trim().slice(0, 40)];
  }
  return least;
})()"""


class Story:
    """A device that took an update the hard way, in a folder of its own."""

    def __init__(self, tool, folder):
        self.tool = tool
        self.folder = folder

    def run(self, *words):
        done = subprocess.run([self.tool, *words], cwd=self.folder, capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            sys.exit(f"updraft {' '.join(words)}: ended with {done.returncode}\n{done.stderr}")

    def page(self):
        """The page of an update whose connection broke, then fell silent."""
        (self.folder / "www").mkdir()
        (self.folder / "data").write_bytes(os.urandom(2 << 20))
        (self.folder / "faults.json").write_text(json.dumps(FAULTS))
        self.run("device", "new", "board", "--chip", "esp32c3", "--flash-size", "16MB")
        for name, version in (("v1.bin", "1.0.0"), ("www/v2.bin", "2.0.0")):
            self.run("image", "make", name, "--chip", "esp32c3", "--segment", "0x3c000020:data",
                     "--version", version)
        self.run("device", "install", "board", "v1.bin")
        with subprocess.Popen([self.tool, "serve", "www", "--ca-out", "ca.pem", "--port-file",
                               "port", "--script", "faults.json", "--throttle", "2M"],
                              cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as server:
            try:
                end = time.monotonic() + 30
                port = self.folder / "port"
                while not (port.exists() and port.read_text().strip()):
                    if time.monotonic() > end:
                        sys.exit("expected a server, found none after 30 s")
                    time.sleep(0.02)
                self.run("device", "update", "board", "--ca", "ca.pem", "--stall", "2", "--url",
                         f"https://localhost:{port.read_text().strip()}/v2.bin")
            finally:
                server.terminate()
        self.run("device", "log", "board", "--html", "page.html")
        return self.folder / "page.html"

    def empty_page(self):
        """The page of a device that never updated."""
        self.run("device", "new", "fresh")
        self.run("device", "log", "fresh", "--html", "fresh.html")
        return self.folder / "fresh.html"


def faults_of(browser, page):
    """What is wrong with the page that is shown now."""
    faults = []
    for event in browser.events:
        method, told = event["method"], event["params"]
        if method == "Network.requestWillBeSent" and told["request"]["url"] != page.absolute().as_uri():
            faults.append(f"it asks for {told['request']['url']}")
        if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            faults.append(f"the console has {json.dumps(told)}")
    faults += browser.value(OVERFLOW)
    ratio, text = browser.value(CONTRAST)
    if ratio < 4.5:
        faults.append(f"'{text}' has a contrast of {ratio:.1f}, less than 4.5")
    if browser.value("document.scripts.length") != 0:
        faults.append("it has a script")
    return faults


def story_faults(browser):
    """What the page of the hard update does not tell."""
    faults = []

    def expect(script, what):
        if not browser.value(script):
            faults.append(f"expected {what}, found none")

    # Of the wide and the narrow drawing one is shown, never both.
    visible = "(s => [...document.querySelectorAll(s)].some(node => { " \
              "const b = node.getBoundingClientRect(); return b.width > 0 && b.height > 0; }))"
    expect("[...document.querySelectorAll('svg')].filter(n => n.getClientRects().length).length === 1",
           "just one drawing")
    expect(visible + "('svg .bytes')", "the line of bytes over time")
    expect(visible + "('svg .stall')", "the stall")
    expect(visible + "('svg .retry')", "the retry")
    expect("(p => p[p.length - 1].y < p[0].y - 100 && p[p.length - 1].x > p[0].x + 100)"
           "([...document.querySelector('svg .bytes')?.points ?? [{}]])", "a line that rises to the right")
    expect("document.body.innerText.includes('2.0.0')", "the version")
    expect("document.body.innerText.includes('the connection broke')", "the failure in words")
    expect("[...document.querySelectorAll('table')].some(t => /updated/.test(t.innerText))", "the result in the table")
    return faults


def look(browser, pages, pictures):
    """Every page in every window; what is wrong, in words."""
    faults = []
    for page in pages:
        for width in WIDTHS:
            for dark in (False, True):
                where = f"{page.stem}, {width} px, {'dark' if dark else 'light'}"
                browser.show(page, width, 900, dark)
                found = faults_of(browser, page)
                if page.stem == "page":
                    found += story_faults(browser)
                faults += [f"{where}: {fault}" for fault in found]
                if pictures:
                    name = f"{page.stem}-{width}-{'dark' if dark else 'light'}.png"
                    browser.picture(pictures / name)
    return faults


def must_fail(browser, folder):
    """The checks themselves: a page with one fault of each kind is found out."""
    bad = folder / "bad.html"
    bad.write_text("<!DOCTYPE html><meta charset='utf-8'><img src='other.png'>"
                   "<script>nothing.here()</script><p style='color:#ccc;width:3000px'>pale</p>")
    browser.show(bad, 800, 600, False)
    found = " ".join(faults_of(browser, bad))
    for word in ("other.png", "console", "sideways", "contrast", "script"):
        if word not in found:
            sys.exit(f"this check is blind: expected '{word}' about a bad page, found: {found}")


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", help="the built tool")
    parser.add_argument("--required", action="store_true", help="no browser is a failure")
    parser.add_argument("--pictures", type=pathlib.Path, help="folder for PNG files")
    arguments = parser.parse_args()
    program = find_browser()
    if program is None:
        print("skipped: expected a headless Chromium, found none; ./dev setup browser installs it")
        sys.exit(1 if arguments.required else SKIPPED)
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="updraft-page-") as folder:
        story = Story(os.path.abspath(arguments.tool), pathlib.Path(folder))
        pages = [story.page(), story.empty_page()]
        with Browser(program) as browser:
            must_fail(browser, pathlib.Path(folder))
            faults = look(browser, pages, arguments.pictures)
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(1)
    print(f"{len(pages)} pages in {2 * len(WIDTHS)} windows: nothing is wrong")


main()
