import dash
from dash import Input, Output, callback, dcc, html

dash.register_page(__name__, path="/overview", name="Overview", title="Overview", order=3)

LEADS = {"Search": 2380, "Social": 1483, "Newsletter": 1165}
PAYROLL = {"Workshop": 218_880, "Sales": 111_910, "Logistics": 66_780, "Design": 74_700, "Office": 42_600}

# Tabs without values: their places name them. The ids say whose they are.
layout = html.Div(
    [
        html.H1("Overview"),
        dcc.Tabs(
            [
                dcc.Tab(label="HR", id="hr-tab"),
                dcc.Tab(label="Marketing", id="marketing-tab"),
                dcc.Tab(label="Everybody", id="home-tab"),
            ],
            id="overview-tabs",
        ),
        html.Section(id="overview-content", className="card"),
    ]
)


def table(rows: dict[str, int], unit: str = ""):
    return html.Table([html.Tr([html.Th(name), html.Td(f"{unit}{number:,}")]) for name, number in rows.items()])


# One callback for all tabs, as most apps have it. What it returns for a section has an id of that section.
@callback(Output("overview-content", "children"), Input("overview-tabs", "value"))
def show(tab: str):
    if tab == "tab-1":
        return html.Div([html.H2("Payroll a month"), table(PAYROLL, "€ ")], id="hr-payroll")
    if tab == "tab-2":
        return html.Div([html.H2("Leads by channel"), table(LEADS)], id="marketing-leads")
    return html.P("Open from 9 to 17, Monday to Friday.", id="home-hours")
