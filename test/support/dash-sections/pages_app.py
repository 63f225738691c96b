"""The same three sections as pages."""

import dash
from dash import Dash, Input, Output, callback, dcc, html
from flask import request

CANARY = {name: f"CANARY-{name}-8d1f" for name in ("home", "marketing", "hr")}

# Without suppress_callback_exceptions, so that the page carries the layouts of all pages.
app = Dash(__name__, use_pages=True, pages_folder="", title="Pages")
server = app.server


def page(name):
    def layout(**_query):
        return html.Div(
            [html.H1(CANARY[name]), dcc.Input(id=f"{name}-text", value=""), html.Div(id=f"{name}-echo")], id=f"{name}-page"
        )

    return layout


PATHS = {"home": "/", "marketing": "/marketing", "hr": "/hr"}
for each, path in PATHS.items():
    dash.register_page(each, path=path, name=each, title=f"Title {CANARY[each]}", description=f"About {CANARY[each]}", layout=page(each))
dash.register_page("people", path="/people", name="people", layout=page("hr")())
dash.register_page("person", path_template="/person/<who>", name="person", layout=lambda who=None, **_: html.P(f"{who} {CANARY['hr']}"))
dash.register_page("report", path="/report", name="report", layout=lambda of="home", **_: html.P(f"{of} {CANARY.get(of.strip())}"))

app.layout = html.Div(
    [
        html.Nav([dcc.Link(name, href=path, id=f"link-{name}") for name, path in PATHS.items()]),
        html.P(id="who"),
        dash.page_container,
    ]
)


@callback(Output("who", "children"), Input("_pages_location", "pathname"))
def who(pathname):
    return f"{request.headers.get('X-Dashgate-User', 'nobody')} at {pathname}"


for each in CANARY:

    @callback(Output(f"{each}-echo", "children"), Input(f"{each}-text", "value"))
    def echo(text, name=each):
        return f"{text} {CANARY[name]}"
