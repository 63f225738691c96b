"""Says who is there: dashgate puts the name into a header of each request."""

from dash import Dash, Input, Output, callback, html
from flask import has_request_context, request

app = Dash(__name__)
server = app.server


def layout():
    # Called for each page that is opened, so that everybody gets their own; and once at the start, for nobody.
    name = request.headers["X-Dashgate-User"] if has_request_context() else "nobody"
    return html.Main([html.H1(f"Hello {name}"), html.Button("What may I see?", id="ask"), html.P(id="answer")])


app.layout = layout


@callback(Output("answer", "children"), Input("ask", "n_clicks"), prevent_initial_call=True)
def answer(_clicks):
    # A callback is a request too.
    return f"{request.headers['X-Dashgate-User']}: {request.headers['X-Dashgate-Resources']}"
