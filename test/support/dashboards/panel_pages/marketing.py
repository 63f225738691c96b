import panel as pn

button = pn.widgets.Button(name="Count")
pn.Column("CANARY-marketing", button, pn.bind(lambda clicks: f"marketing counted {clicks}", button.param.clicks)).servable()
