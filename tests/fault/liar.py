"""A Redis that remembers what it is given and lies about it, in every way of KINDS: each is a name, what it
does with the true value of a key, and whether the client has to give the connection up for it."""
import asyncio
import dataclasses
import logging
import random
import struct

from serving import Serving

KINDS = {}
logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # that a client has gone is what is wanted

# Where what stands in a sealed value (src/web/lookup_sealed.c).
MAGIC, EPOCH, TAG, TEXTS = 0, 4, 12, 28
CRLF = b"\r\n"


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    tell: object  # async (session, key, truth)
    breaks: bool  # or may break: such are told once, and the connection is over


def add(name, tell, breaks=False):
    assert name not in KINDS, name
    KINDS[name] = Kind(name, tell, breaks)


def bulk(value):
    return b"$%d\r\n%s\r\n" % (len(value), value)


# --- replies that are no value -------------------------------------------------------------------

def says(name, raw, breaks=False):
    async def tell(session, key, truth):
        session.send(raw)
    add(name, tell, breaks)


for word in (b"OK", b"PONG", b"QUEUED", b"", b"x" * 70000):
    says(f"status {word[:8].decode() or 'empty'}", b"+" + word + CRLF, breaks=len(word) > 1000)
for word in (b"ERR no", b"NOAUTH Authentication required.", b"WRONGTYPE Operation against a key", b"LOADING Redis is loading",
             b"MOVED 866 127.0.0.1:1", b"ASK 866 127.0.0.1:1", b"READONLY You can't write", b"OOM command not allowed",
             b"BUSY Redis is busy", b"CLUSTERDOWN Hash slot not served", b"MASTERDOWN Link with MASTER is down",
             b"TRYAGAIN Multiple keys", b"NOPERM this user has no permissions", b"EXECABORT", b"MISCONF", b""):
    says(f"error {word.split(b' ')[0].decode() or 'empty'}", b"-" + word + CRLF)
for number in (b"0", b"1", b"-1", b"42", b"9223372036854775807", b"-9223372036854775808"):
    says(f"number {number.decode()}", b":" + number + CRLF)
for number in (b"9223372036854775808", b"99999999999999999999999999", b"1.5", b"0x10", b"", b"1 ", b"--1"):
    says(f"no number {number.decode() or 'empty'}", b":" + number + CRLF, breaks=True)
says("null", b"$-1\r\n")
for length in (b"-2", b"-9223372036854775808", b"18446744073709551616", b"9223372036854775807", b"4294967296",
               b"2147483648", b"1073741824", b"", b"x", b"+5", b" 5", b"5 ", b"1e3", b"0x5", b"5\x00"):
    says(f"length {ascii(length.decode()) if length else 'empty'}", b"$" + length + CRLF + b"hello\r\n", breaks=True)
says("length 0", b"$0\r\n\r\n")
says("length 00005", b"$00005\r\nhello\r\n", breaks=True)
says("value without its end", b"$5\r\nhelloXX", breaks=True)
says("value with a bare LF", b"$5\r\nhello\n\n", breaks=True)
says("length too short", b"$3\r\nhello\r\n", breaks=True)
says("length too long", b"$9\r\nhello\r\n+OK\r\n", breaks=True)
for count in (b"-1", b"0", b"1", b"2", b"1000000000", b"9223372036854775807", b"-5", b"x", b""):
    says(f"array of {count.decode() or 'nothing'}", b"*" + count + CRLF + b"$1\r\na\r\n" * min(2, int(count or 0) if count.isdigit()
         else 0), breaks=True)
for depth in (2, 3, 7, 8, 9, 10, 40, 1000, 20000):
    says(f"arrays {depth} deep", b"*1\r\n" * depth + b"$1\r\na\r\n", breaks=True)
for name, raw in {
        "map": b"%1\r\n$1\r\na\r\n$1\r\nb\r\n", "set": b"~1\r\n$1\r\na\r\n", "push": b">2\r\n$1\r\na\r\n$1\r\nb\r\n",
        "true": b"#t\r\n", "double": b",1.5\r\n", "nan": b",nan\r\n", "null of version 3": b"_\r\n", "big number": b"(123456789012345678901\r\n",
        "blob error": b"!5\r\nERR x\r\n", "verbatim": b"=8\r\ntxt:some\r\n", "attribute": b"|1\r\n+a\r\n+b\r\n+c\r\n",
        "hello": b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n", "streamed": b"$?\r\n;4\r\nabcd\r\n;0\r\n", "infinite map": b"%1000000000\r\n",
        "http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "tls": b"\x15\x03\x01\x00\x02\x02\x46",
        "memcached": b"VALUE a 0 1\r\na\r\nEND\r\n", "smtp": b"220 mail ESMTP\r\n", "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
        "postgresql": b"E\x00\x00\x00\x08SERR", "empty line": CRLF, "line feeds": b"\n" * 50, "carriage returns": b"\r" * 50,
        "zeros": bytes(400), "ones": b"\xff" * 400, "utf-16": "+OK\r\n".encode("utf-16"), "bom": b"\xef\xbb\xbf+OK\r\n",
        "script": b"<script>alert(1)</script>\r\n", "just a plus": b"+", "just a dollar": b"$", "percent": b"%s%n%x\r\n",
        "long line": b"+" + b"y" * 2_000_000}.items():
    says(name, raw, breaks=True)


# --- values that are not the true one --------------------------------------------------------------

def value(name, spoil):
    """`spoil(truth, session, key)`; without a truth there is none to spoil."""
    async def tell(session, key, truth):
        false = b"" if truth is None else spoil(truth, session, key)
        session.send(bulk(false) if false is not None else b"$-1\r\n")
    add(name, tell)


def flipped(truth, at, bit):
    at %= len(truth)
    return truth[:at] + bytes([truth[at] ^ 1 << bit]) + truth[at + 1:]


def put(truth, at, data):
    return truth[:at] + data + truth[at + len(data):]


for where, at in {"magic": MAGIC, "magic's end": 3, "epoch": EPOCH, "epoch's end": EPOCH + 7, "tag": TAG, "tag's middle": TAG + 8,
                  "tag's end": TEXTS - 1, "first length": TEXTS, "first length's end": TEXTS + 3, "first text": TEXTS + 4,
                  "text": 90, "later text": 200, "last byte": -1}.items():
    for bit in (0, 3, 7):
        value(f"bit {bit} of the {where}", lambda t, s, k, at=at, bit=bit: flipped(t, at, bit))
for cut in (1, 2, 3, 4, 5, 11, 12, 13, 27, 28, 29, 31, 32, 33, 100):
    value(f"first {cut} bytes", lambda t, s, k, cut=cut: t[:cut])
    value(f"last {cut} bytes missing", lambda t, s, k, cut=cut: t[:-cut])
for name, spoil in {
        "empty value": lambda t, s, k: b"", "one more byte": lambda t, s, k: t + b"x", "one byte before": lambda t, s, k: b"x" + t,
        "twice": lambda t, s, k: t + t, "backwards": lambda t, s, k: t[::-1], "upper case": lambda t, s, k: t.upper(),
        "hexadecimal": lambda t, s, k: t.hex().encode(), "zeros of its length": lambda t, s, k: bytes(len(t)),
        "noise of its length": lambda t, s, k: random.randbytes(len(t)), "half of another": lambda t, s, k: t[:len(t) // 2] + s.liar.other(k)[len(t) // 2:],
        "head of another": lambda t, s, k: s.liar.other(k)[:TEXTS] + t[TEXTS:], "tag of another": lambda t, s, k: put(t, TAG, s.liar.other(k)[TAG:TEXTS]),
        "no tag": lambda t, s, k: put(t, TAG, bytes(16)), "tag of ones": lambda t, s, k: put(t, TAG, b"\xff" * 16),
        "epoch 0": lambda t, s, k: put(t, EPOCH, bytes(8)), "epoch of ones": lambda t, s, k: put(t, EPOCH, b"\xff" * 8),
        "next epoch": lambda t, s, k: put(t, EPOCH, struct.pack("!Q", struct.unpack("!Q", t[EPOCH:TAG])[0] + 1)),
        "huge epoch": lambda t, s, k: put(t, EPOCH, struct.pack("!Q", 2**63 - 1)),
        "first length huge": lambda t, s, k: put(t, TEXTS, b"\xff" * 4), "first length 0": lambda t, s, k: put(t, TEXTS, bytes(4)),
        "first length one more": lambda t, s, k: put(t, TEXTS, struct.pack("!I", struct.unpack("!I", t[TEXTS:TEXTS + 4])[0] + 1)),
        "forged name": lambda t, s, k: t.replace(b"Tea", b"Toy").replace(b"Silk", b"Wool"),
        "forged secret": lambda t, s, k: t.replace(b"leaves", b"CANARY"), "json": lambda t, s, k: b'{"name":{"en":"CANARY"}}',
        "page": lambda t, s, k: b"<!doctype html><p>CANARY</p>", "the key": lambda t, s, k: k, "a number": lambda t, s, k: b"1",
        "the oldest epoch": lambda t, s, k: s.liar.history[k][0], "an older epoch": lambda t, s, k: random.choice(s.liar.history[k][:-1] or [b""]),
        "another lot": lambda t, s, k: s.liar.other(k), "another brand": lambda t, s, k: s.liar.other(k, brand=True),
        "another brand's oldest": lambda t, s, k: s.liar.other(k, brand=True, oldest=True),
        "another lot's oldest": lambda t, s, k: s.liar.other(k, oldest=True),
        "what was asked before": lambda t, s, k: s.before or b"", "never was": lambda t, s, k: None,
        "largest allowed and wrong": lambda t, s, k: t[:TEXTS] + b"x" * (900 << 10)}.items():
    value(name, spoil)


# --- how and when it comes -----------------------------------------------------------------------

def comes(breaks):
    def decorate(function):
        add(function.__name__.replace("_", " "), function, breaks)
        return function
    return decorate


def true_reply(truth):
    return b"$-1\r\n" if truth is None else bulk(truth)


@comes(False)
async def the_truth(session, key, truth):
    session.send(true_reply(truth))


@comes(False)
async def the_truth_byte_by_byte(session, key, truth):
    for byte in true_reply(truth)[:300]:
        session.send(bytes([byte]))
        await asyncio.sleep(0)
    session.send(true_reply(truth)[300:])


for size in (2, 3, 5, 17, 100):
    async def in_pieces(session, key, truth, size=size):
        reply = true_reply(truth)
        for i in range(0, len(reply), max(size, len(reply) // 40)):
            session.send(reply[i:i + max(size, len(reply) // 40)])
            await asyncio.sleep(0)
    add(f"the truth in pieces of {size}", in_pieces)

for ms in (1, 5, 15, 25, 60):
    async def late(session, key, truth, ms=ms):
        await asyncio.sleep(ms / 1000)
        session.send(true_reply(truth))
    add(f"the truth {ms} ms late", late)

    async def late_and_old(session, key, truth, ms=ms):
        await asyncio.sleep(ms / 1000)
        session.send(true_reply(session.liar.history[key][0] if truth else None))
    add(f"the oldest epoch {ms} ms late", late_and_old)


@comes(True)
async def nothing_ever(session, key, truth):
    await asyncio.sleep(1.5)


@comes(True)
async def closes(session, key, truth):
    session.end()


@comes(True)
async def resets(session, key, truth):
    session.writer.transport.abort()


for share in (0.01, 0.3, 0.99):
    async def torn(session, key, truth, share=share):
        reply = true_reply(truth)
        session.send(reply[:max(1, int(len(reply) * share))])
        await session.writer.drain()
        session.end()
    add(f"closes after {share} of the truth", torn, True)

    async def stuck(session, key, truth, share=share):
        reply = true_reply(truth)
        session.send(reply[:max(1, int(len(reply) * share))])
        await asyncio.sleep(1.5)
    add(f"stuck after {share} of the truth", stuck, True)


@comes(True)
async def the_truth_twice(session, key, truth):
    session.send(true_reply(truth) * 2)


@comes(True)
async def the_truth_and_garbage(session, key, truth):
    session.send(true_reply(truth) + b"\x00garbage")


@comes(True)
async def others_first(session, key, truth):
    """What nobody asked, before what was."""
    session.send(bulk(session.liar.other(key)) + true_reply(truth))


@comes(True)
async def a_message_of_a_channel_first(session, key, truth):
    session.send(b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$6\r\nCANARY\r\n" + true_reply(truth))


@comes(True)
async def a_push_first(session, key, truth):
    session.send(b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$6\r\nCANARY\r\n" + true_reply(truth))


@comes(True)
async def a_hundred_replies(session, key, truth):
    session.send(true_reply(truth) * 100)


@comes(True)
async def drips_for_ever(session, key, truth):
    session.send(b"$1000000\r\n")
    for _ in range(200):
        session.send(b"x")
        await asyncio.sleep(0.005)


@comes(True)
async def floods(session, key, truth):
    session.send(b"$1073741824\r\n")
    for _ in range(64):
        session.send(b"x" * 65536)
        await session.writer.drain()


@comes(True)
async def floods_with_nulls(session, key, truth):
    for _ in range(64):
        session.send(b"$-1\r\n" * 4096)
        await session.writer.drain()


@comes(True)
async def floods_with_other_lots(session, key, truth):
    session.send(bulk(session.liar.other(key)) * 300)


@comes(True)
async def twenty_megabytes(session, key, truth):
    session.send(b"$20000000\r\n")
    for _ in range(20):
        session.send(b"z" * 1_000_000)
        await session.writer.drain()
    session.send(CRLF)


# --- the server ------------------------------------------------------------------------------------

class Session:
    """One connection: tells some lies that it survives, and then one that it need not."""

    def __init__(self, liar, reader, writer):
        self.liar, self.reader, self.writer = liar, reader, writer
        self.before = None  # the value asked before
        self.last = False

    def send(self, data):
        self.writer.write(data)

    def end(self):
        self.writer.close()

    async def command(self):
        count = int((await self.reader.readuntil(CRLF))[1:])
        words = []
        for _ in range(count):
            size = int((await self.reader.readuntil(CRLF))[1:])
            words.append((await self.reader.readexactly(size + 2))[:-2])
        return words

    async def run(self):
        harmless = self.liar.chance.randint(*self.liar.between)
        while not self.writer.is_closing():
            words = await self.command()
            if words[0] != b"GET":
                self.send(self.liar.obey(words))
                continue
            kind = self.liar.next_kind(harmless <= 0)
            harmless -= 1
            truth = self.liar.truth(words[1])
            self.liar.told[kind.name] += 1
            await kind.tell(self, words[1], truth)
            self.before = truth
            if kind.breaks:
                await asyncio.sleep(0.01)
                if not self.reader.at_eof() and kind.name != "closes":
                    await asyncio.sleep(0.1)
                self.end()


class Liar(Serving):
    """`url` for redis_url. With `honest` it only remembers."""

    def __init__(self, between=(20, 60), honest=True):
        super().__init__("s", limit=4 << 20)
        self.url = f"unix://{self.path}"
        self.between, self.honest, self.chance = between, honest, random.Random(4)
        self.history = {}  # key -> values, oldest first
        self.told = dict.fromkeys(KINDS, 0)
        self.harmless = [k for k in KINDS.values() if not k.breaks]
        self.breaking = [k for k in KINDS.values() if k.breaks]
        self.turn = {False: 0, True: 0}

    async def serve(self, reader, writer):
        try:
            await Session(self, reader, writer).run()
        except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def obey(self, words):
        if words[0] == b"SET":
            values = self.history.setdefault(words[1], [])
            if not values or values[-1] != words[2]:
                values.append(words[2])
                del values[1:-3]  # the oldest and the newest
        return b"+PONG\r\n" if words[0] == b"PING" else b"+OK\r\n"

    def truth(self, key):
        return self.history[key][-1] if key in self.history else None

    def other(self, key, brand=False, oldest=False):
        """A value of another lot, of the same GTIN or of another brand's."""
        mine = key.split(b"}")[0]
        keys = [k for k in self.chance.sample(list(self.history), min(20, len(self.history)))
                if k != key and (k.split(b"}")[0] != mine) == brand]
        return self.history[keys[0]][0 if oldest else -1] if keys else b"x" * 100

    def next_kind(self, last):
        if self.honest:
            return KINDS["the truth"]
        kinds = self.breaking if last else self.harmless
        self.turn[last] += 1
        return kinds[self.turn[last] % len(kinds)]
