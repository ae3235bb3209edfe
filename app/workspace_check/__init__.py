"""`telltale check`: what of a workspace is damaged, missing or left over, and mending it; never decisions or labels."""
