# SPDX-License-Identifier: Apache-2.0
"""Check a Swarmwitness bundle with nothing but Python (3.8 or newer) and the command `openssl` (3.0 up).

    python3 -I -S data/verify_standalone.py [BUNDLE] [--checkpoint FILE] [--key FILE] [--roots PEM] [--json]

Exit status 0: verified; 1: a check failed; 2: wrong use, or openssl is missing.

Theory of operation. A bundle holds exhibits taken out of append-only logs. For each there is a commitment,
SHA-256 over a random salt and the exhibit's record; commitments are the leaves of a hash tree (RFC 6962),
and the log's key has signed size and root of that tree: the checkpoint. So a commitment, its path through
the tree and the checkpoint show that this exhibit has this place in that log. A tree can only grow: a
consistency proof shows that the checkpoint continues an older one. A time authority (RFC 3161) and
witnesses (C2SP) signed older checkpoints; their statements are exhibits too. A statement signed by the
maker's key covers the list of all files. What nobody can check is whether the input was real, and what the
maker left out. Every step below is one numbered check of docs/bundle-format.md, section "The checks"; this
file was written from that page and shares no code with the program that made the bundle.

Everything in the bundle may be hostile: links are not followed, reads are bounded, every text has one
spelling. To read this file, begin at `main`, then `Bundle.run`; checks 5 to 9 are in `Log`.

Longer than 500 lines because it is one file that imports nothing of the makers.
"""

# One empty line between functions, and what belongs together on one line: this is read on paper, too.
# fmt: off
# It runs on old Pythons and is read by people who do not program much: no types.
# mypy: ignore-errors
# ruff: noqa: SIM905
from __future__ import annotations

import argparse
import base64
import bisect
import calendar
import datetime
import hashlib
import hmac
import itertools
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile

TAGS = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "statement.dsse.json")
BAGIT, INFO, MANIFEST, TAG_MANIFEST, STATEMENT = TAGS
NEEDED = {"data/" + n for n in ("READ-ME-FIRST.txt", "verify_standalone.py", "filter.json", "logs.json")}
OPTIONAL = ("data/custody.csv", "data/rows/sightings.csv")
LABELS = ("Bag-Software-Agent", "Bagging-Date", "Payload-Oxum", "Swarmwitness-Bundle", "Swarmwitness-Case",
          "Swarmwitness-Filter")
LOG_KEYS = ("chosen", "earlier", "erased", "keyed", "name", "opened", "origin", "root", "size")
PART, HEX_LINE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*"), re.compile(rb"[0-9a-f]{64}\n")
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
SPAN = re.compile(r"(0|[1-9][0-9]{0,17})(?:-(0|[1-9][0-9]{0,17}))?")
MIB, MOST_EXHIBITS, MOST_FILES = 1 << 20, 20_000, 200_000
MOST_FILE, MOST_BYTES = 1 << 30, 1 << 36
MOST_PROOF, MOST_BODY = 8192 + 65536, 32 + 32 * MIB + 1024
HELD, PLAIN = "the checkpoint held elsewhere", ("act", "time", "witness")
TITLES = (
    "the bundle holds the files that it lists, and nothing else",
    "every file has the hash that is listed",
    "the statement is signed by the key of its log, and is about these lists",
    "case and filter read the same wherever they stand",
    "the public keys are well formed and the ones expected",
    "each log's checkpoint is signed by its key alone",
    "every exhibit is under its log's checkpoint",
    "what is disclosed is what was committed to, and well formed",
    "earlier sizes of each log are continued by its checkpoint",
    "the checkpoints held elsewhere are parts of these logs",
    "time statements are valid and about their log",
    "witnesses' statements are valid and about their log",
    "what was erased was announced, and was not held",
)
COMPLAINTS = (
    (("message imprint mismatch", "message digest"), "token_imprint"),
    (("nonce mismatch", "nonce not returned"), "token_nonce"),
    (("certificate verify error", "EKU", "purpose", "no certificate", "ould not"), "token_untrusted"),
)
SHA256_IMPRINT = bytes.fromhex("0201013031300d060960864801650304020105000420")

class Bad(Exception):
    """Something is not as the format page says; the reason is one of its words."""

    def __init__(self, reason, why=""):
        super().__init__(why)
        self.reason, self.why = reason, why

class Report:
    """What was found, by number of the check."""

    def __init__(self):
        self.found, self.details, self.notes = {}, {}, []

    def fail(self, check, reason, file="", exhibit=None, why=""):
        told = {"reason": reason, "file": file, "exhibit": exhibit, "detail": why}
        self.found.setdefault(check, []).append(told)

    def failures(self):
        return [failure for check in sorted(self.found) for failure in self.found[check]]

# Texts and numbers in their one spelling.

def canonical(value, end=b"\n"):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + end

def from_json(raw, end=b"\n"):
    """An object in canonical JSON; numbers have at most 1000 characters, and it is at most 64 deep."""
    def whole(text):
        return int(text if len(text) <= 1000 else "too long")
    try:
        value = json.loads(raw.decode("ascii"), parse_int=whole, parse_constant=int)  # no NaN: int refuses
        json.dumps(value, ensure_ascii=False).encode()
        same, level = isinstance(value, dict) and canonical(value, end) == raw, [value]
        for _ in range(64):
            inner = [each.values() if isinstance(each, dict) else each for each in level
                     if isinstance(each, (dict, list))]
            level = [child for children in inner for child in children]
        same = same and not level
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise Bad("malformed", "not canonical JSON")
    return value

def from_base64(text, size=None):
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, AttributeError):
        raise Bad("malformed", "not base64") from None
    if base64.b64encode(raw).decode() != text or size not in (None, len(raw)):
        raise Bad("malformed", "not canonical base64, or of another length")
    return raw

def from_ranges(text):
    """`0-4,9` as [(0, 5), (9, 10)]."""
    spans = []
    for part in text.split(",") if text else ():
        match = SPAN.fullmatch(part) if len(text) <= 16 * MIB else None
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
        if high < low or (match[2] and high == low) or (spans and low <= spans[-1][1]):
            raise Bad("malformed", "not ranges")
        spans.append((low, high + 1))
    return spans

def numbers(text, most):
    """Ranges as a set of numbers, at most so many."""
    spans = from_ranges(text)
    if sum(high - low for low, high in spans) > most:
        raise Bad("malformed", "too many exhibits")
    return {number for low, high in spans for number in range(low, high)}

def is_path(path):
    parts = path.split("/")
    return len(path) <= 200 and len(parts) <= 8 and all(PART.fullmatch(part) for part in parts)

# Files.

def open_regular(root, path):
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(os.path.join(root, path), os.O_RDONLY | careful)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("not a regular file")
    return os.fdopen(handle, "rb")

def hash_file(root, path):
    digest = hashlib.sha256()
    with open_regular(root, path) as stream:
        for piece in iter(lambda: stream.read(MIB), b""):
            digest.update(piece)
    return digest.hexdigest()

def walk(root):
    """({path: size} of regular files, [(path, reason)] of everything else)."""
    sizes, odd, waiting, room = {}, [], [""], MOST_BYTES
    while waiting and len(sizes) + len(odd) <= MOST_FILES:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as found:
                entries = [(entry.name, entry.stat(follow_symlinks=False)) for entry in found]
        except OSError:
            odd.append((folder, "unreadable"))
            continue
        if not entries:
            odd.append((folder, "unexpected_file"))
        for name, status in sorted(entries):
            path = folder + "/" + name if folder else name
            if not is_path(path):
                odd.append((os.fsencode(path).decode("utf-8", "backslashreplace"), "unexpected_file"))
            elif stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            elif stat.S_ISREG(status.st_mode) and status.st_size > min(room, MOST_FILE):
                odd.append((path, "unreadable"))
            elif stat.S_ISREG(status.st_mode):
                sizes[path], room = status.st_size, room - status.st_size
            else:
                odd.append((path, "not_a_file"))
    if len(sizes) + len(odd) > MOST_FILES:
        odd.append(("", "unexpected_file"))
    return sizes, sorted(odd)

# Cryptography, by the command openssl.

def openssl(arguments, files, text=None):
    """Run openssl on files of these contents, in a folder of its own; (accepted, output, its complaint)."""
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as out:
                out.write(content)
        command = shutil.which("openssl")
        if command is None:
            raise OSError("openssl is not installed")
        done = subprocess.run([command, *arguments], cwd=folder, input=text or b"",
                              capture_output=True, timeout=120, check=False,
                              env={"LC_ALL": "C", "OPENSSL_CONF": os.devnull})
    return done.returncode == 0, done.stdout, done.stderr.decode("utf-8", "replace")

def signed(public, message, signature):
    """Ed25519 (RFC 8032)."""
    der = bytes.fromhex("302a300506032b6570032100") + public
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    arguments = "pkeyutl -verify -pubin -inkey key -rawin -in message -sigfile signature".split()
    files = {"key": pem, "message": message, "signature": signature}
    return len(signature) == 64 and openssl(arguments, files)[0]

# Notes, keys, checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

def check_name(name):
    if not 0 < len(name) <= 200 or any(not "!" <= c <= "~" or c == "+" for c in name):
        raise Bad("malformed", "not a name of a key")

def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]

def from_vkey(text, kind=b"\1"):
    """(name, public key) of a verifier key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Bad("malformed", "not a verifier key")
    packed = from_base64(parts[2], 33)
    check_name(parts[0])
    if packed[:1] != kind or key_id(parts[0], kind, packed[1:]).hex() != parts[1]:
        raise Bad("malformed", "not a verifier key of this kind")
    return parts[0], packed[1:]

def from_note(raw):
    """(text, [(name, key id, signature)])."""
    try:
        text, blank, lines = raw.decode().rpartition("\n\n") if len(raw) <= 65536 else ("", "", "")
    except ValueError:
        raise Bad("malformed", "not UTF-8") from None
    signatures = lines[:-1].split("\n")
    odd = any(c < " " and c != "\n" for c in text)
    if not blank or not lines.endswith("\n") or len(signatures) > 64 or odd:
        raise Bad("malformed", "not a signed note")
    found = []
    for line in signatures:
        parts = line[2:].split(" ")
        if not line.startswith("— ") or len(parts) != 2:
            raise Bad("malformed", "not a signature line")
        check_name(parts[0])
        packed = from_base64(parts[1])
        if len(packed) < 5:
            raise Bad("malformed", "not a signature")
        found.append((parts[0], packed[:4], packed[4:]))
    return text + "\n", found

class Checkpoint:
    """Origin, size and root, signed."""

    def __init__(self, raw):
        self.raw = raw
        self.text, self.signatures = from_note(raw)
        lines = self.text[:-1].split("\n")
        if len(lines) != 3 or not lines[0] or not NUMBER.fullmatch(lines[1]):
            raise Bad("malformed", "not a checkpoint")
        self.origin, self.size, self.root = lines[0], int(lines[1]), from_base64(lines[2], 32)

    def signed_by(self, key, alone=True):
        """Whether this log's key signed, and (alone) nobody else."""
        own = [s for s in self.signatures if s[:2] == (key[0], key_id(key[0], b"\1", key[1]))]
        if not own or (alone and len(self.signatures) != 1):
            return False
        return all(signed(key[1], self.text.encode(), signature) for _, _, signature in own)

# The tree (RFC 6962; RFC 9162, sections 2.1.3.2 and 2.1.4.2).

def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()

def included(index, size, commitment, path, root):
    fn, sn, r = index, size - 1, hashlib.sha256(b"\0\1" + commitment).digest()
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root

def consistent(first, second, first_root, second_root, path):
    if first & (first - 1) == 0:
        path = [first_root, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0] if path else b""
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == (first_root, second_root)

def from_proof(raw, first_line):
    """(number, hashes, checkpoint) of a proof whose first lines are as given."""
    head, blank, checkpoint = raw.partition(b"\n\n")
    try:
        start, _, rest = head.decode("ascii").partition(first_line)
    except ValueError:
        start, rest = "?", ""
    lines = rest.split("\n")
    if start or not blank or not NUMBER.fullmatch(lines[0]) or len(lines) > 64:
        raise Bad("malformed", "not a proof")
    return int(lines[0]), [from_base64(line, 32) for line in lines[1:]], checkpoint

# Lists.

def from_manifest(raw, start="data/"):
    """{path: hash} of a manifest in its one spelling."""
    try:
        lines = raw.decode("ascii").split("\n")
    except ValueError:
        raise Bad("manifest_malformed", "not ASCII") from None
    pairs = [re.fullmatch(r"([0-9a-f]{64})  (.*)", line) for line in lines[:-1]]
    found = {pair[2]: pair[1] for pair in pairs if pair}
    text = "".join(f"{digest}  {path}\n" for path, digest in sorted(found.items()))
    odd = not all(is_path(path) and path.startswith(start) for path in found)
    if len(lines) > MOST_FILES or text.encode() != raw or odd:
        raise Bad("manifest_malformed", "not the one spelling of a manifest")
    return found

def from_tag_manifest(raw):
    found = from_manifest(raw, "")
    if sorted(found) != sorted(set(TAGS) - {TAG_MANIFEST}):
        raise Bad("manifest_malformed", "it lists other files")
    return found

def from_info(raw):
    """The six values of bag-info.txt."""
    try:
        pairs = [line.partition(": ") for line in raw.decode().split("\n")]
    except ValueError:
        raise Bad("bag_malformed", "not UTF-8") from None
    labels, values = tuple(pair[0] for pair in pairs), [pair[2] for pair in pairs]
    if labels != (*LABELS, "") or not all(v.isprintable() and v == v.strip() for v in values):
        raise Bad("bag_malformed", "not its six lines")
    text = "".join("{}: {}\n".format(*pair) for pair in zip(LABELS, values))  # noqa: B905 (Python 3.10)
    date, oxum = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", values[1]), values[2].split(".")
    counted = len(oxum) == 2 and all(NUMBER.fullmatch(number) for number in oxum)
    if text.encode() != raw or not date or not counted or values[3] != "1":
        raise Bad("bag_malformed", "not the one spelling of its lines")
    return values[:6]

def read_key(raw):
    """The key in a log.vkey; None where it is malformed."""
    try:
        text = raw.decode("ascii") if raw is not None else ""
        return from_vkey(text[:-1]) if text.endswith("\n") else None
    except (Bad, ValueError):
        return None

def exhibit_in(path):
    match = re.fullmatch(r"data/logs/[0-9]+/exhibits/([0-9]{1,19})\.[a-z-]+", path)
    return int(match[1]) if match else None

# Exhibits (docs/evidence-format.md, "Record").

class Record:
    """A record of version 1; kind, and whether it is bare as the log's own acts are."""

    def __init__(self, raw):
        try:
            at = 3 + raw[2]
            kind, end = raw[3:at].decode("ascii"), at + 1 + raw[at]
            self.vantage, at = raw[at + 1 : end].decode(), end + 44
            connection, length = struct.unpack(">Q32xI", raw[end:at])
            self.bare = raw[1] == 0 and connection == 0 and raw[at : at + 2] == b"\0\0"
            for _ in range(2):
                at += {0: 1, 4: 7, 6: 19}[raw[at]]
        except (IndexError, KeyError, ValueError, struct.error):
            raise Bad("record_malformed", "it ends early or reads otherwise") from None
        whole = raw[0] == 1 and raw[1] <= 2 and re.fullmatch(r"[a-z][a-z0-9-]{0,31}", kind)
        if not whole or length > 32 * MIB or len(raw) - at != length:
            raise Bad("record_malformed", "not a record")
        self.kind, self.payload = kind, raw[at:]

def open_envelope(body, key):
    """The record of version 1 in an envelope (HKDF-Expand, HMAC, AES-256-CTR)."""
    keys, block = b"", b""
    for number in (1, 2):
        block = hmac.new(key, block + b"swarmwitness envelope 1" + bytes([number]), "sha256").digest()
        keys += block
    record = body[32:]
    if record[:1] != b"\2" or len(record) < 41 + 51:
        raise Bad("envelope", "not an envelope")
    if hmac.new(keys[32:], record[1:9] + record[41:], "sha256").digest() != record[9:41]:
        raise Bad("envelope", "this key did not close it")
    arguments = ["enc", "-d", "-aes-256-ctr", "-K", keys[:32].hex(), "-iv", "0" * 32]
    accepted, plain, why = openssl(arguments, {}, record[41:])
    try:
        if not accepted or Record(plain).kind in PLAIN:
            raise Bad("envelope", why or "a kind that is never encrypted")
    except Bad as error:
        raise Bad("envelope", error.why) from None

# Statements of others.

def from_statement(kind, payload):
    """The texts of a statement of a time authority or witness."""
    act, keys = {"time": ("timestamped", ["act", "authority", "checkpoint", "query", "reply", "roots"]),
                 "witness": ("cosigned", ["act", "checkpoint", "cosignature", "witness"])}[kind]
    said = from_json(payload, b"") if len(payload) <= 2 * MIB else {}
    if sorted(said) != keys or not all(isinstance(text, str) for text in said.values()) or said["act"] != act:
        raise Bad("malformed", "not a statement")
    try:
        said["checkpoint"] = Checkpoint(said["checkpoint"].encode())
        said["roots"] = said.get("roots", "").encode("ascii")
    except ValueError:
        raise Bad("malformed", "not text") from None
    if kind == "time":
        said["query"], said["reply"] = from_base64(said["query"]), from_base64(said["reply"])
        return said
    said["key"] = from_vkey(said["witness"], b"\4")
    _, lines = from_note(b"-\n\n" + said["cosignature"].encode("utf-8", "replace") + b"\n")
    said["line"], said["at"] = lines[0], int.from_bytes(lines[0][2][:8], "big")
    if len(lines) != 1 or len(lines[0][2]) != 72 or said["at"] > 253402300799:
        raise Bad("malformed", "not a cosignature")
    return said

def cosignature_holds(said, checkpoint):
    """C2SP cosignature/v1."""
    (name, public), line = said["key"], said["line"]
    message = "cosignature/v1\ntime {}\n{}".format(said["at"], checkpoint.text)
    named = line[:2] == (name, key_id(name, b"\4", public))
    return named and signed(public, message.encode(), line[2][8:])

def check_query(query, digest):
    """Whether this is the one spelling of a request (RFC 3161, section 2.4.1) about the digest."""
    start = 2 + len(SHA256_IMPRINT)
    nonce = query[start + 34 : -3]
    number = int.from_bytes(nonce, "big")
    nonce = number.to_bytes(number.bit_length() // 8 + 1, "big")
    whole = SHA256_IMPRINT + query[start : start + 32] + bytes([2, len(nonce) & 255]) + nonce + b"\1\1\xff"
    if not 0 < number < 1 << 64 or query != bytes([0x30, len(whole)]) + whole:
        raise Bad("token_malformed", "the request")
    if query[start : start + 32] != digest:
        raise Bad("token_imprint", "the request is about something else")

def der(raw):
    """[(tag, content)] of elements of DER (X.690) that stand side by side."""
    found, at = [], 0
    while at < len(raw):
        size, start = raw[at + 1] if at + 1 < len(raw) else 255, at + 2
        if size & 128:
            start += size & 127
            size = int.from_bytes(raw[at + 2 : start], "big")
            if start - at > 6 or size < 128 or raw[at + 2] == 0:
                raise Bad("token_malformed", "not DER")
        if start + size > len(raw):
            raise Bad("token_malformed", "not DER")
        found.append((raw[at], raw[start : start + size]))
        at = start + size
    return found

def within(raw, *path):
    """The content of an element within others: a place and a tag for each on the way."""
    for place, tag in path:
        elements = der(raw)
        if place >= len(elements) or elements[place][0] != tag:
            raise Bad("token_malformed", "not a reply of RFC 3161")
        raw = elements[place][1]
    return raw

def check_status(reply):
    """RFC 3161, section 2.4.2. Nobody signs the status and its texts; all that counts is `granted`."""
    if len(reply) > 65536 or len(der(reply)) != 1 or len(der(within(reply, (0, 0x30)))) > 2:
        raise Bad("token_malformed", "not a reply of RFC 3161")
    state = der(within(reply, (0, 0x30), (0, 0x30)))
    try:
        for tag, texts in state[1:]:
            for _, text in der(texts) if tag == 0x30 else ():
                text.decode()
    except ValueError:
        raise Bad("token_malformed", "a text of the status is none") from None
    if not state or state[0][0] != 2 or len(state[0][1]) != 1 or state[0][1] > b"\x7f":
        raise Bad("token_malformed", "no status")
    if state[0][1] != b"\0":
        raise Bad("token_refused", f"status {state[0][1][0]}")

def certificates(pem):
    """The certificates of a PEM text, spelled anew; other blocks in it are nobody's."""
    blocks = re.findall(rb"-----BEGIN (?:X509 )?CERTIFICATE-----(.*?)-----END (?:X509 )?CERTIFICATE-----",
                        pem, re.S)
    try:
        texts = [b"".join(re.split(rb"\n\r?\n", block)[-1].split()) for block in blocks]
        found = [base64.b64decode(text, validate=True) for text in texts]
    except ValueError:
        found = []
    lines = [b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(each) + b"-----END CERTIFICATE-----\n"
             for each in found]
    text = b"".join(lines)
    if not text or not openssl("crl2pkcs7 -nocrl -certfile roots".split(), {"roots": text})[0]:
        raise Bad("token_untrusted", "no root certificates, or one that can't be read")
    return text

def check_token(said, message, roots):
    """The instant of a token: openssl must accept it as an answer to the query about this message."""
    query, reply = said["query"], said["reply"]
    digest = hashlib.sha256(message).digest()
    check_query(query, digest)
    check_status(reply)
    # What is signed: TSTInfo in SignedData (RFC 5652) in the token.
    signed_data = (0, 0x30), (1, 0x30), (1, 0xA0), (0, 0x30), (2, 0x30), (1, 0xA0), (0, 4), (0, 0x30)
    info = within(reply, *signed_data)
    imprint, fields = within(info, (2, 0x30)), der(info)
    stamped = within(imprint, (0, 0x30), (0, 6)), within(imprint, (1, 4))
    if stamped != (SHA256_IMPRINT[9:18], digest):
        raise Bad("token_imprint", "the token is about something else")
    if [content for tag, content in fields[5:] if tag == 2] != [within(query, (0, 0x30), (2, 2))]:
        raise Bad("token_nonce", "the token answers another request")
    try:
        made = within(info, (4, 0x18)).decode("ascii")
        text = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z", made)
        at = calendar.timegm(tuple(int(part) for part in text.groups()[:6]))
    except (ValueError, AttributeError):
        raise Bad("token_malformed", "its time can't be read") from None
    files = {"query": query, "reply": reply, "roots": certificates(roots)}
    arguments = "ts -verify -queryfile query -in reply -CAfile roots -untrusted roots".split()
    accepted, _, why = openssl([*arguments, "-attime", str(at)], files)
    if not accepted:
        reasons = [reason for words, reason in COMPLAINTS if any(word in why for word in words)]
        raise Bad((reasons or ["token_signature"])[0], why.strip()[-300:])
    return "{}-{}-{}T{}:{}:{}{}Z".format(*text.groups(""))

# The corridor.

class Bundle:
    """One bundle while it is checked; what the checks find goes into the report."""

    def __init__(self, root, given):
        self.root, self.given, self.report = root, given, Report()
        self.tags, self.logs, self.manifest, self.sizes = {}, [], {}, {}

    def run(self):
        if os.path.islink(self.root):
            self.report.fail(1, "not_a_file", self.root, None, "a link; verify what it leads to")
        elif self.check_lists():
            self.check_statement()
            for log in self.logs:
                log.check()
            self.check_held()
            for log in self.logs:
                log.check_statements()
            self.check_erasures()
        return self.report

    def read(self, path, most, check=1):
        """A file whole; None, and a failure if check 1 has not told it yet, where it can't be read."""
        if path not in self.sizes:
            return None
        try:
            with open_regular(self.root, path) as stream:
                raw = stream.read(most + 1)
            if len(raw) <= most:
                return raw
        except OSError:
            pass
        self.report.fail(1, "unreadable", path)
        return None

    def check_lists(self):
        """Checks 1 and 2; whether the lists suffice for more."""
        fail = self.report.fail
        self.sizes, odd = walk(self.root)
        for path, reason in odd:
            fail(1, reason, path)
        told = {path for path, _ in odd}
        self.read_tags(told)
        lists = {}
        for name, reader in ((MANIFEST, from_manifest), (TAG_MANIFEST, from_tag_manifest), (INFO, from_info)):
            try:
                lists[name] = reader(self.tags[name]) if name in self.tags else None
            except Bad as error:
                lists[name] = fail(1, error.reason, name, None, error.why)
        if self.tags.get(BAGIT) not in (None, b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"):
            fail(1, "bag_malformed", self.tags.pop(BAGIT) and BAGIT)
        self.manifest, tag_manifest, self.info = lists[MANIFEST], lists[TAG_MANIFEST], lists[INFO]
        if self.manifest is None or tag_manifest is None:
            return False
        self.compare(told)
        logs_read = self.read_logs()
        self.check_hashes(tag_manifest)
        return logs_read and self.info is not None and BAGIT in self.tags

    def read_tags(self, told):
        for name in TAGS:
            if name not in self.sizes and name not in told:
                self.report.fail(1, "missing_file", name)
            raw = self.read(name, 64 * MIB if "manifest" in name else MIB // 4)
            if raw is not None:
                self.tags[name] = raw

    def compare(self, told):
        """What is listed and not there, what is there and not listed."""
        for path in sorted({*self.manifest, *self.sizes}):
            if path not in self.sizes and path not in told:
                self.report.fail(1, "missing_file", path, exhibit_in(path))
            elif path in self.sizes and path not in self.manifest and path not in TAGS:
                self.report.fail(1, "unexpected_file", path, exhibit_in(path))

    def read_logs(self):
        """logs.json, and whether the lists have just what it calls for."""
        raw = self.read("data/logs.json", 64 * MIB)
        try:
            said = from_json(raw) if raw is not None else {"logs": []}
            if list(said) != ["logs"] or not isinstance(said["logs"], list) or len(said["logs"]) > 64:
                raise Bad("malformed", "not a list of logs")
            self.logs = [Log(self, number, each) for number, each in enumerate(said["logs"], 1)]
            distinct = [len({getattr(log, what) for log in self.logs}) for what in ("name", "origin")]
            if raw is not None and (not self.logs or distinct != [len(self.logs)] * 2):
                raise Bad("malformed", "no logs, or one twice")
            if sum(len(log.chosen) for log in self.logs) > MOST_EXHIBITS:
                raise Bad("malformed", "too many exhibits")
        except Bad as error:
            self.report.fail(1, "logs_malformed", "data/logs.json", None, error.why)
            raw = None
        if raw is None:
            return False
        needed = NEEDED.union(*(log.paths() for log in self.logs))
        for path in sorted({*needed, *self.manifest}):
            optional = path in OPTIONAL or path.startswith(("data/drafts/", "data/results/"))
            if path not in self.manifest:
                self.report.fail(1, "missing_file", path, exhibit_in(path))
            elif path not in needed and not optional:
                self.report.fail(1, "unexpected_file", path, exhibit_in(path))
        return True

    def check_hashes(self, tag_manifest):
        for path, digest in sorted(self.manifest.items()):
            try:
                if path in self.sizes and hash_file(self.root, path) != digest:
                    self.report.fail(2, "manifest_differs", path, exhibit_in(path))
            except OSError:
                self.report.fail(2, "unreadable", path)
        for name, raw in sorted(self.tags.items()):
            if name in tag_manifest and hashlib.sha256(raw).hexdigest() != tag_manifest[name]:
                self.report.fail(2, "tagmanifest_differs", name)
        sizes = [size for path, size in self.sizes.items() if path.startswith("data/")]
        if self.info and not self.report.found and self.info[2] != f"{sum(sizes)}.{len(sizes)}":
            self.report.fail(1, "bag_malformed", INFO, None, "Payload-Oxum counts otherwise")

    def check_statement(self):
        """Checks 3 and 4."""
        said = {}
        try:
            if STATEMENT in self.tags:
                said = self.read_statement(from_json(self.tags[STATEMENT]))
        except (Bad, KeyError, TypeError, ValueError, IndexError) as error:
            self.report.fail(3, "statement_malformed", STATEMENT, None, str(error))
        raw = self.read("data/filter.json", 64 * MIB)
        if raw is None:
            return
        try:
            asked = from_json(raw)
        except Bad as error:
            self.report.fail(4, "filter_differs", "data/filter.json", None, error.why)
            return
        for file, case, text in ((INFO, *self.info[4:]), (STATEMENT, said.get("case"), said.get("filter"))):
            if (file == INFO or said) and (case, text) != (asked.get("case"), asked.get("filter")):
                self.report.fail(4, "filter_differs", file)

    def read_statement(self, envelope):
        (signature,) = envelope["signatures"]
        payload = from_base64(envelope["payload"])
        kind = "application/vnd.in-toto+json"
        shape = {"payload": envelope["payload"], "payloadType": kind, "signatures": [signature]}
        text = isinstance(signature["keyid"], str)
        if envelope != shape or sorted(signature) != ["keyid", "sig"] or not text:
            raise Bad("malformed", "not an envelope with one signature")
        sig = from_base64(signature["sig"])
        signer = ([log for log in self.logs if log.name == "custody"] or self.logs)[0]
        vkey = self.read(f"data/logs/{signer.number}/log.vkey", 65536)
        key = read_key(vkey)
        message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
        if key and (vkey[:-1].decode() != signature["keyid"] or not signed(key[1], message, sig)):
            self.report.fail(3, "statement_signature", STATEMENT)
        said = from_json(payload)
        subject = {each["name"]: each["digest"]["sha256"] for each in said["subject"]}
        predicate = said["predicate"]
        expected = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "urn:swarmwitness:bundle:1",
                    "predicate": {**{key: predicate[key] for key in ("case", "filter", "logs")}, "bundle": 1},
                    "subject": [{"digest": {"sha256": subject[n]}, "name": n} for n in sorted(subject)]}
        if canonical(expected) != payload:
            raise Bad("malformed", "not a statement about a bundle of this format")
        if subject != {name: hashlib.sha256(self.tags[name]).hexdigest() for name in (INFO, BAGIT, MANIFEST)}:
            self.report.fail(3, "statement_subject", STATEMENT)
        logs = [{"origin": log.origin, "root": log.root_text, "size": log.size} for log in self.logs]
        if canonical(predicate["logs"]) != canonical(logs):
            self.report.fail(3, "statement_subject", STATEMENT)
        return predicate

    def check_held(self):
        """Check 10, and the keys of check 5 that fit no log."""
        for name, _ in self.given.keys:
            if name not in [log.origin for log in self.logs]:
                self.report.fail(5, "key_differs", "the public key given", None, "of none of these logs")
        for raw in self.given.checkpoints:
            try:
                held = Checkpoint(raw)
                named = [log for log in self.logs if log.origin == held.origin]
                if not named:
                    raise Bad("malformed", "of none of these logs")
                if named[0].checkpoint:
                    named[0].check_held(held)
            except Bad as error:
                self.report.fail(10, "checkpoint_foreign", HELD, None, error.why)

    def check_erasures(self):
        """Check 13."""
        custody = [log for log in self.logs if log.name == "custody"]
        if not custody:
            self.report.notes.append("no log named custody is here: what people did on the case, legal holds"
                                     " among it, can't be seen")
        acts = [(i, r.payload) for i, r in custody[0].plain.items() if r.kind == "act"] if custody else []
        for log in self.logs:
            announced = log.announced()
            spans = sorted(span for _, each in announced for span in each)
            lows, highs = [low for low, _ in spans], list(itertools.accumulate((h for _, h in spans), max))
            gone = []
            for index in sorted(log.erased):
                before = bisect.bisect(lows, index)
                if not before or highs[before - 1] <= index:
                    self.report.fail(13, "erased_unannounced", log.file(index, "commitment"), index)
                else:
                    gone.append(index)
            if log.name == "custody" and gone:
                self.report.fail(13, "erased_plain", log.file(gone[0], "commitment"), gone[0],
                                 "acts are never erased")
            if log.name == "custody" and len(log.chosen) != log.size:
                self.report.fail(13, "custody_incomplete", "data/logs.json")
            try:
                for hold, act, index in broken_holds(acts, log.origin, announced):
                    self.report.fail(13, "erased_under_hold", log.file(act, "exhibit"), index, "hold " + hold)
            except Bad as error:
                self.report.fail(13, "hold_malformed", "data/logs.json", None, error.why)

class Log:
    """One log of the bundle: an element of logs.json, and the files in its directory."""

    def __init__(self, bundle, number, said):
        if not isinstance(said, dict) or tuple(sorted(said)) != LOG_KEYS:
            raise Bad("malformed", "a log has other keys")
        if not all(isinstance(said[key], str) for key in LOG_KEYS if key not in ("size", "earlier")):
            raise Bad("malformed", "not texts")
        self.bundle, self.number, self.report = bundle, number, bundle.report
        self.name, self.origin = said["name"], said["origin"]
        self.size, self.root_text = said["size"], said["root"]
        pairs = said["earlier"] if isinstance(said["earlier"], list) else [None] * 2000
        if len(pairs) > 1000 or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise Bad("malformed", "not earlier sizes")
        sizes = [size for size, _ in pairs]
        if not all(type(size) is int and 0 < size <= 10**18 for size in [self.size, *sizes]):
            raise Bad("malformed", "not sizes")
        self.root = from_base64(self.root_text, 32)
        self.earlier = {size: from_base64(root, 32) for size, root in pairs}
        if sizes != sorted(self.earlier) or self.size <= max(sizes, default=0):
            raise Bad("malformed", "earlier sizes ascend and are below the log's")
        sets = (numbers(said[key], MOST_EXHIBITS) for key in ("chosen", "opened", "keyed", "erased"))
        self.chosen, self.opened, self.keyed, self.erased = sets
        nested = self.keyed <= self.opened <= self.chosen and self.erased <= self.chosen - self.opened
        if not nested or 0 not in self.opened - self.keyed or max(self.chosen) >= self.size:
            raise Bad("malformed", "the sets of exhibits do not fit each other")
        if not re.fullmatch(r"[a-z0-9][a-z0-9._/-]{0,127}", self.name):
            raise Bad("malformed", "not a name of a log")
        self.key, self.checkpoint, self.commitments, self.plain = None, None, {}, {}
        self.published, self.said = 0, []

    def file(self, index, kind):
        return f"data/logs/{self.number}/exhibits/{index}.{kind}"

    def path(self, name):
        return f"data/logs/{self.number}/{name}"

    def paths(self):
        parts = [(self.chosen, "tlog-proof"), (self.chosen, "commitment"), (self.opened, "exhibit")]
        parts.append((self.keyed, "key"))
        found = [self.file(index, kind) for indices, kind in parts for index in indices]
        found += [self.path(f"consistency/{size}.txt") for size in self.earlier]
        return [*found, self.path("log.vkey"), self.path("checkpoint")]

    def fail(self, check, reason, path, exhibit=None, why=""):
        self.report.fail(check, reason, path, exhibit, why)

    def check(self):
        """Checks 5 to 9."""
        raw = self.bundle.read(self.path("log.vkey"), 65536)
        self.key = read_key(raw)
        if self.key:
            others = [key for key in self.bundle.given.keys if key[0] == self.origin and key != self.key]
            if self.key[0] != self.origin or others:
                self.fail(5, "key_differs", self.path("log.vkey"))
            self.check_checkpoint()
        elif raw is not None:
            self.fail(5, "key_malformed", self.path("log.vkey"))
        for index in sorted(self.chosen):
            self.check_proof(index)
        for index in sorted(self.opened):
            self.check_opened(index)
        for size in self.earlier if self.checkpoint else ():
            self.check_earlier(size)

    def check_checkpoint(self):
        path = self.path("checkpoint")
        raw = self.bundle.read(path, 65536)
        if raw is None:
            return
        try:
            found = Checkpoint(raw)
        except Bad as error:
            self.fail(6, "checkpoint_malformed", path, None, error.why)
            return
        if found.origin != self.key[0]:
            self.fail(6, "origin_differs", path)
        elif not found.signed_by(self.key):
            self.fail(6, "checkpoint_signature", path)
        elif (found.size, found.root) != (self.size, self.root):
            self.fail(6, "checkpoint_root", path)
        else:
            self.checkpoint = found

    def check_proof(self, index):
        """Check 7."""
        raw = self.bundle.read(self.file(index, "commitment"), 65)
        if raw is not None and HEX_LINE.fullmatch(raw):
            self.commitments[index] = bytes.fromhex(raw.decode())
        elif raw is not None:
            self.fail(7, "proof_malformed", self.file(index, "commitment"), index)
        path = self.file(index, "tlog-proof")
        raw = self.bundle.read(path, MOST_PROOF) if self.checkpoint else None
        if raw is None:
            return
        try:
            number, hashes, checkpoint = from_proof(raw, "c2sp.org/tlog-proof@v1\nindex ")
        except Bad as error:
            self.fail(7, "proof_malformed", path, index, error.why)
            return
        if number != index or checkpoint != self.checkpoint.raw:
            self.fail(7, "proof_differs", path, index)
            return
        commitment = self.commitments.get(index)
        if commitment is not None and not included(index, self.size, commitment, hashes, self.root):
            self.fail(7, "commitment", path, index)

    def check_opened(self, index):
        """Check 8."""
        path = self.file(index, "exhibit")
        body = self.bundle.read(path, MOST_BODY)
        if body is None:
            return
        if hashlib.sha256(body).digest() != self.commitments.get(index, hashlib.sha256(body).digest()):
            self.fail(8, "commitment", path, index)
        try:
            if index in self.keyed:
                key = self.bundle.read(self.file(index, "key"), 65)
                if key is not None:
                    if not HEX_LINE.fullmatch(key):
                        raise Bad("envelope", "not a key")
                    open_envelope(body, bytes.fromhex(key.decode()))
            elif index == 0 or body[32:33] != b"\2" or len(body) < 32 + 41 + 51:
                record = Record(body[32:])
                if record.kind in PLAIN:
                    self.plain[index] = record
                if index == 0 and not self.is_creation(record):
                    raise Bad("creation_act", "exhibit 0 is not the creation of this log")
        except Bad as error:
            self.fail(8, error.reason, path, index, error.why)

    def is_creation(self, record):
        """Whether exhibit 0 is the act `log-created` with this log's name and key."""
        try:
            said = from_json(record.payload, b"")
            name, _ = key = from_vkey(said["vkey"])
        except (Bad, KeyError, AttributeError):
            return False
        expected = {"act": "log-created", "format": 1, "origin": name, "vkey": said["vkey"]}
        expected["segment_bytes"] = said.get("segment_bytes")
        least = type(said.get("segment_bytes")) is int and said["segment_bytes"] >= 64
        own = record.kind == "act" and record.bare and record.vantage == name and self.key in (None, key)
        return least and own and canonical(said) == canonical(expected)

    def check_earlier(self, size):
        """Check 9."""
        path = self.path(f"consistency/{size}.txt")
        raw = self.bundle.read(path, MOST_PROOF)
        if raw is None:
            return
        try:
            number, hashes, checkpoint = from_proof(raw, "old ")
        except Bad as error:
            self.fail(9, "proof_malformed", path, None, error.why)
            return
        if number != size or checkpoint != self.checkpoint.raw:
            self.fail(9, "proof_differs", path)
        elif not consistent(size, self.size, self.earlier[size], self.root, hashes):
            self.fail(9, "consistency", path)

    def check_held(self, held):
        """Check 10."""
        roots = {**self.earlier, self.size: self.root}
        if not held.signed_by(self.key, alone=False):
            self.fail(10, "checkpoint_foreign", HELD, None, "signed by another key")
        elif held.size > self.size:
            self.fail(10, "rolled_back", self.path("checkpoint"), self.size)
        elif held.size not in roots:
            self.fail(10, "no_consistency_proof", self.path("checkpoint"), None, f"size {held.size}")
        elif roots[held.size] != held.root:
            self.fail(10, "forked", self.path("checkpoint"), None, f"at {held.size} exhibits")

    def check_statements(self):
        """Checks 11 and 12."""
        for index, record in sorted(self.plain.items()) if self.checkpoint else ():
            if record.kind != "act":
                try:
                    self.check_one(index, record)
                except Bad as error:
                    check = 11 if record.kind == "time" else 12
                    reason = "statement_malformed" if error.reason == "malformed" else error.reason
                    self.fail(check, reason, self.file(index, "exhibit"), index, error.why)

    def check_one(self, index, record):
        said = from_statement(record.kind, record.payload)
        checkpoint, given = said["checkpoint"], self.bundle.given
        own = checkpoint.origin == self.key[0] and checkpoint.signed_by(self.key)
        if not own or not 0 < checkpoint.size <= index:
            raise Bad("statement_foreign", "about another log, or about what came after it")
        if self.earlier.get(checkpoint.size) != checkpoint.root:
            raise Bad("statement_foreign", f"this log has another root at {checkpoint.size} exhibits")
        if record.kind == "witness":
            at, known = said["at"], said["witness"] in given.witnesses
            if not cosignature_holds(said, checkpoint):
                raise Bad("cosignature", "not the witness's signature over this checkpoint")
            day = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=at)  # noqa: DTZ001
            source = "given" if known else "quoted by the log itself"
            self.said.append("the first {} exhibits: cosigned by {} at {}Z; its key is {}".format(
                checkpoint.size, said["witness"].split("+")[0], day.isoformat(), source))
            return
        roots = said["roots"] if given.roots is None else given.roots
        if not roots:
            self.said.append(f"exhibit {index}: a token without a root certificate counts for nothing")
            return
        date = check_token(said, checkpoint.raw, roots)
        self.published = max(self.published, checkpoint.size)
        source = "quoted by the log itself" if given.roots is None else "given"
        self.said.append(f"the first {checkpoint.size} exhibits existed by {date} (token in exhibit {index});"
                         f" its root certificate is {source}")

    def announced(self):
        """[(act, ranges that it announced as erased)]."""
        found = []
        for index, record in sorted(self.plain.items()):
            if record.kind == "act" and record.payload.startswith(b'{"act":"erased",'):
                try:
                    on = from_json(record.payload, b"").get("on")
                    texts = [on.get("ranges"), on.get("lengths")] if isinstance(on, dict) else [None]
                    if not all(isinstance(text, str) for text in texts):
                        raise Bad("malformed", "it does not say which exhibits")
                    spans = from_ranges(on["ranges"])
                    if not re.fullmatch("[0-9a-f]{64}", on["lengths"]) or not spans or spans[-1][1] > index:
                        raise Bad("malformed", "it names exhibits that do not stand before it")
                    found.append((index, spans))
                except Bad as error:
                    self.fail(13, "erasure_malformed", self.file(index, "exhibit"), index, error.why)
        return found

# Legal holds (acts `hold` and `release` of the log named `custody`).

def broken_holds(acts, origin, announced):
    """[(hold, act, first exhibit)] of what was erased while held; positions in the logs decide, no clocks."""
    holds = {}
    for _, payload in acts:
        if payload.startswith((b'{"act":"hold"', b'{"act":"release"')):
            name, act, logs = from_hold(payload)
            if act == "hold" and name not in holds:
                holds[name] = [logs, None]
            elif act == "release" and name in holds and holds[name][1] is None:
                sizes = {log: size for log, (size, _) in logs.items()}
                if any(sizes.get(log, 0) < size for log, (size, _) in holds[name][0].items()):
                    raise Bad("malformed", "a release states a shorter log than its hold")
                holds[name][1] = sizes
            else:
                raise Bad("malformed", "a hold twice, or a release of none")
    broken = []
    for name, (logs, released) in holds.items():
        size, held = logs.get(origin, (0, []))
        for act, spans in announced:
            if act >= size and (released is None or act < released.get(origin, 0)):
                both = first_shared(spans, held)
                if both is not None:
                    broken.append((name, act, both))
    return broken

def first_shared(some, others):
    """The first number that two ascending lists of ranges both have."""
    a = b = 0
    while a < len(some) and b < len(others):
        low, high = max(some[a][0], others[b][0]), min(some[a][1], others[b][1])
        if low < high:
            return low
        if some[a][1] < others[b][1]:
            a += 1
        else:
            b += 1
    return None

def from_hold(payload):
    """(name, hold or release, {origin: (size, ranges)})."""
    said = from_json(payload, b"") if len(payload) <= 8 * MIB else {}
    texts = ("act", "how", "who", "why")
    on = said.get("on")
    whole = sorted(said) == ["act", "how", "on", "result", "who", "why"] and isinstance(on, dict)
    texts = whole and all(isinstance(said[key], str) for key in texts)
    if not texts or not isinstance(said["result"], dict):
        raise Bad("malformed", "not an act by a person")
    logs = on.get("logs")
    if not all(isinstance(on.get(key), str) for key in ("hold", "scope")) or not isinstance(logs, dict):
        raise Bad("malformed", "a hold says which, over what, in which logs")
    for each in logs.values() if len(logs) <= 10_000 else [None]:
        if not isinstance(each, dict) or sorted(each) != ["ranges", "size"] or type(each["size"]) is not int:
            raise Bad("malformed", "a hold says size and ranges of each log")
        if each["size"] < 0 or not isinstance(each["ranges"], str):
            raise Bad("malformed", "a hold says size and ranges of each log")
    held = {log: (each["size"], from_ranges(each["ranges"])) for log, each in logs.items()}
    return on["hold"], said["act"], held

# The command line.

def read_given(path, most=MIB):
    try:
        with open(path, "rb") as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise SystemExit(complain(f"{path}: {error.strerror}")) from None
    if len(raw) > most:
        raise SystemExit(complain(f"{path}: longer than {most} bytes"))
    return raw

def complain(line):
    sys.stderr.write(line + "\n")
    return 2

def arguments_of(line):
    parser = argparse.ArgumentParser(description="Check a Swarmwitness bundle. Exit status 0: verified.")
    above = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("bundle", nargs="?", default=above, help="its folder; default: where this file lies")
    parser.add_argument("--checkpoint", action="append", default=[], help="a checkpoint from another source")
    parser.add_argument("--key", action="append", default=[], help="a log's public key, likewise (file)")
    parser.add_argument("--roots", help="PEM certificates of time authorities from another source")
    parser.add_argument("--witness", action="append", default=[], help="a witness's public key (text)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(line)
    given.checkpoints = [read_given(path) for path in given.checkpoint]
    given.witnesses, given.roots = given.witness, None if given.roots is None else read_given(given.roots)
    try:
        given.keys = [from_vkey(read_given(path).decode("ascii").strip()) for path in given.key]
    except (Bad, ValueError) as error:
        raise SystemExit(complain(f"no public key: {error}")) from None
    try:
        for text in given.witnesses:
            from_vkey(text, b"\4")
    except (Bad, ValueError) as error:
        raise SystemExit(complain(f"--witness: no witness's public key: {error}")) from None
    return given

def verify(given):
    """(report, bundle) of the bundle that the arguments name."""
    bundle = Bundle(given.bundle, given)
    report = bundle.run()
    if not given.keys and not given.checkpoints:
        report.notes.append("no key and no checkpoint from another source was given: the bundle agrees with"
                            " itself, which says nothing about who made it")
    return report, bundle

def main(line=None):
    given = arguments_of(line)
    try:
        version = openssl(["version"], {})[1].decode("ascii", "replace").split()
    except OSError:
        version = []
    if version[:1] != ["OpenSSL"] or int(version[1].split(".")[0]) < 3:
        return complain("the command openssl, version 3.0 or newer, is needed; found: " + " ".join(version))
    if not os.path.isdir(given.bundle):
        return complain(f"{given.bundle}: no such folder")
    report, bundle = verify(given)
    failures, logs = report.failures(), bundle.logs
    said = [f"{log.name}: {sentence}" for log in logs for sentence in log.said]
    checks = [{"number": number, "title": title, "passed": number not in report.found}
              for number, title in enumerate(TITLES, 1)]
    if given.json:
        kept = [{"name": log.name, "origin": log.origin, "size": log.size, "root": log.root.hex(),
                 "chosen": len(log.chosen), "opened": len(log.opened), "erased": len(log.erased),
                 "published": log.published} for log in logs]
        document = {"ok": not failures, "checks": checks, "failures": failures, "logs": kept,
                    "sentences": said, "warnings": report.notes}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return 1 if failures else 0
    lines = ["{} {:>2}. {}".format("ok  " if check["passed"] else "FAIL", check["number"], check["title"])
             for check in checks]
    lines += ["FAIL {reason}: {file} {detail}".format(**failure) for failure in failures[:100]]
    lines += [f"time {sentence}" for sentence in said]
    for log in logs:
        counts = (log.name, len(log.chosen), log.size, len(log.opened), len(log.erased))
        lines.append("log  {}: {} of {} exhibits, {} opened, {} erased".format(*counts))
    lines += ["note " + note for note in report.notes] + ["NOT verified" if failures else "verified"]
    sys.stdout.write("".join(printable(text) + "\n" for text in lines))
    return 1 if failures else 0

def printable(text):
    """Nothing in a bundle shall steer the terminal."""
    return "".join(c if " " <= c <= "~" else c.encode("unicode_escape").decode() for c in text)

if __name__ == "__main__":
    sys.exit(main())
