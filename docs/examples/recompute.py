#!/usr/bin/env python3
"""Computes the digests and seals of an embedded Quittance database again, without Quittance.

usage: recompute.py quittance.db quittance.db.key

It follows docs/digests-and-seals.md and uses nothing but Python's standard library. The key is needed for the seals only.
"""

import base64
import datetime
import hashlib
import hmac
import sqlite3
import sys


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def varint(n):
    return uvarint(n << 1 if n >= 0 else (-n << 1) - 1)


def text(s):
    b = (s or "").encode()
    return uvarint(len(b)) + b


def number(n):
    return varint(n or 0)


def day(d):  # 1 is 0001-01-01, 0 is blank
    return varint(datetime.date.fromisoformat(d).toordinal() if d else 0)


def digest(db, company, code, v):
    out = text("quittance voucher 1") + text(code) + number(v["id"]) + text(v["number"]) + day(v["date"]) + number(v["type"])
    out += number(v["customer"]) + number(v["vendor"]) + number(v["reverses"]) + number(v["source"]) + text(v["text"])
    out += text(v["actor"]) + number(v["at"])
    entries = db.execute(
        "select e.*, a.written from entry e join ledger_account a on a.company = e.company and a.id = e.account"
        " where e.company = ? and e.voucher = ? order by e.line", (company, v["id"])).fetchall()
    out += number(len(entries))
    for e in entries:
        out += text(e["written"]) + number(e["party"]) + text(e["currency"]) + number(e["amount"]) + number(e["accounting"])
        out += number(e["classification"]) + day(e["due_date"]) + text(e["text"])
    return hashlib.sha256(out).digest()


def keys(path):  # id:base64, divided by commas or line ends; HKDF-SHA256 without salt, 32 bytes
    found = {}
    for part in open(path).read().replace(",", "\n").split():
        name, b64 = part.split(":", 1)
        extract = hmac.new(b"\0" * 32, base64.b64decode(b64), hashlib.sha256).digest()
        found[name] = hmac.new(extract, b"quittance seals\x01", hashlib.sha256).digest()
    return found


def main(path, keyfile):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    ring = keys(keyfile)
    bad = 0
    for company in db.execute("select id, code from company order by id").fetchall():
        stored = {}
        for v in db.execute("select v.*, a.actor, a.at from voucher v join audit a on a.company = v.company and a.id = v.command where v.company = ? order by v.id", (company["id"],)).fetchall():
            stored[v["id"]] = v["digest"]
            if digest(db, company["id"], company["code"], v) != v["digest"]:
                bad += 1
                print("voucher", v["number"], "differs from its digest")
        prev, count = b"", 0
        for s in db.execute("select * from seal where company = ? order by n", (company["id"],)):
            content = hashlib.sha256()
            for part in s["covers"].split(","):
                first, _, last = part.partition("-")
                for i in range(int(first), int(last or first) + 1):
                    content.update(i.to_bytes(8, "big") + stored[i])
            m = b"quittance seal 1\n" + varint(company["id"]) + varint(s["n"]) + varint(s["at"]) + varint(s["vouchers"])
            m += text(s["covers"]) + uvarint(len(prev)) + prev + content.digest()
            if hmac.new(ring[s["key_id"]], m, hashlib.sha256).digest() != s["mac"]:
                bad += 1
                print("seal", s["n"], "differs")
            prev, count = s["mac"], count + 1
        print(f"{company['code']}: {len(stored)} vouchers, {count} seals computed again, last seal {count}:{prev.hex()}")
    return 3 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
