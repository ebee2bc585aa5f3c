"""The staff's site and its start page, which collects what each app has to show."""
