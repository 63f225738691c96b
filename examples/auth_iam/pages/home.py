import dash

from sections import home

dash.register_page(__name__, path="/", name="Home", title="Home", order=0)
layout = home.layout
