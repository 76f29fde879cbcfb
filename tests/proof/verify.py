"""Checks an exported audit log and a checkpoint of it, from the documentation alone.

    verify.py LINES [NOTE VERIFIER_KEY]

Prints "ok N" or "bad SEQ WHAT". Nothing but the standard library is used.
"""

import base64
import hashlib
import json
import sys

PERSONAL = "details error host override reason salt ssh_origin tty user".split()
AROUND = "hash log previous".split()


def number(value):
    """A double as ECMAScript prints it (RFC 8785, section 3.2.2.3)."""
    if isinstance(value, int) and abs(value) <= 2**53:
        return str(value)
    value = float(value)
    if value == 0:
        return "0"
    sign, mantissa = ("-", repr(-value)) if value < 0 else ("", repr(value))
    mantissa, _, exponent = mantissa.partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    point = len(whole) + int(exponent or 0)
    digits = (whole + part).lstrip("0")
    point -= len(whole + part) - len(digits)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        text = digits + "0" * (point - count)
    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        rest = "." + digits[1:] if count > 1 else ""
        text = f"{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + text


def canonical(value):
    """RFC 8785."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in names) + "}"


def sha256(data):
    return hashlib.sha256(data).digest()


def chain(lines):
    """The number of records, the last hash and the log's name; or what is wrong, and where."""
    before, bare, purged, log = None, [], 0, None
    for seq, text in enumerate(lines, 1):
        line = json.loads(text)
        log = log or line["log"]
        before = before or sha256(log.encode())
        personal = {name: line[name] for name in PERSONAL if name in line}
        public = {n: v for n, v in line.items() if n not in PERSONAL and n not in AROUND}
        if line["log"] != log or line["seq"] != seq:
            return seq, "missing"
        if line["previous"] != before.hex():
            return seq, "changed"
        before = sha256(before + canonical(public).encode())
        if line["hash"] != before.hex():
            return seq, "changed"
        if not personal:
            bare.append(seq)
        elif sha256(canonical(personal).encode()).hex() != line["personal"]:
            return seq, "changed"
        elif line["event"] == "audit_purged":
            purged = max(purged, line["details"]["through"])
    robbed = [seq for seq in bare if seq > purged]
    return (robbed[0], "robbed") if robbed else (len(lines), before, log)


# Ed25519 (RFC 8032, section 5.1), for checking alone: slow, and plain to read.
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493


def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + t, P - 2, P) % P
    return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, P - 2, P) % P


def times(n, point):
    out = (0, 1)
    while n:
        out = add(out, point) if n & 1 else out
        point, n = add(point, point), n >> 1
    return out


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or y >= P:
        raise ValueError("no point")
    return (P - x if x & 1 != sign else x), y


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public, text, signature):
    scalar = int.from_bytes(signature[32:], "little")
    digest = hashlib.sha512(signature[:32] + public + text).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    right = add(point(signature[:32]), times(challenge, point(public)))
    return scalar < ORDER and times(scalar, BASE) == right


def checkpoint(note, key):
    """The log's name, the size and the hash that a note signs; None if this key has not signed it."""
    name, key_id, data = key.strip().split("+", 2)
    kind, public = base64.b64decode(data)[:1], base64.b64decode(data)[1:]
    assert kind == b"\x01" and sha256(name.encode() + b"\n\x01" + public)[:4].hex() == key_id
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    for line in lines.rstrip("\n").split("\n"):
        dash, who, data = line.split(" ")
        data = base64.b64decode(data)
        if dash == "—" and who == name and data[:4].hex() == key_id:
            if signed(public, text.encode(), data[4:]):
                log, size, head = text.split("\n")[:3]
                return log, int(size), base64.b64decode(head)
    return None


def main(lines, note=None, key=None):
    # Not splitlines(): it knows ends of lines that are none in JSON.
    rows = open(lines, encoding="utf-8").read().rstrip("\n").split("\n")
    found = chain(rows)
    if len(found) == 2:
        return "bad %d %s" % found
    size, _, log = found
    if note:
        told = checkpoint(open(note, encoding="utf-8").read(), key)
        if told is None or told[0] != log:
            return "bad 0 refused"
        if told[1] > size:
            return f"bad {size + 1} truncated"
        if json.loads(rows[told[1] - 1])["hash"] != told[2].hex():
            return f"bad {told[1]} recomputed"
    return f"ok {size}"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    print(main(*sys.argv[1:]))
