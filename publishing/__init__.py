"""How an edition is read: pages, feeds, and the site built from them."""
