"""Tabs, an accordion and a modal of dash-bootstrap-components, for the same sections."""

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, callback, html

CANARY = {name: f"CANARY-{name}-8d1f" for name in ("home", "marketing", "hr")}

app = Dash(__name__, title="Bootstrap")
server = app.server


def table(name):
    return dbc.Row(dbc.Col(dbc.Card(html.P(CANARY[name], id=f"{name}-text"))))


app.layout = dbc.Container(
    [
        # Named, and selected by the one that most may not see.
        dbc.Tabs(
            [
                dbc.Tab(table("hr"), label=f"HR {CANARY['hr']}", tab_id="hr-tab"),
                dbc.Tab(table("marketing"), label="Marketing", tab_id="marketing-tab"),
                dbc.Tab(table("home"), label="Home", tab_id="start"),
            ],
            id="named",
            active_tab="hr-tab",
        ),
        html.Div(id="named-now"),
        # Without names: their place names them. An id is all that says whose they are.
        dbc.Tabs(
            [
                dbc.Tab(label=f"HR {CANARY['hr']}", id="hr-place"),
                dbc.Tab(label="Marketing", id="marketing-place"),
                dbc.Tab(label="Home", id="place"),
            ],
            id="places",
        ),
        html.Div(id="places-now"),
        dbc.Accordion(
            [
                dbc.AccordionItem(CANARY["hr"], title=f"HR {CANARY['hr']}", id="hr-item", item_id="hr-item"),
                dbc.AccordionItem(CANARY["marketing"], title="Marketing", id="marketing-item", item_id="marketing-item"),
            ],
            id="accordion",
            active_item="hr-item",
        ),
        dbc.Nav([dbc.NavLink(f"HR {CANARY['hr']}", href="/hr"), dbc.NavLink("Marketing", href="/marketing")]),
    ]
)


@callback(Output("named-now", "children"), Input("named", "active_tab"))
def named(active):
    name = (active or "hr-tab").split("-")[0]
    return html.Div(f"named {name}: {CANARY.get(name, CANARY['home'])}", id=f"{name}-named")


@callback(Output("places-now", "children"), Input("places", "active_tab"))
def places(active):
    name = {"tab-0": "hr", "tab-1": "marketing"}.get(active or "tab-0", "home")
    return html.Div(f"place of {name}: {CANARY[name]}", id=f"{name}-placed")
