#!/usr/bin/env python3
"""Kills any process of a network with SIGKILL at random moments, and starts it again at once, contest day after day.

    tests/drills/kill.py [--kills 200] [--seed 1] [--out results.json]

See docs/drills.md for what has to hold after every day.
"""
import argparse
import collections
import random
import sys
import time

from drill import Inspector, Pace, adopt_orphans, arguments_of, conclude, scratch, show
from network import RECIPES, VALIDATORS, Day, Network

RETRY = 1.0  # seconds until a program that gave up by itself is started again, as a service manager does


class Killing:
    """One day with up to `budget` kills, each of which is told."""

    def __init__(self, day, pace, chance, budget, told):
        self.network, self.day, self.pace, self.chance = day.network, day, pace, chance
        self.budget, self.told = budget, told
        self.kills, self.gave_up = [], []
        self.begun = time.monotonic()
        self.next_kill = self.begun + self.pause()
        self.retry_at = {}

    def pause(self):
        return self.chance.uniform(0.3, 6)

    def run(self):
        """Until both validators are finished, and a while longer; then everything is left alone."""
        quiet = None
        while time.monotonic() < self.begun + self.pace.day_limit:
            self.look_after()
            if quiet is None and self.day.all_finished():
                quiet = time.monotonic() + self.pace.after_day
            if quiet is not None and (time.monotonic() > quiet or len(self.kills) >= self.budget):
                break
            if len(self.kills) < self.budget and time.monotonic() >= self.next_kill:
                self.kill_one()
                self.next_kill = time.monotonic() + self.pause()
            time.sleep(0.02)

    def look_after(self):
        """Starts what ended by itself again; a miner whose entry is done has ended for good."""
        for name, process in self.network.processes.items():
            code = process.code()
            if code is None or (name in RECIPES and code == 0):
                continue
            if name not in self.retry_at:
                said = process.said().strip().splitlines()[-1][:200]
                self.gave_up.append({"name": name, "code": code, "said": said})
                self.retry_at[name] = time.monotonic() + RETRY
            elif time.monotonic() >= self.retry_at[name]:
                del self.retry_at[name]
                self.start(name)

    def start(self, name):
        if name in RECIPES:
            self.day.resume_entry(name)
        else:
            self.network.processes[name].start()

    def kill_one(self):
        alive = [name for name, process in self.network.processes.items() if process.code() is None]
        name = self.chance.choice(alive)
        self.network.processes[name].kill()
        self.start(name)
        self.kills.append({"name": name, "second": round(time.monotonic() - self.begun, 2)})
        self.told(self.kills[-1])


def hold_days(inspector, kills, per_day, chance):
    """Days until `kills` are done."""
    done = 0
    while done < kills:
        number = len(inspector.rows)
        day = Day(inspector.network, f"kill-{number}", inspector.pace.to_cut_off, inspector.pace.reveal)
        killing = Killing(day, inspector.pace, chance, min(per_day, kills - done),
                          lambda kill: print(f"day {number}  {kill['second']:7.2f} s  kill -9 {kill['name']}", flush=True))
        killing.run()
        done += len(killing.kills)
        row = inspector.inspect(day, killing.begun, kills=killing.kills, gave_up=killing.gave_up)
        show(row, f"{len(killing.kills)} kills")
        day.stop()


def table(rows):
    names = ("node", "store", *VALIDATORS, *RECIPES)
    print("\nday          seconds  " + "".join(f"{name:>7}" for name in names) + "   given up  blocks  faults")
    for row in rows:
        counts = collections.Counter(kill["name"] for kill in row["kills"])
        print(f"{row['day'].split('/')[0]:12} {row['seconds']:7}  " + "".join(f"{counts[name]:7}" for name in names) +
              f"   {len(row['gave_up']):8}  {row['blocks']:6}  {len(row['faults']):6}")


def main():
    parser = argparse.ArgumentParser(description="Kill any process of a network at random moments.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--per-day", type=int, default=30, help="kills of one day at most (default: 30)")
    arguments = arguments_of(parser)
    adopt_orphans()
    with scratch(arguments.keep) as folder:
        network, pace = Network(folder), Pace(arguments.hurry)
        try:
            network.run_node(pace.tempo, pace.block_time)
            network.run_store()
            network.make_packages()
            inspector = Inspector(network, pace)
            hold_days(inspector, arguments.kills, arguments.per_day, random.Random(arguments.seed))
        finally:
            network.close()
    table(inspector.rows)
    kills = sum(len(row["kills"]) for row in inspector.rows)
    return conclude({"kills": kills, "seed": arguments.seed, "days": inspector.rows}, inspector.faults, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
