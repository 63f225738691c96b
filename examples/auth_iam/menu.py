import os

from dash import html

# Where to log out, if there is a place for that.
LOGOUT_URL = os.environ.get("LOGOUT_URL")


def menu(*links):
    return html.Nav([*links, html.A("Log out", href=LOGOUT_URL) if LOGOUT_URL else None])
