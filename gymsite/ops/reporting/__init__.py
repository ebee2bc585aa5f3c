"""One way from what a tool found to the terminal, to Markdown and to JSON."""
