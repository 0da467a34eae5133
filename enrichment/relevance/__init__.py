"""What health relevance is made of: the dictionary, its matcher, labels, words and their weights; pure."""
