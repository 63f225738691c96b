"""Pages for different people: home is for everybody who is signed in, marketing and hr for those who were granted them, and the
tabs of the overview are some of each.

No login and no permissions in here: that is dashgate's. All that this app does for it is to give each component of a
section an id that begins with the section's name, as in `hr-people`.
"""

import os

import dash
from dash import Dash, dcc, html

# The address below which it is public comes from DASH_REQUESTS_PATHNAME_PREFIX and DASH_ROUTES_PATHNAME_PREFIX.
app = Dash(__name__, use_pages=True, title="Kestrel Cycles")
server = app.server


def link(page: dict) -> dcc.Link:
    # refresh: the browser asks for the page, so that the rule for its path is asked as well.
    return dcc.Link(page["name"], href=page["relative_path"], refresh=True)


app.layout = html.Main(
    [
        html.Nav([*map(link, dash.page_registry.values()), html.A("Log out", href="/_dashgate/logout")]),
        dash.page_container,
    ]
)

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8050")))
