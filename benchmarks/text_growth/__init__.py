"""How the time of everything that reads text from outside grows with the text."""
