"""A Streamlit app with something to lose: what is typed, and a count in the state of the session."""

import streamlit as st

typed = st.text_input("Typed")
if "clicks" not in st.session_state:
    st.session_state.clicks = 0
if st.button("Count"):
    st.session_state.clicks += 1
st.write(f"{st.session_state.clicks}: {typed}")
