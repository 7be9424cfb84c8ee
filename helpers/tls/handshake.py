"""
Knocks at a TLS server, as a client that presents a certificate or none. Needs Python 3.7 and nothing else. Standard
input is JSON: {"address", "port", "serverName", "ca", "cert", "key"}, the last three PEM texts; no cert: none is presented.

Prints one line of JSON: {"answer"}, the first line of the answer to GET /version; or {"failure", "detail"}, where failure
is one of alert (the server ended the handshake, detail says how), untrusted (the server's certificate is not from the
authority, or for another name), refused, timeout, other.
"""

import json
import os
import socket
import ssl
import sys
import tempfile

TIMEOUT = 5


def context_of(plan, directory):
    context = ssl.create_default_context(cadata=plan["ca"])
    if plan.get("cert"):
        file = os.path.join(directory, "client.pem")
        with open(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as pem:
            pem.write(plan["cert"] + "\n" + plan["key"])
        context.load_cert_chain(file)
    return context


def knock(plan, directory):
    raw = socket.create_connection((plan["address"], plan["port"]), TIMEOUT)
    with context_of(plan, directory).wrap_socket(raw, server_hostname=plan["serverName"]) as tls:
        if not plan.get("cert"):
            # In TLS 1.3 the client is done before the server has judged it. Whoever sends now may meet a reset that
            # overtakes the alert.
            tls.settimeout(1)
            try:
                tls.recv(1)
                return "closed without an answer"
            except socket.timeout:
                tls.settimeout(TIMEOUT)
        tls.sendall(b"GET /version HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % plan["serverName"].encode())
        return tls.recv(4096).decode("latin-1").split("\r\n")[0]


def outcome(plan):
    try:
        with tempfile.TemporaryDirectory() as directory:
            return {"answer": knock(plan, directory)}
    except ssl.SSLCertVerificationError as error:
        return {"failure": "untrusted", "detail": str(error)}
    except ssl.SSLError as error:
        return {"failure": "alert" if "ALERT" in (error.reason or "") else "other", "detail": str(error)}
    except ConnectionRefusedError as error:
        return {"failure": "refused", "detail": str(error)}
    except socket.timeout as error:
        return {"failure": "timeout", "detail": str(error)}
    except OSError as error:
        return {"failure": "other", "detail": str(error)}


print(json.dumps(outcome(json.load(sys.stdin))))
