"""Opens reports in a headless Chromium and says what a person would stumble over.

    look_at_report.py REPORT.html...                       checks: light, dark and switched, 400 and 1200 pixels wide
    look_at_report.py --pictures FOLDER REPORT.html...     also writes pictures, named for the run's folder

No error in the console, no request but for the file itself, no dialog, no empty canvas, nothing that scrolls sideways.
Speaks the DevTools protocol over a pipe: JSON objects with a zero byte behind each. Exits 1 when something is wrong.
"""
import base64
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

CHECK = """(() => {
  const blank = [], seen = [];
  for (const canvas of document.querySelectorAll('canvas')) {
    const copy = Object.assign(document.createElement('canvas'), {width: canvas.width, height: canvas.height});
    const context = copy.getContext('2d', {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    const bytes = context.getImageData(0, 0, copy.width, copy.height).data;
    const colours = new Set(new Uint32Array(bytes.buffer));
    seen.push([...colours].sort().slice(0, 200).join());
    if (colours.size < 3) blank.push(canvas.getAttribute('aria-label'));
  }
  const root = document.scrollingElement;
  return {blank, seen, canvases: seen.length, width: root.scrollWidth, height: root.scrollHeight,
          scripts: document.scripts.length, images: document.images.length,
          sections: [...document.querySelectorAll('section')].map(s => s.id), text: document.body.innerText.length};
})()"""


class Browser:
    def __init__(self, profile):
        their_in, self.out = os.pipe()
        self.inside, their_out = os.pipe()
        flags = ("--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-extensions "
                 f"--disable-dev-shm-usage --remote-debugging-pipe --user-data-dir={profile}")
        command = f'exec chromium {flags} 3<&{their_in} 4>&{their_out} >/dev/null 2>&1'
        self.process = subprocess.Popen(["bash", "-c", command], pass_fds=(their_in, their_out))
        os.close(their_in)
        os.close(their_out)
        self.rest, self.number, self.events, self.session = b"", 0, [], None

    def message(self, until):
        while b"\0" not in self.rest:
            if not select.select([self.inside], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            got = os.read(self.inside, 1 << 20)
            if not got:
                raise RuntimeError("the browser has ended")
            self.rest += got
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        until = time.monotonic() + 60
        while True:
            answer = self.message(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        until = time.monotonic() + 60
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message(until))

    def open_page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def look(self, width, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression):
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(json.dumps(found["exceptionDetails"]))
        return found["result"].get("value")

    def settled(self):
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.evaluate(CHECK)

    def picture(self, path, width, height):
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


def complaints(events, url):
    for event in events:
        method, what = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            asked = what["request"]["url"]
            if asked != url and not asked.startswith("data:"):
                yield "asks for " + asked[:200]
        elif method == "Runtime.exceptionThrown":
            details = what["exceptionDetails"]
            yield "exception: " + details.get("exception", {}).get("description", details["text"])
        elif method == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
            yield "console: " + json.dumps([a.get("value", a.get("description")) for a in what["args"]])
        elif method == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
            yield "log: " + what["entry"]["text"]
        elif method == "Page.javascriptDialogOpening":
            yield "dialog: " + what["message"]


def check(browser, path, pictures):
    url, found, problems = path.as_uri(), None, []
    for width in (1200, 400):
        colours = {}
        for scheme in ("light", "dark"):
            browser.look(width, scheme)
            if scheme == "light":  # the dark one is switched to, as a system does in the evening
                browser.events.clear()
                browser.call("Page.navigate", url=url)
                browser.wait_for("Page.loadEventFired")
            found = browser.settled()
            colours[scheme] = found["seen"]
            problems += [f"{width} {scheme}: empty canvas: {name}" for name in found["blank"]]
            if found["width"] > width:
                problems.append(f"{width} {scheme}: scrolls sideways, {found['width']} pixels wide")
            if pictures:
                name = f"{path.parent.name}-{width}-{scheme}.png"
                browser.picture(pictures / name, width, found["height"])
                browser.look(width, scheme)
        problems += [f"{width}: {text}" for text in complaints(browser.events, url)]
        same = [k for k in range(found["canvases"]) if colours["light"][k] == colours["dark"][k]]
        if same:
            problems.append(f"{width}: canvases {same} keep their colours when the page turns dark")
    if found["scripts"] != 3 or found["images"] != 0 or found["text"] < 500:
        problems.append(f"{found['scripts']} scripts, {found['images']} images, {found['text']} characters")
    print(f"{path}: {found['canvases']} canvases, sections {' '.join(found['sections'])}")
    for problem in dict.fromkeys(problems):
        print("  " + problem)
    return not problems


def main(arguments):
    pictures = None
    if arguments[:1] == ["--pictures"]:
        pictures = pathlib.Path(arguments[1])
        pictures.mkdir(parents=True, exist_ok=True)
        arguments = arguments[2:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open_page()
            good = [check(browser, pathlib.Path(name).resolve(), pictures) for name in arguments]
        finally:
            os.close(browser.out)
            browser.process.terminate()
            browser.process.wait()
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
