"""Parts of a site by path, each of which says which it is; at the root, and below `/kept`."""

from flask import Flask, Response

server = Flask(__name__)


def part(name):
    return lambda **_: Response(name, headers={"X-Part": name})


for prefix in ("", "/kept"):
    for name, rule in (
        ("hr", "/hr"),
        ("hr", "/hr/"),
        ("hr", "/hr/<path:rest>"),
        ("reports", "/reports/<name>.csv"),
        ("blank", "/a b/<path:rest>"),
        ("umlaut", "/über/<path:rest>"),
        ("other", "/"),
        ("other", "/<path:rest>"),
    ):
        server.add_url_rule(prefix + rule, endpoint=prefix + rule, view_func=part(name))
