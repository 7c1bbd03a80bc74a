#!/usr/bin/env python3
"""A gateway under load while its workers die, freeze, drip and lie: tests/drills/soak.py --minutes 10 --seed 1

A real gateway and real workers; behind the workers, servers with OpenAI's API that this program plays: their answers follow
from the prompt, so that every answer can be checked, and take 20 to 60 ms. One worker's server drips its answers, one's
breaks off half-way or answers nonsense instead of HTTP. Callers ask 50 times a second, whatever comes back. All the while, at
moments that follow from the seed: every five seconds a worker is killed and begun again, and a fifth of them hang (SIGSTOP)
for a while. Before that a tenth of the time passes in peace, for comparison.

Prints what it found; exits 1 when fewer than 99.9 % were answered correctly, a caller saw a part of an answer twice or not at
all, or a slot was still in use at the end.
"""
import argparse
import concurrent.futures
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKERS, RATE, EVENTS = 10, 50, 5
GOAL = 0.999
MODEL = "soak"


def answer_to(prompt):
    return hashlib.sha256(prompt.encode()).hexdigest()


class Backend(http.server.ThreadingHTTPServer):
    """What stands behind one worker."""
    daemon_threads = True

    def __init__(self, manner, seed):
        self.manner, self.chance = manner, random.Random(seed)
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Workers that are killed leave broken connections behind: no news."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        manner, chance = self.server.manner, self.server.chance
        lies = manner == "lies" and chance.random() < 0.5
        if lies and chance.random() < 0.5:
            self.wfile.write(b"\x7f no HTTP at all\r\n\r\n")
            self.close_connection = True
            return
        time.sleep(chance.uniform(0.02, 0.06))
        if body.get("stream"):
            data = "".join(f'data: {{"n": {n}, "is": "{answer_to(body["prompt"])}"}}\n\n' for n in range(EVENTS)) + "data: [DONE]\n\n"
            kind = "text/event-stream"
        else:
            data, kind = json.dumps({"created": 1, "data": [{"b64_json": answer_to(body["prompt"])}]}), "application/json"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if lies:
            # Breaks off before its first byte: nothing of it may reach a caller.
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        pieces = [data] if manner != "drips" else [data[i:i + 40] for i in range(0, len(data), 40)]
        for piece in pieces:
            self.wfile.write(piece.encode())
            self.wfile.flush()
            if manner == "drips":
                time.sleep(0.02)

    def log_message(self, *_):
        pass


class Fleet:
    """The gateway and its workers."""

    def __init__(self, binary, folder, seed, workers):
        self.binary, self.folder, self.count = binary, folder, workers
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.backends = [Backend({0: "drips", 1: "lies"}.get(index, "well"), seed * 1000 + index) for index in range(workers)]
        self.gateway = self.start("gateway", "gateway", "--listen", f"127.0.0.1:{self.port}", "--open", "--any-worker", "--key",
                                  folder / "gateway.key")
        self.workers = [self.start_worker(index) for index in range(workers)]

    def start(self, name, *words):
        log = open(self.folder / f"{name}.log", "ab")
        return subprocess.Popen([self.binary, "--home", str(self.folder / "home"), *map(str, words)], stdout=log, stderr=log)

    def start_worker(self, index):
        return self.start(f"worker-{index}", "worker", "--gateway", f"http://127.0.0.1:{self.port}", "--backend",
                          f"http://127.0.0.1:{self.backends[index].server_port}", "--model", MODEL, "--task", "text-to-image",
                          "--slots", 4, "--key", self.folder / f"worker-{index}.key")

    def metrics(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        return {name: float(value) for name, value in re.findall(r"^(noonmark_\S+) (\S+)$", text, re.M)}

    def wait_until_all_serve(self):
        for _ in range(300):
            try:
                if self.metrics().get(f'noonmark_slots{{model="{MODEL}"}}') == 4 * self.count:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit("soak: the workers don't serve; see " + str(self.folder))

    def resident_mib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.gateway.pid}/status").read_text()).group(1)) / 1024

    def stop(self):
        for process in (*self.workers, self.gateway):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


class Chaos(threading.Thread):
    """Kills and freezes until it is told to end."""

    def __init__(self, fleet, seed):
        super().__init__(daemon=True)
        self.fleet, self.chance, self.ending = fleet, random.Random(seed), threading.Event()
        self.kills = self.freezes = 0

    def run(self):
        next_kill = next_freeze = time.monotonic() + 1
        frozen = []
        while not self.ending.wait(0.1):
            now = time.monotonic()
            if now >= next_kill:
                next_kill = now + 5
                index = self.chance.randrange(self.fleet.count)
                self.fleet.workers[index].kill()
                self.fleet.workers[index].wait()
                self.fleet.workers[index] = self.fleet.start_worker(index)
                self.kills += 1
            if now >= next_freeze:
                for process in frozen:
                    if process.poll() is None:
                        process.send_signal(signal.SIGCONT)
                frozen = self.chance.sample(self.fleet.workers, max(1, self.fleet.count // 5))
                for process in frozen:
                    if process.poll() is None:
                        process.send_signal(signal.SIGSTOP)
                        self.freezes += 1
                next_freeze = now + self.chance.uniform(3, 8)
        for process in frozen:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)


def ask(port, number, stream):
    """(what came of it, seconds to the first byte)"""
    prompt = f"soak {number}"
    begun = time.monotonic()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=130)
        connection.request("POST", "/v1/images/generations", json.dumps({"model": MODEL, "prompt": prompt, "stream": stream}),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        first = time.monotonic() - begun
        text = answer.read().decode()
        connection.close()
    except (OSError, http.client.HTTPException) as problem:
        return f"broke: {type(problem).__name__}", time.monotonic() - begun
    if answer.status != 200:
        return f"status {answer.status}", first
    if not stream:
        return "well" if json.loads(text)["data"][0]["b64_json"] == answer_to(prompt) else "another answer", first
    events = [json.loads(event) for event in re.findall(r"^data: (\{.*\})$", text, re.M)]
    if any("error" in event for event in events):
        return "told that it broke half-way", first
    whole = [event["n"] for event in events] == list(range(EVENTS)) and all(event["is"] == answer_to(prompt) for event in events)
    return "well" if whole and text.count("data: [DONE]") == 1 else "parts doubled or missing", first


def call(fleet, seconds, first_number):
    """Asks RATE times a second for so long; [(outcome, seconds to the first byte)]."""
    with concurrent.futures.ThreadPoolExecutor(400) as callers:
        begun, asked = time.monotonic(), []
        for number in range(int(seconds * RATE)):
            time.sleep(max(0, begun + number / RATE - time.monotonic()))
            asked.append(callers.submit(ask, fleet.port, first_number + number, number % 4 == 0))
        return [one.result() for one in asked]


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def soak(fleet, seconds, seed):
    fleet.wait_until_all_serve()
    peaceful = call(fleet, max(5, seconds / 10), 0)
    memory = [fleet.resident_mib()]
    chaos = Chaos(fleet, seed)
    chaos.start()
    outcomes, number = [], len(peaceful)
    for begin in range(0, seconds, 10):
        outcomes += call(fleet, min(10, seconds - begin), number)
        number = len(peaceful) + len(outcomes)
        memory.append(fleet.resident_mib())
        well = sum(1 for outcome, _ in outcomes if outcome == "well")
        print(f"soak: {begin + 10} of {seconds} s, {well} of {len(outcomes)} well, {memory[-1]:.1f} MiB", flush=True)
    chaos.ending.set()
    chaos.join()
    time.sleep(2)
    counts = {}
    for outcome, _ in outcomes:
        counts[outcome] = counts.get(outcome, 0) + 1
    metrics = fleet.metrics()
    times = {"in peace": [one for _, one in peaceful], "in chaos": [one for _, one in outcomes]}
    return {"requests": len(outcomes), "outcomes": counts, "share_well": counts.get("well", 0) / len(outcomes),
            "first_byte_seconds": {name: {"p50": round(quantile(values, 0.5), 3), "p99": round(quantile(values, 0.99), 3)}
                                   for name, values in times.items()},
            "kills": chaos.kills, "freezes": chaos.freezes, "gateway_mib": [round(one, 1) for one in memory],
            "busy_at_the_end": metrics.get(f'noonmark_busy{{model="{MODEL}"}}', 0),
            "retries": metrics["noonmark_retries_total"], "hedges": metrics["noonmark_hedges_total"],
            "ejections": metrics["noonmark_ejections_total"]}


def main():
    parser = argparse.ArgumentParser(description="A gateway under load while its workers die, freeze, drip and lie.")
    parser.add_argument("--binary", default=str(ROOT / "build/release/src/programs/noonmark"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, help="JSON file of the results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="noonmark-soak-") as folder:
        fleet = Fleet(arguments.binary, pathlib.Path(folder), arguments.seed, arguments.workers)
        try:
            result = soak(fleet, int(arguments.minutes * 60), arguments.seed)
        finally:
            fleet.stop()
    print(json.dumps(result, indent=1))
    if arguments.out:
        arguments.out.write_text(json.dumps(result))
    torn = sum(result["outcomes"].get(bad, 0) for bad in ("parts doubled or missing", "another answer"))
    if result["share_well"] < GOAL or torn or result["busy_at_the_end"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
