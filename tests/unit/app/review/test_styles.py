"""The style sheets of the Review screen."""

from app.review.assets import ASSETS
from app.review.component import STYLES


def test_every_style_sheet_is_on_the_screen() -> None:
    assert sorted(STYLES) == [name for name in ASSETS if name.endswith(".css")]
