"""Renditions: in three formats and fixed widths, never larger than the picture, each within its bytes, bare."""

import io

import pytest
from PIL import Image, ImageFilter

from digests import renditions
from digests.thumbnails import UnusablePicture


def picture(size=(1600, 900), kind="JPEG", **options):
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def noise(size=(1280, 900)):
    out = io.BytesIO()
    channels = [Image.effect_noise(size, 200) for _channel in "RGB"]
    Image.merge("RGB", channels).filter(ImageFilter.SHARPEN).save(out, "PNG")
    return out.getvalue()


def opened(made):
    return Image.open(io.BytesIO(made.content))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (40, (40,)),
        (320, (320,)),
        (380, (320,)),
        (500, (320, 500)),
        (1200, (320, 640, 960, 1200)),
        (1280, (320, 640, 960, 1280)),
        (4000, (320, 640, 960, 1280)),
    ],
)
def test_a_picture_is_never_shown_wider_than_it_is(width, expected):
    assert renditions.widths(width) == expected


@pytest.mark.parametrize(("kind", "name"), [("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")])
def test_each_format_is_what_it_says_in_the_size_that_the_page_says(kind, name):
    made = renditions.make(picture(), width=640, kind=kind)
    assert (opened(made).format, opened(made).size) == (name, (640, 360))
    assert (made.width, made.height) == (640, renditions.height_at(640, of=(1600, 900)))


def test_nothing_is_blown_up():
    with pytest.raises(ValueError, match="does not become"):
        renditions.make(picture((300, 200)), width=320, kind="jpg")


@pytest.mark.parametrize("kind", renditions.FORMATS)
def test_even_noise_stays_within_its_bytes(kind):
    made = renditions.make(noise(), width=320, kind=kind)
    assert len(made.content) <= renditions.MOST_BYTES[320]
    assert opened(made).size == (320, 225)


@pytest.mark.parametrize("kind", renditions.FORMATS)
def test_the_same_picture_gives_the_same_bytes_and_no_metadata(kind):
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    data = picture(exif=exif, comment=b"secret")
    made = renditions.make(data, width=320, kind=kind)
    assert made == renditions.make(data, width=320, kind=kind)
    assert not opened(made).getexif()
    assert b"secret" not in made.content
    assert b"a camera" not in made.content


def test_an_animation_is_its_first_frame_and_what_is_clear_is_white():
    out = io.BytesIO()
    frames = [Image.new("RGBA", (400, 200), color) for color in ((0, 0, 0, 0), (255, 0, 0, 255))]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert opened(renditions.make(out.getvalue(), width=320, kind="jpg")).getpixel((100, 50)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"<svg/>", picture()[:200]])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(UnusablePicture):
        renditions.make(data, width=320, kind="jpg")
