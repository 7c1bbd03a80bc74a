"""The gateway and its workers as processes: unmodified clients, workers that die, a gateway that comes back, bad input."""
import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

from contests import MODEL
from network import free_ports, wait_for
from program import ROOT, ProgramTest

WORDS, MATCH = ROOT / "zoo/words/model", ROOT / "zoo/match/model"
PROMPT = "a rocket, noto style, yellow background"


class GatewayTest(ProgramTest):
    """A gateway with two keys, and two workers that serve the repository's own model, made quicker."""

    def setUp(self):
        super().setUp()
        self.processes = {}
        self.addCleanup(self.stop_all)
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys = self.folder / "keys.json"
        self.key = self.create_key("ann")
        self.slow_key = self.create_key("slow", "--requests-per-minute", "1")
        self.package = self.folder / "package"
        self.expect(self.noonmark("optimize", MODEL, "--recipe", "steps=6", "--name", "quick", "--out", self.package), 0)
        self.accounts = [self.account_of(f"worker-{index}") for index in (1, 2)]
        self.run_gateway()
        for index in (1, 2):
            self.run_worker(index)
        self.assertTrue(wait_for(self.both_serve, 60), self.logs())

    def create_key(self, name, *more):
        return self.expect(self.noonmark("key", "create", "--name", name, "--keys", self.keys, *more, "--json"), 0).json["key"]

    def account_of(self, name):
        """A key file of its own; only the key's owner may read it."""
        key = self.folder / f"{name}.key"
        return self.expect(self.noonmark("worker", "--key", key, "--print-account", "--json"), 0).json["account"]

    def begin(self, name, *arguments):
        with open(self.folder / f"{name}.log", "a") as log:
            self.processes[name] = self.start(*arguments, stdout=log, stderr=log)

    def run_gateway(self):
        self.begin("gateway", "--log-level", "info", "gateway", "--listen", f"127.0.0.1:{self.port}", "--keys", self.keys,
                   "--key", self.folder / "gateway.key", *(word for one in self.accounts for word in ("--worker", one)))

    def run_worker(self, index, *more):
        self.begin(f"worker-{index}", "--log-level", "info", "worker", "--gateway", self.url, "--package", self.package, "--package", WORDS,
                   "--package", MATCH, "--key", self.folder / f"worker-{index}.key", *more)

    def stop_all(self):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def logs(self):
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in self.folder.glob("*.log"))

    # --- what callers see

    def call(self, path, body=None, key=None, **headers):
        """Status and JSON (or text) of one request."""
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode()

    def picture(self, **more):
        return self.call("/v1/images/generations", {"prompt": PROMPT, **more})

    def metrics(self):
        """Samples of /metrics by their whole name."""
        return dict(line.rsplit(" ", 1) for line in self.call("/metrics")[1].splitlines() if line and line[0] != "#")

    def both_serve(self):
        try:
            return float(self.metrics().get('noonmark_slots{model="quick"}', 0)) == 2
        except OSError:
            return False


class Callers(GatewayTest):
    def test_the_unmodified_openai_client_gets_everything_that_it_expects(self):
        environment = {**self.environment(), "NOONMARK_TEST_KEY": self.key, "NOONMARK_TEST_SLOW_KEY": self.slow_key}
        run = subprocess.run(["node", str(ROOT / "tests/system/openai.mjs"), f"{self.url}/v1", "quick", "words", "match"], env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=180)
        self.assertEqual(run.returncode, 0, run.stderr + self.logs())
        seen = json.loads(run.stdout)
        self.assertEqual(base64.b64decode(seen["picture"])[:4], b"\x89PNG")
        self.assertGreater(len(seen["answer"]), 5)
        self.assertEqual(seen["events"]["image_generation.completed"], 1)
        self.says_what_is_wrong()
        self.survives_shapes_that_smuggle()

    def says_what_is_wrong(self):
        """Bad input gets its status and an error of OpenAI's shape."""
        def code(*arguments, **more):
            status, answer = self.call(*arguments, **more)
            self.assertIn("message", answer["error"], answer)
            return status
        self.assertEqual(code("/v1/images/generations", {"prompt": 7}), 400)
        self.assertEqual(code("/v1/images/generations", {"prompt": "x" * (1 << 20)}), 413)
        self.assertEqual(code("/v1/images/generations", {"prompt": "x"}, **{"Content-Type": "text/plain"}), 415)
        self.assertEqual(code("/v1/images/generations"), 405)
        self.assertEqual(code("/v1/nothing"), 404)
        self.assertEqual(code("/v1/models", key="nm-stolen"), 401)

    def survives_shapes_that_smuggle(self):
        head = f"POST /v1/images/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\n"
        self.assertEqual(self.status_of(head + "Content-Length: 10000000\r\n\r\n"), b"413")
        for body in ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}x",
                     "Content-Length: -1\r\n\r\n", "Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n\r\n"):
            self.assertIn(self.status_of(head + body), (b"400", b"411", b"501"), body)
        self.assertEqual(self.picture()[0], 200)

    def status_of(self, message):
        with socket.create_connection(("127.0.0.1", self.port), 10) as caller:
            caller.sendall(message.encode())
            return caller.makefile("rb").readline().split()[1]


    def test_an_automatic1111_client_gets_what_it_expects(self):
        def get(path):
            status, answer = self.call(f"/sdapi/v1/{path}")
            self.assertEqual(status, 200, answer)
            return answer
        title = get("sd-models")[0]["title"]
        self.assertIn("quick [", title)
        self.assertEqual(get("options")["sd_model_checkpoint"], title)
        self.assertIn("Euler a", [one["name"] for one in get("samplers")])
        self.assertEqual(get("progress")["state"]["skipped"], False)
        request = {"prompt": PROMPT, "negative_prompt": "", "steps": 6, "cfg_scale": 4, "width": 64, "height": 64, "seed": 7,
                   "batch_size": 2, "n_iter": 1, "sampler_name": "Euler", "enable_hr": False, "styles": [], "eta": 0,
                   "alwayson_scripts": {}, "override_settings": {"sd_model_checkpoint": title}, "save_images": False}
        status, answer = self.call("/sdapi/v1/txt2img", request)
        self.assertEqual(status, 200, answer)
        self.assertEqual(json.loads(answer["info"])["all_seeds"], [7, 8])
        pictures = answer["images"]
        self.assertTrue(all(base64.b64decode(one)[:4] == b"\x89PNG" for one in pictures))
        ours = self.picture(steps=6, guidance_scale=4, seed=7, n=2, size="64x64", model="quick")[1]["data"]
        self.assertEqual([one["b64_json"] for one in ours], pictures, "the same pictures by either way")
        status, answer = self.call("/sdapi/v1/img2img", {**request, "init_images": pictures[:1], "denoising_strength": 0.5,
                                                         "batch_size": 1, "mask": pictures[0], "inpainting_mask_invert": 1})
        self.assertEqual(status, 200, answer)
        self.assertEqual(len(answer["images"]), 1)
        for bad in ({"sampler_name": "Magic"}, {"enable_hr": True}, {"wings": 2}):
            self.assertEqual(self.call("/sdapi/v1/txt2img", {**request, **bad})[0], 400, bad)


class Failures(GatewayTest):
    def test_a_worker_dies_and_nobody_notices_then_the_gateway_dies_and_workers_come_back(self):
        with concurrent.futures.ThreadPoolExecutor(8) as callers:
            answers = [callers.submit(self.picture, seed=seed) for seed in range(24)]
            answers[2].result()
            self.processes["worker-1"].kill()
            self.processes["worker-1"].wait()
            outcomes = [answer.result() for answer in answers]
        self.assertEqual({status for status, _ in outcomes}, {200}, [body for status, body in outcomes if status != 200][:3])
        self.assertEqual(len({body["data"][0]["b64_json"] for _, body in outcomes}), 24, "every seed its own picture")

        self.run_worker(1)
        self.assertTrue(wait_for(self.both_serve, 60), self.logs())
        self.processes["gateway"].kill()
        self.processes["gateway"].wait()
        self.run_gateway()
        self.assertTrue(wait_for(self.both_serve, 60), self.logs())
        self.assertEqual(self.picture()[0], 200)

    def test_a_device_works_only_when_its_owner_lets_it(self):
        def hours(first, last):
            return "-".join(time.strftime("%H:%M", time.localtime(time.time() + 3600 * hour)) for hour in (first, last))

        def serve_during(window):
            for index in (1, 2):
                self.processes[f"worker-{index}"].terminate()
                self.processes[f"worker-{index}"].wait(40)
            self.run_worker(1, "--hours", window, "--not-on-battery", "--most-celsius", "150")

        serve_during(hours(2, 3))
        self.assertTrue(wait_for(lambda: "resting: it is outside the set hours" in self.logs(), 60), self.logs())
        self.assertEqual(self.picture()[0], 503, "nobody offers anything")
        serve_during(hours(-1, 1))
        self.assertTrue(wait_for(lambda: self.picture()[0] == 200, 60), self.logs())

    def test_a_gateway_that_is_told_to_end_answers_what_it_has_begun(self):
        with concurrent.futures.ThreadPoolExecutor(4) as callers:
            answers = [callers.submit(self.picture, steps=60, seed=seed) for seed in range(4)]
            self.assertTrue(wait_for(self.two_run_and_two_wait, 20), self.logs())
            self.processes["gateway"].terminate()
            self.assertEqual([answer.result()[0] for answer in answers], [200] * 4)
        self.assertEqual(self.processes["gateway"].wait(40), 0)

    def two_run_and_two_wait(self):
        seen = self.metrics()
        return [float(seen.get(f'noonmark_{name}{{model="quick"}}', 0)) for name in ("busy", "waiting")] == [2, 2]

    def test_a_stranger_serves_nothing_and_a_revoked_key_gets_nothing(self):
        stranger = self.start("worker", "--gateway", self.url, "--package", self.package, "--key", self.folder / "stranger.key")
        said = stranger.communicate(timeout=60)[1]
        self.assertNotEqual(stranger.returncode, 0, said)
        self.assertIn("doesn't take", said)
        self.expect(self.noonmark("key", "revoke", "ann", "--keys", self.keys), 0)
        self.assertTrue(wait_for(lambda: self.call("/v1/models")[0] == 401, 20))
