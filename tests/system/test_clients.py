"""Clients of other kinds than OpenAI's, against a real gateway with a real worker; jobs, webhooks, quotes, the document."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.error
import urllib.request

from network import wait_for
from test_gateway import GatewayTest, PROMPT

METHODS = ("get", "post", "delete")


class Receiver:
    """A caller's server, which is told of jobs; its first answer is a failure."""

    def __init__(self):
        told = self.told = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append((dict(self.headers), body))
                self.send_response(200 if len(told) > 1 else 500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Clients(GatewayTest):
    more = ("--price-per-unit", "3", "--private-webhooks")

    def run_gateway(self):
        self.begin("gateway", "--log-level", "info", "gateway", "--listen", f"127.0.0.1:{self.port}", "--keys", self.keys,
                   "--key", self.folder / "gateway.key", *self.more, *(word for one in self.accounts for word in ("--worker", one)))

    def ask(self, method, path, body=None, key=None):
        """Status, JSON and headers of a request by any method."""
        headers = {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read()), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()), error.headers

    def test_open_inference(self):
        self.assertEqual(self.call("/v2/health/live", key="none")[0], 200)
        self.assertEqual(self.call("/v2/health/ready", key="none"), (200, {"ready": True}))
        self.assertEqual(self.call("/v2")[1]["name"], "noonmark")
        self.assertEqual(self.call("/v2", key="none")[0], 401)
        self.assertEqual(self.call("/v2/models/quick/ready")[1], {"name": "quick", "ready": True})
        self.assertEqual(self.call("/v2/models/none/ready")[0], 404)
        known = {one["name"]: one["datatype"] for one in self.call("/v2/models/quick")[1]["inputs"]}
        values = {"prompt": PROMPT, "negative_prompt": "blurry", "seed": 7, "steps": 5, "guidance_scale": 2.5}
        inputs = [{"name": name, "shape": [1], "datatype": known[name], "data": [value]} for name, value in values.items()]
        status, answer = self.call("/v2/models/quick/infer", {"id": "one", "inputs": inputs, "outputs": [{"name": "image"}]})
        self.assertEqual(status, 200, answer)
        self.assertEqual((answer["id"], answer["model_name"]), ("one", "quick"))
        output = answer["outputs"][0]
        self.assertEqual((output["name"], output["shape"], output["datatype"]), ("image", [1], "BYTES"))
        self.assertEqual(base64.b64decode(output["data"][0])[:4], b"\x89PNG")
        ours = self.picture(model="quick", **{name: value for name, value in values.items() if name != "prompt"})[1]
        self.assertEqual(ours["data"][0]["b64_json"], output["data"][0], "the same picture by either way")
        self.assertEqual(self.call("/v2/models/quick/infer", {"inputs": inputs[1:]})[0], 400)
        self.assertEqual(self.call("/v2/models/none/infer", {"inputs": inputs})[0], 404)

    def test_automatic1111_options(self):
        title = self.call("/sdapi/v1/options")[1]["sd_model_checkpoint"]
        self.assertEqual(self.call("/sdapi/v1/options", {"sd_model_checkpoint": title}), (200, None))
        self.assertEqual(self.call("/sdapi/v1/options", {"sd_model_checkpoint": "another"})[0], 400)

    def test_a_quote_is_what_the_answer_says(self):
        body = {"prompt": PROMPT, "n": 2, "steps": 6, "size": "64x64", "seed": 1}
        status, quote, _ = self.ask("POST", "/v1/quotes", {"path": "/v1/images/generations", "body": body})
        self.assertEqual((status, quote["units"], quote["price"]), (200, 1, 3), quote)
        status, _, headers = self.ask("POST", "/v1/images/generations", body)
        self.assertEqual((status, headers["x-noonmark-units"]), (200, "1"))
        self.assertEqual(self.ask("POST", "/v1/quotes", {"path": "/v1/models", "body": {}})[0], 400)

    def test_jobs_are_answered_later_and_tell_their_webhook(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        body = {"prompt": PROMPT, "seed": 7, "steps": 6}
        status, job, _ = self.ask("POST", "/v1/jobs", {"path": "/v1/images/generations", "body": body, "webhook": receiver.url})
        self.assertEqual((status, job["status"]), (202, "running"), job)
        self.assertTrue(wait_for(lambda: len(receiver.told) == 2, 60), self.logs())
        headers, told = receiver.told[1]
        self.assertEqual(told, receiver.told[0][1], "tried again with the same")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + told
        secret = base64.b64decode(job["webhook_secret"].removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], "v1," + expected)
        self.assertLess(abs(int(headers["webhook-timestamp"]) - time.time()), 60)

        at = f"/v1/jobs/{job['id']}"
        seen = self.ask("GET", at)[1]
        self.assertEqual(seen, json.loads(told))
        self.assertEqual((seen["status"], seen["http_status"]), ("done", 200))
        self.assertEqual(seen["answer"]["data"], self.picture(seed=7, steps=6)[1]["data"], "as a caller who waits gets it")
        self.assertIn("package", json.loads(seen["receipt"]))
        self.assertEqual(self.ask("GET", at, key=self.slow_key)[0], 404, "another's key finds nothing")
        self.assertEqual(self.ask("DELETE", at)[0], 200)
        self.assertEqual(self.ask("GET", at)[0], 404)

    def test_a_job_is_cancelled(self):
        body = {"prompt": PROMPT, "steps": 1000}
        job = self.ask("POST", "/v1/jobs", {"path": "/v1/images/generations", "body": body})[1]
        self.assertEqual(self.ask("DELETE", f"/v1/jobs/{job['id']}")[1]["status"], "cancelled")
        busy = 'noonmark_busy{model="quick"}'
        self.assertTrue(wait_for(lambda: float(self.metrics().get(busy, 0)) == 0, 20), "its worker is free again")

    def test_every_address_in_the_document_is_there_and_its_examples_work(self):
        status, document = self.call("/openapi.json", key="none")
        self.assertEqual(status, 200)
        for path, operations in document["paths"].items():
            for method in METHODS:
                if method not in operations or "noonmark/{name}" in path:  # the hub needs a catalog
                    continue
                body = operations[method].get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
                status, answer = self.status_of_operation(method.upper(), path.replace("{name}", "quick").replace("{id}", "none"), body)
                with self.subTest(method=method, path=path):
                    self.assertNotIn("unknown_url", str(answer))
                    self.assertNotEqual(status, 405)
                    if body is not None and path != "/v1/images/upscales":  # nobody serves that here
                        self.assertIn(status, (200, 202), answer)

    def status_of_operation(self, method, path, body):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class Webhooks(GatewayTest):
    def test_a_webhook_at_a_private_address_is_never_called(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        for webhook, status in ((receiver.url, 400), (receiver.url.replace("http:", "https:"), 202)):
            body = {"path": "/v1/images/generations", "body": {"prompt": PROMPT}, "webhook": webhook}
            self.assertEqual(self.call("/v1/jobs", body)[0], status, webhook)
        self.assertTrue(wait_for(lambda: "not delivered" in self.logs(), 30), self.logs())
        self.assertEqual(receiver.told, [])
