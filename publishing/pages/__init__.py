"""The generated pages of the site, one module for each sort; all pure: same input, same HTML."""
