"""What `telltale bench start` measures: from the command until the first page is on the screen, beside Label Studio."""
