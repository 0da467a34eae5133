"""How documents are got: the one door between Vigie and the network (see `collectors.fetching.door`)."""

from collectors.fetching.door import Outcome, Progress, fetch, try_out

__all__ = ["Outcome", "Progress", "fetch", "try_out"]
