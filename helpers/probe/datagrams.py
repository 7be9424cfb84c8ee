"""Serves datagrams with a name, or sends some. Needs Python 3.7; the plan is JSON, in the first argument.

{"mode": "serve", "port", "name"}  answers each with the name; prints a line when it listens; ends with standard input
{"mode": "send", "address", "port", "each", "requests": [{"source", "sourcePort"}]}  sends "each" datagrams from each
    source and port, one after the other's answer; prints a JSON line for each of these: {"source", "sourcePort",
    "answers"}, shorter than "each" when one did not come within a second. Sockets are connected: what comes from
    another address than the one that was asked does not count.
"""

import json
import select
import socket
import sys

plan = json.loads(sys.argv[1])


def serve():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", plan["port"]))
    print("listening", flush=True)
    while True:
        readable, _, _ = select.select([server, sys.stdin], [], [])
        if sys.stdin in readable:
            return
        _, client = server.recvfrom(2048)
        server.sendto(plan["name"].encode(), client)


def answers_to(request):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind((request["source"] or "", request["sourcePort"]))
    client.connect((plan["address"], plan["port"]))
    client.settimeout(1)
    answers = []
    for _ in range(plan["each"]):
        try:
            client.send(b"?")
            answers.append(client.recv(2048).decode())
        except OSError:  # silence, or a refusal
            break
    client.close()
    return answers


if plan["mode"] == "serve":
    serve()
else:
    for request in plan["requests"]:
        print(json.dumps({**request, "answers": answers_to(request)}), flush=True)
