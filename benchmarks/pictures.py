"""What pictures cost: drawing cards, making renditions. Processor time, bytes, and whether each stays within its bytes.

`python -m benchmarks.pictures`; needs no database and leaves nothing behind. The photo is made up: blurred noise, a
gradient and three hundred discs, about as hard to compress as a real one.
"""

import io
import random
import statistics
import time
from collections.abc import Callable

import django
from django.conf import settings
from PIL import Image, ImageDraw, ImageFilter

from digests import cards, palette, renditions, typesetting
from digests.cards import Card, QuoteCard, TitleCard

HEADLINE = "「AIが書いたコードを人間がレビューする」時代は来ない？ 現場のエンジニアたちの大激論"
QUOTE = (
    "うちの会社でも三年前に同じことをやって、結局元に戻した。道具が悪いのではなく、誰も読まない前提で書いたのが悪い。"
)
TIMES = 5


def photo() -> bytes:
    chance = random.Random(1)
    size = (1600, 900)
    gradient = Image.linear_gradient("L").resize(size)
    noise = Image.effect_noise(size, 90).convert("RGB").filter(ImageFilter.GaussianBlur(3))
    picture = Image.blend(noise, Image.merge("RGB", (gradient, gradient.rotate(180), gradient)), 0.5)
    draw = ImageDraw.Draw(picture)
    for _disc in range(300):
        x, y, across = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(90)
        draw.ellipse((x, y, x + across, y + across), fill=tuple(chance.randrange(256) for _channel in "rgb"))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def measured(name: str, make: Callable[[], bytes], most: int) -> bool:
    seconds = []
    for _time in range(TIMES):
        begun = time.process_time()
        content = make()
        seconds.append(time.process_time() - begun)
    within = len(content) <= most
    print(f"{name:<24}{statistics.median(seconds) * 1000:>8.0f} ms{len(content):>10,} of at most {most:,} bytes")
    return within


def main() -> None:
    settings.configure(USE_I18N=False)
    django.setup()
    fonts = typesetting.packaged_fonts()
    hues = tuple(color.light for color in palette.COLORS)
    drawn: dict[str, Card] = {
        template: TitleCard(
            template=template,
            headline=HEADLINE,
            site="まとめ",
            date="2026.09.12",
            tags=("開発", "AI"),
            hue=hues[0],
            hues=hues,
        )
        for template in cards.TEMPLATES
    }
    drawn["quote"] = QuoteCard(
        headline=HEADLINE, site="まとめ", author="somebody", text=QUOTE, number=3, hue=hues[4], mark="■"
    )
    within = [
        measured(f"card {name}", lambda card=card: cards.draw(card, fonts), cards.MOST_BYTES)  # type: ignore[misc]
        for name, card in drawn.items()
    ]
    data = photo()
    within += [
        measured(
            f"photo {width} {kind}",
            lambda width=width, kind=kind: renditions.make(data, width=width, kind=kind).content,  # type: ignore[misc]
            most,
        )
        for width, most in renditions.MOST_BYTES.items()
        for kind in renditions.FORMATS
    ]
    if not all(within):
        raise SystemExit("something is larger than it may be")


if __name__ == "__main__":
    main()
