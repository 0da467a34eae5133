"""What priority is made of: severity, exploitation, circumstances, and the SSVC decision; pure."""
