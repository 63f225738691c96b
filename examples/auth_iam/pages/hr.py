import dash

from sections import hr

dash.register_page(__name__, path="/hr", name="HR", title="HR", order=2)
layout = hr.layout
