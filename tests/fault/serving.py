"""A server on a unix socket, in a thread of its own, for as long as a `with` lasts."""
import asyncio
import pathlib
import tempfile
import threading


class Serving:
    """Who inherits says in `serve(reader, writer)` what becomes of a connection."""

    def __init__(self, socket_name, limit=1 << 16):
        self.temporary = tempfile.TemporaryDirectory(prefix="suyuan-serving-")
        self.folder = pathlib.Path(self.temporary.name)
        self.path, self.limit = self.folder / socket_name, limit
        self.loop, self.started = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        assert self.started.wait(30), "the thread did not begin to serve"
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.temporary.cleanup()

    def work(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_unix_server(self.serve, self.path, limit=self.limit))
        self.started.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()
