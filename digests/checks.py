"""System checks of our own, run by `manage.py check`."""
