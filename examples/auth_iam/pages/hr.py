import dash
import plotly.graph_objects as go
from dash import Input, Output, callback, dcc, html

dash.register_page(__name__, path="/hr", name="HR", title="HR", order=2)

PEOPLE = {"Workshop": 64, "Sales": 31, "Logistics": 21, "Design": 18, "Office": 12}
SALARIES = {"Workshop": 3420, "Sales": 3610, "Logistics": 3180, "Design": 4150, "Office": 3550}

layout = html.Div(
    [
        html.H1("HR"),
        html.Section(
            [
                dcc.RadioItems(["people", "salaries"], "people", inline=True, id="hr-what"),
                dcc.Graph(id="hr-plot", config={"displayModeBar": False}),
                html.P(id="hr-note"),
            ],
            className="card",
        ),
    ],
    id="hr-section",
)


@callback(Output("hr-plot", "figure"), Output("hr-note", "children"), Input("hr-what", "value"))
def draw(what: str):
    figures = SALARIES if what == "salaries" else PEOPLE
    figure = go.Figure(layout={"template": "plotly_white", "margin": {"t": 20, "r": 10, "b": 40, "l": 60}, "height": 340})
    figure.add_bar(x=list(figures), y=list(figures.values()), marker_color="#b4540a")
    mean = sum(SALARIES[each] * count for each, count in PEOPLE.items()) / sum(PEOPLE.values())
    return figure, f"Mean salary: € {mean:,.0f}" if what == "salaries" else f"{sum(PEOPLE.values())} people"
