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

from books import Books, Finality  # noqa: E402 (after the path is set)
from network import RECIPES, VALIDATORS, wait_for  # noqa: E402

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


def litter(network):
    """Names in the temporary folder that no process cleared away, and the megabytes below it."""
    folder = network.folder / "tmp"
    size = sum(path.lstat().st_size for path in folder.rglob("*"))
    return {"names": len(list(folder.iterdir())), "megabytes": round(size / 1e6, 1)}


def seen_by(validator, report):
    """What this validator says of each entry, for whoever looks for the cause."""
    return {entry["content"][:12]: {key: view[key] for key in ("status", "rank", "generation_time", "fidelity") if key in view}
            for entry in report["entries"] for view in entry["views"] if view["validator"] == validator["hotkey"]}


def sealed_in_time(day):
    """Miners whose sealed entry a block before the cut-off holds, as the ledger says."""
    cut_off = day.report["cut_off"]["number"] if "cut_off" in day.report else 0
    return [name for name in RECIPES if (day.status(name).get("entered") or cut_off) < cut_off]


def judge(day):
    """What is wrong with a settled day; nothing, if everything is as if nothing had happened."""
    report, faults = day.report, []
    winner = day.status("m0")["content"].removeprefix("sha256:")
    for validator in report["validators"]:
        name = validator["hotkey"]
        if validator.get("winner") != winner:
            faults.append(f"{name} names {validator.get('winner')}, not {winner}: {seen_by(validator, report)}")
        faults += [f"{name}: {check['what']} {check['answer']}: {check['detail']}"
                   for check in validator["checks"] if check["answer"] != "same"]
    if len(report["validators"]) != len(VALIDATORS):
        faults.append(f"evidence of {len(report['validators'])} validators: {report.get('error', '')}")
    sealed = sealed_in_time(day)
    faults += [f"{miner}'s entry wasn't sealed in time" for miner in RECIPES if miner not in sealed]
    for miner in sealed:
        views = [entry["views"] for entry in report["entries"] if entry["hotkey"] == day.network.keys[miner]]
        ends = [view["status"] for view in (views[0] if views else [])]
        if len(ends) != len(VALIDATORS) or "left out" in ends:
            faults.append(f"{miner}'s entry ended as {ends}")
    return faults


class Inspector:
    """Looks at every day when it is over; keeps a row of results for each, and everything that was wrong."""

    def __init__(self, network, pace):
        self.network, self.pace = network, pace
        self.books, self.finality = Books(network, pace.tempo), Finality(network)
        self.rows, self.faults = [], []

    def inspect(self, day, begun, **more):
        assert wait_for(self.network.answers, 60), "the node doesn't answer any more"
        day.settle(self.pace.settle_limit)
        paid = self.books.rows_set()
        self.books.read_on()
        self.finality.check()
        faults = judge(day) + self.books.faults + self.finality.faults
        faults += [f"left running: {command}" for command in orphans(self.network)]
        if self.books.rows_set() < paid + len(VALIDATORS):
            faults.append(f"{self.books.rows_set() - paid} rows of weights all day")
        self.books.faults, self.finality.faults = [], []
        self.rows.append({"day": day.day, "seconds": round(time.monotonic() - begun, 1), **more, "blocks": self.books.next,
                          "rows_of_weights": self.books.rows_set(), "final_blocks_seen": len(self.finality.seen),
                          "litter": litter(self.network), "faults": faults})
        self.faults += [f"{day.day}: {one}" for one in faults]
        return self.rows[-1]


def show(row, disturbance):
    print(f"{row['day']}: {row['seconds']} s, {disturbance}, {len(row['gave_up'])} ended by themselves, "
          f"{row['blocks']} blocks balanced, {row['rows_of_weights']} rows of weights, "
          f"{row['litter']['megabytes']} MB left in TMPDIR, {len(row['faults'])} faults", flush=True)
    for one in row["gave_up"]:
        print(f"    {one['name']} ended with {one['code']}: {one['said']}", flush=True)
    for fault in row["faults"]:
        print(f"    FAULT {fault}", flush=True)


def conclude(results, faults, out):
    results = {**results, "faults": faults}
    if out:
        out.write_text(json.dumps(results, indent=1) + "\n")
    for fault in faults:
        print(f"FAULT  {fault}")
    print("nothing was lost, nothing was paid twice" if not faults else f"{len(faults)} faults", flush=True)
    return 1 if faults else 0
