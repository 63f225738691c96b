"""One page with tabs and with all that a callback can be, for three sections, none of which knows of a login.

Whatever belongs to a section has CANARY-<section>- in it, so that a test can look for it in every byte that arrives.
"""

import os
import threading

from dash import ALL, MATCH, Dash, Input, Output, Patch, State, ctx, dcc, html, set_props
from dash.dependencies import Output as Out

try:
    from dash.background_callback.managers import BaseBackgroundCallbackManager
except ImportError:  # Dash 2
    from dash.long_callback.managers import BaseLongCallbackManager as BaseBackgroundCallbackManager

CANARY = {name: f"CANARY-{name}-8d1f" for name in ("home", "marketing", "hr")}


class Threads(BaseBackgroundCallbackManager):
    """Background jobs in threads of the one worker."""

    def __init__(self):
        self.kept, self.jobs, self.ended = {}, {}, set()
        super().__init__(None)

    def make_job_fn(self, fn, progress, key=None):
        def job(result_key, args):
            report = [lambda value: self.kept.__setitem__(result_key + "-progress", value if isinstance(value, (list, tuple)) else [value])]
            result = fn(*(report if progress else []), *args)
            # Of a job that was cancelled nothing is left for whoever begins the same one.
            if str(threading.get_ident()) in self.ended:
                self.kept.pop(result_key + "-progress", None)
            else:
                self.kept[result_key] = result

        return job

    def call_job_fn(self, key, job_fn, args, context):
        thread = threading.Thread(target=job_fn, args=(key, args), daemon=True)
        thread.start()
        self.jobs[str(thread.ident)] = thread
        self.ended.discard(str(thread.ident))
        return thread.ident

    def get_or_create_signing_secret(self, generate):
        return self.kept.setdefault("secret", generate())

    def job_running(self, job):
        thread = self.jobs.get(str(job))
        return bool(thread and thread.is_alive())

    def terminate_job(self, job):
        self.ended.add(str(job))

    terminate_unhealthy_job = terminate_job

    def get_progress(self, key):
        return self.kept.pop(key + "-progress", None)

    def result_ready(self, key):
        return key in self.kept

    def get_result(self, key, job):
        return self.kept.pop(key, self.UNDEFINED)

    def get_updated_props(self, key):
        return {}

    def clear_cache_entry(self, key):
        self.kept.pop(key, None)


def job_manager():
    """Threads, unless the workers are several: those share a folder, or a Redis with a worker of Celery."""
    kind, place = os.environ.get("JOBS", "threads"), os.environ.get("JOBS_AT", "")
    if kind == "diskcache":
        from dash import DiskcacheManager
        from diskcache import Cache

        return DiskcacheManager(Cache(place))
    if kind == "celery":
        from celery import Celery
        from dash import CeleryManager

        return CeleryManager(Celery("jobs", broker=place, backend=place))
    return Threads()


jobs = job_manager()
BACKEND = os.environ.get("BACKEND", "flask")
others = {} if BACKEND == "flask" else {"backend": BACKEND, "websocket_callbacks": True}
app = Dash(__name__, title="Sections", background_callback_manager=jobs, suppress_callback_exceptions=True, **others)
server = app.server


def part(name):
    """What a section has on the page from the start."""
    return html.Div(
        [
            html.H2(f"{name} {CANARY[name]}"),
            dcc.Dropdown(["all", "some"], "all", id=f"{name}-channel", clearable=False),
            dcc.Graph(id=f"{name}-plot"),
            html.Div(id=f"{name}-total"),
            html.Div(id=f"{name}-note"),
            html.Button("Roll", id=f"{name}-roll", n_clicks=0),
            html.Button("Append", id=f"{name}-append", n_clicks=0),
            html.Ul([html.Li(f"first {CANARY[name]}")], id=f"{name}-list"),
            html.Button("Side", id=f"{name}-side", n_clicks=0),
            html.Div(id=f"{name}-card"),
            html.Button("Match", id={"type": f"{name}-btn", "index": 2}, n_clicks=0),
            html.Div(id={"type": f"{name}-out", "index": 2}),
            html.Button("Client", id=f"{name}-client", n_clicks=0),
            html.Div(id=f"{name}-clientside"),
            html.Button("Run", id=f"{name}-run", n_clicks=0),
            html.Button("Cancel", id=f"{name}-cancel", n_clicks=0),
            html.Div("idle", id=f"{name}-progress"),
            html.Div(id=f"{name}-result"),
            html.Button("Wild", id={"type": "btn", "section": name}, n_clicks=0),
            html.Div(id={"type": "card", "section": name}),
            dcc.Store(id=f"{name}-store", data={"secret": CANARY[name]}),
        ],
        id=f"{name}-section",
    )


app.layout = html.Main(
    [
        dcc.Location(id="url"),
        html.Nav(
            [
                dcc.Link("Home", href="/"),
                dcc.Link("Marketing", href="/marketing"),
                dcc.Link(f"HR {CANARY['hr']}", href="/hr"),
            ]
        ),
        # Without values: their place names them, and the app knows them by that.
        dcc.Tabs(
            [
                dcc.Tab(label=f"HR {CANARY['hr']}", id="hr-tab"),
                dcc.Tab(label="Marketing", id="marketing-tab"),
                dcc.Tab(label="Home", id="start-tab"),
            ],
            id="tabs",
        ),
        html.Div(id="tab-content"),
        dcc.Input(id="search", value="", persistence=True),
        dcc.Store(id="left", storage_type="session", data="left-by-nobody"),
        html.Button("Leave", id="leave", n_clicks=0),
        html.Div(id="found"),
        dcc.Store(id="kept", data={}),
        html.Button("Any", id="any", n_clicks=0),
        html.Div(id="any-result"),
        html.Div(id="picked"),
        html.Div(id="by-id"),
        html.Div([html.P("shared")], id="list"),
        html.Div(id="page"),
        html.Div(id="broken"),
        html.Button("Ask", id="ask", n_clicks=0),
        html.Div(id="asked"),
        html.Div([part(name) for name in CANARY]),
    ],
)


@app.callback(Output("tab-content", "children"), Input("tabs", "value"))
def show_tab(value):
    name = {"tab-1": "hr", "tab-2": "marketing", "hr": "hr"}.get(value or "tab-1", "home")
    return html.Div(f"tab of {name}: {CANARY[name]}", id=f"{name}-shown")


@app.callback(Output("found", "children"), Input("search", "value"), State("kept", "data"))
def search(text, kept):
    text = text if isinstance(text, str) else (text or {}).get("section", "") if isinstance(text, dict) else (text or [""])[0]
    word = str(text).strip().lower().split("-")[0]
    name = word if word in CANARY else (kept or {}).get("section", "home")
    return html.Div(f"found {name}: {CANARY.get(name, '')}", id=f"{name}-found" if name == "home" else "found-text")


app.clientside_callback(
    "function(n) { return n ? 'left-by-somebody' : window.dash_clientside.no_update; }", Output("left", "data"), Input("leave", "n_clicks")
)


@app.callback(Output("any-result", "children"), Input("any", "n_clicks"), prevent_initial_call=True)
def side_effects(_clicks):
    for name in CANARY:
        set_props(f"{name}-card", {"children": f"set by any: {CANARY[name]}"})
        set_props({"type": "card", "section": name}, {"children": f"set by any: {CANARY[name]}"})
    return html.Div([html.Div(CANARY[name], id=f"{name}-any") for name in CANARY])


@app.callback(Output("picked", "children"), Input({"type": "btn", "section": ALL}, "n_clicks"), prevent_initial_call=True)
def picked(_clicks):
    name = (ctx.triggered_id or {}).get("section", "home")
    return f"picked {name}: {CANARY.get(name)}"


@app.callback(
    Output("by-id", "children"),
    Input("any", "n_clicks"),
    State({"type": "btn", "section": ALL}, "id"),
    prevent_initial_call=True,
)
def by_id(_clicks, ids):
    return [html.P(f"{each['section']} {CANARY.get(each['section'])}") for each in ids if each]


@app.callback(Output("list", "children"), Input("any", "n_clicks"), prevent_initial_call=True)
def append_all(_clicks):
    patch = Patch()
    for name in CANARY:
        patch.append(html.Div(CANARY[name], id=f"{name}-appended"))
    patch.append(html.P([html.Span(CANARY["hr"], id="hr-deep"), "kept"]))
    return patch


@app.callback(Output("page", "children"), Input("url", "pathname"), State("url", "href"), State("url", "search"))
def show_page(pathname, href, search):
    name = (pathname or "").strip().strip("/").lower() or "home"
    for other in (href or "").rstrip("/").split("/")[-1:], (search or "").split("=")[-1:]:
        name = other[0] if other and other[0] in CANARY else name
    return f"page of {name}: {CANARY.get(name, 'none')}"


@app.callback(Output("broken", "children"), Input("search", "n_submit"), prevent_initial_call=True)
def broken(_submit):
    raise ValueError(f"a traceback with {CANARY['hr']}")


app.clientside_callback("function(n) { return 'clicked ' + n; }", Output("home-clientside", "children"), Input("home-client", "n_clicks"))


def make(name):
    @app.callback(
        Output(f"{name}-plot", "figure"), Output(f"{name}-total", "children"), Input(f"{name}-channel", "value"), State(f"{name}-store", "data")
    )
    def draw(channel, _data):
        return {"data": [{"x": [1, 2], "y": [3, 4], "name": CANARY[name]}], "layout": {"title": CANARY[name]}}, f"{channel} {CANARY[name]}"

    @app.callback(Output(f"{name}-note", "children"), Input(f"{name}-roll", "n_clicks"))
    def roll(clicks):
        return f"rolled {clicks}: {CANARY[name]}"

    @app.callback(Output(f"{name}-note", "children", allow_duplicate=True), Input(f"{name}-append", "n_clicks"), prevent_initial_call=True)
    def noted(clicks):
        return f"appended {clicks}: {CANARY[name]}"

    @app.callback(Output(f"{name}-list", "children"), Input(f"{name}-append", "n_clicks"), prevent_initial_call=True)
    def append(clicks):
        patch = Patch()
        patch.append(html.Li(f"more {clicks} {CANARY[name]}", id=f"{name}-more-{clicks}"))
        return patch

    @app.callback(Input(f"{name}-side", "n_clicks"), State(f"{name}-store", "data"), prevent_initial_call=True)
    def side(clicks, _data):
        set_props(f"{name}-card", {"children": f"side {clicks}: {CANARY[name]}"})
        set_props("any-result", {"children": f"side {clicks}: {CANARY[name]}"})

    @app.callback(
        Output({"type": f"{name}-out", "index": MATCH}, "children"),
        Input({"type": f"{name}-btn", "index": MATCH}, "n_clicks"),
    )
    def match(clicks):
        return f"match {clicks}: {CANARY[name]}"

    @app.callback(
        Output(f"{name}-result", "children"),
        Input(f"{name}-run", "n_clicks"),
        background=True,
        interval=100,
        progress=[Out(f"{name}-progress", "children")],
        progress_default="idle",
        running=[(Out(f"{name}-run", "disabled"), True, False)],
        cancel=[Input(f"{name}-cancel", "n_clicks")],
        prevent_initial_call=True,
    )
    def run(report, clicks):
        import time

        for step in range(3):
            report(f"step {step} {CANARY[name]}")
            time.sleep(0.4)
        return f"ran {clicks}: {CANARY[name]}"

    if name != "home":
        app.clientside_callback(
            "function(n) { return 'clicked ' + n; }", Output(f"{name}-clientside", "children"), Input(f"{name}-client", "n_clicks")
        )


for section in CANARY:
    make(section)


@app.callback(Output({"type": "card", "section": MATCH}, "children"), Input({"type": "btn", "section": MATCH}, "n_clicks"))
def card(clicks):
    name = ctx.outputs_list["id"]["section"]
    return f"card {clicks} of {name}: {CANARY.get(name)}"


# Under the name that Celery's own worker looks for.
celery = getattr(jobs, "handle", None)

if BACKEND != "flask":

    @app.callback(Output("asked", "children"), Input("ask", "n_clicks"), prevent_initial_call=True)
    async def ask(_clicks):
        socket = ctx.websocket
        channels = [await socket.get_prop(f"{name}-channel", "value") for name in CANARY]
        name = (await socket.get_prop("kept", "data") or {}).get("section", "home")
        return f"asked {name}: {CANARY.get(name)} {channels}"


if BACKEND == "flask":
    from flask import Response, request

    @server.get("/hr/export.csv")
    def export():
        return Response(f"name,secret\nhr,{CANARY['hr']}\n", content_type="text/csv")

    @server.post("/api/total")
    def total():
        return {"total": CANARY["hr"], "for": request.json}

    @server.get("/boom")
    def boom():
        return Response(f"<html>traceback {CANARY['hr']}</html>", status=500)
