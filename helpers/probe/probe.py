"""Sends HTTP requests, each on a connection of its own, from chosen sources and ports; one process for all.

Runs where the client is. Needs Python 3.7 and nothing else: it is on every router and in the client image.
Reads a plan as JSON on standard input: {"address", "port", "concurrency", "timeoutSeconds", "requests":
[{"source", "sourcePort"}]}. Prints a line of JSON for each request, in the order of their ends:
{"source", "sourcePort", "startedMs", "endedMs", "hostname", "remote"} or with "failure" in place of the last two.
Times are milliseconds since 1970 by this machine's clock.
"""

import asyncio
import json
import sys
import time


def now():
    return round(time.time() * 1000, 3)


def field(text, name):
    for line in text.splitlines():
        if line.startswith(name + ": "):
            return line[len(name) + 2 :]
    return None


async def ask(plan, request):
    reader, writer = await asyncio.open_connection(
        plan["address"], plan["port"], local_addr=(request["source"], request["sourcePort"])
    )
    try:
        head = "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % plan["address"]
        writer.write(head.encode())
        return (await reader.read(-1)).decode(errors="replace")
    finally:
        writer.close()


async def one(plan, request, slots):
    async with slots:
        result = dict(request, startedMs=now())
        try:
            text = await asyncio.wait_for(ask(plan, request), plan["timeoutSeconds"])
            hostname, remote = field(text, "Hostname"), field(text, "RemoteAddr")
            if hostname is None or remote is None:
                result["failure"] = "not the answer of traefik/whoami: " + text[:80]
            else:
                result.update(hostname=hostname, remote=remote)
        except asyncio.TimeoutError:
            result["failure"] = "timeout"
        except OSError as error:
            result["failure"] = error.strerror or str(error)
        result["endedMs"] = now()
        print(json.dumps(result), flush=True)


async def main():
    plan = json.load(sys.stdin)
    slots = asyncio.Semaphore(plan["concurrency"])
    await asyncio.gather(*(one(plan, request, slots) for request in plan["requests"]))


asyncio.run(main())
