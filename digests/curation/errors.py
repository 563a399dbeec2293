"""Why a verb of the desk was not carried out. Nothing was written."""


class CurationError(Exception):
    """Something that cannot be done: `code` names the reason, `str()` is a sentence for the editor.

    `field` names the field it is about, if it is about one.
    """

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code, self.field = code, field
