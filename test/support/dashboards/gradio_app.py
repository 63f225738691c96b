"""A Gradio app with something to lose: what is typed, a slider, and a count in the state of the session."""

import os

import gradio as gr


def count(typed, slider, clicks):
    return f"{clicks + 1}: {typed} at {slider}", clicks + 1


with gr.Blocks() as app:
    typed = gr.Textbox(label="Typed")
    slider = gr.Slider(0, 10, value=3, step=1, label="Slider")
    clicks = gr.State(0)
    said = gr.Textbox(label="Said")
    gr.Button("Count").click(count, [typed, slider, clicks], [said, clicks])

app.launch(server_name="127.0.0.1", server_port=int(os.environ["PORT"]), share=False, quiet=False)
