"""The embedded chat, pager, status page, code host, database and flags."""
