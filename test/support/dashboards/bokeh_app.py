"""A Bokeh app with something to lose: what is typed, and a count on the server."""

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Button, Div, TextInput

typed = TextInput(title="Typed")
button = Button(label="Count")
said = Div(text="nothing yet")
clicks = 0


def count():
    global clicks
    clicks += 1
    said.text = f"{clicks}: {typed.value}"


button.on_click(count)
curdoc().add_root(column(typed, button, said))
