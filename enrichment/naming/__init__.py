"""How texts name indicators: defanging undone, candidates found, sorts told apart, confidence given; pure."""
