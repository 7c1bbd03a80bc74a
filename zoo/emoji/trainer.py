"""A training loop for a few single-threaded processes that average their gradients.

On a shared processor several threads inside one process wait for each other at
every operation; separate processes wait once a step.
"""
import csv
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import nn


class Group:
    """The processes that train together; each is a single thread."""

    def __init__(self, rank, workers, rendezvous):
        self.rank, self.workers = rank, workers
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        if workers > 1:
            dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=workers)

    def mean(self, tensor):
        if self.workers > 1:
            dist.all_reduce(tensor)
            tensor /= self.workers
        return tensor


def run_stage(stage, options):
    """Runs stage(group, options) in every worker process."""
    work = Path(options.work).resolve()
    work.mkdir(exist_ok=True)
    rendezvous = work / f"rendezvous.{os.getpid()}.{stage.__name__}"
    torch.multiprocessing.spawn(_enter, (stage, options, rendezvous), nprocs=options.workers)
    rendezvous.unlink(missing_ok=True)


def _enter(rank, stage, options, rendezvous):
    os.setsid()  # Linux shares the processor between sessions first: give each worker its own.
    stage(Group(rank, options.workers, rendezvous), options)


def learning_rate(step, steps, peak, decay):
    """Linear warm-up, a plateau, then a half cosine to zero over the last `decay` of the steps."""
    warm = min(1.0, (step + 1) / 100)
    progress = max(0.0, step / steps - (1 - decay)) / decay
    return peak * warm * 0.5 * (1 + np.cos(np.pi * min(1.0, progress)))


class Trainer:
    """The loop that all stages share: AdamW, gradient averaging, EMA, log, checkpoint."""

    def __init__(self, name, group, options, networks, steps, batch, peak, decay, ema_decay):
        self.name, self.group, self.networks = name, group, networks
        self.steps, self.batch, self.peak, self.decay, self.ema_decay = steps, batch, peak, decay, ema_decay
        self.path = Path(options.work) / f"{name}.pt"
        self.log_path = Path(options.log)
        self.save_every = options.save_every
        self.parameters = list(networks.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, peak, betas=(0.9, 0.99), weight_decay=0.01, foreach=True)
        self.ema = [p.detach().clone() for p in self.parameters]
        self.step, self.seconds, self.cpu_seconds, self.loss = 0, 0.0, 0.0, None
        if self.path.exists():
            state = torch.load(self.path)
            networks.load_state_dict(state["networks"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.ema = state["ema"]
            self.step, self.seconds = state["step"], state["seconds"]
            self.cpu_seconds, self.loss = state["cpu_seconds"], state["loss"]
        if group.rank == 0:
            self._rewind_log()

    def run(self, loss_of, evaluate=None):
        began, cpu_began, saved = time.time() - self.seconds, time.process_time() - self.cpu_seconds, time.time()
        while self.step < self.steps:
            rate = learning_rate(self.step, self.steps, self.peak, self.decay)
            for parameter_group in self.optimizer.param_groups:
                parameter_group["lr"] = rate
            first = self.step * self.batch
            loss = loss_of(range(first + self.group.rank, first + self.batch, self.group.workers))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            flat = self.group.mean(torch.cat([p.grad.flatten() for p in self.parameters] + [loss.detach()[None]]))
            for p, part in zip(self.parameters, flat[:-1].split([p.numel() for p in self.parameters])):
                p.grad.copy_(part.view_as(p))
            nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()
            self.step += 1
            decay = min(self.ema_decay, (1 + self.step) / (10 + self.step))
            torch._foreach_mul_(self.ema, decay)
            torch._foreach_add_(self.ema, [p.detach() for p in self.parameters], alpha=1 - decay)
            mean_loss = flat[-1].item()
            self.loss = mean_loss if self.loss is None else 0.98 * self.loss + 0.02 * mean_loss
            self.seconds, self.cpu_seconds = time.time() - began, time.process_time() - cpu_began
            if self.group.rank == 0:
                if self.step % 50 == 0 or self.step == self.steps:
                    due = evaluate and (self.step % 250 == 0 or self.step == self.steps)
                    self._log(rate, evaluate() if due else "")
                if time.time() - saved > self.save_every or self.step == self.steps:
                    self._save()
                    saved = time.time()

    def _save(self):
        state = {
            "networks": self.networks.state_dict(), "optimizer": self.optimizer.state_dict(), "ema": self.ema,
            "step": self.step, "steps": self.steps, "seconds": self.seconds, "cpu_seconds": self.cpu_seconds,
            "loss": self.loss}
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.path)

    HEADER = ["stage", "step", "samples", "wall_seconds", "cpu_seconds_worker0", "loss", "learning_rate", "psnr"]

    def _rewind_log(self):
        """Drops rows that a previous run wrote after its last checkpoint."""
        rows = list(csv.DictReader(self.log_path.open())) if self.log_path.exists() else []
        with self.log_path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.HEADER)
            writer.writeheader()
            writer.writerows(row for row in rows if row["stage"] != self.name or int(row["step"]) <= self.step)

    def _log(self, rate, quality):
        row = [self.name, self.step, self.step * self.batch, f"{self.seconds:.0f}", f"{self.cpu_seconds:.0f}",
               f"{self.loss:.5f}", f"{rate:.2e}", quality]
        with self.log_path.open("a", newline="") as file:
            csv.writer(file).writerow(row)
        print(*row, flush=True)
