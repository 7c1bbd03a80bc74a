"""The chain's books, read from outside: money at every block, rows of weights by epoch, and what was final stays so.

Everything comes over JSON-RPC and is decoded by hand, so nothing of the program under test vouches for itself. Layouts
are the real chain's: storage keys are twox128(pallet) ++ twox128(item) ++ hashed keys, values SCALE.
"""
import http.client
import threading
import time

MASK = 2**64 - 1
P1, P2, P3, P4, P5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
KEYS_AT_ONCE, BLOCKS_AT_ONCE = 1000, 100
COMMIT_WEIGHTS, REVEAL_WEIGHTS, SET_WEIGHTS = bytes([7, 96]), bytes([7, 97]), bytes([7, 0])


def rotate(value, bits):
    return (value << bits | value >> 64 - bits) & MASK


def xxh64(text, seed):
    """XXH64 of at most 31 bytes, as https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md has it."""
    assert len(text) < 32
    value, at = (seed + P5 + len(text)) & MASK, 0
    while at + 8 <= len(text):
        lane = rotate(int.from_bytes(text[at:at + 8], "little") * P2 & MASK, 31) * P1 & MASK
        value, at = (rotate(value ^ lane, 27) * P1 + P4) & MASK, at + 8
    if at + 4 <= len(text):
        value ^= int.from_bytes(text[at:at + 4], "little") * P1 & MASK
        value, at = (rotate(value, 23) * P2 + P3) & MASK, at + 4
    for byte in text[at:]:
        value = rotate(value ^ byte * P5 & MASK, 11) * P1 & MASK
    value = (value ^ value >> 33) * P2 & MASK
    value = (value ^ value >> 29) * P3 & MASK
    return value ^ value >> 32


def key_of(pallet, item):
    halves = [xxh64(word.encode(), seed).to_bytes(8, "little") for word in (pallet, item) for seed in (0, 1)]
    return "0x" + b"".join(halves).hex()


ACCOUNTS, EVENTS = key_of("System", "Account"), key_of("System", "Events")
ALPHA, PENDING = key_of("SubtensorModule", "Alpha"), key_of("SubtensorModule", "PendingEmission")
ISSUED, BURNED = key_of("SubtensorModule", "TotalIssuance"), key_of("SubtensorModule", "TotalBurned")


def number(value, at=0):
    """The u64 at an offset of a hex value; 0 where there is no value."""
    return int.from_bytes(bytes.fromhex(value[2:])[at:at + 8], "little") if value else 0


def held(account):
    """free + reserved: after nonce, consumers, providers, sufficients (u32 each) of System.Account."""
    return number(account, 16) + number(account, 24)


def compact(data, at):
    """(value, offset after it) of a SCALE compact integer."""
    mode = data[at] & 3
    size = (1, 2, 4)[mode] if mode < 3 else data[at] // 4 + 5
    if mode < 3:
        return int.from_bytes(data[at:at + size], "little") >> 2, at + size
    return int.from_bytes(data[at + 1:at + size], "little"), at + size


def signed_call(extrinsic):
    """(signer's hex, the call's bytes) of a v4 extrinsic with the embedded chain's extensions; None if unsigned."""
    data = bytes.fromhex(extrinsic[2:])
    _, at = compact(data, 0)
    if data[at] != 0x84:
        return None
    signer = data[at + 2:at + 34]  # after the version and MultiAddress::Id
    at += 1 + 33 + 65
    at += 1 if data[at] == 0 else 2  # era
    _, at = compact(data, at)        # nonce
    _, at = compact(data, at)        # tip
    return signer.hex(), data[at:]


class Books:
    """Goes through the chain block by block, each once; what is wrong lands in `faults`."""

    def __init__(self, network, tempo, netuid=1):
        self.network, self.length, self.shift = network, tempo + 1, netuid + 1
        self.next, self.faults, self.rows, self.issued = 0, [], {}, 0

    def read_on(self):
        """Up to the head."""
        head = int(self.network.call("chain_getHeader")["number"], 16)
        while self.next <= head:
            numbers = range(self.next, min(head + 1, self.next + BLOCKS_AT_ONCE))
            hashes = self.network.calls([("chain_getBlockHash", at) for at in numbers])
            self.add_up(numbers, hashes)
            self.count_rows(numbers, hashes)
            self.next = numbers[-1] + 1

    def add_up(self, numbers, hashes):
        """Balances + stakes + emission that waits + burned = issued."""
        prefixes = (ACCOUNTS, ALPHA, PENDING)
        pages = self.network.calls([("state_getKeysPaged", prefix, KEYS_AT_ONCE, None, block)
                                    for block in hashes for prefix in prefixes])
        keys = [sum(pages[i:i + len(prefixes)], [ISSUED, BURNED]) for i in range(0, len(pages), len(prefixes))]
        answers = self.network.calls([("state_queryStorageAt", wanted, block) for wanted, block in zip(keys, hashes)])
        for at, answer in zip(numbers, answers):
            values = dict(answer[0]["changes"])
            parts = {"balances": sum(held(v) for k, v in values.items() if k.startswith(ACCOUNTS)),
                     "stakes": sum(number(v) for k, v in values.items() if k.startswith(ALPHA)),
                     "pending": sum(number(v) for k, v in values.items() if k.startswith(PENDING)),
                     "burned": number(values[BURNED])}
            self.issued = number(values[ISSUED])
            if sum(parts.values()) != self.issued or self.issued == 0:
                self.faults.append(f"block {at}: {parts} is not the {self.issued} issued")

    def count_rows(self, numbers, hashes):
        """At most one commit and one row of weights by each key in each epoch."""
        blocks = self.network.calls([("chain_getBlock", block) for block in hashes])
        events = self.network.calls([("state_getStorage", EVENTS, block) for block in hashes])
        for at, block, record in zip(numbers, blocks, events):
            for index, extrinsic in enumerate(block["block"]["extrinsics"]):
                call = signed_call(extrinsic)
                # phase ApplyExtrinsic(index), then System.ExtrinsicFailed
                failed = b"\0" + index.to_bytes(4, "little") + b"\0\1"
                if not call or call[1][:2] not in (COMMIT_WEIGHTS, REVEAL_WEIGHTS, SET_WEIGHTS):
                    continue
                if failed in bytes.fromhex((record or "0x")[2:]):
                    continue
                what = (call[0], "commit" if call[1][:2] == COMMIT_WEIGHTS else "row", (at + self.shift) // self.length)
                self.rows.setdefault(what, []).append(at)
                if len(self.rows[what]) > 1:
                    self.faults.append(f"{what[0]}: {what[1]}s at blocks {self.rows[what]} in epoch {what[2]}")

    def rows_set(self):
        return sum(len(blocks) for what, blocks in self.rows.items() if what[1] == "row")


class Finality(threading.Thread):
    """Keeps every finalised block that the node ever named, to hold it to its word."""

    def __init__(self, network):
        super().__init__(daemon=True)
        self.network, self.seen, self.faults = network, {}, []
        self.start()

    def run(self):
        while True:
            time.sleep(0.1)
            try:
                block = self.network.call("chain_getFinalizedHead")
                at = int(self.network.call("chain_getHeader", block)["number"], 16)
            except (OSError, ValueError, http.client.HTTPException):  # the node is dead, or died in the middle of a word
                continue
            if self.seen.setdefault(at, block) != block:
                self.faults.append(f"block {at} was final as {self.seen[at]}, then as {block}")

    def check(self):
        """Asks the node for all of them again."""
        if not self.is_alive():
            self.faults.append("nobody watches what is final any more")
        known = sorted(dict(self.seen).items())
        for begin in range(0, len(known), BLOCKS_AT_ONCE):
            part = known[begin:begin + BLOCKS_AT_ONCE]
            now = self.network.calls([("chain_getBlockHash", at) for at, _ in part])
            self.faults += [f"block {at} was final as {block}, now it is {found}"
                            for (at, block), found in zip(part, now) if block != found]
