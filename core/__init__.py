"""The domain of Telltale: types, time, skeleton, video, cues, settings and the simulated cohort."""
