"""Send what is published to those who do not come to the site: RSS 2.0, Atom 1.0, JSON Feed 1.1 and OPML 2.0.

`selections` says which feeds there are and which stories each one has, `feed_files` makes their files,
`subscription_page` the page on which a reader chooses.
"""

from publishing.syndication.files import Texts, feed_files
from publishing.syndication.selection import ListsNews, Selection, selections
from publishing.syndication.subscription import subscription_page

__all__ = [
    "ListsNews",
    "Selection",
    "Texts",
    "feed_files",
    "selections",
    "subscription_page",
]
