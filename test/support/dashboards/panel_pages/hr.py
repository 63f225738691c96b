import panel as pn

button = pn.widgets.Button(name="Count")
pn.Column("CANARY-hr", button, pn.bind(lambda clicks: f"hr counted {clicks}", button.param.clicks)).servable()
