#!/usr/bin/env python3
"""Runs the benchmarks of tests/perf and writes docs/benchmarks.md.

Each benchmark is a command that prints one JSON object per line on stdout:
  {"name": "…", "ratio" or "value": n, "low": n, "high": n, "unit": "…", "goal": "…", "note": "…", …}
Everything it prints is kept in docs/benchmarks.json, raw samples included; the table shows the figure, its interval and the goal.
A benchmark that is not run this time keeps the figures of its last run, with their date.
"""
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs/benchmarks.json"
PAGE = ROOT / "docs/benchmarks.md"
PERF = "build/release/tests/perf"
MODEL = "zoo/emoji/model"

# name -> (what it tells, command)
BENCHMARKS = {
    "referee": ("What the referee itself costs per turn, with a subject that does nothing", [f"{PERF}/perf_null_subject"]),
    "pipeline": ("Our pipeline beside the sum of its raw ONNX Runtime calls", [f"{PERF}/perf_pipeline_overhead", MODEL]),
    "node": ("Images per second beside the same pipeline in onnxruntime-node, same threads", ["tests/perf/onnxruntime_node/race", MODEL]),
    "sandbox": ("What the wall costs per image and per start", [f"{PERF}/perf_sandbox", MODEL]),
    "gateway": ("The gateway beside nginx and haproxy as reverse proxies on loopback, and what an idle worker costs", ["tests/perf/gateway_speed.py"]),
    "sr25519": ("sr25519 signatures beside npm's @polkadot packages, one thread", ["tests/perf/polkadot_util_crypto/race"]),
    "ledger": ("The embedded chain: transfers, registrations, an epoch of 256 validators and 4096 miners", [f"{PERF}/perf_ledger"]),
    "ssim": ("SSIM beside scikit-image", ["/usr/bin/python3", "tests/perf/ssim"]),
}


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    system = next((line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME")), "")
    return {"cpu": model, "cores": os.cpu_count(), "system": system, "kernel": platform.release()}


def run(name):
    what, command = BENCHMARKS[name]
    print(f"bench: {name}: {' '.join(command)}", file=sys.stderr, flush=True)
    load_before = os.getloadavg()[0]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=1800)
    if done.returncode != 0:
        sys.exit(f"bench: {name} failed with exit code {done.returncode}")
    figures = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    if not figures:
        sys.exit(f"bench: {name} printed no figures")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()
    return {"what": what, "command": " ".join(command), "date": datetime.date.today().isoformat(), "commit": commit,
            "load_before": round(load_before, 2), "machine": machine(), "figures": figures}


def number(value):
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def row(figure):
    value = figure.get("ratio", figure.get("value"))
    unit = figure.get("unit", "")
    interval = f"[{number(figure['low'])}, {number(figure['high'])}]" if "low" in figure else ""
    return f"| {figure['name']} | {number(value)} {unit} | {interval} | {figure.get('goal', '')} | {figure.get('note', '')} |"


def page(results):
    lines = ["# Benchmarks", "",
             "Written by `make bench`; raw samples are in [benchmarks.json](benchmarks.json). Ratios come from runs that alternate in the same",
             "session; brackets are 95 % bootstrap intervals over launches or rounds. One row is not better than the machine it was taken on: look at the load.", ""]
    for name, result in results.items():
        where = result["machine"]
        lines += [f"## {result['what']}", "", "| figure | value | interval | goal | note |", "|---|---|---|---|---|"]
        lines += [row(figure) for figure in result["figures"]]
        lines += ["", f"`{result['command']}`, {result['date']}, commit {result['commit']}, load before {result['load_before']}; "
                  f"{where['cores']} × {where['cpu']}, {where['system']}.", ""]
    return "\n".join(lines)


def main():
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"bench: no benchmark is called {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in wanted:
        results[name] = run(name)
        ordered = {key: results[key] for key in BENCHMARKS if key in results}
        RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
        PAGE.write_text(page(ordered))
        for figure in results[name]["figures"]:
            print(row(figure))


if __name__ == "__main__":
    main()
