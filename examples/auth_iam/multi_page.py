"""Pages for home, marketing and HR, each with an address of its own."""

import os

import dash
from dash import Dash, dcc, html

from menu import menu

# The address below which it is public comes from DASH_REQUESTS_PATHNAME_PREFIX and DASH_ROUTES_PATHNAME_PREFIX.
app = Dash(__name__, use_pages=True, title="Kestrel Cycles")
server = app.server

links = [dcc.Link(page["name"], href=page["relative_path"]) for page in dash.page_registry.values()]
app.layout = html.Main([menu(*links), dash.page_container])

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8050")))
