"""What the drills share: their home, their orphans, what they say and how they end."""
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
PR_SET_CHILD_SUBREAPER = 36
CANNOT = 77  # exit code of a drill that this machine doesn't let happen, as automake has it for tests
ORPHANS_MAY_LIVE = 10  # seconds; a runner notices its dead parent


class Pace:
    """How fast a day goes, in seconds. In a hurry it is as fast as an idle machine allows."""

    def __init__(self, hurry):
        self.tempo, self.block_time = (10, 0.3) if hurry else (20, 0.4)
        self.to_cut_off, self.reveal = (22, 10) if hurry else (45, 25)
        self.after_day = 5 if hurry else 20  # of disturbance while rows of weights are on their way
        self.day_limit, self.settle_limit = 600, 240


def arguments_of(parser):
    parser.add_argument("--binary", default=str(ROOT / "build/release/src/programs/noonmark"))
    parser.add_argument("--seed", type=int, default=1, help="of everything that is left to chance (default: 1)")
    parser.add_argument("--hurry", action="store_true", help="short days, for a quick test")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file of the results")
    parser.add_argument("--keep", action="store_true", help="leave the scratch folder with all logs where it is")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()
    if not binary.exists():
        sys.exit(f"{binary} does not exist: build it with `make build`")
    os.environ["NOONMARK_TEST_BINARY"] = str(binary)
    return arguments


@contextlib.contextmanager
def scratch(keep):
    """A folder for everything; ends this process in order on Ctrl-C and SIGTERM."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: sys.exit(130))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="noonmark-drill-"))
    try:
        yield folder
    finally:
        if keep:
            print(f"logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def adopt_orphans():
    """What a killed process leaves behind becomes a child of this one, so that it can be found."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    """Process ids of this process's children, adopted ones and dead ones too."""
    return [int(pid) for tasks in pathlib.Path("/proc/self/task").iterdir()
            for pid in (tasks / "children").read_text().split()]


def command_of(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return "?"


def orphans(network):
    """Children that nobody started here, once they had time to end."""
    deadline = time.monotonic() + ORPHANS_MAY_LIVE
    while True:
        known = {process.running.pid for process in network.processes.values()}
        strange = {}
        for pid in children():
            if pid in known:
                continue
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    strange[pid] = command_of(pid)
        if not strange or time.monotonic() > deadline:
            return list(strange.values())
        time.sleep(0.2)


def seen_by(validator, report):
    """What this validator says of each entry, for whoever looks for the cause."""
    return {entry["content"][:12]: {key: view[key] for key in ("status", "rank", "generation_time", "fidelity") if key in view}
            for entry in report["entries"] for view in entry["views"] if view["validator"] == validator["hotkey"]}


def judge(day, expected, miners):
    """What is wrong with a settled day; nothing, if everything is as if nothing had happened."""
    report, faults = day.report, []
    for validator in report["validators"]:
        if validator.get("winner") != expected:
            faults.append(f"{validator['hotkey']} names {validator.get('winner')}, not {expected}: {seen_by(validator, report)}")
        faults += [f"{validator['hotkey']}: {check['what']} {check['answer']}: {check['detail']}"
                   for check in validator["checks"] if check["answer"] != "same"]
    if len(report["validators"]) != len(day.validators):
        faults.append(f"evidence of {len(report['validators'])} validators: {report.get('error', '')}")
    for miner in miners:
        key = day.network.keys[miner]
        views = [entry["views"] for entry in report["entries"] if entry["hotkey"] == key]
        ends = [view["status"] for view in (views[0] if views else [])]
        if len(ends) != len(day.validators) or "left out" in ends:
            faults.append(f"{miner}'s entry ended as {ends}")
    return faults


def conclude(results, faults, out):
    results = {**results, "faults": faults}
    if out:
        out.write_text(json.dumps(results, indent=1) + "\n")
    for fault in faults:
        print(f"FAULT  {fault}")
    print("nothing was lost, nothing was paid twice" if not faults else f"{len(faults)} faults", flush=True)
    return 1 if faults else 0
