#!/usr/bin/env python3
"""Cuts the links of a network at random moments and heals them, contest day after day.

    sudo tests/drills/partition.py [--minutes 60] [--seed 1] [--out results.json]

Three network namespaces hang on one bridge: A with the node, the store and the miners, B and C with a validator each.
A link is cut in one of two ways: its carrier goes, or its port drops every frame and nobody is told. See docs/drills.md.
"""
import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import time

from drill import CANNOT, Inspector, Pace, adopt_orphans, arguments_of, conclude, scratch, show
from network import MINERS, RECIPES, VALIDATORS, Day, Network

LONGEST_CUT = 12  # seconds
SIDES = ("a", "b", "c")
FORWARDING, DISABLED = "3", "0"  # states of a bridge's port


def ip(*arguments, checked=True):
    subprocess.run(["ip", *arguments], check=checked, stdout=subprocess.DEVNULL,
                   stderr=None if checked else subprocess.DEVNULL)


class Links:
    """A bridge in this namespace with a port to each side's own. Names carry this process's id, addresses its own /24."""

    def __init__(self):
        self.id = os.getpid() % 10000
        self.net = f"10.{77 + self.id % 100}.{self.id % 250}"
        self.bridge, self.cuts = f"nmbr{self.id}", {}

    def space(self, side):
        return f"noonmark-{self.id}-{side}"

    def port(self, side):
        return f"nm{self.id}{side}"

    def host(self, side):
        return f"{self.net}.{SIDES.index(side) + 1}"

    def make(self):
        ip("link", "add", self.bridge, "type", "bridge", "stp_state", "0")
        ip("address", "add", f"{self.net}.254/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        for side in SIDES:
            space, port = self.space(side), self.port(side)
            ip("netns", "add", space)
            ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", port, "master", self.bridge, "up")
            ip("-n", space, "link", "set", "lo", "up")
            ip("-n", space, "address", "add", f"{self.host(side)}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")

    def remove(self):
        for side in SIDES:
            ip("link", "delete", self.port(side), checked=False)
            ip("netns", "delete", self.space(side), checked=False)
        ip("link", "delete", self.bridge, checked=False)

    def cut(self, side, silently):
        if silently:
            ip("link", "set", self.port(side), "type", "bridge_slave", "state", DISABLED)
        else:
            ip("link", "set", self.port(side), "down")
        self.cuts[side] = silently

    def heal(self, side):
        silently = self.cuts.pop(side)
        if silently:
            ip("link", "set", self.port(side), "type", "bridge_slave", "state", FORWARDING)
        else:
            ip("link", "set", self.port(side), "up")

    def heal_all(self):
        for side in list(self.cuts):
            self.heal(side)


class Cutting:
    """One day on which links are cut and healed."""

    def __init__(self, links, day, pace, chance, longest):
        self.network, self.links, self.day, self.pace = day.network, links, day, pace
        self.chance, self.longest = chance, longest
        self.begun, self.cuts, self.ended = time.monotonic(), [], []
        self.next_cut = {side: self.begun + chance.uniform(0, 10) for side in SIDES}
        self.heal_at = {}

    def run(self):
        quiet = None
        while time.monotonic() < self.begun + self.pace.day_limit:
            now = time.monotonic()
            if quiet is None and self.day.all_finished():
                quiet = now + self.pace.after_day
            if quiet is not None and now > quiet:
                break
            for side in SIDES:
                self.tend(side, now)
            self.look_after()
            time.sleep(0.02)
        self.links.heal_all()

    def tend(self, side, now):
        if side in self.heal_at and now >= self.heal_at[side]:
            del self.heal_at[side]
            self.links.heal(side)
            self.next_cut[side] = now + self.chance.uniform(1, 15)
        elif side not in self.heal_at and now >= self.next_cut[side]:
            silently, seconds = self.chance.random() < 0.5, self.chance.uniform(0.2, self.longest)
            self.links.cut(side, silently)
            self.heal_at[side] = now + seconds
            self.cuts.append({"side": side, "second": round(now - self.begun, 2), "seconds": round(seconds, 2),
                              "silently": silently})

    def look_after(self):
        """Starts what ended by itself again, as a service manager does."""
        for name, process in self.network.processes.items():
            code = process.code()
            if code is None or (name in RECIPES and code == 0):
                continue
            said = process.said().strip().splitlines()[-1][:200]
            self.ended.append({"name": name, "code": code, "said": said})
            time.sleep(0.5)
            if name in RECIPES:
                self.day.resume_entry(name)
            else:
                process.start()


def hold_days(inspector, links, minutes, longest, chance):
    """Days until `minutes` are over, at least one."""
    begun = time.monotonic()
    while not inspector.rows or time.monotonic() < begun + 60 * minutes:
        day = Day(inspector.network, f"cut-{len(inspector.rows)}", inspector.pace.to_cut_off, inspector.pace.reveal)
        cutting = Cutting(links, day, inspector.pace, chance, longest)
        cutting.run()
        row = inspector.inspect(day, cutting.begun, cuts=cutting.cuts, gave_up=cutting.ended)
        away = {side: sum(cut["seconds"] for cut in cutting.cuts if cut["side"] == side) for side in SIDES}
        show(row, f"{len(cutting.cuts)} cuts ({', '.join(f'{side} {seconds:.0f} s' for side, seconds in away.items())})")
        day.stop()


def main():
    parser = argparse.ArgumentParser(description="Cut and heal the links of a network at random.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--longest-cut", type=float, default=LONGEST_CUT, help=f"in seconds (default: {LONGEST_CUT})")
    arguments = arguments_of(parser)
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nsenter"):
        print("network namespaces need root, `ip` (package iproute2) and `nsenter` (util-linux)")
        return CANNOT
    adopt_orphans()
    with scratch(arguments.keep) as folder, contextlib.ExitStack() as ending:
        links, pace = Links(), Pace(arguments.hurry)
        ending.callback(links.remove)
        try:
            links.make()
        except subprocess.CalledProcessError as error:
            print(f"network namespaces can't be made here: {error}")
            return CANNOT
        side_of = dict.fromkeys(("node", "store", *MINERS), "a") | dict(zip(VALIDATORS, ("b", "c")))
        network = Network(folder, {name: links.host(side) for name, side in side_of.items()},
                          {name: links.space(side) for name, side in side_of.items()})
        ending.callback(network.close)
        network.run_node(pace.tempo, pace.block_time)
        network.run_store()
        network.make_packages()
        inspector = Inspector(network, pace)
        hold_days(inspector, links, arguments.minutes, arguments.longest_cut, random.Random(arguments.seed))
    return conclude({"minutes": arguments.minutes, "seed": arguments.seed, "days": inspector.rows}, inspector.faults,
                    arguments.out)


if __name__ == "__main__":
    sys.exit(main())
