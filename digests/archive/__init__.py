"""Archives of posts: whole Hugo sites moving in, checked over, put right."""
