"""The results of a run as one HTML page and as JSON; this is the only home of Jinja2."""
