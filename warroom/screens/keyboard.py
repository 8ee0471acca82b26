"""What the terminal sends, read so that bytes which are no UTF-8 do not end the war room."""

from textual.drivers.linux_driver import LinuxDriver

REFUSED = "What was typed or pasted is no UTF-8 and was not taken. Set the terminal to UTF-8, or type it anew."


class Keyboard(LinuxDriver):
    """Textual's own driver would end the app at the first such byte, in the middle of an emergency."""

    def run_input_thread(self) -> None:
        """Read until the app ends; what was read together with such a byte is not taken, and that is said."""
        while True:
            try:
                super().run_input_thread()
                return
            except UnicodeDecodeError:
                self._app.call_later(self._app.notify, REFUSED, severity="error")
