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
IN_TEXT = 1600  # the longer side of a picture between quotes, for twice as dense screens
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
_FORMATS = tuple(_SUFFIXES)
_OWN_PATH = re.compile(r"thumbnails/[0-9a-f]{20}\.jpg\Z")


class UnusablePicture(ValueError):
    """A file that does not become a thumbnail. `code` is "too_large", "too_many_pixels" or "not_a_picture"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG with its size in pixels; `path`, below the media folder, is made from its content."""

    path: str
    content: bytes
    width: int
    height: int


def is_own_path(value: str) -> bool:
    """Whether a digest's thumbnail is a picture uploaded here, rather than one that lies in a Hugo site already."""
    return _OWN_PATH.match(value) is not None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a picture's file is, without decoding its pixels. `suffix` is its format's, ".jpg" for a JPEG."""

    suffix: str
    width: int
    height: int


def measure(data: bytes) -> Measured:
    """Raises `UnusablePicture` for what is no whole JPEG, PNG, WebP or GIF within the limits."""
    if len(data) > MOST_BYTES:
        raise UnusablePicture("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = opened(data)
            found = Measured(_SUFFIXES[picture.format or ""], picture.width, picture.height)
            picture.verify()
    except Image.DecompressionBombError as error:
        raise UnusablePicture("too_many_pixels") from error
    except UnusablePicture:
        raise
    except Exception as error:
        raise UnusablePicture("not_a_picture") from error
    return found


def make_thumbnail(data: bytes, *, most: tuple[int, int] = (WIDTH, HEIGHT)) -> Thumbnail:
    """A picture of `most` that many pixels. Raises `UnusablePicture`. Formats: JPEG, PNG, WebP, GIF (first frame)."""
    if len(data) > MOST_BYTES:
        raise UnusablePicture("too_large")
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a bomb up to twice its own limit; ours is checked before a pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = upright(opened(data, most))
            picture.thumbnail(most, Image.Resampling.LANCZOS)
            content = _write(picture)
    except Image.DecompressionBombError as error:
        raise UnusablePicture("too_many_pixels") from error
    except UnusablePicture:
        raise
    except Exception as error:  # OSError, but also struct.error, TypeError: whatever Pillow's parsers stumble over
        raise UnusablePicture("not_a_picture") from error
    return Thumbnail(f"thumbnails/{hashlib.sha256(content).hexdigest()[:20]}.jpg", content, *picture.size)


def make_picture(data: bytes) -> Thumbnail:
    """The same for a picture between quotes, which may be high."""
    return make_thumbnail(data, most=(IN_TEXT, IN_TEXT))


def opened(data: bytes, most: tuple[int, int] | None = None) -> Image.Image:
    """Not decoded yet; about as large as `most` where the format can tell cheaply. Raises `UnusablePicture`, and
    whatever Pillow raises."""
    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise UnusablePicture("too_many_pixels")
    if most is not None:
        picture.draft("RGB", (most[0] * 2, most[1] * 2))
    return picture


def upright(picture: Image.Image) -> Image.Image:
    """As the camera held it, on white where it is transparent; of an animation the first frame.

    The pixels alone: what else Pillow read (EXIF with its places, profiles, comments) stays behind.
    """
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in {"RGB", "L"} and "transparency" not in turned.info:
        flat = turned.convert("RGB")
        flat.info.clear()
        return flat
    turned = turned.convert("RGBA")
    ground = Image.new("RGBA", turned.size, "white")
    ground.alpha_composite(turned)
    return ground.convert("RGB")


def _write(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()
