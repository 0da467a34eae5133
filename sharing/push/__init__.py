"""Send a finished release to other systems: to MISP, a TAXII server, a SIEM, an object store and the like.

`sending.push` brings targets up to a release; `planning` decides, without any of it, what each is told; `held`
remembers what each has; `kinds/` speak with one kind of system each. Only the published tree is read.
"""
