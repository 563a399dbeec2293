"""Thumbnails: within their limits, upright, bare of metadata, the same bytes each time."""

import io
import struct
import zlib

import pytest
from PIL import Image

from digests import thumbnails
from digests.thumbnails import UnusablePicture, make_thumbnail


def picture(size=(2000, 1000), kind="PNG", mode="RGB", color="red", **options):
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, kind, **options)
    return out.getvalue()


def opened(thumbnail):
    return Image.open(io.BytesIO(thumbnail.content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_scaled_to_fit_and_written_as_jpeg(kind):
    made = opened(make_thumbnail(picture(kind=kind)))
    assert (made.format, made.size) == ("JPEG", (1200, 600))


def test_a_picture_between_quotes_may_be_high_and_says_its_size():
    made = thumbnails.make_picture(picture(size=(1500, 3000), kind="PNG"))
    assert opened(made).size == (made.width, made.height) == (800, 1600)


def test_a_large_photo_is_measured_as_it_is():
    measured = thumbnails.measure(picture(size=(5000, 300), kind="JPEG"))
    assert (measured.suffix, measured.width, measured.height) == (".jpg", 5000, 300)


def test_a_small_picture_is_not_blown_up():
    assert opened(make_thumbnail(picture(size=(40, 30)))).size == (40, 30)


def test_the_same_picture_gives_the_same_bytes_and_path():
    one, other = make_thumbnail(picture()), make_thumbnail(picture())
    assert one == other
    assert one.path != make_thumbnail(picture(color="blue")).path


def test_a_picture_uploaded_here_is_told_from_one_of_a_hugo_site():
    assert thumbnails.is_own_path(make_thumbnail(picture()).path)
    for path in ("", "thumbnails/color3.jpg", "../thumbnails/0123456789abcdef0123.jpg", "thumbnails/../../x.jpg"):
        assert not thumbnails.is_own_path(path)


def test_where_a_photo_was_taken_is_not_published():
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    made = opened(make_thumbnail(picture(kind="JPEG", exif=exif, comment=b"secret")))
    assert not made.getexif()
    assert "comment" not in made.info


def test_a_photo_held_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(make_thumbnail(picture(size=(300, 100), kind="JPEG", exif=exif))).size == (100, 300)


def test_transparency_becomes_white():
    made = opened(make_thumbnail(picture(size=(10, 10), mode="RGBA", color=(0, 0, 0, 0))))
    assert made.getpixel((5, 5)) == (255, 255, 255)


def bomb():
    """A PNG that says it is 100,000 pixels wide and high, in a few bytes."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def damaged_exif():
    """A photo held sideways, one of whose tags says that it is of another type than it is."""
    exif = Image.Exif()
    exif[0x0112], exif[0x0128] = 6, 2
    data = bytearray(picture(size=(8, 4), kind="JPEG", exif=exif))
    data[data.find(b"Exif") + 31] = 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (picture()[:100], "not_a_picture"),
        (picture(kind="BMP", size=(10, 10)), "not_a_picture"),
        (damaged_exif(), "not_a_picture"),
        (b"x" * (thumbnails.MOST_BYTES + 1), "too_large"),
        (bomb(), "too_many_pixels"),
        (picture(size=(9000, 5000), mode="L", color=0), "too_many_pixels"),
    ],
    ids=["empty", "svg", "truncated", "bmp", "exif", "bytes", "bomb", "pixels"],
)
def test_what_is_no_usable_picture_is_refused(data, code):
    with pytest.raises(UnusablePicture) as caught:
        make_thumbnail(data)
    assert caught.value.code == code
