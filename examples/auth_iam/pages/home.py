import dash
from dash import Input, Output, callback, html
from flask import request

dash.register_page(__name__, path="/", name="Home", title="Home", order=0)


def layout(**_):
    # For a greeting only. dashgate sets the header, and takes away what a browser sent under that name.
    name = request.headers.get("X-Dashgate-Name") or request.headers.get("X-Dashgate-User") or "whoever you are"
    return html.Div(
        [
            html.H1("Home"),
            html.P(["Good day, ", html.Strong(name, id="home-name"), "."]),
            html.Section(
                [
                    html.P("Anybody who is signed in may press this."),
                    html.Button("Count", id="home-count", n_clicks=0),
                    html.P("Not pressed yet", id="home-counted", role="status"),
                ],
                className="card row",
            ),
        ],
        id="home-section",
    )


@callback(Output("home-counted", "children"), Input("home-count", "n_clicks"), prevent_initial_call=True)
def count(clicks: int) -> str:
    return f"Pressed {clicks} times" if clicks != 1 else "Pressed once"
