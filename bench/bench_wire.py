# SPDX-License-Identifier: Apache-2.0
"""Reading torrents and messages, against torf (Python) and libtorrent (C++) in one run on the same bytes."""

from __future__ import annotations

import importlib
import io
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from swarmwitness.wire import peerwire
from swarmwitness.wire.bencode import decode_prefix, encode
from swarmwitness.wire.metainfo import Metainfo

SHARED = Path(os.environ.get("SWARMWITNESS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
ROUNDS = 5
N_FRAMES = 20_000

Reader = Callable[[bytes], object]


def real_torrents() -> list[bytes]:
    """The valid ones of the shared data; empty where it is missing."""
    root = SHARED / "data" / "torrents"
    if not (root / "expected.json").is_file():
        return []
    entries = json.loads((root / "expected.json").read_text())["torrents"]
    return [(root / entry["file"]).read_bytes() for entry in entries if entry["libtorrent"]["ok"]]


def made_torrents() -> list[bytes]:
    """v1 torrents from one to 2,000 files and from ten to 20,000 pieces."""
    return [_made(files, pieces) for files in (1, 10, 100, 2000) for pieces in (10, 1000, 20_000)]


def _made(n_files: int, n_pieces: int) -> bytes:
    size = (n_pieces << 18) // n_files
    n_pieces = -(-size * n_files // (1 << 18))
    files = [
        {b"length": size, b"path": [b"part %d" % (at // 50), b"file %d.bin" % at]} for at in range(n_files)
    ]
    info = {b"files": files, b"name": b"made", b"piece length": 1 << 18, b"pieces": bytes(20 * n_pieces)}
    return encode({b"announce": b"http://tracker.example/announce", b"info": info})


def readers() -> dict[str, Reader]:
    """Everybody who can read a torrent here, to its info_hash; peers that are not installed are left out."""
    found: dict[str, Reader] = {"swarmwitness": lambda data: Metainfo.from_wire(data).info_hashes}
    torf = _imported("torf")
    if torf is not None:
        found["torf"] = lambda data: torf.Torrent.read_stream(io.BytesIO(data)).infohash
    libtorrent = _imported("libtorrent")
    if libtorrent is not None:
        found["libtorrent"] = lambda data: libtorrent.load_torrent_buffer(data).ti.info_hashes()
    return found


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def read_by_all(torrents: Sequence[bytes], all_readers: Sequence[Reader]) -> list[bytes]:
    """Those that nobody refuses, for a refusal costs nothing."""
    return [data for data in torrents if all(_reads(reader, data) for reader in all_readers)]


def _reads(reader: Reader, data: bytes) -> bool:
    try:
        reader(data)
    except Exception:  # noqa: BLE001 - each peer has its own errors
        return False
    return True


def seconds(reader: Reader, torrents: Sequence[bytes]) -> list[float]:
    """Best of the rounds, per torrent."""
    best = [float("inf")] * len(torrents)
    for _ in range(ROUNDS):
        for at, data in enumerate(torrents):
            start = time.perf_counter()
            reader(data)
            best[at] = min(best[at], time.perf_counter() - start)
    return best


def compare(label: str, torrents: Sequence[bytes], against: Sequence[str]) -> dict[str, float]:
    """Seconds of each reader over all torrents, and how their time relates to ours."""
    able = {name: reader for name, reader in readers().items() if name in ("swarmwitness", *against)}
    torrents = read_by_all(torrents, list(able.values()))
    if not torrents:
        return {}
    timed = {name: seconds(reader, torrents) for name, reader in able.items()}
    ours = timed.pop("swarmwitness")
    figures = {"torrents": float(len(torrents)), "megabytes": sum(map(len, torrents)) / 1e6}
    figures["swarmwitness_s"] = sum(ours)
    for name, theirs in timed.items():
        figures[f"{name}_s"] = sum(theirs)
        figures[f"{name}_over_ours"] = sum(theirs) / sum(ours)
        figures[f"{name}_over_ours_median"] = statistics.median(
            t / o for t, o in zip(theirs, ours, strict=True)
        )
    return {f"{label}_{name}": value for name, value in figures.items()}


def bencode_rate(torrents: Sequence[bytes]) -> dict[str, float]:
    """Bencoding alone, against the decoder that torf uses."""
    flat = _imported("torf._flatbencode")
    torrents = torrents if flat is None else read_by_all(torrents, [flat.decode])
    ours = sum(seconds(lambda data: decode_prefix(data, strict=False), torrents))
    figures = {"bencode_s": ours}
    if flat is not None:
        figures["flatbencode_over_ours"] = sum(seconds(flat.decode, torrents)) / ours
    return figures


def frame_rate() -> dict[str, float]:
    """Peer-wire frames cut and read per second: HAVEs, which is what a held connection brings."""
    stream = b"".join(peerwire.encode(peerwire.Have(piece)) for piece in range(N_FRAMES))

    def read(data: bytes) -> object:
        return [peerwire.decode(frame) for frame in peerwire.split(data)[0]]

    return {"frames_per_s": N_FRAMES / seconds(read, [stream])[0]}


def main() -> dict[str, float]:
    """Print and return the figures; `X_over_ours` above 1 means that we are faster than X."""
    warnings.simplefilter("ignore", DeprecationWarning)
    torrents = real_torrents() or made_torrents()
    # torf knows no v2: of a hybrid it reads half, and checks no hash tree.
    v1 = [data for data in torrents if Metainfo.from_wire(data).version == "v1"]
    other = [data for data in torrents if data not in v1]
    figures = compare("v1", v1, ("torf", "libtorrent")) | compare("v2_hybrid", other, ("libtorrent",))
    figures |= bencode_rate(torrents) | frame_rate()
    for name, value in figures.items():
        print(f"{name:32} {value:12.4g}")
    return figures


if __name__ == "__main__":
    main()
