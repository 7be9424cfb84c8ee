"""Sends HTTP requests to a server that answers like traefik/whoami; one process for all of them.

Runs where the client is: on a host or in a pod. Needs Python 3.7 and nothing else; it is on every router and in
the client image (netshoot). The plan is JSON, in the first argument or else on standard input:

  address, port      of the server
  timeoutSeconds     for a request, from connecting to the end of the answer
  mode               "once", "steady" or "hold"
  upload             bytes that each request brings along; none unless given
  reset              if true, connections end with a reset: their ports can be used again at once; always so for
                     ports that the kernel chose

once    "requests": [{"source", "sourcePort"}] (null and 0: the kernel chooses), each on a connection of its own,
        "concurrency" at a time, or "ratePerSecond" if that is given.
steady  connections at "ratePerSecond" from "source" without an end, whatever becomes of them.
hold    "connections" that stay open, with a request on each every "intervalSeconds"; over with its first failure.

steady and hold go on until standard input ends, or SIGINT or SIGTERM.

Prints JSON lines, flushed. First {"beganMs"}; then one for each request, in the order of their ends:
{"connection", "source", "sourcePort", "startedMs", "endedMs"} with {"hostname", "remote"} of the answer, or with
{"failure", "detail"}; last {"stoppedMs"}. failure is one of refused, unreachable, timeout, reset, closed (before
a whole answer), unexpected (another answer), local (the probe's own: a port in use, an address that is not here).
Times are milliseconds since 1970 by this machine's clock.
"""

import asyncio
import errno
import json
import os
import signal
import socket
import struct
import sys
import time

LOCAL = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.ENOBUFS)


def now():
    return round(time.time() * 1000, 3)


def say(line):
    print(json.dumps(line), flush=True)


class Unexpected(Exception):
    pass


def failure_of(error):
    if isinstance(error, asyncio.TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "reset"
    if isinstance(error, (asyncio.IncompleteReadError, EOFError)):
        return "closed"
    if isinstance(error, Unexpected):
        return "unexpected"
    if isinstance(error, OSError):
        if error.errno in LOCAL:
            return "local"
        if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENONET):
            return "unreachable"
        if error.errno == errno.ETIMEDOUT:
            return "timeout"
    return "unexpected"


class Connection:
    def __init__(self, plan, source, source_port):
        self.plan = plan
        family = socket.AF_INET6 if ":" in plan["address"] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A port that the kernel chooses is chosen by the address asked: the same one again for another address of the
        # same servers, which would find it in TIME_WAIT and leave the connection waiting for a second.
        if plan.get("reset") or not source_port:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.source, self.source_port = source, source_port
        self.reader = self.writer = None

    async def open(self):
        if self.source is not None or self.source_port:
            # A chosen port may be in TIME_WAIT from an earlier run.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind((self.source or "", self.source_port or 0))
        address = (self.plan["address"], self.plan["port"])
        await asyncio.get_running_loop().sock_connect(self.socket, address)
        self.source, self.source_port = self.local()
        self.reader, self.writer = await asyncio.open_connection(sock=self.socket)

    async def ask(self, keep_alive):
        size = self.plan.get("upload", 0)
        request = "%s / HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n%s\r\n" % (
            "POST" if size else "GET",
            self.plan["address"],
            "keep-alive" if keep_alive else "close",
            "Content-Length: %d\r\n" % size if size else "",
        )
        self.writer.write(request.encode() + b"x" * size)
        status, headers = await self.head()
        body = await self.body(headers)
        fields = dict(line.split(": ", 1) for line in body.splitlines() if ": " in line)
        if " 200" not in status or "Hostname" not in fields or "RemoteAddr" not in fields:
            raise Unexpected("not an answer of traefik/whoami: %s %s" % (status, body[:80]))
        return fields["Hostname"], fields["RemoteAddr"]

    async def head(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        return head[0], headers

    async def body(self, headers):
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                size = int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16)
                chunk = await self.reader.readexactly(size + 2)
                if size == 0:
                    return body.decode(errors="replace")
                body += chunk[:-2]
        if "content-length" in headers:
            return (await self.reader.readexactly(int(headers["content-length"]))).decode(errors="replace")
        return (await self.reader.read(-1)).decode(errors="replace")

    def local(self):
        # The kernel chose them when the connection was begun, whatever became of it.
        try:
            return self.socket.getsockname()[:2]
        except OSError:
            return self.source or "", self.source_port or 0

    def close(self):
        if self.writer is not None:
            self.writer.close()
        else:
            self.socket.close()


async def request(plan, connection, number, keep_alive=False):
    """One request and its line of output. Opens the connection if it is not. Answers whether it was answered."""
    result = {"connection": number, "startedMs": now()}
    answered = False

    async def attempt():
        if connection.writer is None:
            await connection.open()
        return await connection.ask(keep_alive)

    try:
        result["hostname"], result["remote"] = await asyncio.wait_for(attempt(), plan["timeoutSeconds"])
        answered = True
    except asyncio.CancelledError:
        raise
    except Exception as error:
        result["failure"] = failure_of(error)
        result["detail"] = str(error) or type(error).__name__
    result["endedMs"] = now()
    result["source"], result["sourcePort"] = connection.local()
    say(result)
    return answered


async def single(plan, number, source, source_port):
    connection = Connection(plan, source, source_port)
    try:
        await request(plan, connection, number)
    finally:
        connection.close()


async def once(plan):
    rate = plan.get("ratePerSecond")
    slots = asyncio.Semaphore(plan.get("concurrency", 16))
    began = time.monotonic()

    async def in_turn(number, wanted):
        if rate:
            await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
            await single(plan, number, wanted["source"], wanted["sourcePort"])
        else:
            async with slots:
                await single(plan, number, wanted["source"], wanted["sourcePort"])

    await asyncio.gather(*(in_turn(number, wanted) for number, wanted in enumerate(plan["requests"])))


async def steady(plan, stop):
    began = time.monotonic()
    open_requests = set()
    number = 0
    while not stop.is_set():
        task = asyncio.ensure_future(single(plan, number, plan.get("source"), 0))
        open_requests.add(task)
        task.add_done_callback(open_requests.discard)
        number += 1
        pause = began + number / plan["ratePerSecond"] - time.monotonic()
        try:
            await asyncio.wait_for(stop.wait(), max(0, pause))
        except asyncio.TimeoutError:
            pass
    stopped = now()
    # What is under way when it is stopped may still tell of a loss.
    if open_requests:
        await asyncio.wait(open_requests)
    return stopped


async def hold(plan, stop):
    async def one(number):
        connection = Connection(plan, plan.get("source"), 0)
        try:
            while not stop.is_set() and await request(plan, connection, number, keep_alive=True):
                try:
                    await asyncio.wait_for(stop.wait(), plan["intervalSeconds"])
                except asyncio.TimeoutError:
                    pass
        finally:
            connection.close()

    await asyncio.gather(*(one(number) for number in range(plan["connections"])))
    await stop.wait()


async def main():
    plan = json.loads(sys.argv[1]) if len(sys.argv) > 1 else json.load(sys.stdin)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    stopped = None
    say({"beganMs": now()})
    if plan["mode"] == "once":
        await once(plan)
    else:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            loop.add_reader(sys.stdin, lambda: None if sys.stdin.buffer.read1(4096) else stop.set())
        except PermissionError:
            pass  # /dev/null or a file: only a signal ends it
        stopped = await (steady if plan["mode"] == "steady" else hold)(plan, stop)
    say({"stoppedMs": stopped or now()})
    os._exit(0)  # a second signal on the way out must not spoil the exit code


asyncio.run(main())
