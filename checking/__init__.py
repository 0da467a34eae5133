"""Answer readers' own questions where nobody else learns them: is my inventory concerned, is it in my logs."""
