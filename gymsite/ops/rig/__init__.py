"""What measures share: a brand, a server, people, load, processes, the machine.

Imports no tool.
"""
