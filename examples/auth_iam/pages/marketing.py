import dash
import plotly.graph_objects as go
from dash import Input, Output, callback, dcc, html

dash.register_page(__name__, path="/marketing", name="Marketing", title="Marketing", order=1)

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
LEADS = {
    "search": [310, 340, 365, 420, 455, 490],
    "social": [180, 210, 205, 260, 300, 328],
    "newsletter": [140, 150, 170, 165, 210, 240],
}

layout = html.Div(
    [
        html.H1("Marketing"),
        html.Section(
            [
                html.Label("Channel", htmlFor="marketing-channel"),
                dcc.Dropdown(list(LEADS), "search", clearable=False, id="marketing-channel"),
                dcc.Graph(id="marketing-plot", config={"displayModeBar": False}),
                html.P(["Leads in half a year: ", html.Strong(id="marketing-total")]),
            ],
            className="card",
        ),
    ],
    id="marketing-section",
)


@callback(
    Output("marketing-plot", "figure"),
    Output("marketing-total", "children"),
    Input("marketing-channel", "value"),
)
def draw(channel: str):
    figure = go.Figure(layout={"template": "plotly_white", "margin": {"t": 20, "r": 10, "b": 40, "l": 50}, "height": 340})
    figure.add_bar(x=MONTHS, y=LEADS[channel], marker_color="#0b6e75")
    return figure, f"{sum(LEADS[channel]):,}"
