"""Says who is there: Gradio is told by a function of its own how to find out, and lets nobody else in."""

import gradio as gr
from fastapi import FastAPI, Request


def user_of(request: Request) -> str | None:
    return request.headers.get("X-Forwarded-User")


def hello(request: gr.Request) -> str:
    return f"Hello {request.username}"


def granted(request: gr.Request) -> str:
    return f"{request.username}: {request.headers['X-Dashgate-Resources']}"


with gr.Blocks() as page:
    greeting = gr.Markdown()
    answer = gr.Textbox(label="Granted")
    gr.Button("What may I see?").click(granted, None, answer)
    page.load(hello, None, greeting)

app = gr.mount_gradio_app(FastAPI(), page, path="/", auth_dependency=user_of)
