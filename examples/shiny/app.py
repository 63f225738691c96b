"""Says who is there, as Shiny knows it by itself, and by a header of the request."""

from shiny import App, render, ui

app_ui = ui.page_fluid(ui.h1(ui.output_text("hello")), ui.output_text("granted"))


def server(input, output, session):
    @render.text
    def hello():
        return f"Hello {session.user}"

    @render.text
    def granted():
        return f"Granted: {session.http_conn.headers['X-Dashgate-Resources']}"


app = App(app_ui, server)
