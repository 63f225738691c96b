"""Parts of a site by path, each of which says which it is; at the root, and below `/kept`."""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route


def part(name):
    async def answer(request):
        return PlainTextResponse(name, headers={"X-Part": name})

    return answer


def routes():
    return [
        Route("/hr", part("hr")),
        Mount("/hr", routes=[Route("/{rest:path}", part("hr"))]),
        Route("/reports/{name}.csv", part("reports")),
        Route("/a b/{rest:path}", part("blank")),
        Route("/über/{rest:path}", part("umlaut")),
        Route("/{rest:path}", part("other")),
    ]


server = Starlette(routes=[Mount("/kept", routes=routes()), *routes()])
