"""What documents say: formats and kinds of text that several kinds of sources share; pure."""
