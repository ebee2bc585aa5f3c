class LabError(Exception):
    """The lab refuses or can't go on; the text is for the person at the keyboard."""
