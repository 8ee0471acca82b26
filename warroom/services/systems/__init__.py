"""The systems beside Google's: chat, pager, status page, code host, database, flags, each behind a port."""
