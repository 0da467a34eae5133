"""Hand indicators to hospital tooling: list formats, their manifest, and the release that publishes them."""
