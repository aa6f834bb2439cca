"""A client of the application before, as services in Python have it: python3-socketio, driven by lines of JSON.

Reads {"do": "join" | "send_message", "words": ...} or {"do": "close"} from standard input, one a line, and writes
{"answer": ...} for each, {"heard": ...} for each message and {"connected": true} whenever it is connected (again).
"""

import asyncio
import json
import sys

import socketio


def tell(words):
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def lines():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**25)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def main(url, transports):
    client = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=0.5)
    place = None
    heard_up_to = 0

    @client.on("connect")
    async def connected():
        tell({"connected": True})
        if place is not None:
            since = {"since": heard_up_to} if heard_up_to else {}
            await client.emit("join", {**place, **since})

    @client.on("message")
    async def message(words):
        nonlocal heard_up_to
        heard_up_to = max(heard_up_to, words.get("seq", 0))
        tell({"heard": words})

    await client.connect(url, transports=transports)
    async for asked in lines():
        if asked["do"] == "close":
            break
        if asked["do"] == "join":
            place = asked["words"]
        try:
            tell({"answer": await client.call(asked["do"], asked["words"], timeout=30)})
        except Exception as problem:
            tell({"answer": None, "problem": repr(problem)})
    await client.disconnect()


asyncio.run(main(sys.argv[1], sys.argv[2].split(",")))
