"""What everybody in the company looks at."""

import os

from dash import Input, Output, callback, dcc, html
from flask import has_request_context, request

import company

# Where a proxy in front says who is there, the page greets them.
USER_HEADER = os.environ.get("USER_HEADER", "Remote-User")


def layout(**_):
    # Dash asks for the layout once at the start, too, when nobody is there.
    name = (has_request_context() and request.headers.get(USER_HEADER)) or "colleague"
    return html.Div(
        [
            html.H1("Home"),
            html.P(["Good day, ", html.Strong(name, id="home-name"), "."]),
            html.Section(
                [
                    html.Button("Count", id="home-count", n_clicks=0),
                    html.P("Not pressed yet", id="home-counted", role="status"),
                ],
                className="card row",
            ),
            html.H2("At a glance"),
            # Tabs without values: their places name them.
            dcc.Tabs(
                [
                    dcc.Tab(label="Payroll", id="hr-glance"),
                    dcc.Tab(label="Leads", id="marketing-glance"),
                    dcc.Tab(label="Opening hours", id="home-glance"),
                ],
                id="glance",
            ),
            html.Section(id="glance-content", className="card"),
        ],
        id="home-section",
    )


@callback(Output("home-counted", "children"), Input("home-count", "n_clicks"), prevent_initial_call=True)
def count(clicks: int) -> str:
    return f"Pressed {clicks} times" if clicks != 1 else "Pressed once"


# One callback for all of these tabs, as most apps have it.
@callback(Output("glance-content", "children"), Input("glance", "value"))
def show(tab: str):
    if tab == "tab-1":
        rows = [{"team": team, "a month": f"€ {sum_:,}"} for team, sum_ in company.payroll().items()]
        return html.Div([html.H3("Payroll a month"), company.table(rows)], id="hr-payroll")
    if tab == "tab-2":
        rows = [{"channel": each, "leads": f"{sum(company.leads(each).values()):,}"} for each in company.CHANNELS]
        return html.Div([html.H3("Leads by channel"), company.table(rows)], id="marketing-leads")
    return html.P("Open from 9 to 17, Monday to Friday.", id="home-hours")
