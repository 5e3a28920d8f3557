"""Where Chromium is, and how it is started so that it asks nobody anything."""

import shutil

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",  # a container has no user namespaces; the page is our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
