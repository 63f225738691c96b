"""What human resources look at."""

from dash import Input, Output, State, callback, dcc, html

import company

COLOUR = "#b4540a"


def layout(**_):
    return html.Div(
        [
            html.H1("HR"),
            dcc.Store(id="hr-store", data={what: company.staff(what) for what in ("people", "salary")}),
            html.Section(
                [
                    dcc.RadioItems(["people", "salary"], "people", inline=True, id="hr-what"),
                    dcc.Graph(id="hr-plot", config={"displayModeBar": False}),
                    html.P(id="hr-note"),
                ],
                className="card",
            ),
            html.Section(
                [
                    html.Button("Show the table", id="hr-show", n_clicks=0),
                    html.Button("Download", id="hr-export", n_clicks=0),
                    dcc.Download(id="hr-download"),
                    html.Div(id="hr-table"),
                ],
                className="card",
            ),
        ],
        id="hr-section",
    )


@callback(
    Output("hr-plot", "figure"),
    Output("hr-note", "children"),
    Input("hr-what", "value"),
    State("hr-store", "data"),
)
def draw(what: str, stored: dict):
    people = stored["people"]
    mean = sum(stored["salary"][team] * count for team, count in people.items()) / sum(people.values())
    note = f"Mean salary: € {mean:,.0f}" if what == "salary" else f"{sum(people.values())} people"
    return company.bars(stored[what], COLOUR), note


@callback(Output("hr-table", "children"), Input("hr-show", "n_clicks"), prevent_initial_call=True)
def show(_clicks: int):
    return company.table(company.STAFF)


@callback(Output("hr-download", "data"), Input("hr-export", "n_clicks"), prevent_initial_call=True)
def export(_clicks: int):
    return dcc.send_string(company.as_csv(company.STAFF), "staff.csv")
