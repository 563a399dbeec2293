"""An uploaded picture becomes a thumbnail: checked, turned upright, scaled down, written anew without its metadata.

Pure: bytes in, bytes out. The same picture gives the same bytes and the same name.
"""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
WIDTH, HEIGHT = 1200, 630  # what link cards show; a picture is scaled down to fit, never up
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_OWN_PATH = re.compile(r"thumbnails/[0-9a-f]{20}\.jpg\Z")


class UnusablePicture(ValueError):
    """A file that does not become a thumbnail. `code` is "too_large", "too_many_pixels" or "not_a_picture"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG of at most 1200 x 630 pixels; `path`, below the media folder, is made from its content."""

    path: str
    content: bytes


def is_own_path(value: str) -> bool:
    """Whether a digest's thumbnail is a picture uploaded here, rather than one that lies in a Hugo site already."""
    return _OWN_PATH.match(value) is not None


def make_thumbnail(data: bytes) -> Thumbnail:
    """Raises `UnusablePicture`. Formats: JPEG, PNG, WebP, GIF (its first frame)."""
    if len(data) > MOST_BYTES:
        raise UnusablePicture("too_large")
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a bomb up to twice its own limit; ours is checked before a pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            content = _write(_upright(_opened(data)))
    except Image.DecompressionBombError as error:
        raise UnusablePicture("too_many_pixels") from error
    except UnusablePicture:
        raise
    except Exception as error:  # OSError, but also struct.error, TypeError: whatever Pillow's parsers stumble over
        raise UnusablePicture("not_a_picture") from error
    return Thumbnail(f"thumbnails/{hashlib.sha256(content).hexdigest()[:20]}.jpg", content)


def _opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise UnusablePicture("too_many_pixels")
    picture.draft("RGB", (WIDTH * 2, HEIGHT * 2))
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """As the camera held it, on white where it is transparent, scaled to fit."""
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")
    ground.alpha_composite(upright)
    flat = ground.convert("RGB")
    flat.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return flat


def _write(picture: Image.Image) -> bytes:
    # A copy of the pixels alone: what else Pillow read (EXIF with its places, profiles, comments) is not written.
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()
