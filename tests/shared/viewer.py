"""A browser of a live page, as far as its events go."""

import asyncio
import json

import aiohttp


def told(address, count, headers=None):
    """Return the first events that a viewer gets, as many as ``count`` or more."""

    async def listen():
        found = []
        live = address.replace("/?", "/live?")
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(live, headers=headers, max_msg_size=0) as socket:
                while len(found) < count:
                    found += json.loads((await asyncio.wait_for(socket.receive(), 5)).data)
        return found

    return asyncio.run(listen())
