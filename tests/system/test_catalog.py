"""A catalog's packages go into service under load: workers fetch them from the gateway, a bad one is rolled back."""
import base64
import concurrent.futures
import json
import subprocess
import threading
import urllib.request

from contests import MODEL
from network import wait_for
from pictures import Picture
from program import ROOT
from test_gateway import PROMPT, GatewayTest

HUB = ROOT / "tests/system/hub_client.mjs"


def encoded(picture):
    return base64.b64encode(picture.png()).decode()


class CatalogTest(GatewayTest):
    """As GatewayTest, with workers that follow the catalog."""

    def setUp(self):
        self.catalog = None
        super().setUp()

    def run_gateway(self):
        self.catalog = self.folder / "catalog"
        self.publish(self.package)
        self.begin("gateway", "--log-level", "info", "gateway", "--listen", f"127.0.0.1:{self.port}", "--keys", self.keys,
                   "--key", self.folder / "gateway.key", "--catalog", self.catalog,
                   *(word for one in self.accounts for word in ("--worker", one)))

    def run_worker(self, index):
        self.begin(f"worker-{index}", "--log-level", "info", "worker", "--gateway", self.url, "--follow", "--package-dir",
                   self.folder / f"served-{index}", "--key", self.folder / f"worker-{index}.key")

    def publish(self, package, *more):
        return self.expect(self.noonmark("catalog", "publish", package, "--catalog", self.catalog, "--model", "quick",
                                         "--verdict", "emoji/2026-11-25", *more, "--json"), 0).json["package"]

    def another(self, steps, name):
        out = self.folder / name
        self.expect(self.noonmark("optimize", MODEL, "--recipe", f"steps={steps}", "--name", name, "--out", out), 0)
        return out

    def served(self):
        """Digests of the packages that serve the model now."""
        return [one["digest"] for one in self.call("/v1/models/quick")[1].get("packages", [])]

    def receipt(self, answer):
        return json.loads(answer.headers["x-noonmark-receipt"])

    def paint(self, model="quick", **headers):
        request = urllib.request.Request(
            self.url + "/v1/images/generations", json.dumps({"prompt": PROMPT, "model": model, "seed": 1}).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers})
        return urllib.request.urlopen(request, timeout=60)


class Catalog(CatalogTest):
    def test_a_new_winner_goes_into_service_while_requests_run_and_none_is_lost(self):
        first = self.served()[0]
        with self.paint() as answer:
            body = answer.read()
            self.assertEqual(self.receipt(answer)["package"], first)
            (self.folder / "receipt").write_text(answer.headers["x-noonmark-receipt"])
        (self.folder / "answer").write_bytes(body)
        self.expect(self.noonmark("receipt", self.folder / "receipt", "--answer", self.folder / "answer"), 0)
        (self.folder / "answer").write_bytes(body + b" ")
        self.expect(self.noonmark("receipt", self.folder / "receipt", "--answer", self.folder / "answer"), 1)

        stop, statuses = threading.Event(), []

        def ask():
            while not stop.is_set():
                statuses.append(self.picture()[0])

        with concurrent.futures.ThreadPoolExecutor(3) as callers:
            asking = [callers.submit(ask) for _ in range(3)]
            second = self.publish(self.another(5, "five"))
            self.assertTrue(wait_for(lambda: self.served() == [second], 120), self.logs())
            stop.set()
            for one in asking:
                one.result()
        self.assertGreater(len(statuses), 20)
        self.assertEqual(set(statuses), {200})
        with self.paint() as answer:
            self.assertEqual(self.receipt(answer)["package"], second)
        with self.paint(f"quick@{second[:12]}") as answer:
            self.assertEqual(self.receipt(answer)["package"], second)
        self.assertEqual(self.call("/v1/images/generations", {"prompt": "x", "model": f"quick@{first[:12]}"})[0], 404)
        self.publish(self.folder / "five", "--fidelity", "0.9")
        self.assertTrue(wait_for(lambda: self.call("/v1/models/quick")[1]["packages"][0].get("fidelity") == 0.9, 20))
        self.assertEqual(self.picture()[0], 200)
        status = self.call("/v1/images/generations", {"prompt": "x"}, **{"x-noonmark-min-fidelity": "0.95"})[0]
        self.assertEqual(status, 412)

    def test_a_package_that_nobody_can_run_never_replaces_the_one_that_serves(self):
        first = self.served()
        broken = self.another(5, "broken")
        graph = broken / "unet/model.onnx"
        graph.write_bytes(graph.read_bytes()[:-1000])
        refused = self.noonmark("catalog", "publish", broken, "--catalog", self.catalog)
        self.assertNotEqual(refused.code, 0, "its digests don't fit")
        self.assertEqual(self.served(), first)
        self.assertEqual(self.picture()[0], 200)

    def test_the_unmodified_hub_client_downloads_the_package(self):
        run = subprocess.run(["node", str(HUB), self.url, "noonmark/quick", str(self.folder / "downloaded")],
                             env=self.environment(), capture_output=True, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr + self.logs())
        seen = json.loads(run.stdout)
        self.assertEqual(seen["task"], "text-to-image")
        self.expect(self.noonmark("package", "check", self.folder / "downloaded"), 0)

    def test_a_model_of_another_task_is_added_while_the_gateway_runs(self):
        self.assertEqual(self.call("/v1/images/upscales", {"image": encoded(Picture.plain(4, 4, 1, 2, 3))})[0], 503)
        self.expect(self.noonmark("catalog", "publish", ROOT / "zoo/upscale/model_x2", "--catalog", self.catalog), 0)
        self.assertTrue(wait_for(lambda: self.call("/v1/models/upscale-x2")[0] == 200, 60), self.logs())
        with self.paint() as answer:
            picture = Picture.read(base64.b64decode(json.load(answer)["data"][0]["b64_json"]))
        status, answer = self.call("/v1/images/upscales", {"model": "upscale-x2", "image": encoded(picture)})
        self.assertEqual(status, 200, answer)
        large = Picture.read(base64.b64decode(answer["data"][0]["b64_json"]))
        self.assertEqual((large.width, large.height), (128, 128))
        small = Picture(64, 64, 3, bytes(large.pixels[((2 * y) * 128 + 2 * x) * 3 + c]
                                         for y in range(64) for x in range(64) for c in range(3)))
        self.assertLess(small.distance(picture), 20, "it shows the same")
        self.expect(self.noonmark("catalog", "withdraw", "upscale-x2", "--catalog", self.catalog), 0)
        self.assertTrue(wait_for(lambda: self.call("/v1/models/upscale-x2")[0] == 404, 30), self.logs())
        self.assertEqual(self.picture()[0], 200)

    def test_pictures_begin_with_pictures(self):
        with self.paint() as answer:
            picture = Picture.read(base64.b64decode(json.load(answer)["data"][0]["b64_json"]))
        top, rest = (0, 0, 64, 20), (0, 20, 64, 64)
        mask = Picture.plain(64, 64, 0).filled(*top, 255)
        request = {"prompt": "a panda, noto style, green background", "image": encoded(picture), "seed": 3}

        def edit(**more):
            status, answer = self.call("/v1/images/edits", {**request, **more})
            self.assertEqual(status, 200, answer)
            return Picture.read(base64.b64decode(answer["data"][0]["b64_json"]))

        alike = edit(prompt=PROMPT, strength=0.2, steps=20)
        self.assertLess(alike.distance(picture), 15, "asked for what it shows, little is changed")
        steps = [edit(strength=strength, steps=20).distance(picture) for strength in (0.05, 0.4, 1)]
        self.assertEqual(steps, sorted(steps), "strength says how far it may go from it")
        painted = edit(mask=encoded(mask), steps=10)
        self.assertEqual(painted.crop(*rest).pixels, picture.crop(*rest).pixels)
        self.assertNotEqual(painted.crop(*top).pixels, picture.crop(*top).pixels)
        inner = picture.crop(8, 8, 56, 56)
        grown = edit(image=encoded(inner), expand={"left": 8, "top": 8, "right": 8, "bottom": 8}, steps=10)
        self.assertEqual((grown.width, grown.height), (64, 64))
        self.assertEqual(grown.crop(8, 8, 56, 56).pixels, inner.pixels)

        def refusal(**more):
            status, answer = self.call("/v1/images/edits", {**request, **more})
            self.assertEqual(status, 400, answer)
            return answer["error"]["message"]

        self.assertIn("image", refusal(image=base64.b64encode(b"no picture").decode()))
        self.assertIn("9x9", refusal(mask=encoded(Picture.plain(9, 9, 0))))
        bomb = bytearray(picture.png())
        bomb[16:24] = (60_000).to_bytes(4, "big") * 2
        refusal(image=base64.b64encode(bomb).decode())
        self.assertEqual(self.picture()[0], 200, "nothing of it hurts")
