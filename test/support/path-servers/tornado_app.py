"""Parts of a site by path, each of which says which it is; at the root, and below `/kept`. On the port that is its argument."""

import asyncio
import sys
from urllib.parse import quote

from tornado.web import Application, RequestHandler


class Part(RequestHandler):
    def initialize(self, name):
        self.name = name

    def get(self, *_):
        self.set_header("X-Part", self.name)
        self.write(self.name)


def routes(prefix):
    for name, pattern in (
        ("hr", r"/hr(?:/(.*))?"),
        ("reports", r"/reports/([^/]*)\.csv"),
        # Tornado compares patterns with the path as it came.
        ("blank", r"/a%20b/(.*)"),
        ("umlaut", f"/(?i:{quote('über')})/(.*)"),
        ("other", r"/(.*)"),
    ):
        yield prefix + pattern, Part, {"name": name}


async def main():
    Application([*routes("/kept"), *routes("")]).listen(int(sys.argv[1]), "127.0.0.1")
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
