"""A Dash app with something to lose: what is typed, a slider, and a count that only the page knows."""

from dash import Dash, Input, Output, State, callback, dcc, html

app = Dash(__name__)
server = app.server
app.layout = html.Div(
    [
        dcc.Input(id="typed", value="", debounce=False),
        dcc.Slider(0, 10, 1, value=3, id="slider"),
        html.Button("Count", id="count"),
        dcc.Store(id="clicks", data=0),
        html.P(id="said"),
    ]
)


@callback(
    Output("said", "children"),
    Output("clicks", "data"),
    Input("count", "n_clicks"),
    State("typed", "value"),
    State("slider", "value"),
    State("clicks", "data"),
    prevent_initial_call=True,
)
def count(_clicks, typed, slider, clicks):
    return f"{clicks + 1}: {typed} at {slider}", clicks + 1
