"""A Panel app that shows who it takes its user for."""

import json

import panel as pn

pn.extension()
info = pn.state.user_info
shown = json.dumps({"user": pn.state.user, "email": (info or {}).get("email"), "token": pn.state.access_token})
button = pn.widgets.Button(name="Count")
pn.Column(
    pn.pane.Str(f"WHO {shown}"),
    button,
    pn.bind(lambda clicks: f"{pn.state.user} counted {clicks}", button.param.clicks),
).servable()
