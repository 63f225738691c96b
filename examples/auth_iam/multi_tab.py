"""Tabs for home, marketing and HR, all on one page."""

import os

from dash import Dash, dcc, html

from menu import menu
from sections import home, hr, marketing

# The address below which it is public comes from DASH_REQUESTS_PATHNAME_PREFIX and DASH_ROUTES_PATHNAME_PREFIX.
app = Dash(__name__, title="Kestrel Cycles")
server = app.server


def layout():
    tabs = [
        dcc.Tab(home.layout(), label="Home", value="home", id="home-tab"),
        dcc.Tab(marketing.layout(), label="Marketing", value="marketing", id="marketing-tab"),
        dcc.Tab(hr.layout(), label="HR", value="hr", id="hr-tab"),
    ]
    return html.Main([menu(), dcc.Tabs(tabs, value="home", id="tabs")])


# A function, so that each visitor is greeted by their own name.
app.layout = layout

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8050")))
