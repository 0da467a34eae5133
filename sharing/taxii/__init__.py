"""Serve released lists by TAXII 2.1 (OASIS Standard, 10 June 2021), read-only, from their files alone.

A collection is what one profile of the released lists holds; an API root shows the collections of the profiles up
to one TLP label. Nothing here knows the archive: a copy of the folder `lists` is enough. Every answer is
made from one snapshot, and the next release is read beside it before it takes its place.

`application.Application` is a WSGI application (PEP 3333); `serving.serve` runs it on this machine.
"""
