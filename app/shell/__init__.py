"""The script that Streamlit runs, its theme and its images."""
