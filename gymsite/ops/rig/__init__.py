"""What measures share: a brand and a server of their own, people, load, processes, the
machine. Imports no tool."""
