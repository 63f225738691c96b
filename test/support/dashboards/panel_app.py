"""A Panel app with a count on the server."""

import panel as pn

pn.extension()
button = pn.widgets.Button(name="Count")
pn.Column(button, pn.bind(lambda clicks: f"count {clicks}", button.param.clicks)).servable()
