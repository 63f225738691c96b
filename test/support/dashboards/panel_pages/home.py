import panel as pn

button = pn.widgets.Button(name="Count")
pn.Column("CANARY-home", button, pn.bind(lambda clicks: f"home counted {clicks}", button.param.clicks)).servable()
