import dash

from sections import marketing

dash.register_page(__name__, path="/marketing", name="Marketing", title="Marketing", order=1)
layout = marketing.layout
