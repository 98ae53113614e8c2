"""A wire between a server and its PostgreSQL that is slow, or breaks in the middle of answers."""
import asyncio
import random

from serving import Serving


class Wire(Serving):
    """Listens as PostgreSQL does; `url` leads through it. `delay` in seconds, each way. With `cut_after` every
    connection ends after so many bytes of answers, drawn anew from this range each time."""

    def __init__(self, url, delay=0.0, cut_after=None):
        super().__init__(".s.PGSQL.5432")
        head, _, rest = url.rpartition("@")
        place, _, database = rest.partition("/")
        self.url = f"{head}@{str(self.folder).replace('/', '%2F')}/{database}"
        self.upstream = f"{place.replace('%2F', '/')}/.s.PGSQL.5432"
        self.delay, self.cut_after, self.cuts = delay, cut_after, 0
        self.chance = random.Random(5)

    async def serve(self, reader, writer):
        back_writer = None
        try:
            back_reader, back_writer = await asyncio.open_unix_connection(self.upstream)
            left = [self.chance.randint(*self.cut_after)] if self.cut_after else None
            await asyncio.wait([asyncio.ensure_future(self.pump(reader, back_writer, None)),
                                asyncio.ensure_future(self.pump(back_reader, writer, left))],
                               return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            if back_writer is not None:
                back_writer.close()

    async def pump(self, reader, writer, left):
        try:
            await self.pass_on(reader, writer, left)
        except OSError:
            pass

    async def pass_on(self, reader, writer, left):
        while True:
            data = await reader.read(65536)
            if not data:
                return
            if self.delay:
                # What follows does not wait for it.
                self.loop.call_later(self.delay, writer.write, data)
                continue
            if left is not None and len(data) >= left[0] and self.cut_after:
                writer.write(data[:left[0]])
                self.cuts += 1
                return
            if left is not None:
                left[0] -= len(data)
            writer.write(data)
            await writer.drain()
