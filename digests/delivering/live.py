"""Whether the site shows it (to come)."""


def watch(delivery_id: int, attempt: int = 0) -> None:
    raise NotImplementedError
