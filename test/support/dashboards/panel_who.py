"""A Panel app that says who loaded its page, as its headers have it, and counts."""

import json

import panel as pn

pn.extension(reconnect=True)
names = ("X-Dashgate-User", "X-Forwarded-User", "Authorization")
headers = pn.state.headers
who = json.dumps({**{name: headers.get(name) for name in names}, "cookies": sorted(pn.state.cookies)})
print(f"BEGUN {who}", flush=True)
chosen = pn.widgets.IntInput(name="Chosen", value=0)
if pn.state.location:
    pn.state.location.sync(chosen, {"value": "chosen"})
button = pn.widgets.Button(name="Count")
pn.Column(
    pn.pane.Str(f"WHO {who}"),
    chosen,
    button,
    pn.bind(lambda clicks: f"counted {clicks}", button.param.clicks),
    pn.bind(lambda value: f"chosen {value}", chosen),
).servable()
