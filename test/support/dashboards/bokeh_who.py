"""A Bokeh app that says who loaded its page, as its headers have it, and counts."""

import json

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Button, Div

request = curdoc().session_context.request
names = ("X-Dashgate-User", "X-Forwarded-User", "Authorization")
who = json.dumps({**{name: request.headers.get(name) for name in names}, "cookies": sorted(request.cookies)})
print(f"BEGUN {who}", flush=True)
said = Div(text="counted 0")
clicks = 0


def count():
    global clicks
    clicks += 1
    said.text = f"counted {clicks}"


button = Button(label="Count")
button.on_click(count)
curdoc().add_root(column(Div(text=f"WHO {who}"), button, said))
