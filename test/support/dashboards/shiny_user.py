"""A Shiny app that says who is there, as Shiny knows it by itself."""

import json

from shiny import App, render, ui

app_ui = ui.page_fluid(ui.output_text("said"))


def server(input, output, session):
    @render.text
    def said():
        return "WHO " + json.dumps({"user": session.user, "groups": session.groups})


app = App(app_ui, server)
