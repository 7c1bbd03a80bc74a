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

from drill import Pace, adopt_orphans, arguments_of, conclude, judge, orphans, scratch
from books import Books, Finality
from network import RECIPES, VALIDATORS, Day, Network, wait_for

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


def hold_days(network, pace, kills, per_day, chance):
    """Days until `kills` are done: one row of results each, and everything that was wrong."""
    books, finality = Books(network, pace.tempo), Finality(network)
    rows, faults, done = [], [], 0
    while done < kills:
        day = Day(network, f"kill-{len(rows)}", pace.to_cut_off, pace.reveal)
        killing = Killing(day, pace, chance, min(per_day, kills - done),
                          lambda kill: print(f"day {len(rows)}  {kill['second']:7.2f} s  kill -9 {kill['name']}", flush=True))
        killing.run()
        done += len(killing.kills)
        wait_for(network.answers, 30)
        day.settle(pace.settle_limit)
        expected = day.status("m0")["content"].removeprefix("sha256:")
        paid = books.rows_set()
        books.read_on()
        finality.check()
        wrong = judge(day, expected, RECIPES) + books.faults + finality.faults
        wrong += [f"left running: {command}" for command in orphans(network)]
        if books.rows_set() < paid + len(VALIDATORS):
            wrong.append(f"{books.rows_set() - paid} rows of weights all day")
        books.faults, finality.faults = [], []
        rows.append({"day": day.day, "seconds": round(time.monotonic() - killing.begun, 1), "kills": killing.kills,
                     "gave_up": killing.gave_up, "blocks": books.next, "rows_of_weights": books.rows_set(),
                     "final_blocks_seen": len(finality.seen), "faults": wrong})
        faults += [f"{day.day}: {one}" for one in wrong]
        show(rows[-1])
        day.stop()
    finality.stop()
    return rows, faults


def show(row):
    by_name = collections.Counter(kill["name"] for kill in row["kills"])
    counts = ", ".join(f"{name} {count}" for name, count in sorted(by_name.items()))
    print(f"{row['day']}: {row['seconds']} s, {len(row['kills'])} kills ({counts}), "
          f"{len(row['gave_up'])} ended by themselves, {row['blocks']} blocks balanced, {len(row['faults'])} faults", flush=True)
    for one in row["gave_up"]:
        print(f"    {one['name']} ended with {one['code']}: {one['said']}")
    for fault in row["faults"]:
        print(f"    FAULT {fault}")


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
            for miner in RECIPES:
                network.package(miner)
            rows, faults = hold_days(network, pace, arguments.kills, arguments.per_day, random.Random(arguments.seed))
        finally:
            network.close()
    table(rows)
    kills = sum(len(row["kills"]) for row in rows)
    return conclude({"kills": kills, "seed": arguments.seed, "days": rows}, faults, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
