"""What the marketing department looks at."""

from dash import Input, Output, State, callback, dcc, html

import company

COLOUR = "#0b6e75"


def layout(**_):
    return html.Div(
        [
            html.H1("Marketing"),
            dcc.Store(id="marketing-store", data={each: company.leads(each) for each in company.CHANNELS}),
            html.Section(
                [
                    html.Label("Channel", htmlFor="marketing-channel"),
                    dcc.Dropdown(company.CHANNELS, "search", clearable=False, id="marketing-channel"),
                    dcc.Graph(id="marketing-plot", config={"displayModeBar": False}),
                    html.P(["Leads in half a year: ", html.Strong(id="marketing-total")]),
                ],
                className="card",
            ),
            html.Section(
                [
                    html.Button("Show the table", id="marketing-show", n_clicks=0),
                    html.Button("Download", id="marketing-export", n_clicks=0),
                    dcc.Download(id="marketing-download"),
                    html.Div(id="marketing-table"),
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
    State("marketing-store", "data"),
)
def draw(channel: str, stored: dict):
    return company.bars(stored[channel], COLOUR), f"{sum(stored[channel].values()):,}"


@callback(Output("marketing-table", "children"), Input("marketing-show", "n_clicks"), prevent_initial_call=True)
def show(_clicks: int):
    return company.table(company.LEADS)


@callback(Output("marketing-download", "data"), Input("marketing-export", "n_clicks"), prevent_initial_call=True)
def export(_clicks: int):
    return dcc.send_string(company.as_csv(company.LEADS), "leads.csv")
