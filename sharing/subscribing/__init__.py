"""The hospital's side: fetch signed lists, prove them, and put them into a tool that may refuse them."""
