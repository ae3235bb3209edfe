"""Streamlit components shared by pages: page head, empty states, choice of reviewer, job panel."""
