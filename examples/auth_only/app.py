"""One page that everybody who is signed in may see all of."""

import os
import random

import plotly.graph_objects as go
from dash import Dash, Input, Output, callback, dcc, html

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
CITIES = ["Lyon", "Utrecht", "Leipzig", "Ghent"]
COLOURS = dict(zip(CITIES, ["#0b6e75", "#b4540a", "#5b4fa3", "#3f7d20"]))


def rentals(city: str) -> list[int]:
    """Made up, and the same at each start."""
    dice = random.Random(city)
    return [round(400 + 300 * (1 - abs(month - 6) / 6) + dice.randint(-60, 60)) for month in range(12)]


# The address below which it is public comes from DASH_REQUESTS_PATHNAME_PREFIX and DASH_ROUTES_PATHNAME_PREFIX.
app = Dash(__name__, title="Rentals")
server = app.server

app.layout = html.Main(
    [
        html.Header([html.H1("Rentals"), html.P("Bicycles lent to visitors, by city and month.")]),
        html.Section(
            [
                html.Label("Cities", htmlFor="cities"),
                dcc.Dropdown(CITIES, CITIES[:2], multi=True, id="cities"),
                html.Label("Months", htmlFor="months"),
                dcc.RangeSlider(0, 11, 1, value=[0, 11], marks=dict(enumerate(MONTHS)), allow_direct_input=False, id="months"),
            ],
            className="card",
        ),
        html.Section([dcc.Graph(id="plot", config={"displayModeBar": False})], className="card"),
        html.Section(
            [
                html.P(["Lent in total: ", html.Strong(id="total")]),
                html.Button("Roll the dice", id="roll", n_clicks=0),
                html.P(id="rolled", role="status"),
            ],
            className="card row",
        ),
    ]
)


@callback(Output("plot", "figure"), Output("total", "children"), Input("cities", "value"), Input("months", "value"))
def draw(cities: list[str], months: list[int]):
    first, last = months
    figure = go.Figure(layout={"template": "plotly_white", "margin": {"t": 20, "r": 10, "b": 40, "l": 50}, "height": 380})
    total = 0
    for city in cities or []:
        lent = rentals(city)[first : last + 1]
        total += sum(lent)
        figure.add_scatter(x=MONTHS[first : last + 1], y=lent, name=city, mode="lines+markers", line={"color": COLOURS[city]})
    return figure, f"{total:,}"


@callback(Output("rolled", "children"), Input("roll", "n_clicks"), prevent_initial_call=True)
def roll(clicks: int) -> str:
    return f"Throw {clicks}: {random.randint(1, 6)}"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8050")))
