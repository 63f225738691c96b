"""Both ends of websockets by the `websockets` of Python, a second implementation beside Node's `ws`.

serve: listens on a free port of 127.0.0.1, says `port N`, sends back what it gets, and prints `closed CODE REASON` of each.
talk ADDRESS AUTHORIZATION: says what it finds to such a server by way of something else, as one line of JSON.
"""

import json
import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve

MOST = 32 * 2**20


def echo(connection):
    try:
        for message in connection:
            if isinstance(message, str) and message.startswith("close "):
                _, code, reason = message.split(" ", 2)
                connection.close(int(code), reason)
            elif message == "fragments":
                connection.send(f"{part}," for part in range(1000))
            elif message == "ping":
                connection.ping(b"from the server").wait(30)
                connection.send("ponged")
            else:
                connection.send(message)
    except ConnectionClosed:
        pass
    received = connection.protocol.close_rcvd
    print("closed", received.code if received else None, received.reason if received else "", flush=True)


def closed_by(connection, ask):
    connection.send(ask)
    try:
        connection.recv(30)
    except ConnectionClosed as closed:
        return [closed.rcvd.code, closed.rcvd.reason]


def talk(address, authorization):
    found = {}
    headers = {"Authorization": authorization}

    def opened(**more):
        return connect(address, additional_headers=headers, max_size=MOST, **more)

    def answer(connection, message):
        connection.send(message)
        return connection.recv(60)

    for compression in ("deflate", None):
        with opened(compression=compression) as connection:
            name = compression or "plain"
            text = "naïve 漢字 🧭" * 1000
            found[f"{name} text"] = answer(connection, text) == text
            found[f"{name} fragments"] = answer(connection, (text[at : at + 7] for at in range(0, len(text), 7))) == text
            large = b"large" * (16 * 2**20 // 5)
            found[f"{name} large"] = answer(connection, large) == large
            found[f"{name} their fragments"] = answer(connection, "fragments") == "".join(f"{n}," for n in range(1000))
            found[f"{name} ping"] = connection.ping(b"from the client").wait(30)
            found[f"{name} their ping"] = answer(connection, "ping") == "ponged"
            for number in range(3000):
                connection.send(str(number))
            found[f"{name} order"] = [connection.recv(30) for _ in range(3000)] == [str(n) for n in range(3000)]
            found[f"{name} extensions"] = [each.name for each in connection.protocol.extensions]
    found["closed"] = []
    for code, reason in ((1000, ""), (1001, "away"), (1011, "höher"), (4999, "ours")):
        with opened() as connection:
            found["closed"].append(closed_by(connection, f"close {code} {reason}"))
    for code, reason in ((1000, ""), (1001, "away"), (3000, "höher"), (4999, "ours")):
        opened().close(code, reason)
    print(json.dumps(found), flush=True)


if sys.argv[1] == "serve":
    with serve(echo, "127.0.0.1", 0, max_size=MOST) as server:
        print("port", server.socket.getsockname()[1], flush=True)
        server.serve_forever()
else:
    talk(*sys.argv[2:])
