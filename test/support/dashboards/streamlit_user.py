"""A Streamlit app that says who is there, as Streamlit knows it by itself."""

import json

import streamlit as st

st.text("WHO " + json.dumps(st.user.to_dict()))
