#!/usr/bin/env python3
"""The gateway beside nginx and haproxy as reverse proxies: latency that they add, processor time that they take.

Needs Debian's nginx-light, haproxy and wrk (scripts/setup bench). One backend, an nginx that answers at once, stands behind
all three; ours has the key check, the allowance and the figures on, and a worker between, which is part of what it sells.
Rounds of all targets alternate. Each proxy runs its requests on one thread.

Prints one JSON object a line, as tools/bench.py reads them. Latencies are wrk's, of whole requests over kept connections.
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOONMARK = ROOT / "build/release/src/programs/noonmark"
IDLE = ROOT / "build/release/tests/perf/perf_idle_workers"
ROUNDS, SECONDS = 7, 2
BODY = json.dumps({"model": "instant", "prompt": "a rocket", "seed": 1})
ANSWER = '{"created":1,"data":[{"b64_json":"' + "A" * 1000 + '"}]}'
IDLE_WORKERS = 5000

NGINX = """daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.err;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
  keepalive_requests 1000000000; {http} }}
"""
BACKEND = "server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{answer}'; }} }}"
PROXY = """upstream behind {{ server 127.0.0.1:{backend}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}"""
HAPROXY = """global
  nbthread 1
  maxconn 1024
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend in
  bind 127.0.0.1:{port}
  default_backend out
backend out
  http-reuse always
  server one 127.0.0.1:{backend}
"""
LUA = """wrk.method = "POST"
wrk.body = '{body}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
"""


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


class Bench:
    def __init__(self, folder):
        self.folder, self.processes = pathlib.Path(folder), []

    def start(self, *command, **more):
        log = open(self.folder / "log", "a")
        process = subprocess.Popen([str(word) for word in command], stdout=more.pop("stdout", log), stderr=log, **more)
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()

    def nginx(self, name, http):
        file = self.folder / f"{name}.conf"
        file.write_text(NGINX.format(folder=self.folder, name=name, http=http))
        master = self.start("nginx", "-c", file, "-e", self.folder / f"{name}.err")
        for _ in range(100):
            children = pathlib.Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
            if children:
                return [int(child) for child in children]
            time.sleep(0.05)
        sys.exit("gateway_speed: nginx doesn't start: " + (self.folder / f"{name}.err").read_text())

    def gateway(self, backend):
        port, keys = free_port(), self.folder / "keys.json"
        made = subprocess.run([NOONMARK, "key", "create", "--name", "bench", "--keys", keys, "--requests-per-minute", "1000000",
                               "--json"], stdout=subprocess.PIPE, text=True, check=True)
        gateway = self.start(NOONMARK, "--log-level", "warning", "gateway", "--listen", f"127.0.0.1:{port}", "--keys", keys,
                             "--any-worker", "--key", self.folder / "gateway.key")
        worker = self.start(NOONMARK, "--log-level", "warning", "worker", "--gateway", f"http://127.0.0.1:{port}", "--backend",
                            f"http://127.0.0.1:{backend}", "--model", "instant", "--task", "text-to-image", "--slots", "64",
                            "--key", self.folder / "worker.key")
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").read()
                return port, json.loads(made.stdout)["key"], gateway.pid, worker.pid
            except OSError:
                time.sleep(0.05)
        sys.exit("gateway_speed: the gateway serves nothing: " + (self.folder / "log").read_text())

    def load(self, port, connections):
        """Requests, median latency in seconds."""
        run = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", self.folder / "post.lua",
                              f"http://127.0.0.1:{port}/v1/images/generations"], stdout=subprocess.PIPE, text=True, check=True)
        if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
            sys.exit("gateway_speed: some requests failed: " + run.stdout)
        number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", run.stdout).groups()
        return int(re.search(r"(\d+) requests in", run.stdout).group(1)), float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1}[unit]


def interval(samples, of=statistics.median, draws=2000):
    """95 % bootstrap interval over rounds, with a seed of its own."""
    chance = random.Random(1)
    means = sorted(of(chance.choices(samples, k=len(samples))) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def figure(name, samples, **more):
    low, high = interval(samples)
    key = "ratio" if "goal" in more and more.get("unit", "").startswith("times") else "value"
    print(json.dumps({"name": name, key: statistics.median(samples), "low": low, "high": high, "samples": samples, **more}), flush=True)


def measure(bench):
    backend = free_port()
    bench.nginx("backend", BACKEND.format(port=backend, answer=ANSWER))
    nginx_port, haproxy_port = free_port(), free_port()
    nginx = bench.nginx("proxy", PROXY.format(port=nginx_port, backend=backend))
    config = bench.folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(port=haproxy_port, backend=backend))
    haproxy = bench.start("haproxy", "-db", "-f", config)
    port, key, gateway, worker = bench.gateway(backend)
    (bench.folder / "post.lua").write_text(LUA.format(body=BODY, key=key))
    time.sleep(0.5)
    targets = {"direct": (backend, []), "nginx": (nginx_port, nginx), "haproxy": (haproxy_port, [haproxy.pid]),
               "gateway": (port, [gateway]), "worker": (port, [worker])}
    latency = {name: [] for name in targets}
    cpu = {name: [] for name in targets}
    rate = {name: [] for name in targets}
    for target in targets.values():
        bench.load(target[0], 8)
    for number in range(ROUNDS):
        print(f"gateway_speed: round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
        for name, (at, _) in targets.items():
            if name != "worker":
                latency[name].append(bench.load(at, 1)[1])
        for name in ("nginx", "haproxy", "gateway"):
            before = {one: cpu_seconds(targets[one][1]) for one in (name, "worker")}
            requests, _ = bench.load(targets[name][0], 32)
            rate[name].append(requests / SECONDS)
            cpu[name].append((cpu_seconds(targets[name][1]) - before[name]) / requests)
            if name == "gateway":
                cpu["worker"].append((cpu_seconds([worker]) - before["worker"]) / requests)
    added = {name: [mine - base for mine, base in zip(latency[name], latency["direct"])] for name in ("nginx", "haproxy", "gateway")}
    for name in ("nginx", "haproxy", "gateway"):
        figure(f"added_latency_{name}_1_at_once", [one * 1e6 for one in added[name]], unit="us",
               note="through a worker" if name == "gateway" else "")
        figure(f"cpu_per_request_{name}_32_at_once", [one * 1e6 for one in cpu[name]], unit="us")
        figure(f"requests_per_second_{name}_32_at_once", rate[name], unit="1/s")
    figure("cpu_per_request_worker_32_at_once", [one * 1e6 for one in cpu["worker"]], unit="us", note="a foreign server behind it")
    for peer in ("nginx", "haproxy"):
        figure(f"gateway_cpu_against_{peer}", [mine / theirs for mine, theirs in zip(cpu["gateway"], cpu[peer])],
               unit=f"times {peer}'s processor time per request", goal="1.2" if peer == "nginx" else "")
        figure(f"gateway_latency_against_{peer}", [mine / theirs for mine, theirs in zip(added["gateway"], added[peer])],
               unit=f"times {peer}'s added latency", goal="1.2" if peer == "nginx" else "", note="ours with the hop to a worker")


def idle(bench):
    """What a worker costs that has nothing to do."""
    port = free_port()
    gateway = bench.start(NOONMARK, "--log-level", "error", "gateway", "--listen", f"127.0.0.1:{port}", "--open", "--any-worker",
                          "--key", bench.folder / "gateway.key")
    time.sleep(1)
    subprocess.run(["prlimit", f"--pid={gateway.pid}", "--nofile=16384:16384"], check=True)
    before = resident_bytes(gateway.pid)
    workers = bench.start(IDLE, "127.0.0.1", port, IDLE_WORKERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          preexec_fn=lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_NOFILE, (16384, 16384)))
    there = int(workers.stdout.readline())
    time.sleep(3)
    each = (resident_bytes(gateway.pid) - before) / there
    workers.stdin.close()
    print(json.dumps({"name": "idle_worker_memory", "value": each / 1024, "unit": "KiB of the gateway's memory each", "goal": "10",
                      "note": f"{there} workers"}), flush=True)


def main():
    missing = [tool for tool in ("nginx", "haproxy", "wrk") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"gateway_speed: {', '.join(missing)} not found: scripts/setup bench")
    for part in (measure, idle):
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(folder)
            try:
                part(bench)
            finally:
                bench.stop()


if __name__ == "__main__":
    main()
