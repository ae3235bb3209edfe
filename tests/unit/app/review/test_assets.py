"""The component's modules as they are served."""

import posixpath
import re

from app.queries.review_queues import QUEUE_TITLES
from app.review.assets import ASSETS
from db.queues import Queue

MODULES = {name: contents.decode() for name, contents in ASSETS.items() if name.endswith(".js")}


def test_every_module_that_is_imported_is_served() -> None:
    wanted = {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        for name, text in MODULES.items()
        for path in re.findall(r'^(?:import|} from).*"(\.[\w./]+)"', text, re.MULTILINE)
    }
    assert wanted
    assert wanted <= MODULES.keys()


def test_no_module_writes_markup() -> None:
    ways = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(")
    assert [name for name, text in MODULES.items() if ways.search(text)] == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    addresses = {address for text in MODULES.values() for address in re.findall(r"https?://[\w./]+", text)}
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_every_queue_has_a_title() -> None:
    assert set(QUEUE_TITLES) == set(Queue)
