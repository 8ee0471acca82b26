"""The questions: guards, forms, pickers, and the panel of a running step."""
